"""How long to wait for a node that starts, by what its diagnostics say."""

import time
from collections.abc import Mapping

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from panoseg_ros.errors import RosError

PATIENCE_S = 180.0  # in one state
STEP_S = 900.0  # in one step of configuring: the first start ever compiles for minutes


class Starting:
    """Follows one node by its diagnostics until it works.

    Every new state and every new step of configuring begins the wait anew, for as long as
    a machine may take that has other work. A node that dies is seen by whoever started it.

    Args:
        name: full name of the node, as in its diagnostics.

    Attributes:
        report: key to value of its newest diagnostics, empty before the first.
        words: what they say in one line, '' before the first.
        failure: why the node could not start, '' if it could or still tries.
    """

    def __init__(self, name: str) -> None:
        self.report: Mapping[str, str] = {}
        self.words = self.failure = ''
        self._name = name
        self._step, self._since_s = '', time.monotonic()

    def hear(self, message: DiagnosticArray) -> bool:
        """Take what diagnostics say of the node; False if it is of others only."""
        mine = [status for status in message.status if status.name == self._name]
        for status in mine:
            self.report = {entry.key: entry.value for entry in status.values}
            self.words = status.message
            down = self.report.get('state') == 'unconfigured'
            self.failure = self.words if down and status.level == DiagnosticStatus.ERROR else ''
        step = self.words if self._configures else self.report.get('state', '')
        if step != self._step:
            self._step, self._since_s = step, time.monotonic()
        return bool(mine)

    def check(self) -> None:
        """Return if it is worth to wait on.

        Raises:
            RosError: if the node cannot start, or has not come any further for too long.
        """
        if self.failure:
            raise RosError(f'the node cannot start: {self.failure}')
        limit_s = STEP_S if self._configures else PATIENCE_S
        if time.monotonic() > self._since_s + limit_s:
            words = self.words or 'nothing'
            raise RosError(f'no costmap, and for {limit_s:g} s the node has said: {words}')

    @property
    def _configures(self) -> bool:
        return self.report.get('state') == 'configuring'
