"""The present by two clocks."""

from typing import NamedTuple


class Moment(NamedTuple):
    """A moment by a steady clock and by the clock of timeouts, in seconds.

    Both are the same unless time is simulated. Simulated time may stand still, run slowly
    or fast, and moves in steps that are longer than an image takes to arrive.
    """

    steady_s: float
    watch_s: float

    def since(self, past: 'Moment') -> float:
        """Return the time since then by the clock that went less far."""
        return min(self.steady_s - past.steady_s, self.watch_s - past.watch_s)
