"""What every map of a moment is held against, worked out once for all of them."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.contacts import foot_ranges
from panoseg_ros.evaluation.ground.planes import Plane, off_plane_m
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.metrics.ground_maps import distance_m
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth

FLAT_SHARE = 0.015  # of the camera's height: half of the 3 % of range that a foot may be off
OPEN_SHARE = 0.5
_INTO_M = 0.005  # a face may lie on the border of two cells: both sides of it are looked at

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Facts(NamedTuple):
    """Grids (N, N) and bearings (A,) as in `GroundTruth`.

    Convention: *flat* is ground in the plane that a way is told, within 1.5 % of the camera's
    height. Of cells without ground (under walls) the nearest ground counts.
    """

    range_m: F64  # (N, N) of every cell's centre from the point below the camera
    to_obstacle_m: F64  # (N, N)
    flat: Mask  # (N, N)
    fronts: Mask  # (N, N) a visible face that a bearing meets first, or a foot
    feet: Mask  # (N, N) the camera sees where an obstacle touches the ground, and that ground
    open: Mask  # (N, N) of single objects that bearings meet first over half their visible width
    behind_m: F64  # (N, N) how far behind the first obstacle of its bearing, -inf for none
    first_m: F64  # (A,) the first face, NaN if it has no class that a label could say
    foot_m: F64  # (A,) the foot of that thing, likewise
    foot_flat: Mask  # (A,) the ground before the foot is flat
    first_class: NDArray[np.uint8]  # (A,) of the first face, 255 for none or another


def facts_of(moment: Moment, solid: tuple[int, ...]) -> Facts:
    """Return the facts of a moment for ways that are told that the ground is level.

    Args:
        moment: what is true.
        solid: classes that count as obstacles.
    """
    truth = moment.truth
    range_m, azimuth = cell_places(moment)
    first = truth.ranges_m.astype(np.float64)
    contact = moment.contacts.ranges_m.astype(np.float64)
    number = _things(truth)
    met = at_bearings(number, moment, first)
    foot = foot_ranges(first, contact, met, at_bearings(number, moment, contact))
    first_class = at_bearings(truth.obstacle_class, moment, first).astype(np.uint8)  # -1 is 255
    named = np.isin(first_class, solid) | np.isinf(first)
    bearing = np.rint((azimuth + np.pi) * len(first) / (2 * np.pi)).astype(int) % len(first)
    feet = truth.face_visible & truth.foot_visible & moment.contacts.cells
    feet &= _touches(truth.ground_visible)  # not so the top of a thick wall, far from its edge
    facts = Facts(
        range_m,
        distance_m(truth.obstacle, truth.resolution_m),
        np.ones(truth.obstacle.shape, np.bool_),
        truth.face_visible & (met_first(moment) | feet),
        feet,
        _open(truth, met),
        range_m - first[bearing],
        np.where(named, first, np.nan),
        np.where(named, foot, np.nan),
        np.ones(len(foot), np.bool_),
        first_class,
    )
    return on_plane(facts, moment, Plane())


def on_plane(facts: Facts, moment: Moment, plane: Plane) -> Facts:
    """Return the facts for ways that are told that the ground lies in this plane."""
    height_m = float(np.linalg.norm(moment.level_from_pano[:3, 3]))
    flat = off_plane_m(moment, plane) <= FLAT_SHARE * height_m
    before_m = facts.foot_m - moment.truth.resolution_m
    return facts._replace(flat=flat, foot_flat=_picked(flat, moment, before_m, False))


def camera_xy_m(moment: Moment) -> F64:
    """Return x, y (2,) of the camera in odom."""
    return np.asarray((moment.odom_from_base @ moment.level_from_pano[:, 3])[:2], np.float64)


def cell_places(moment: Moment) -> tuple[F64, F64]:
    """Return range and azimuth in odom (N, N) of the cells' centres, from below the camera."""
    step = moment.truth.resolution_m
    camera, along = camera_xy_m(moment), np.arange(len(moment.truth.ground)) + 0.5
    x = ((moment.origin_cell[0] + along) * step - camera[0])[None, :]
    y = ((moment.origin_cell[1] + along) * step - camera[1])[:, None]
    return np.asarray(np.hypot(y, x)), np.asarray(np.arctan2(y, x))


