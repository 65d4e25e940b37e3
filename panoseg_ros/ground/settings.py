"""What a user can set about the ground map, with the allowed range of every value."""

import math
from dataclasses import dataclass, field, fields
from typing import Any

from panoseg_ros.errors import GroundError

MAX_CELLS_PER_SIDE = 1000  # 19 classes of 1000 x 1000 float32 cells are 76 MB, held up to thrice


def _setting(default: Any, low: float, high: float, description: str) -> Any:
    return field(default=default, metadata={'description': description, 'range': (low, high)})


@dataclass(frozen=True)
class GroundSettings:
    """Size of the ground grid, what counts as evidence, and how fast it is forgotten.

    Raises:
        GroundError: naming the field, its value and what is allowed.
    """

    resolution_m: float = _setting(0.1, 0.01, 2.0, 'side of one cell, metres')
    size_m: float = _setting(20.0, 1.0, 500.0, 'side of the square grid, metres')
    max_range_m: float = _setting(12.0, 0.5, 250.0, 'ground farther from the camera is not used')
    max_error_m: float = _setting(
        5.0, 0.05, 100.0, 'ground whose range is known less well, one sigma, is not used'
    )
    pitch_error_deg: float = _setting(
        0.25, 0.0, 10.0, 'standard deviation of the pitch that the camera is said to have'
    )
    ground_z_m: float = _setting(0.0, -10.0, 10.0, 'height of the ground in the base frame')
    kerb_m: float = _setting(
        0.1,
        0.0,
        0.5,
        'sidewalk and terrain may lie this much higher than the road that the robot stands on; 0 '
        'where there are no kerbs',
    )
    bearings: int = _setting(360, 8, 8192, 'number of bearings of the ring of foot ranges')
    min_confidence: float = _setting(
        0.4, 0.0, 1.0, 'ground pixels less certain than this say nothing; obstacles always do'
    )
    obstacle_depth_m: float = _setting(0.1, 0.01, 5.0, 'how deep a foot point marks, metres')
    marking_height_m: float = _setting(
        0.2, 0.0, 5.0, 'points of ground/obstacles and ground/free lie this high above the ground'
    )
    static_half_life_s: float = _setting(
        30.0, 0.1, 1e6, 'unseen ground and static obstacles lose half their evidence in this time'
    )
    dynamic_half_life_s: float = _setting(
        2.0, 0.1, 1e6, 'unseen dynamic obstacles lose half their evidence in this time'
    )
    static_cap: float = _setting(4.0, 1.0, 100.0, 'most frames a static cell can count for')
    dynamic_cap: float = _setting(2.0, 1.0, 100.0, 'most frames a dynamic cell can count for')
    max_speed_mps: float = _setting(15.0, 0.1, 100.0, 'a faster step of the pose resets the map')
    max_turn_dps: float = _setting(270.0, 1.0, 3600.0, 'a faster turn of the pose resets the map')

    def __post_init__(self) -> None:
        """Refuse values out of range and grids too large for memory."""
        for entry in fields(self):
            _check(entry.name, getattr(self, entry.name), entry.type, entry.metadata['range'])
        if not 2 <= self.cells <= MAX_CELLS_PER_SIDE:
            raise GroundError(
                f'size_m {self.size_m:g} at resolution_m {self.resolution_m:g} is a grid of '
                f'{self.cells} x {self.cells} cells, allowed are 2 to {MAX_CELLS_PER_SIDE} a side'
            )

    @property
    def cells(self) -> int:
        """Return the number of cells along one side of the grid."""
        return round(self.size_m / self.resolution_m)

    @property
    def least_confidence(self) -> int:
        """Return the least confidence, of 255, with which a pixel shows ground."""
        # A pixel of confidence 0 weighs nothing, so it must not count as seen either.
        return max(1, math.ceil(self.min_confidence * 255.0))


def _check(name: str, value: Any, kind: Any, limits: tuple[float, float]) -> None:
    whole = kind is int
    fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not fits or not limits[0] <= value <= limits[1]:  # NaN is in no range
        noun = 'a whole number' if whole else 'a number'
        got = ' '.join(repr(value).split())
        raise GroundError(f'{name} must be {noun} from {limits[0]:g} to {limits[1]:g}, got {got}')
