"""The process around the node: transport, signals, exit code."""

import signal
import sys
import threading
from collections.abc import Sequence

import rclpy
from lifecycle_msgs.msg import Transition
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from panoseg_ros.errors import PanosegError, RosError
from panoseg_ros.ros.factory import build_pipeline
from panoseg_ros.ros.node import Build, PanosegNode
from panoseg_ros.ros.transport import configure_transport

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
GOODBYE_S = 3.0  # at most this long for the last grids
LOADER_S = 20.0  # a runtime must not be torn down while it loads a model
SHUTDOWN = {
    'unconfigured': Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    'inactive': Transition.TRANSITION_INACTIVE_SHUTDOWN,
    'active': Transition.TRANSITION_ACTIVE_SHUTDOWN,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the node as a program: 0 after a signal, 2 and one line after a user's error."""
    try:
        return serve(argv)
    except PanosegError as err:
        print(f'panoseg: {err}', file=sys.stderr)
        return 2


def serve(argv: Sequence[str] | None = None, build: Build | None = None) -> int:
    """Run the node until SIGINT or SIGTERM and return 0.

    Args:
        argv: ROS arguments, by default those of the process.
        build: makes the pipeline of some settings, by default `build_pipeline`.

    Raises:
        PanosegError: one line about an argument or parameter that is wrong.
    """
    # Blocked before the first thread exists, so that every thread inherits it and the
    # signals reach `_wait_for_signal` alone. rclpy's own handlers would shut the context
    # down before the grids could be published as unknown.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        report = configure_transport()
        _init(argv)
        rclpy.logging.get_logger('panoseg').info(report.message)
        try:
            _run(build or build_pipeline)
        finally:
            rclpy.try_shutdown()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return 0


def _init(argv: Sequence[str] | None) -> None:
    arguments = list(sys.argv if argv is None else argv)
    try:
        rclpy.init(args=arguments, signal_handler_options=SignalHandlerOptions.NO)
    except Exception as err:  # rcl raises many kinds, all about the arguments or their files
        raise RosError(f'ROS arguments {arguments}: {" ".join(str(err).split())}') from err


def _run(build: Build) -> None:
    node = PanosegNode(build)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    stop = Future()
    threading.Thread(target=_wait_for_signal, args=(stop,), daemon=True).start()
    try:
        executor.spin_until_future_complete(stop)
        transition = SHUTDOWN.get(node.state)
        if transition is not None:  # blind is not free, and gone is blind
            goodbye = executor.create_task(node.change_state, transition)
            executor.spin_until_future_complete(goodbye, GOODBYE_S)
        node.join_threads(LOADER_S)
    finally:
        executor.remove_node(node)
        node.destroy_node()
        executor.shutdown()


def _wait_for_signal(stop: Future) -> None:
    number = signal.sigwait(STOP_SIGNALS)
    rclpy.logging.get_logger('panoseg').info(f'{signal.Signals(number).name}: shutting down')
    stop.set_result(number)


if __name__ == '__main__':
    sys.exit(main())