def ahead_m(cells: Mask, moment: Moment) -> F64:
    """Return how much farther out on its bearing every cell (N, N) has one of some cells (N, N).

    To half a cell; +inf where it has none.
    """
    step, size = moment.truth.resolution_m, len(cells)
    range_m, azimuth = cell_places(moment)
    bearings = 8 * size  # less than a cell apart within the grid
    along = np.arange(0.0, float(range_m.max()) + step, step)
    turns = -np.pi + np.arange(bearings) * 2 * np.pi / bearings
    camera, (x0, y0) = camera_xy_m(moment), moment.origin_cell
    x = np.floor((camera[0] + np.outer(np.cos(turns), along)) / step).astype(int) - x0
    y = np.floor((camera[1] + np.outer(np.sin(turns), along)) / step).astype(int) - y0
    inside = (x >= 0) & (x < size) & (y >= 0) & (y < size)
    held = inside & cells[y.clip(0, size - 1), x.clip(0, size - 1)]
    reach = np.where(held, along, np.inf)
    following = np.minimum.accumulate(reach[:, ::-1], 1)[:, ::-1]  # (bearings, ranges)
    bearing = np.rint((azimuth + np.pi) * bearings / (2 * np.pi)).astype(int) % bearings
    at = np.minimum((range_m / step).astype(int) + 1, len(along) - 1)
    return np.asarray(following[bearing, at] - range_m, np.float64)


def met_first(moment: Moment) -> Mask:
    """Return which cells (N, N) hold the first face of any bearing."""
    first, solid = moment.truth.ranges_m.astype(np.float64), moment.truth.obstacle
    met = np.zeros(solid.shape, np.bool_)
    for into in (_INTO_M, -_INTO_M):
        row, column, inside = _cells(moment, first + into)
        met[row[inside], column[inside]] = True
    return met & solid


def at_bearings(values: NDArray[np.integer], moment: Moment, ranges_m: F64) -> NDArray[np.int64]:
    """Return the value (A,) of the obstacle cell at the range of every bearing, -1 for none."""
    here = _picked(values.astype(np.int64), moment, ranges_m + _INTO_M, -1)
    solid = _picked(moment.truth.obstacle, moment, ranges_m + _INTO_M, False)
    there = _picked(values.astype(np.int64), moment, ranges_m - _INTO_M, -1)
    return np.where(solid, here, there)


def _touches(cells: Mask) -> Mask:
    """Return these cells (N, N) and all that touch one of them, at a corner too."""
    grown = cv2.dilate(cells.astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(grown > 0)


def _open(truth: GroundTruth, met: NDArray[np.int64]) -> Mask:
    """Return the cells (N, N) of single objects that enough of the bearings (A,) meet first."""
    numbers, counts = np.unique(met[met > 0], return_counts=True)
    met_rad = np.zeros(int(truth.obstacle_instance.max()) + 1)
    met_rad[numbers] = counts * 2 * np.pi / len(met)
    enough = met_rad[truth.obstacle_instance] >= OPEN_SHARE * truth.face_width_rad
    return np.asarray(enough & (truth.obstacle_instance > 0))


def _things(truth: GroundTruth) -> NDArray[np.int64]:
    """Return numbers (N, N) of things: instances from 1, other obstacles by class below -1."""
    classes = -2 - truth.obstacle_class.astype(np.int64)
    return np.where(truth.obstacle_instance > 0, truth.obstacle_instance, classes)


def _picked(values: NDArray, moment: Moment, ranges_m: F64, beyond: int) -> NDArray:  # type: ignore[type-arg]
    """Return the value of the cell at the range of every bearing (A,)."""
    row, column, inside = _cells(moment, ranges_m)
    return np.where(inside, values[row, column], beyond)


def _cells(
    moment: Moment, ranges_m: F64
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return row, column and whether there is such a cell, at the range of every bearing (A,)."""
    step, size = moment.truth.resolution_m, len(moment.truth.obstacle)
    azimuth = -np.pi + np.arange(len(ranges_m)) * 2 * np.pi / len(ranges_m)
    camera, reach = camera_xy_m(moment), np.where(np.isfinite(ranges_m), ranges_m, 0.0)
    x = np.floor((camera[0] + reach * np.cos(azimuth)) / step).astype(int) - moment.origin_cell[0]
    y = np.floor((camera[1] + reach * np.sin(azimuth)) / step).astype(int) - moment.origin_cell[1]
    inside = (x >= 0) & (x < size) & (y >= 0) & (y < size) & np.isfinite(ranges_m)
    return y.clip(0, size - 1), x.clip(0, size - 1), inside
