"""Ways from labels to a ground map: those of `panoseg_ros.ground` and the usual ones.

Convention: every way answers with costs on the grid that its pose says, snapped as
`GroundEvidence`: -1 unknown, 0 to 98 ground with its policy cost, 100 an obstacle.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNKNOWN, GroundMap, Segmentation
from panoseg_ros.geometry import PanoramaGeometry, transform
from panoseg_ros.ground import GroundFusion, GroundProjector, GroundSettings
from panoseg_ros.labels import LabelSet

F64 = NDArray[np.float64]
Cell = TypeVar('Cell', bound=np.generic)
LETHAL = np.int8(100)
MEMORY = ('fused', 'ray clearing')  # ways that keep what earlier frames showed


class Sight(NamedTuple):
    """What a way is told about a moment: true or falsified."""

    stamp_ns: int
    labels: NDArray[np.uint8]  # (H, W) of an upright panorama
    confidence: NDArray[np.uint8]  # (H, W)
    valid: NDArray[np.bool_]  # (H, W)
    height_m: float  # of the camera above the ground
    camera_xy_m: tuple[float, float]  # in the level frame of the base
    odom_from_base: F64  # (4, 4) level


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


class Ours:
    """`GroundProjector`, with `GroundFusion` behind it if `fused`."""

    def __init__(
        self, geometry: PanoramaGeometry, labels: LabelSet, settings: GroundSettings, fused: bool
    ) -> None:
        upright = transform(np.eye(3), [0.0, 0.0, 1.0])
        self._project = GroundProjector(geometry, upright, labels, settings)
        self._fusion = GroundFusion(labels, settings) if fused else None

    def __call__(self, sight: Sight) -> Answer:
        """Return the map after this sight."""
        ground = self._map(
            Segmentation(sight.stamp_ns, 'panorama', sight.labels, sight.confidence),
            sight.valid,
            sight.odom_from_base,
            transform(np.eye(3), [*sight.camera_xy_m, sight.height_m]),
        )
        x, y = (round(place / ground.resolution_m) for place in ground.origin_xy_m)
        count = len(ground.ranges_m)
        azimuth = -np.pi + np.arange(count) * 2 * np.pi / count + _yaw(sight)
        return Answer(ground.combined, (x, y), azimuth, ground.ranges_m.astype(np.float64))

    def _map(self, *seen: Any) -> GroundMap:
        if self._fusion is None:
            return self._project(*seen)
        return self._fusion.update(self._project.observe(*seen))


class PixelLook:
    """What the baselines share: the pixel that looks at a cell, the range of a row.

    Args:
        geometry: of the panoramas.
        labels: what the labels mean.
        settings: cells and range of the map.
    """

    def __init__(
        self, geometry: PanoramaGeometry, labels: LabelSet, settings: GroundSettings
    ) -> None:
        self.geometry, self.settings = geometry, settings
        self.cost = np.full(256, UNKNOWN, np.int8)
        for cls in labels.classes:
            if cls.surface != 'none':
                self.cost[cls.id] = LETHAL if cls.surface == 'obstacle' else min(cls.cost, 98)

    def origin(self, sight: Sight) -> tuple[int, int]:
        """Return cell (0, 0) of the grid in odom."""
        cell = np.floor(sight.odom_from_base[:2, 3] / self.settings.resolution_m).astype(int)
        half = self.settings.cells // 2
        return int(cell[0]) - half, int(cell[1]) - half

    def camera(self, sight: Sight) -> F64:
        """Return x, y (2,) of the camera in odom."""
        return np.asarray((sight.odom_from_base @ [*sight.camera_xy_m, 0.0, 1.0])[:2], np.float64)

    def cells(self, sight: Sight) -> tuple[F64, F64]:
        """Return azimuth in the base frame and range in metres (N, N) of all cells' centres."""
        x, y = self.origin(sight)
        along = np.arange(self.settings.cells) + 0.5
        camera, step = self.camera(sight), self.settings.resolution_m
        dx = (x + along) * step - camera[0]
        dy = (y + along) * step - camera[1]
        azimuth = np.arctan2(dy[:, None], dx[None, :]) - _yaw(sight)
        return azimuth, np.hypot(dy[:, None], dx[None, :])

    def seen(self, sight: Sight) -> NDArray[np.int8]:
        """Return the cost (N, N) of the pixel that looks at the ground of every cell."""
        azimuth, away = self.cells(sight)
        points = np.stack(
            [away * np.cos(azimuth), away * np.sin(azimuth), np.full_like(away, -sight.height_m)],
            -1,
        )
        pixels = np.floor(self.geometry.pixels(points)).astype(int)
        u = pixels[..., 0] % self.geometry.width
        v = np.clip(pixels[..., 1], 0, self.geometry.height - 1)
        cost: NDArray[np.int8] = np.where(
            sight.valid[v, u], self.cost[sight.labels[v, u]], np.int8(UNKNOWN)
        )
        cost[away > self.settings.max_range_m] = UNKNOWN
        return cost

    def feet(self, sight: Sight) -> tuple[F64, F64]:
        """Return azimuth in odom and range (W,) of the lowest obstacle pixel of every column.

        +inf where there is only ground up to the maximum range.
        """
        below = self.geometry.elevation_rad() < 0.0
        away = sight.height_m / np.tan(-self.geometry.elevation_rad()[below])  # outwards: upwards
        costs = np.where(sight.valid, self.cost[sight.labels], np.int8(UNKNOWN))[below]
        away[away > self.settings.max_range_m] = np.inf
        lethal = (costs == LETHAL)[::-1]
        first = np.where(lethal.any(0), away[::-1][lethal.argmax(0)], np.inf)
        return self.geometry.azimuth_rad() + _yaw(sight), first


