"""Where obstacles stand on the ground: the true feet.

A foot is where an obstacle touches the ground: a wheel, a leg, the base of a wall. What hangs
above the ground (a bumper, a table top, an outstretched arm) has no foot of its own; its foot
is that of the thing that it belongs to.

Convention: grids and bearings as in `GroundTruth`.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.recording.faces import cut_faces
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth

BAND_M = (-0.1, 0.15)  # above the ground of a cell: faces there touch the ground
FLUSH_M = 0.4  # a foot so near behind the first face of its bearing stands below that face
MOST_RAD = 1.4  # what a thing reaches to both sides of its middle
OVERHANG_M = 2.0  # so far behind it a foot can still carry it; the rear axle cannot

F64 = NDArray[np.float64]


class Contacts(NamedTuple):
    """Cells with faces that touch the ground, seen or not, and the nearest along bearings."""

    cells: NDArray[np.bool_]  # (N, N)
    ranges_m: F32  # (A,) +inf = none within the grid


def contacts_of(
    obstacles: Mesh, world_from_grid: F64, camera_m: F64, truth: GroundTruth
) -> Contacts:
    """Return the contacts on the grid of a true ground map.

    Args:
        obstacles: what one can run into, in the world.
        world_from_grid: (4, 4) level frame of the map.
        camera_m: (3,) in the world.
        truth: of the same moment.
    """
    turn, place = world_from_grid[:3, :3], world_from_grid[:3, 3]
    half = -truth.origin_xy_m[0]
    middle = 0.5 * (obstacles.corners.min(1) + obstacles.corners.max(1)) - place
    reach = 0.5 * (obstacles.corners.max(1) - obstacles.corners.min(1))
    close = (np.abs(middle[:, :2]) < np.sqrt(2.0) * half + reach[:, :2]).all(1)
    corners = (obstacles.corners[close].astype(np.float64) - place) @ turn
    ranges = np.full(len(truth.ranges_m), np.inf)
    eye = (camera_m - place) @ turn
    faces = cut_faces(
        np.ascontiguousarray(corners),
        ground_heights(truth),
        truth.origin_xy_m,
        truth.resolution_m,
        BAND_M,
        (float(eye[0]), float(eye[1])),
        ranges,
    )
    cells = np.zeros(truth.obstacle.shape, np.bool_)
    cells.reshape(-1)[faces.cells] = True
    ranges[ranges > half] = np.inf
    return Contacts(cells, ranges.astype(np.float32))


def ground_heights(truth: GroundTruth) -> F32:
    """Return the height (N, N) of the ground; of cells without, as under walls, the nearest's."""
    known = np.isfinite(truth.ground_z_m)
    if not known.any():
        return np.zeros(known.shape, np.float32)
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    heights = np.zeros(int(nearest.max()) + 1, np.float32)
    heights[nearest[known]] = truth.ground_z_m[known]
    return np.asarray(heights[nearest], np.float32)


def foot_ranges(
    first_m: F64, contact_m: F64, first_thing: NDArray[np.int64], contact_thing: NDArray[np.int64]
) -> F64:
    """Return the range (A,) of the foot of what every bearing meets first.

    Where that thing touches the ground on the bearing itself, it is there. Elsewhere the
    thing hangs over the ground: its foot lies on the line that joins the nearest of its feet,
    or as far as the next one, but never nearer than the thing itself. Feet under
    its outer faces (a wheel in a car's side) count; if it has none, those up to OVERHANG_M
    behind (the front axle behind a bumper). What has no foot at all is where it is.

    Args:
        first_m: (A,) of the first face at any height, +inf for none.
        contact_m: (A,) of the first face that touches the ground, +inf for none.
        first_thing: (A,) number of what is met first; things with a number above 0 are single
            objects, others are as good as endless, and only have feet of their own.
        contact_thing: (A,) number of what touches the ground.
    """
    own = np.isfinite(first_m) & np.isfinite(contact_m) & (first_thing == contact_thing)
    behind = np.subtract(contact_m, first_m, out=np.full_like(first_m, np.inf), where=own)
    foot = np.where(behind <= FLUSH_M, contact_m, first_m)
    hangs = np.isfinite(first_m) & (behind > FLUSH_M)
    azimuth = np.arange(len(first_m)) * 2 * np.pi / len(first_m)
    for thing in np.unique(first_thing[hangs & (first_thing > 0)]):
        mine = first_thing == thing
        feet = mine & (behind <= FLUSH_M)
        if not feet.any():
            feet = mine & (behind <= OVERHANG_M)
        if feet.any():
            towards = np.angle(np.exp(1j * azimuth[mine]).sum())
            across = np.angle(np.exp(1j * (azimuth - towards)))  # no seam within the thing
            at = mine & hangs
            line = _nearest_line(across[feet], contact_m[feet], across[at])
            foot[at] = np.maximum(first_m[at], line)
    return foot


def _nearest_line(azimuth: F64, ranges_m: F64, wanted: F64) -> F64:
    """Return the ranges (B,) of a string pulled taut before points (P,), towards the camera.

    A straight line is 1 / r = a cos + b sin of the azimuth, so 1 / (r cos) over tan is one
    too: the string is the upper hull there (A. M. Andrew, "Another efficient algorithm for
    convex hulls in two dimensions", 1979). Beyond its ends it goes on across the view.
    """
    hull: list[tuple[float, float]] = []
    across = np.tan(np.clip(azimuth, -MOST_RAD, MOST_RAD))
    near = 1.0 / (ranges_m * np.cos(np.clip(azimuth, -MOST_RAD, MOST_RAD)))
    order = np.argsort(across)
    for x, y in zip(across[order].tolist(), near[order].tolist(), strict=True):
        while len(hull) > 1 and not _turns_down(hull[-2], hull[-1], (x, y)):
            hull.pop()
        hull.append((x, y))
    places, heights = np.array(hull).T
    wanted = np.clip(wanted, -MOST_RAD, MOST_RAD)
    return np.asarray(1.0 / (np.interp(np.tan(wanted), places, heights) * np.cos(wanted)))


def _turns_down(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) < (b[1] - a[1]) * (c[0] - a[0])
