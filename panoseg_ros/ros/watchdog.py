"""Notices, once, that something has not happened for too long."""


class Watchdog:
    """Expires when it was not fed in time; the next feed revives it.

    Convention: times in seconds of any clock; a clock that jumps back starts the wait anew.
    """

    def __init__(self) -> None:
        self._fed_s: float | None = None
        self.expired = False

    def feed(self, now_s: float) -> None:
        """Start the wait anew."""
        self._fed_s, self.expired = now_s, False

    def expires(self, now_s: float, timeout_s: float) -> bool:
        """Return True the first time that the last feed is longer ago than the timeout."""
        if self._fed_s is None or self.expired:
            return False
        self._fed_s = min(self._fed_s, now_s)
        self.expired = now_s - self._fed_s > timeout_s
        return self.expired
