"""What went wrong in a replay, one line per kind."""

import threading


class Faults:
    """Counts faults by kind and keeps the first line of each; any thread may call it."""

    def __init__(self) -> None:
        self._lines: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def report(self, kind: str, message: str) -> None:
        """Count one fault."""
        with self._lock:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._lines.setdefault(kind, ' '.join(message.split()))

    @property
    def counts(self) -> dict[str, int]:
        """Return how often each kind occurred."""
        with self._lock:
            return dict(self._counts)

    @property
    def lines(self) -> list[str]:
        """Return one line per kind: the first message, and how many more there were."""
        with self._lock:
            return [
                line + (f' ({self._counts[kind]} times)' if self._counts[kind] > 1 else '')
                for kind, line in self._lines.items()
            ]
