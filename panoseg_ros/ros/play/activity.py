"""Asks a lifecycle node whether it is active."""

import time
from typing import Any

from lifecycle_msgs.msg import State
from lifecycle_msgs.srv import GetState
from rclpy.exceptions import NameValidationException

from panoseg_ros.errors import RosError, one_line

PATIENCE_S = 5.0  # then an answer is taken for lost


class Activity:
    """Calls a lifecycle node's `get_state` over and over.

    Args:
        node: the rclpy node to ask from, spun by somebody else.
        name: the full name of the lifecycle node.

    Raises:
        RosError: if no node can have that name.
    """

    def __init__(self, node: Any, name: str) -> None:
        try:
            self._client = node.create_client(GetState, f'{name}/get_state')
        except NameValidationException as err:
            raise RosError(f'{name!r} is no name of a node: {one_line(err)}') from err
        self._asked: Any = None
        self._asked_s = 0.0

    def __call__(self) -> bool:
        """Return whether it is known to be active; asks again otherwise."""
        if self._asked is not None and self._asked.done():
            state, self._asked = self._asked.result().current_state, None
            return bool(state.id == State.PRIMARY_STATE_ACTIVE)
        now_s = time.monotonic()
        silent = self._asked is None or now_s - self._asked_s > PATIENCE_S
        if silent and self._client.service_is_ready():
            self._asked, self._asked_s = self._client.call_async(GetState.Request()), now_s
        return False
