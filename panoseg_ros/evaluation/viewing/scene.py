"""What a viewer shows in space, as plain arrays: labels lifted from the panorama, cells, feet.

Convention: the base frame (x forward, y left, z up), and the map frame where a pose is given.
A pose counts with its place and its heading, as it does for the ground map.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.geometry import PanoramaGeometry, transform, without_heading
from panoseg_ros.labels import LabelSet

STEP = 2  # of the pixels only every second in a row and in a column becomes a point
HIGHEST_M = 12.0  # what stands higher above the ground is left out
FOOT_M = 0.5  # the lowest pixels of an obstacle are at most this far above its foot
PROBABLE = 50  # percent from which a cell belongs to a class


class Cloud(NamedTuple):
    """Points with classes."""

    points_m: NDArray[np.float32]  # (P, 3)
    class_ids: NDArray[np.uint8]  # (P,)


class Grid(NamedTuple):
    """One layer of a ground map where it lies."""

    cells: NDArray[np.int8]  # (N, M), [y, x], row 0 at the smallest y
    resolution_m: float
    origin_xy_m: tuple[float, float]  # outer corner of cell (0, 0)
    ground_z_m: float


class Lifter:
    """Puts the pixels of one camera where they are seen to be.

    Ground pixels lie where their rays meet the ground. Pixels of an obstacle stand upright
    above its foot point, as far as their class goes on upwards from the foot. Everything else
    has no known place and is left out.

    Args:
        geometry: directions of the pixels.
        base_from_pano: (4, 4) pose of the camera.
        label_set: what is ground and what is an obstacle.
        ground_z_m: height of the ground in the base frame.
        most_m: ground farther than this from the camera is left out.
        upright: True where the panorama was turned upright, so that only the camera's heading
            in the base frame is left of its rotation.
    """

    def __init__(
        self,
        geometry: PanoramaGeometry,
        base_from_pano: NDArray[np.float64],
        label_set: LabelSet,
        ground_z_m: float = 0.0,
        most_m: float = 12.0,
        upright: bool = False,
    ) -> None:
        turn = base_from_pano[:3, :3]
        turn = turn @ without_heading(turn).T if upright else turn
        rays = geometry.rays()[::STEP, ::STEP] @ turn.T  # (H, W, 3)
        flat = np.maximum(np.hypot(rays[..., 0], rays[..., 1]), 1e-6)
        self._camera_m, self._ground_z_m = base_from_pano[:3, 3], ground_z_m
        self._outwards = rays / flat[..., None]  # one metre along the ground
        self._azimuth_rad = np.arctan2(rays[..., 1], rays[..., 0])
        slope = np.minimum(self._outwards[..., 2], -1e-6)
        self._ground_m = (ground_z_m - self._camera_m[2]) / slope  # (H, W)
        self._near = (rays[..., 2] < 0.0) & (self._ground_m < most_m)
        surfaces = [cls.surface for cls in label_set.classes]
        self._is_ground = _table([surface == 'ground' for surface in surfaces])
        self._is_obstacle = _table([surface == 'obstacle' for surface in surfaces])

    def cloud(self, labels: NDArray[np.uint8], ranges_m: NDArray[np.float32]) -> Cloud:
        """Return the points of a mask, in the base frame.

        Args:
            labels: (H, W) class ids.
            ranges_m: (A,) ring of foot ranges, as in `GroundMap`.
        """
        labels = labels[::STEP, ::STEP]
        lies = self._is_ground[labels] & self._near
        foot_m = self._feet_behind(ranges_m)
        range_m = np.where(lies, self._ground_m, foot_m)
        kept = lies | self._stands(labels, foot_m)
        points = self._camera_m + self._outwards[kept] * range_m[kept][:, None]
        return Cloud(points.astype(np.float32), labels[kept])

    def _feet_behind(self, ranges_m: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the range (H, W) of the foot at every pixel's azimuth."""
        turns = self._azimuth_rad / (2.0 * np.pi) + 0.5
        bearing = np.round(turns * len(ranges_m)).astype(np.int64) % len(ranges_m)
        return np.asarray(ranges_m[bearing])

    def _stands(self, labels: NDArray[np.uint8], foot_m: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which pixels (H, W) go on from a foot upwards with the foot's class."""
        known = np.isfinite(foot_m)
        height_m = self._camera_m[2] + self._outwards[..., 2] * np.where(known, foot_m, 0.0)
        height_m -= self._ground_z_m
        # The ring holds the nearest foot of a bearing: beside it, the pixels begin higher up.
        rises = known & self._is_obstacle[labels] & (np.abs(height_m) < FOOT_M)
        rows = np.arange(len(labels))[:, None]
        lowest = np.max(np.where(rises, rows, -1), axis=0)  # row 0 is the top
        same = labels == labels[lowest, np.arange(labels.shape[1])]
        upwards = np.logical_and.accumulate((same | (rows > lowest))[::-1], axis=0)[::-1]
        return np.asarray(upwards & (rows <= lowest) & known & (height_m < HIGHEST_M))

    def feet(self, ranges_m: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the foot points (P, 3) of a ring of ranges, in the base frame."""
        points = feet_of(ranges_m, self._ground_z_m)
        points[:, :2] += self._camera_m[:2].astype(np.float32)
        return points


def feet_of(ranges_m: NDArray[np.float32], ground_z_m: float) -> NDArray[np.float32]:
    """Return the points (P, 3) of a ring of ranges around the origin; see `GroundMap`."""
    angle = -np.pi + 2.0 * np.pi * np.arange(len(ranges_m)) / len(ranges_m)
    seen = np.isfinite(ranges_m)
    points = np.full((np.count_nonzero(seen), 3), ground_z_m, np.float32)
    points[:, 0] = ranges_m[seen] * np.cos(angle[seen])
    points[:, 1] = ranges_m[seen] * np.sin(angle[seen])
    return points


def _table(answers: Sequence[bool]) -> NDArray[np.bool_]:
    """Return answers by class id; False for 255."""
    table = np.zeros(256, bool)
    table[: len(answers)] = answers
    return table


def planar(map_from_base: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return place and heading of a (4, 4) pose as a (4, 4) pose; the identity without one."""
    if map_from_base is None:
        return np.eye(4)
    turn = map_from_base[:3, :3]
    return transform(turn @ without_heading(turn).T, map_from_base[:3, 3])


def moved(points_m: NDArray[np.float32], pose: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return points (P, 3) after a (4, 4) transform."""
    return np.asarray(points_m @ pose[:3, :3].T + pose[:3, 3], dtype=np.float32)


def labelled_cells(grids: Mapping[int, Grid]) -> Cloud:
    """Return the centres of the cells that belong to a class with at least 50 %.

    Args:
        grids: class id to its evidence, all of the same size and place.
    """
    points, ids = [np.empty((0, 3), np.float32)], [np.empty(0, np.uint8)]
    for class_id, grid in grids.items():
        found = _centres(grid, grid.cells >= PROBABLE)
        points.append(found)
        ids.append(np.full(len(found), class_id, np.uint8))
    return Cloud(np.concatenate(points), np.concatenate(ids))


def _centres(grid: Grid, chosen: NDArray[np.bool_]) -> NDArray[np.float32]:
    rows, columns = np.nonzero(chosen)
    points = np.empty((len(rows), 3), np.float32)
    points[:, 0] = grid.origin_xy_m[0] + (columns + 0.5) * grid.resolution_m
    points[:, 1] = grid.origin_xy_m[1] + (rows + 0.5) * grid.resolution_m
    points[:, 2] = grid.ground_z_m
    return points


def from_above(cells: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Return cells (N, M) as a picture (M, N), +x up and +y left, -1 as 255."""
    return np.ascontiguousarray(cells.T[::-1, ::-1]).view(np.uint8)


def pixel_from_above(grid: Grid, xy_m: tuple[float, float]) -> tuple[float, float]:
    """Return where a place lies in the picture of `from_above`: right and down, in cells."""
    rows, columns = grid.cells.shape
    x = (xy_m[0] - grid.origin_xy_m[0]) / grid.resolution_m
    y = (xy_m[1] - grid.origin_xy_m[1]) / grid.resolution_m
    return rows - y, columns - x
