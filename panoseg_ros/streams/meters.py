"""Rates of a stream and what of it never arrived."""

from collections import deque

from panoseg_ros.streams.stamps import NS_PER_S

RATE_WINDOW_S = 5.0
LEARN_FROM = 5  # stamp differences that are needed before a period is believed


class RateMeter:
    """Measures events per second over the last seconds."""

    def __init__(self) -> None:
        self._times_s: deque[float] = deque(maxlen=1024)

    def tick(self, now_s: float) -> None:
        """Count one event."""
        self._times_s.append(now_s)

    def rate_hz(self, now_s: float) -> float:
        """Return the rate, 0.0 when fewer than two events are recent."""
        recent = [t for t in tuple(self._times_s) if now_s - t <= RATE_WINDOW_S]
        if len(recent) < 2 or recent[-1] <= recent[0]:
            return 0.0
        return (len(recent) - 1) / (recent[-1] - recent[0])

    def age_s(self, now_s: float) -> float | None:
        """Return the time since the last event, None before the first."""
        return now_s - self._times_s[-1] if self._times_s else None


class LossMeter:
    """Counts images that never arrived, from the gaps between stamps.

    The period is the lower quintile of recent stamp differences, because under heavy
    loss the median difference is several periods. A gap beyond the input timeout is an
    outage of the camera and not a loss.
    """

    def __init__(self) -> None:
        self._steps_ns: deque[int] = deque(maxlen=128)
        self._last_ns: int | None = None
        self.lost = 0

    def arrive(self, stamp_ns: int, rate_hz: float, outage_s: float) -> None:
        """Count the images missing before this one; `rate_hz` 0.0 learns the period."""
        last_ns, self._last_ns = self._last_ns, stamp_ns
        if last_ns is None:
            return
        step_ns = stamp_ns - last_ns
        if not 0 < step_ns <= outage_s * NS_PER_S:
            return
        self._steps_ns.append(step_ns)
        period_ns = self.period_ns(rate_hz)
        if period_ns:
            self.lost += max(0, round(step_ns / period_ns) - 1)

    def period_ns(self, rate_hz: float) -> int | None:
        """Return the image period, None while it is unknown."""
        if rate_hz > 0.0:
            return round(NS_PER_S / rate_hz)
        if len(self._steps_ns) < LEARN_FROM:
            return None
        return sorted(self._steps_ns)[len(self._steps_ns) // 5]

    def restart(self) -> None:
        """Expect a new stream; the count of lost images stays."""
        self._last_ns = None
        self._steps_ns.clear()
