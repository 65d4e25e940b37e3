"""The process around the node: transport, signals, exit code."""

import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import rclpy
from lifecycle_msgs.msg import Transition
from rclpy.executors import SingleThreadedExecutor
from rclpy.task import Future

from panoseg_ros.errors import PanosegError
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.ros.factory import build_pipeline
from panoseg_ros.ros.joining import in_graph
from panoseg_ros.ros.node import Build, PanosegNode
from panoseg_ros.ros.transport import configure_transport

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
GOODBYE_S = 3.0  # at most this long for the last grids
THREADS_S = 20.0  # a runtime must not be torn down while it loads or runs a model
SHUTDOWN = {
    'unconfigured': Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    'inactive': Transition.TRANSITION_INACTIVE_SHUTDOWN,
    'active': Transition.TRANSITION_ACTIVE_SHUTDOWN,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node as a program: 0 after a signal, 2 and one line after a user's error."""
    try:
        code = serve(argv)
    except PanosegError as err:
        print(f'panoseg: {err}', file=sys.stderr)
        return 2
    if cuda.reason:  # what libraries do at a regular exit are calls of CUDA
        sys.stdout.flush()
        os._exit(code)
    return code


def serve(argv: Sequence[str] | None = None, build: Build | None = None) -> int:
    """Run the node until SIGINT or SIGTERM and return 0.

    Args:
        argv: ROS arguments, by default those of the process.
        build: makes the pipeline of some settings, by default `build_pipeline`.

    Raises:
        PanosegError: one line about an argument or parameter that is wrong.
    """
    # Everything imported so far stays: a full collection that walks it holds up every
    # thread for a tenth of a second, and loading a model triggers several.
    gc.collect()
    gc.freeze()
    report = configure_transport()
    logging.getLogger('panoseg_ros').addHandler(RosHandler())

    def make(context: rclpy.Context) -> PanosegNode:
        rclpy.logging.get_logger('panoseg').info(report.message)
        return PanosegNode(build or build_pipeline, context=context)

    with stop_signals() as stop, in_graph(make, *(sys.argv if argv is None else argv)) as node:
        _run(node, stop)
    return 0


class RosHandler(logging.Handler):
    """Hands what the other rooms log to the logger of ROS, once added."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record; ROS wants one calling line per level."""
        logger, line = rclpy.logging.get_logger('panoseg'), self.format(record)
        if record.levelno >= logging.ERROR:
            logger.error(line)
        elif record.levelno >= logging.WARNING:
            logger.warning(line)
        else:
            logger.info(line)


def _run(node: PanosegNode, stop: Future) -> None:
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    try:
        executor.spin_until_future_complete(stop)
        transition = SHUTDOWN.get(node.state)
        if transition is not None:  # blind is not free, and gone is blind
            goodbye = executor.create_task(node.change_state, transition)
            executor.spin_until_future_complete(goodbye, GOODBYE_S)
        if not node.join_threads(THREADS_S):
            node.get_logger().error(f'the network did not end within {THREADS_S:g} s')
            os._exit(1)  # a regular exit would wait for it, or abort
    finally:
        executor.remove_node(node)
        executor.shutdown()


@contextmanager
def stop_signals() -> Iterator[Future]:
    """Yield a future that is done as soon as SIGINT or SIGTERM arrives.

    rclpy's own handlers would shut the context down before the grids could be published
    as unknown. A Python handler alone does not run while the executor waits, so the
    wake-up descriptor carries the signal into a thread. Afterwards both are ignored: launch
    and a service manager may send one each, and the second must not kill what ends in order.
    """
    stop = Future()
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    for number in STOP_SIGNALS:
        signal.signal(number, _ignore)
    descriptor = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_forward, args=(reader, stop), daemon=True)
    thread.start()
    try:
        yield stop
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(descriptor)
        writer.close()
        thread.join()
        reader.close()


def _forward(reader: socket.socket, stop: Future) -> None:
    while number := reader.recv(1):
        if number[0] in STOP_SIGNALS and not stop.done():
            name = signal.Signals(number[0]).name
            rclpy.logging.get_logger('panoseg').info(f'{name}: shutting down')
            stop.set_result(None)


def _ignore(_number: int, _frame: object) -> None:
    """Keep Python from raising; the wake-up descriptor has the signal."""


if __name__ == '__main__':
    sys.exit(main())
