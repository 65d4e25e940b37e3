"""What the demo measures: rates, latency, gaps and what went missing; free of ROS.

All times are nanoseconds of one clock, the one that stamps the images.
"""

import math
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from panoseg_ros.streams.stamps import NS_PER_S

_KEPT = 200_000  # events of each kind, some hours at camera rate


class Counters(NamedTuple):
    """What the node has counted since its start, and when."""

    time_ns: int
    received: int
    skipped: int


@dataclass(frozen=True)
class Figures:
    """The figures of a span of time; NaN where nothing was there to measure.

    `latency_*_ms` is header stamp to costmap received. `longest_gap_ms` is the longest
    time without a new costmap. `lost_percent` of the sent images never arrived at the
    node, `skipped_percent` arrived and were superseded by a newer one before their turn.
    """

    seconds: float
    input_hz: float
    output_hz: float
    latency_p50_ms: float
    latency_p95_ms: float
    latency_p99_ms: float
    longest_gap_ms: float
    lost_percent: float
    skipped_percent: float
    sent: int
    costmaps: int


class Statistics:
    """Collects events in the order of their times and computes figures of any span."""

    def __init__(self) -> None:
        self._sent_ns: deque[int] = deque(maxlen=_KEPT)
        self._known: set[int] = set()
        self._costmaps: deque[tuple[int, int]] = deque(maxlen=_KEPT)  # (received, stamp)
        self._counters: deque[Counters] = deque(maxlen=_KEPT)

    @property
    def costmaps(self) -> int:
        """Return how many costmaps came, of those that are still kept."""
        return len(self._costmaps)

    def on_sent(self, stamp_ns: int) -> None:
        """Note an image that the camera published."""
        if len(self._sent_ns) == _KEPT:
            self._known.discard(self._sent_ns[0])
        self._sent_ns.append(stamp_ns)
        self._known.add(stamp_ns)

    def on_costmap(self, stamp_ns: int, received_ns: int) -> None:
        """Note a costmap; one that carries no image's stamp (a blind node's) is left out."""
        if stamp_ns in self._known:
            self._costmaps.append((received_ns, stamp_ns))

    def on_counters(self, counters: Counters) -> None:
        """Note what the node says it has counted."""
        self._counters.append(counters)

    def figures(self, start_ns: int, end_ns: int) -> Figures:
        """Return the figures of the events within [start, end]."""
        seconds = max(end_ns - start_ns, 1) / NS_PER_S
        sent = span(self._sent_ns, start_ns, end_ns)
        arrived = [(r, s) for r, s in self._costmaps if start_ns <= r <= end_ns]
        late_ms = sorted((received - stamp) / 1e6 for received, stamp in arrived)
        lost, skipped = missing_percent(list(self._sent_ns), self._counters, start_ns, end_ns)
        return Figures(
            seconds=seconds,
            input_hz=sent / seconds,
            output_hz=len(arrived) / seconds,
            latency_p50_ms=percentile(late_ms, 50.0),
            latency_p95_ms=percentile(late_ms, 95.0),
            latency_p99_ms=percentile(late_ms, 99.0),
            longest_gap_ms=longest_gap_ns((r for r, _ in arrived), start_ns, end_ns) / 1e6,
            lost_percent=lost,
            skipped_percent=skipped,
            sent=sent,
            costmaps=len(arrived),
        )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Return the smallest value that `percent` of the ordered values do not exceed."""
    if not ordered:
        return math.nan
    rank = math.ceil(percent / 100.0 * len(ordered))
    return ordered[max(rank, 1) - 1]


def longest_gap_ns(times_ns: Iterable[int], start_ns: int, end_ns: int) -> int:
    """Return the longest time without an event, from the start to the end of the span."""
    return max(b - a for a, b in pairwise([start_ns, *times_ns, end_ns]))


def missing_percent(
    sent_ns: Sequence[int], counters: Iterable[Counters], start_ns: int, end_ns: int
) -> tuple[float, float]:
    """Return the lost and the skipped share of the sent images, in percent.

    Counters come about once a second, so the shares are those between the first and the
    last report within the span; an image on its way at either end may shift them by one.
    """
    reports = [report for report in counters if start_ns <= report.time_ns <= end_ns]
    if len(reports) < 2:
        return math.nan, math.nan
    first, last = reports[0], reports[-1]
    sent = bisect_right(sent_ns, last.time_ns) - bisect_right(sent_ns, first.time_ns)
    if not sent:
        return math.nan, math.nan
    lost = max(0, sent - (last.received - first.received))
    return 100.0 * lost / sent, 100.0 * (last.skipped - first.skipped) / sent


def span(ordered: Iterable[int], start_ns: int, end_ns: int) -> int:
    """Return how many of the ordered times lie within [start, end]."""
    times = list(ordered)
    return bisect_right(times, end_ns) - bisect_left(times, start_ns)
