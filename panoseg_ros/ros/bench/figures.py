"""What one run of the node benchmark says; free of ROS.

Missed frames, frame rates and jitter are defined as in NVIDIA's ros2_benchmark
(BasicPerformanceMetrics); percentiles of the latency are added.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

NS_PER_MS, NS_PER_S = 1e6, 1e9


class RunFigures(NamedTuple):
    """One run at one input rate; NaN where too little arrived to measure.

    `latency_*_ms` is image stamp to result received, `jitter_*_ms` the change between
    consecutive intervals of arrival.
    """

    wanted_hz: float
    sent: int
    sent_hz: float
    received: int
    received_hz: float
    missed_percent: float
    latency_mean_ms: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    latency_max_ms: float
    jitter_mean_ms: float
    jitter_max_ms: float


def run_figures(
    wanted_hz: float, sent_ns: Sequence[int], received_ns: Mapping[int, int]
) -> RunFigures:
    """Return the figures of one run.

    Args:
        wanted_hz: the rate that was asked for.
        sent_ns: stamps of the images in the order in which they were sent, nanoseconds.
        received_ns: stamp of an image to the time at which its result came; others are ignored.
    """
    pairs = [(stamp, received_ns[stamp]) for stamp in sent_ns if stamp in received_ns]
    stamps, arrived = np.array(pairs, np.int64).reshape(-1, 2).T
    late_ms = (arrived - stamps) / NS_PER_MS
    jitter_ms = np.abs(np.diff(np.sort(arrived), 2)) / NS_PER_MS
    p50, p95, p99 = _percentiles(late_ms, (50, 95, 99))
    return RunFigures(
        wanted_hz=wanted_hz,
        sent=len(sent_ns),
        sent_hz=_rate_hz(np.asarray(sent_ns, np.int64)),
        received=len(pairs),
        received_hz=_rate_hz(np.sort(arrived)),
        missed_percent=100.0 * (1.0 - len(pairs) / len(sent_ns)) if sent_ns else float('nan'),
        latency_mean_ms=_mean(late_ms),
        latency_p50_ms=p50,
        latency_p95_ms=p95,
        latency_p99_ms=p99,
        latency_max_ms=float(late_ms.max()) if late_ms.size else float('nan'),
        jitter_mean_ms=_mean(jitter_ms),
        jitter_max_ms=float(jitter_ms.max()) if jitter_ms.size else float('nan'),
    )


def _rate_hz(times_ns: NDArray[np.int64]) -> float:
    """Return intervals per second between the first and the last time."""
    if times_ns.size < 2 or times_ns[-1] == times_ns[0]:
        return float('nan')
    return float((times_ns.size - 1) * NS_PER_S / (times_ns[-1] - times_ns[0]))


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if values.size else float('nan')


def _percentiles(values: NDArray[np.float64], percents: Sequence[int]) -> list[float]:
    if not values.size:
        return [float('nan')] * len(percents)
    return [float(value) for value in np.percentile(values, percents)]
