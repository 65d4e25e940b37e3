"""When a recorded message is due."""

import time
from collections.abc import Callable

NS_PER_S = 1_000_000_000
TOLERANCE_S = 0.05  # scheduling jitter; who is later than that is not caught up with


class Pace:
    """Maps the bag's time to a steady clock; not safe between threads.

    A message that comes late, because a disk or a receiver was slow, moves everything after
    it: the spacing stays as recorded and `slipped_s` says how much longer the bag takes.
    The bag's time never runs past the message that is waited for, so it never goes back
    but by `jump`.

    Args:
        start_ns: the bag's time to begin at.
        rate: seconds of the bag per second.
        now_ns: a steady clock.
    """

    def __init__(
        self, start_ns: int, rate: float = 1.0, now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._rate, self._now_ns = rate, now_ns
        self._paused = False
        self.slipped_s = 0.0
        self.jump(start_ns)

    @property
    def paused(self) -> bool:
        """Return whether time stands still."""
        return self._paused

    @property
    def bag_ns(self) -> int:
        """Return the present time of the bag."""
        return min(self._running_ns(), self._ceiling_ns)

    def jump(self, bag_ns: int) -> None:
        """Let it be this time of the bag at this moment."""
        self._bag_ns, self._wall_ns = bag_ns, self._now_ns()
        self._ceiling_ns = bag_ns

    def pause(self, paused: bool) -> None:
        """Stop the time, or let it go on from where it stood."""
        self._bag_ns, self._wall_ns = self.bag_ns, self._now_ns()
        self._paused = paused

    def due_in_s(self, stamp_ns: int) -> float:
        """Return how long to wait for a message, negative if it is late; infinite in a pause."""
        self._ceiling_ns = max(self._ceiling_ns, stamp_ns)
        if self._paused:
            return float('inf')
        return (stamp_ns - self._running_ns()) / (self._rate * NS_PER_S)

    def sent(self, stamp_ns: int) -> None:
        """Note that a message leaves at this moment."""
        late_s = -self.due_in_s(stamp_ns)
        if late_s > TOLERANCE_S:
            self.slipped_s += late_s
            self.jump(stamp_ns)

    def _running_ns(self) -> int:
        if self._paused:
            return self._bag_ns
        return self._bag_ns + round((self._now_ns() - self._wall_ns) * self._rate)