class Smear(PixelLook):
    """Every pixel is projected to the ground: inverse perspective mapping."""

    def __call__(self, sight: Sight) -> Answer:
        """Return the map of this sight."""
        return Answer(self.seen(sight), self.origin(sight), *self.feet(sight))


class LastFeet(PixelLook):
    """The lowest obstacle pixel of every column marks one cell; ground up to there is free."""

    def __call__(self, sight: Sight) -> Answer:
        """Return the map of this sight."""
        cost = self.seen(sight)
        azimuth, ranges = self.feet(sight)
        cell_azimuth, away = self.cells(sight)
        columns = self.geometry.width
        turn = (0.5 - (cell_azimuth / (2 * np.pi))) * columns
        first = ranges[np.floor(turn).astype(int) % columns]
        cost[(away > first) | (cost == LETHAL)] = UNKNOWN
        origin = self.origin(sight)
        _mark(cost, origin, self.camera(sight), azimuth, ranges, self.settings.resolution_m)
        return Answer(cost, origin, azimuth, ranges)


class RayClearing(PixelLook):
    """A rolling map that every ray clears up to its foot point, which is then marked.

    As obstacle layers of Nav2 do with a scan: unknown at first, nothing is forgotten, a ray
    without a foot clears up to the maximum range.
    """

    def __init__(
        self, geometry: PanoramaGeometry, labels: LabelSet, settings: GroundSettings
    ) -> None:
        super().__init__(geometry, labels, settings)
        self._last: tuple[NDArray[np.int8], tuple[int, int]] | None = None

    def __call__(self, sight: Sight) -> Answer:
        """Return the map after this sight."""
        origin, size = self.origin(sight), self.settings.cells
        cost = np.full((size, size), UNKNOWN, np.int8)
        if self._last is not None:
            cost = moved(*self._last, origin, UNKNOWN).copy()
        azimuth, ranges = self.feet(sight)
        step, camera = self.settings.resolution_m, self.camera(sight)
        reach = np.minimum(ranges, self.settings.max_range_m)
        along = np.arange(0.0, self.settings.max_range_m, 0.5 * step)
        ray, at = np.nonzero(along[None, :] < reach[:, None])
        x = camera[0] + along[at] * np.cos(azimuth[ray])
        y = camera[1] + along[at] * np.sin(azimuth[ray])
        _put(cost, origin, x, y, step, np.int8(0))
        _mark(cost, origin, camera, azimuth, ranges, step)
        self._last = (cost, origin)
        return Answer(cost, origin, azimuth, ranges)


WAYS: dict[str, Callable[[PanoramaGeometry, LabelSet, GroundSettings], Way]] = {
    'one frame': lambda geometry, labels, settings: Ours(geometry, labels, settings, fused=False),
    'fused': lambda geometry, labels, settings: Ours(geometry, labels, settings, fused=True),
    'smear': Smear,
    'last feet': LastFeet,
    'ray clearing': RayClearing,
}


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


def _mark(
    cost: NDArray[np.int8],
    origin: tuple[int, int],
    camera: F64,
    azimuth: F64,
    ranges: F64,
    step: float,
) -> None:
    feet = np.isfinite(ranges)
    x = camera[0] + ranges[feet] * np.cos(azimuth[feet])
    y = camera[1] + ranges[feet] * np.sin(azimuth[feet])
    _put(cost, origin, x, y, step, LETHAL)


def _put(
    cost: NDArray[np.int8], origin: tuple[int, int], x: F64, y: F64, step: float, value: np.int8
) -> None:
    column = np.floor(x / step).astype(int) - origin[0]
    row = np.floor(y / step).astype(int) - origin[1]
    inside = (row >= 0) & (row < len(cost)) & (column >= 0) & (column < len(cost))
    cost[row[inside], column[inside]] = value


def _yaw(sight: Sight) -> float:
    return float(np.arctan2(sight.odom_from_base[1, 0], sight.odom_from_base[0, 0]))
