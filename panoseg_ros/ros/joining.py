"""Joining the ROS graph, being served there and leaving it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import rclpy
from rclpy.exceptions import NameValidationException, ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from panoseg_ros.errors import RosError

AnyNode = TypeVar('AnyNode', bound=Node)
HIGHEST_DOMAIN = 232  # whose ports still exist; Fast DDS ends the process at the next
ROS_ARGUMENTS = '-r OLD:=NEW, -p NAME:=VALUE, --params-file FILE and --log-level LEVEL'


@contextmanager
def in_graph(make: Callable[[rclpy.Context], AnyNode], *ros_args: str) -> Iterator[AnyNode]:
    """Yield a node in a context of its own and leave the graph afterwards.

    Signals stay with the caller: rclpy's handlers would end the context at once.

    Args:
        make: makes the node in a context.
        *ros_args: what ROS shall read, such as '--ros-args', '-r', '__ns:=/robot'.

    Raises:
        RosError: if ROS refuses an argument, a variable of the environment or the domain.
    """
    domain = os.environ.get('ROS_DOMAIN_ID', '')
    if domain.isdecimal() and int(domain) > HIGHEST_DOMAIN:
        raise RosError(
            f'ROS_DOMAIN_ID: {domain} is out of range, allowed is 0 to {HIGHEST_DOMAIN}'
        )
    context = rclpy.Context()
    try:
        try:
            rclpy.init(
                args=list(ros_args),
                context=context,
                signal_handler_options=SignalHandlerOptions.NO,
            )
            node = make(context)
        # RuntimeError is what rclpy makes of any failure below it.
        except (RuntimeError, ParameterException, NameValidationException) as err:
            raise RosError(f'ROS does not start: {_reason(err)}') from err
        try:
            yield node
        finally:
            node.destroy_node()
    finally:
        rclpy.try_shutdown(context=context)


def _reason(err: Exception) -> str:
    words = ' '.join(str(err).split())
    if type(err).__name__ == 'UnknownROSArgsError':  # which no public module names
        return f'{words.strip("[]")} is no argument of ROS, allowed are {ROS_ARGUMENTS}'
    return words


@contextmanager
def spinning(node: Node) -> Iterator[None]:
    """Serve a node's callbacks in a thread."""
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    ended = threading.Event()

    def spin() -> None:
        try:
            while not ended.is_set():
                executor.spin_once(timeout_sec=0.5)
        except ExternalShutdownException:
            pass

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        executor.create_task(lambda: None)  # a wake-up alone does not end spin_once
        thread.join()
        executor.remove_node(node)
        executor.shutdown()
