"""The process around a live view: its ROS graph, its signals."""

import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from panoseg_ros.errors import RosError
from panoseg_ros.labels import load_label_set
from panoseg_ros.ros.view.live_view import open_view

NAME = 'panoseg_view'
_POLL_S = 0.2


@dataclass(frozen=True)
class ViewPlan:
    """What to show, and where."""

    label_set: str
    rig: str = ''  # draws the camera; empty leaves it out
    file: Path | None = None  # a recording instead of the viewer
    seconds: float | None = None  # None: until it is interrupted
    ros_args: Sequence[str] = ()


def run_view(plan: ViewPlan) -> int:
    """Show the node until the time is over or a signal comes, and return 0.

    Raises:
        LabelError: if there is no such label set.
        CameraError: if there is no such rig.
        RosError: if ROS refuses an argument.
        SettingsError: if Rerun is missing or cannot open its viewer or the file.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    label_set = load_label_set(plan.label_set)
    node = _node(plan.ros_args)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        log = open_view(node, label_set, plan.rig, plan.file)
        print(f'viewing {node.get_namespace()}; Ctrl-C ends it', flush=True)
        end_s = float('inf') if plan.seconds is None else time.monotonic() + plan.seconds
        while not stop.is_set() and time.monotonic() < end_s:
            executor.spin_once(timeout_sec=_POLL_S)
        log.close()
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


def _node(ros_args: Sequence[str]) -> Node:
    try:
        rclpy.init(
            args=[NAME, '--ros-args', *ros_args], signal_handler_options=SignalHandlerOptions.NO
        )
        return Node(NAME)
    except Exception as err:  # rclpy hands on what its C++ raised
        raise RosError(f'ROS does not start: {" ".join(str(err).split())}') from err
