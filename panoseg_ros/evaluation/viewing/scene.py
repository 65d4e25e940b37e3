"""What a viewer shows in space, as plain arrays: labelled points, and grids from above.

Convention: the base frame (x forward, y left, z up). A pose counts with its place and its
heading, as it does for the ground map.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.geometry import transform, without_heading
from panoseg_ros.ground import GroundSight

STEP = 2  # of the pixels only every second in a row and in a column becomes a point
HIGHEST_M = 12.0  # what stands higher above the ground is left out


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


def labelled_cloud(points: NDArray[np.void]) -> Cloud:
    """Return what has a place of a `ground.pixel_cloud` (H, W), every second row and column."""
    some = points[::STEP, ::STEP]
    return _cloud(some[np.isfinite(some['x'])])


def standing_cloud(sight: GroundSight, points: NDArray[np.void]) -> Cloud:
    """Return pixels of obstacles, upright above their feet as far up as their class goes on.

    Of a column only what stands on its lowest foot is shown.

    Args:
        sight: of a frame, whose base frame is taken as level.
        points: its `pixel_cloud`.
    """
    labels, rows = points['label'], np.arange(len(points))[:, None]
    solid = sight.channels.of_label >= sight.channels.bounds[1]
    feet = np.isfinite(points['x']) & solid[labels]
    lowest = np.max(np.where(feet, rows, -1), axis=0)  # row 0 is the top
    columns = np.flatnonzero(lowest >= 0)[::STEP]
    foot = points[lowest[columns], columns]
    same = labels[:, columns] == foot['label']
    upwards = np.logical_and.accumulate((same | (rows > lowest[columns]))[::-1], axis=0)[::-1]
    seen = sight.geometry.rays()[:, columns] @ sight.level_from_pano[:3, :3].T
    slope = seen[..., 2] / np.maximum(np.hypot(seen[..., 0], seen[..., 1]), 1e-6)
    x, y = sight.rays.camera_xy_m
    above_m = sight.rays.height_m + slope * np.hypot(foot['x'] - x, foot['y'] - y)
    kept = upwards & (rows < lowest[columns]) & (rows % STEP == 0) & (above_m < HIGHEST_M)
    stood = np.broadcast_to(foot, kept.shape)[kept]
    stood['z'] += above_m[kept]
    return _cloud(stood)


def _cloud(points: NDArray[np.void]) -> Cloud:
    return Cloud(places_of(points), points['label'])


def places_of(points: NDArray[np.void]) -> NDArray[np.float32]:
    """Return x, y and z (P, 3) of points of a structured dtype (P,)."""
    return np.stack([points['x'], points['y'], points['z']], -1)


def planar(map_from_base: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Return place and heading of a (4, 4) pose as a (4, 4) pose; the identity without one."""
    if map_from_base is None:
        return np.eye(4)
    turn = map_from_base[:3, :3]
    return transform(turn @ without_heading(turn).T, map_from_base[:3, 3])


def from_above(cells: NDArray[np.int8]) -> NDArray[np.uint8]:
    """Return cells (N, M) as a picture (M, N), +x up and +y left, -1 as 255."""
    return np.ascontiguousarray(cells.T[::-1, ::-1]).view(np.uint8)


def pixel_from_above(grid: Grid, xy_m: tuple[float, float]) -> tuple[float, float]:
    """Return where a place lies in the picture of `from_above`: right and down, in cells."""
    rows, columns = grid.cells.shape
    x = (xy_m[0] - grid.origin_xy_m[0]) / grid.resolution_m
    y = (xy_m[1] - grid.origin_xy_m[1]) / grid.resolution_m
    return rows - y, columns - x
