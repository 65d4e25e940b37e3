"""Times of functions within a longer piece of work, where it calls them."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import TracebackType
from typing import Any

from panoseg_ros.cli.bench.timing import Spread, spread

Place = tuple[Any, str]  # a module or class, and the name of what is called there


class Stopwatch:
    """Replaces functions by timed ones while a block runs.

    Args:
        parts: the functions of every part, as (module or class, name); a part's time is the
            sum of its calls.

    Attributes:
        laps: wall and CPU milliseconds of every part, one entry per call of `lap`.
    """

    def __init__(self, parts: Mapping[str, Sequence[Place]]) -> None:
        self._parts = parts
        self._originals: list[tuple[Any, str, Any]] = []
        self._sums: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
        self.laps: dict[str, list[tuple[float, float]]] = {part: [] for part in parts}

    def __enter__(self) -> 'Stopwatch':
        """Put the timed functions in place."""
        for part, places in self._parts.items():
            for owner, name in places:
                original = getattr(owner, name)
                self._originals.append((owner, name, original))
                setattr(owner, name, self._timed(part, original))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put the functions back."""
        for owner, name, original in reversed(self._originals):
            setattr(owner, name, original)

    def _timed(self, part: str, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def call(*arguments: Any, **options: Any) -> Any:
            wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
            try:
                return original(*arguments, **options)
            finally:
                before = self._sums[part]
                self._sums[part] = (
                    before[0] + (time.perf_counter_ns() - wall) / 1e6,
                    before[1] + (time.thread_time_ns() - cpu) / 1e6,
                )

        return call

    def lap(self) -> None:
        """End a turn."""
        for part, laps in self.laps.items():
            laps.append(self._sums[part])
        self._sums.clear()

    def spreads(self) -> dict[str, Spread]:
        """Return the statistics of every part over all laps but the first."""
        return {part: spread(laps[1:]) for part, laps in self.laps.items()}
