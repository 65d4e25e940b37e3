"""The process around a live view: its ROS graph, its signals."""

import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from panoseg_ros.labels import load_label_set
from panoseg_ros.ros.joining import in_graph
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
    ros_args = ('--ros-args', *plan.ros_args)
    with in_graph(lambda context: Node(NAME, context=context), *ros_args) as node:
        executor = SingleThreadedExecutor(context=node.context)
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
    return 0
