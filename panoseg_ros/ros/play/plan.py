"""What to play, and how."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from panoseg_ros.errors import RosError


@dataclass(frozen=True)
class PlayPlan:
    """One call of `panoseg play`; times are seconds of the bag's own time."""

    bag: Path
    topics: tuple[str, ...] = ()  # empty: all
    rate: float = 1.0  # seconds of the bag per second
    loop: bool = False
    start_s: float = 0.0
    duration_s: float | None = None  # None: to the end
    clock_hz: float | None = None  # None: no /clock
    remaps: Mapping[str, str] = field(default_factory=dict)  # name in the bag -> name to use
    paused: bool = False  # begin paused
    wait_active: str | None = None  # begin when this lifecycle node is active
    join: bool = False  # this shell's ROS graph instead of an isolated one

    def __post_init__(self) -> None:
        """Refuse what cannot be played.

        Raises:
            RosError: naming the option.
        """
        if not 0.0 < self.rate <= 1000.0:
            raise RosError(f'--rate: must be above 0 and at most 1000, got {self.rate:g}')
        if not 0.0 <= self.start_s < math.inf:
            raise RosError(f'--start: must be 0 s or more, got {self.start_s:g}')
        if self.duration_s is not None and not 0.0 < self.duration_s < math.inf:
            raise RosError(f'--duration: must be above 0 s, got {self.duration_s:g}')
        if self.clock_hz is not None and not 0.0 < self.clock_hz <= 1000.0:
            raise RosError(
                f'--clock-rate: must be above 0 and at most 1000, got {self.clock_hz:g}'
            )

    @property
    def stop_s(self) -> float | None:
        """Return where to stop, in seconds after the bag's start; None: at its end."""
        return None if self.duration_s is None else self.start_s + self.duration_s
