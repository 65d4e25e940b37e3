"""A managed node whose long transitions do not hold up its other callbacks.

rclpy's LifecycleNode runs a transition inside the service callback, so a node that loads
a model for six seconds answers nothing for six seconds. Here every transition is a
coroutine of the executor: while it waits for a thread, parameters, state and timers are
served, and the reply to the caller goes out when the transition has ended.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from lifecycle_msgs.msg import State, Transition
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleNodeMixin, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.task import Future

from panoseg_ros.errors import one_line

Value = TypeVar('Value')
SUCCESS = TransitionCallbackReturn.SUCCESS
FAILURE = TransitionCallbackReturn.FAILURE
ERROR = TransitionCallbackReturn.ERROR


class ManagedNode(LifecycleNodeMixin, Node):
    """A lifecycle node with coroutines `enter_<transition>` instead of `on_<transition>`.

    Each returns SUCCESS or FAILURE; an exception is an error, after which `enter_error`
    runs and the node is unconfigured.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        Node.__init__(self, name, **kwargs)
        # Reentrant, since get_state has to be served while change_state is waiting.
        self.aside = ReentrantCallbackGroup()
        LifecycleNodeMixin.__init__(self, callback_group=self.aside)
        self._service_change_state.callback = self._serve_change_state
        self.steady_clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._threads: list[threading.Thread] = []

    @property
    def state(self) -> str:
        """Return the label of the present state, such as inactive or configuring."""
        return str(self._state_machine.current_state[1])

    async def enter_configure(self) -> Any:
        """Prepare everything; FAILURE leaves the node unconfigured."""
        return SUCCESS

    async def enter_activate(self) -> Any:
        """Start the work."""
        return SUCCESS

    async def enter_deactivate(self) -> Any:
        """Stop the work, keep what was prepared."""
        return SUCCESS

    async def enter_cleanup(self) -> Any:
        """Drop what was prepared."""
        return SUCCESS

    async def enter_shutdown(self) -> Any:
        """Stop and drop everything for good."""
        return SUCCESS

    async def enter_error(self) -> Any:
        """Drop everything after an unexpected exception."""
        return SUCCESS

    def failed(self, err: Exception) -> None:
        """Hear of an unexpected exception in a transition."""

    async def change_state(self, transition_id: int) -> bool:
        """Run one transition; False if it failed or does not exist in this state."""
        machine = self._state_machine
        if transition_id not in [entry[0] for entry in machine.available_transitions]:
            self.get_logger().warning(
                f'transition {transition_id} is not possible in state {self.state}'
            )
            return False
        machine.trigger_transition_by_id(transition_id, True)
        result = await self._enter(machine.current_state[0])
        machine.trigger_transition_by_label(result.to_label(), True)
        if result == ERROR:
            recovered = await self._enter(machine.current_state[0])
            machine.trigger_transition_by_label(recovered.to_label(), True)
        return bool(result == SUCCESS)

    async def _enter(self, state_id: int) -> Any:
        entries = {
            State.TRANSITION_STATE_CONFIGURING: self.enter_configure,
            State.TRANSITION_STATE_ACTIVATING: self.enter_activate,
            State.TRANSITION_STATE_DEACTIVATING: self.enter_deactivate,
            State.TRANSITION_STATE_CLEANINGUP: self.enter_cleanup,
            State.TRANSITION_STATE_SHUTTINGDOWN: self.enter_shutdown,
            State.TRANSITION_STATE_ERRORPROCESSING: self.enter_error,
        }
        try:
            return await entries[state_id]()
        except Exception as err:  # the node must stay alive and say what happened
            self.get_logger().error(f'{self.state} failed: {one_line(err)}')
            self.failed(err)
            return ERROR

    async def _serve_change_state(self, request: Any, response: Any) -> Any:
        transition_id = request.transition.id
        if request.transition.label:
            found = [e[0] for e in self._state_machine.available_transitions
                     if e[1] == request.transition.label]  # fmt: skip
            transition_id = found[0] if found else -1
        response.success = await self.change_state(transition_id)
        return response

    async def in_thread(self, work: Callable[[], Value]) -> Value:
        """Return what `work` returns, run in a thread of its own while the executor goes on."""
        future = Future(executor=self.executor)
        executor = self.executor

        def run() -> None:
            try:
                future.set_result(work())
            except Exception as err:
                future.set_exception(err)
            executor.create_task(_nothing)  # a future alone does not wake the executor

        thread = threading.Thread(target=run, name='panoseg_loader', daemon=True)
        thread.start()
        self.remember_thread(thread)
        return await future

    def start_by_itself(self) -> None:
        """Configure and activate once, as soon as the node is spun."""
        timer: Any = None

        async def start() -> None:
            timer.cancel()
            if await self.change_state(Transition.TRANSITION_CONFIGURE):
                await self.change_state(Transition.TRANSITION_ACTIVATE)

        timer = self.create_timer(0.001, start, self.aside, self.steady_clock)

    def destroy_node(self) -> None:
        """Destroy the node and its state machine, which else keeps the node in the graph."""
        super().destroy_node()
        self._state_machine.destroy_when_not_in_use()

    def remember_thread(self, thread: threading.Thread) -> None:
        """Let `join_threads` wait for this thread."""
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]

    def join_threads(self, timeout_s: float) -> bool:
        """Wait for all threads that still run, at most this long in all; True if none is left.

        An interpreter that ends while a thread is inside a runtime aborts the process.
        """
        deadline_s = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline_s - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


def _nothing() -> None:
    """Do nothing, in the executor."""
