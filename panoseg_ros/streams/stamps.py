"""Time rules of streams: which stamp an image has, and whether its turn is over.

Convention: times are integer nanoseconds. Everything a frame leads to carries the
time of its exposure, never the time of publishing.
"""

from enum import Enum

NS_PER_S = 1_000_000_000
JUMP_BACK_NS = NS_PER_S  # further back is a new recording, less is a frame out of order


class Verdict(Enum):
    """What to do with a stamp."""

    ACCEPT = 'accept'
    DROP = 'drop'
    RESET = 'reset'  # forget map, pairing and watchdogs, then accept


def acquisition_ns(header_ns: int, receive_ns: int, source: str, delay_s: float) -> int:
    """Return the time of exposure; a zero header stamp counts as receive time."""
    stamp_ns = header_ns if source == 'header' and header_ns > 0 else receive_ns
    return stamp_ns - round(delay_s * NS_PER_S)


class StampOrder:
    """Lets stamps of one stream pass in strictly increasing order."""

    def __init__(self) -> None:
        self._last_ns: int | None = None

    def judge(self, stamp_ns: int) -> Verdict:
        """Return the verdict on the next stamp; accepted ones become the last one."""
        if self._last_ns is None or stamp_ns > self._last_ns:
            verdict = Verdict.ACCEPT
        elif self._last_ns - stamp_ns > JUMP_BACK_NS:
            verdict = Verdict.RESET
        else:
            return Verdict.DROP
        self._last_ns = stamp_ns
        return verdict

    def reset(self) -> None:
        """Accept any stamp next."""
        self._last_ns = None
