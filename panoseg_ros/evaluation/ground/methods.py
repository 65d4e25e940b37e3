"""What ways from labels to a ground map are told and answer, and the two of `panoseg_ros.ground`.

Convention: every way answers with costs on the grid that its pose says, snapped as
`GroundEvidence`: -1 unknown, 0 to 98 ground with its policy cost, 100 an obstacle.
"""

from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import Facts
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.frames import GroundMap, Segmentation
from panoseg_ros.geometry import PanoramaGeometry, transform
from panoseg_ros.ground import GroundEvidence, GroundFusion, GroundProjector, GroundSettings
from panoseg_ros.ground.channels import Channels
from panoseg_ros.ground.evidence import map_of
from panoseg_ros.labels import LabelSet

F64 = NDArray[np.float64]
Cell = TypeVar('Cell', bound=np.generic)
LETHAL = np.int8(100)


class Oracle(NamedTuple):
    """What is true at a moment; no way but `true feet` looks at it."""

    moment: Moment
    facts: Facts


class Sight(NamedTuple):
    """What a way is told about a moment: true or falsified."""

    stamp_ns: int
    labels: NDArray[np.uint8]  # (H, W) of an upright panorama
    confidence: NDArray[np.uint8]  # (H, W)
    valid: NDArray[np.bool_]  # (H, W)
    height_m: float  # of the camera above the ground
    camera_xy_m: tuple[float, float]  # in the level frame of the base
    odom_from_base: F64  # (4, 4) level
    oracle: Oracle | None = None


class Answer(NamedTuple):
    """A map on cells of odom, and the first obstacle at bearings of odom."""

    costs: NDArray[np.int8]  # (N, N)
    origin_cell: tuple[int, int]
    azimuth_rad: F64  # (A,)
    ranges_m: F64  # (A,) +inf = none, NaN = not known


class Way(Protocol):
    """Turns one sight after the other into maps."""

    def __call__(self, sight: Sight) -> Answer:
        """Return the map after this sight."""
        ...


class Observer:
    """`GroundProjector`, asked once for all ways that start from the same sight."""

    def __init__(
        self, geometry: PanoramaGeometry, labels: LabelSet, settings: GroundSettings
    ) -> None:
        self.labels, self.settings = labels, settings
        upright = transform(np.eye(3), [0.0, 0.0, 1.0])
        self._project = GroundProjector(geometry, upright, labels, settings)
        self._last: tuple[Sight, GroundEvidence] | None = None

    def __call__(self, sight: Sight) -> GroundEvidence:
        """Return what a sight says about the ground."""
        if self._last is None or self._last[0] is not sight:
            evidence = self._project.observe(
                Segmentation(sight.stamp_ns, 'panorama', sight.labels, sight.confidence),
                sight.valid,
                sight.odom_from_base,
                transform(np.eye(3), [*sight.camera_xy_m, sight.height_m]),
            )
            self._last = (sight, evidence)
        return self._last[1]

    @property
    def channels(self) -> Channels:
        """Return what its evidence is of."""
        return self._project.channels


class OneFrame:
    """What `GroundProjector` makes of one frame."""

    def __init__(self, observe: Observer) -> None:
        self._observe = observe

    def __call__(self, sight: Sight) -> Answer:
        """Return the map of this sight."""
        return answer_of(map_of(self._observe(sight), self._observe.channels), sight)


class Fused:
    """`GroundFusion` behind it."""

    def __init__(self, observe: Observer) -> None:
        self._observe = observe
        self._fusion = GroundFusion(observe.labels, observe.settings)

    def __call__(self, sight: Sight) -> Answer:
        """Return the map after this sight."""
        return answer_of(self._fusion.update(self._observe(sight)), sight)


def answer_of(ground: GroundMap, sight: Sight) -> Answer:
    """Return a map of ours as an answer."""
    x, y = (round(place / ground.resolution_m) for place in ground.origin_xy_m)
    count = len(ground.ranges_m)
    azimuth = -np.pi + np.arange(count) * 2 * np.pi / count + yaw_of(sight)
    return Answer(ground.combined, (x, y), azimuth, ground.ranges_m.astype(np.float64))


def moved(
    grid: NDArray[Cell], origin: tuple[int, int], to: tuple[int, int], fill: int
) -> NDArray[Cell]:
    """Return the cells of a grid (N, N) on the grid whose cell (0, 0) is `to`."""
    if origin == to:
        return grid
    size = len(grid)
    y, x = (np.arange(size) + to[i] - origin[i] for i in (1, 0))
    inside = ((y >= 0) & (y < size))[:, None] & ((x >= 0) & (x < size))[None, :]
    picked = grid[np.clip(y, 0, size - 1)[:, None], np.clip(x, 0, size - 1)[None, :]]
    picked[~inside] = fill
    return picked


def yaw_of(sight: Sight) -> float:
    """Return the heading of the base in odom, radians."""
    return float(np.arctan2(sight.odom_from_base[1, 0], sight.odom_from_base[0, 0]))
