"""One line per kind of fault and five seconds, and a count of all of them."""

import threading
import time
from collections import Counter
from collections.abc import Callable

PERIOD_S = 5.0


class FaultLog:
    """Counts faults by kind and logs the first of every period; any thread may call it."""

    def __init__(
        self, warn: Callable[[str], None], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._warn = warn
        self._now_s = now_s
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._logged_s: dict[str, float] = {}
        self._silent: Counter[str] = Counter()

    def report(self, kind: str, message: str) -> None:
        """Count one fault; log it unless its kind was logged in the last five seconds."""
        with self._lock:
            self._counts[kind] += 1
            now_s = self._now_s()
            if now_s - self._logged_s.get(kind, -PERIOD_S) < PERIOD_S:
                self._silent[kind] += 1
                return
            self._logged_s[kind] = now_s
            more = self._silent.pop(kind, 0)
        self._warn(
            ' '.join(message.split()) + (f' ({more} more like this before)' if more else '')
        )

    def counts(self) -> dict[str, int]:
        """Return how often each kind occurred, sorted by kind."""
        with self._lock:
            return dict(sorted(self._counts.items()))
