"""The usual ways from labels to a ground map, which ours are held against."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.methods import LETHAL, Answer, Sight, moved, yaw_of
from panoseg_ros.frames import UNKNOWN
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground import GroundSettings
from panoseg_ros.labels import LabelSet

F64 = NDArray[np.float64]
Pixels = tuple[NDArray[np.int64], NDArray[np.int64]]


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
        self._stand: tuple[float, ...] = ()
        self._looked: tuple[F64, F64, Pixels] | None = None

    def origin(self, sight: Sight) -> tuple[int, int]:
        """Return cell (0, 0) of the grid in odom."""
        cell = np.floor(sight.odom_from_base[:2, 3] / self.settings.resolution_m).astype(int)
        half = self.settings.cells // 2
        return int(cell[0]) - half, int(cell[1]) - half

    def camera(self, sight: Sight) -> F64:
        """Return x, y (2,) of the camera in odom."""
        return np.asarray((sight.odom_from_base @ [*sight.camera_xy_m, 0.0, 1.0])[:2], np.float64)

    def cells(self, sight: Sight) -> tuple[F64, F64, Pixels]:
        """Return azimuth in the base frame, range and pixel of all cells' centres.

        Returns:
            (N, N) in rad, (N, N) in metres, and the rows and columns (N, N) that look there.
            They are kept for other sights from the same place.
        """
        stand = (*self.origin(sight), *self.camera(sight), yaw_of(sight), sight.height_m)
        if self._looked is None or self._stand != stand:
            self._stand, self._looked = stand, self._look(sight)
        return self._looked

    def _look(self, sight: Sight) -> tuple[F64, F64, Pixels]:
        x, y = self.origin(sight)
        along = np.arange(self.settings.cells) + 0.5
        camera, step = self.camera(sight), self.settings.resolution_m
        dx = (x + along) * step - camera[0]
        dy = (y + along) * step - camera[1]
        azimuth = np.arctan2(dy[:, None], dx[None, :]) - yaw_of(sight)
        away = np.hypot(dy[:, None], dx[None, :])
        points = np.stack(
            [away * np.cos(azimuth), away * np.sin(azimuth), np.full_like(away, -sight.height_m)],
            -1,
        )
        pixels = np.floor(self.geometry.pixels(points)).astype(int)
        u = pixels[..., 0] % self.geometry.width
        v = np.clip(pixels[..., 1], 0, self.geometry.height - 1)
        return azimuth, away, (v, u)

    def seen(self, sight: Sight) -> NDArray[np.int8]:
        """Return the cost (N, N) of the pixel that looks at the ground of every cell."""
        _, away, pixels = self.cells(sight)
        cost: NDArray[np.int8] = np.where(
            sight.valid[pixels], self.cost[sight.labels[pixels]], np.int8(UNKNOWN)
        )
        cost[away > self.settings.max_range_m] = UNKNOWN
        return cost

    def feet(self, sight: Sight) -> tuple[F64, F64]:
        """Return azimuth in odom and range (W,) of the lowest obstacle pixel of every column.

        +inf where there is only ground up to the maximum range.
        """
        below = self.geometry.elevation_rad() < 0.0
        away = sight.height_m / np.tan(-self.geometry.elevation_rad()[below])  # outwards: upwards
        costs = np.where(sight.valid[below], self.cost[sight.labels[below]], np.int8(UNKNOWN))
        away[away > self.settings.max_range_m] = np.inf
        lethal = (costs == LETHAL)[::-1]
        first = np.where(lethal.any(0), away[::-1][lethal.argmax(0)], np.inf)
        return self.geometry.azimuth_rad() + yaw_of(sight), first


class Smear:
    """Every pixel is projected to the ground: inverse perspective mapping."""

    def __init__(self, look: PixelLook) -> None:
        self._look = look

    def __call__(self, sight: Sight) -> Answer:
        """Return the map of this sight."""
        look = self._look
        return Answer(look.seen(sight), look.origin(sight), *look.feet(sight))


class LastFeet:
    """The lowest obstacle pixel of every column marks one cell; ground up to there is free."""

    def __init__(self, look: PixelLook) -> None:
        self._look = look

    def __call__(self, sight: Sight) -> Answer:
        """Return the map of this sight."""
        look = self._look
        cost = look.seen(sight)
        azimuth, ranges = look.feet(sight)
        cell_azimuth, away, _ = look.cells(sight)
        columns = look.geometry.width
        turn = (0.5 - (cell_azimuth / (2 * np.pi))) * columns
        first = ranges[np.floor(turn).astype(int) % columns]
        cost[(away > first) | (cost == LETHAL)] = UNKNOWN
        origin = look.origin(sight)
        _mark(cost, origin, look.camera(sight), azimuth, ranges, look.settings.resolution_m)
        return Answer(cost, origin, azimuth, ranges)


class RayClearing:
    """A rolling map that every ray clears up to its foot point, which is then marked.

    As obstacle layers of Nav2 do with a scan: unknown at first, nothing is forgotten, a ray
    without a foot clears up to the maximum range.
    """

    def __init__(self, look: PixelLook) -> None:
        self._look = look
        self._last: tuple[NDArray[np.int8], tuple[int, int]] | None = None

    def __call__(self, sight: Sight) -> Answer:
        """Return the map after this sight."""
        look = self._look
        origin, size = look.origin(sight), look.settings.cells
        cost = np.full((size, size), UNKNOWN, np.int8)
        if self._last is not None:
            cost = moved(*self._last, origin, UNKNOWN).copy()
        azimuth, ranges = look.feet(sight)
        step, camera = look.settings.resolution_m, look.camera(sight)
        reach = np.minimum(ranges, look.settings.max_range_m)
        along = np.arange(0.0, look.settings.max_range_m, 0.5 * step)
        ray, at = np.nonzero(along[None, :] < reach[:, None])
        x = camera[0] + along[at] * np.cos(azimuth)[ray]
        y = camera[1] + along[at] * np.sin(azimuth)[ray]
        _put(cost, origin, x, y, step, np.int8(0))
        _mark(cost, origin, camera, azimuth, ranges, step)
        self._last = (cost, origin)
        return Answer(cost, origin, azimuth, ranges)


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
