"""What became of one shot, and what writes it."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.pipeline import Result


class Outcome(NamedTuple):
    """What became of a shot, counted from 0; without a result it was dropped or refused."""

    number: int
    stamp_ns: int
    result: Result | None
    map_from_base: NDArray[np.float64] | None
    ground_z_m: float  # of the ground in the map frame
    timings_ms: dict[str, float]
    latency_ms: float | None  # from the arrival of its pictures to the result
    dropped: bool  # superseded by a newer one before its turn
    fault: str = ''
    restarted: bool = False

    def figures(self) -> dict[str, Any]:
        """Return the entry in metrics.json."""
        return {
            'index': self.number,
            'stamp_ns': self.stamp_ns,
            'timings_ms': {stage: round(ms, 3) for stage, ms in self.timings_ms.items()},
            'latency_ms': None if self.latency_ms is None else round(self.latency_ms, 3),
            'dropped': self.dropped,
            **({'fault': self.fault} if self.fault else {}),
        }


class Sink(Protocol):
    """Writes results; called by one thread."""

    def write(self, outcome: Outcome) -> None:
        """Write what there is; outcomes without a result never come."""

    def settle(self) -> None:
        """Make everything so far last, whatever happens afterwards."""

    def finish(self) -> None:
        """Put the parts together; no more outcomes come, in this run or a later one."""
