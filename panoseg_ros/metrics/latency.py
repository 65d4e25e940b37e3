"""How long frames took and how many were dropped."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from panoseg_ros.errors import MetricsError


class Latency(NamedTuple):
    """Times of the frames that were processed, in milliseconds; NaN without any."""

    frames: int  # processed
    dropped: int
    p50_ms: float
    p90_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @property
    def drop_share(self) -> float:
        """Return the share of all frames that was dropped, NaN without frames."""
        total = self.frames + self.dropped
        return self.dropped / total if total else float('nan')


def latency(times_ms: Sequence[float], dropped: int = 0) -> Latency:
    """Return percentiles (linear between the two nearest times) and drops.

    Raises:
        MetricsError: if a time is negative or not finite, or `dropped` negative.
    """
    times = np.asarray(times_ms, np.float64).reshape(-1)
    wrong = times[~(np.isfinite(times) & (times >= 0.0))]
    if wrong.size or dropped < 0:
        raise MetricsError(
            f'times and drops must be finite and at least 0, '
            f'got {wrong[0] if wrong.size else dropped}'
        )
    if not times.size:
        return Latency(0, dropped, *[float('nan')] * 5)
    marks = np.percentile(times, [50, 90, 95, 99, 100])
    return Latency(len(times), dropped, *map(float, marks))
