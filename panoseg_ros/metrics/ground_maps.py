"""Ground maps held against the true ground: false free, recall, coverage, false occupied.

Convention: all grids are (N, N), indexed [y, x] as `frames.GroundMap`, and of one frame. A
cell is *marked* from a cost of `marked_cost` on and *reported free* from 0 up to below it.
The footprint of a cell is the length of ground that one pixel shows there, in metres.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError

Mask = NDArray[np.bool_]
NEAR_M = 3.0  # no visible obstacle so near may be reported free
PERSON_REACH_M = 0.3  # a thing is missed if no marked cell is so near to its faces
_ROUNDING_M = 1e-6


class TrueGround(NamedTuple):
    """What is on the ground and what of it the camera sees.

    Args:
        free: ground that the camera sees, without an obstacle.
        occluded: ground of which the camera sees nothing.
        faces: cells with a face of an obstacle that the camera sees; leave out obstacles that
            are too thin to be seen, less than 2 pixels wide.
        obstacle: cells with any face of an obstacle.
        things: number of the thing whose face is in a cell, 0 = none; int32.
        range_m: horizontal distance of a cell from the camera.
        footprint_m: see the convention.
    """

    free: Mask
    occluded: Mask
    faces: Mask
    obstacle: Mask
    things: NDArray[np.int32]
    range_m: NDArray[np.floating]
    footprint_m: NDArray[np.floating]


class GroundCounts(NamedTuple):
    """Cells of one or more maps; fields add up. See `ground_figures` for what they mean."""

    faces: int = 0
    faces_marked: int = 0
    faces_free: int = 0
    near_faces: int = 0
    near_faces_free: int = 0
    free: int = 0
    free_found: int = 0
    marked: int = 0
    marked_off_faces: int = 0
    occluded: int = 0
    occluded_free: int = 0
    things: int = 0
    things_missed: int = 0


class Verdict(NamedTuple):
    """What a map is right and wrong about, cell by cell."""

    masks: tuple[Mask, ...]  # (N, N) each, in the order of the fields of `GroundCounts`
    things: NDArray[np.int32]  # (N, N) numbers of things where they show a face, else 0
    to_marked_m: NDArray[np.float64]  # (N, N) distance to the nearest marked cell


def ground_counts(
    costs: NDArray[np.int8],
    truth: TrueGround,
    resolution_m: float,
    within_m: float = 20.0,
    marked_cost: int = 100,
) -> GroundCounts:
    """Compare a map of costs with the truth.

    Args:
        costs: (N, N) -1 unknown, 0 free, up to 100.
        truth: grids of the same shape.
        resolution_m: edge of a cell.
        within_m: cells farther from the camera do not count.
        marked_cost: see the convention.

    Raises:
        MetricsError: if a grid has another shape or a number is out of range.
    """
    for name, grid in zip(truth._fields, truth, strict=True):
        if costs.ndim != 2 or grid.shape != costs.shape:
            raise MetricsError(
                f'{name} must have the shape of the costs {costs.shape}, got {grid.shape}'
            )
    if resolution_m <= 0.0 or within_m <= 0.0 or not 1 <= marked_cost <= 100:
        raise MetricsError(
            f'need resolution_m > 0, within_m > 0 and marked_cost 1 to 100, '
            f'got {resolution_m}, {within_m} and {marked_cost}'
        )
    return count_cells(compare(costs, truth, resolution_m, marked_cost), truth.range_m <= within_m)


def compare(
    costs: NDArray[np.int8], truth: TrueGround, resolution_m: float, marked_cost: int = 100
) -> Verdict:
    """Judge every cell of a map; arguments as in `ground_counts`, which checks them."""
    marked = costs >= marked_cost
    free = (costs >= 0) & ~marked
    slack_m = np.maximum(resolution_m, truth.footprint_m)
    to_marked_m, to_obstacle_m, to_face_m, to_open_m = (
        distance_m(cells, resolution_m)
        for cells in (marked, truth.obstacle, truth.faces, truth.free)
    )
    faces = truth.faces
    near = faces & (truth.range_m <= NEAR_M)
    hidden = truth.occluded & ~truth.obstacle & (to_face_m > slack_m) & (to_open_m > slack_m)
    found = to_marked_m <= slack_m
    return Verdict(
        (
            faces,
            faces & found,
            faces & free & ~found,
            near,
            near & free & ~found,
            truth.free,
            truth.free & free,
            marked,
            marked & (to_obstacle_m > slack_m),
            hidden,
            hidden & free,
        ),
        truth.things * faces,
        to_marked_m,
    )


def count_cells(verdict: Verdict, counted: Mask) -> GroundCounts:
    """Return the counts of the cells (N, N) that count."""
    things = missed_things(verdict.things * counted, verdict.to_marked_m)
    return GroundCounts._make([*(int((m & counted).sum()) for m in verdict.masks), *things])


def ground_figures(counts: GroundCounts) -> dict[str, float]:
    """Return the figures that counts amount to; NaN where there is nothing to divide by.

    - `recall`: visible faces with a marked cell within max(1 cell, 1 footprint);
    - `false free`: visible faces reported free without such a cell; also `within 3 m`;
    - `coverage`: visible free ground reported free;
    - `false occupied`: marked cells farther than that from any obstacle;
    - `smear`: marked cells per cell with visible faces;
    - `occluded reported free`: hidden ground, farther than that behind faces and from ground
      that is seen, reported free;
    - `things missed`: numbered things with visible faces and no marked cell within 0.3 m.
    """
    c = counts
    return {
        'recall': _ratio(c.faces_marked, c.faces),
        'false free': _ratio(c.faces_free, c.faces),
        'false free within 3 m': _ratio(c.near_faces_free, c.near_faces),
        'coverage': _ratio(c.free_found, c.free),
        'false occupied': _ratio(c.marked_off_faces, c.marked),
        'smear': _ratio(c.marked, c.faces),
        'occluded reported free': _ratio(c.occluded_free, c.occluded),
        'things missed': _ratio(c.things_missed, c.things),
    }


def footprint_m(
    range_m: NDArray[np.floating], height_m: float, pixel_rad: float
) -> NDArray[np.float64]:
    """Return the length of level ground that one pixel shows at ranges (...) from a camera.

    r = h tan(t) from the nadir, so dr = h / cos(t)^2 dt = (h^2 + r^2) / h dt.
    """
    return np.asarray(pixel_rad * (height_m**2 + range_m**2) / height_m, np.float64)


def distance_m(cells: Mask, resolution_m: float) -> NDArray[np.float64]:
    """Return every cell's distance (N, N) to the nearest of some cells, infinite without any."""
    if not cells.any():
        return np.full(cells.shape, np.inf)
    away = cv2.distanceTransform((~cells).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # a neighbour is exactly one cell away, whatever the cell's size rounds to
    return np.maximum(np.asarray(away, np.float64) * resolution_m - _ROUNDING_M, 0.0)


def missed_things(
    things: NDArray[np.integer], to_marked_m: NDArray[np.float64]
) -> tuple[int, int]:
    """Return how many things (N, N) there are and how many have no marked cell nearby.

    Nearby is within 0.3 m of any of the thing's cells; number 0 is no thing.
    """
    real = things != 0
    names, which = np.unique(things[real], return_inverse=True)
    nearest = np.full(len(names), np.inf)
    np.minimum.at(nearest, which.reshape(-1), to_marked_m[real])
    return len(names), int((nearest > PERSON_REACH_M).sum())


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float('nan')
