"""Which cells of a grid hold pieces of obstacle triangles, cut exactly.

Every triangle is clipped to the box of every cell that it reaches into: the cell's
square between two heights above the cell's own ground (I. E. Sutherland and
G. W. Hodgman, "Reentrant Polygon Clipping", 1974).
"""

from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled

_ROOM = 16  # corners of a triangle after six cuts: at most nine
_ON_RAY_M = 1e-6  # an end so near to a bearing's ray lies on it


class Faces(NamedTuple):
    """One row per piece of a triangle inside a cell; points in the frame of the grid."""

    cells: NDArray[np.int32]  # (F,) row * columns + column
    triangles: NDArray[np.int32]  # (F,)
    points: NDArray[np.float32]  # (F, 3, 3) near the lowest corner, the middle, the highest
    azimuths: NDArray[np.float32]  # (F, 2) from the camera: first edge and width, rad


def cut_faces(
    corners: NDArray[np.float64],
    ground_z: NDArray[np.float32],
    origin_xy: tuple[float, float],
    resolution_m: float,
    band_m: tuple[float, float],
    camera_xy: tuple[float, float],
    ranges_m: NDArray[np.float64],
) -> Faces:
    """Return the pieces of triangles in the cells' boxes, and lower `ranges_m` to them.

    Args:
        corners: (T, 3, 3) triangles in the frame of the grid, z up.
        ground_z: (N, M) height of each cell's ground.
        origin_xy: the outer corner of cell (0, 0).
        resolution_m: side of a cell.
        band_m: lowest and highest height above the cell's ground that counts.
        camera_xy: where bearings are measured from.
        ranges_m: (A,) horizontal distance of the nearest piece at the azimuths
            -pi + i 2 pi / A; changed in place.
    """
    room = 4 * len(corners) + 4096
    while True:
        cells, triangles = np.empty(room, np.int32), np.empty(room, np.int32)
        points = np.empty((room, 3, 3), np.float32)
        azimuths = np.empty((room, 2), np.float32)
        count = _cut(
            corners, ground_z, origin_xy[0], origin_xy[1], resolution_m, band_m[0], band_m[1],
            camera_xy[0], camera_xy[1], ranges_m, cells, triangles, points, azimuths,
        )  # fmt: skip
        if count <= room:
            return Faces(cells[:count], triangles[:count], points[:count], azimuths[:count])
        room = count


@compiled()
def _cut(
    corners: NDArray[np.float64],
    ground_z: NDArray[np.float32],
    x0: float,
    y0: float,
    step: float,
    low: float,
    high: float,
    cx: float,
    cy: float,
    ranges: NDArray[np.float64],
    cells: NDArray[np.int32],
    triangles: NDArray[np.int32],
    points: NDArray[np.float32],
    azimuths: NDArray[np.float32],
) -> int:
    rows, columns = ground_z.shape
    strip, square = np.empty((_ROOM, 3)), np.empty((_ROOM, 3))
    piece, spare = np.empty((_ROOM, 3)), np.empty((_ROOM, 3))
    count = 0
    for t in range(corners.shape[0]):
        tri = corners[t]
        first, last = _span(tri, 3, 1, y0, step, rows)
        for row in range(first, last + 1):
            edge = y0 + row * step
            n = _between(tri, 3, 1, edge, edge + step, strip, spare)
            if n < 3:
                continue
            left, right = _span(strip, n, 0, x0, step, columns)
            for column in range(left, right + 1):
                edge = x0 + column * step
                m = _between(strip, n, 0, edge, edge + step, square, spare)
                if m < 3:
                    continue
                z = ground_z[row, column]
                m = _between(square, m, 2, z + low, z + high, piece, spare)
                if m < 3:
                    continue
                if count < len(cells):
                    cells[count], triangles[count] = row * columns + column, t
                    _sample(piece, m, points[count])
                    _sweep(piece, m, cx, cy, azimuths[count], ranges)
                count += 1
    return count


@compiled()
def _span(
    polygon: NDArray[np.float64], n: int, axis: int, start: float, step: float, cells: int
) -> tuple[int, int]:
    """Return the first and last cell that a polygon reaches into along an axis."""
    low = high = polygon[0, axis]
    for i in range(1, n):
        low, high = min(low, polygon[i, axis]), max(high, polygon[i, axis])
    first = int(np.floor((low - start) / step))
    last = int(np.ceil((high - start) / step)) - 1  # a side on a border belongs to one cell
    return max(first, 0), min(max(first, last), cells - 1)


@compiled()
def _between(
    polygon: NDArray[np.float64],
    n: int,
    axis: int,
    low: float,
    high: float,
    out: NDArray[np.float64],
    spare: NDArray[np.float64],
) -> int:
    """Write the part of a polygon between two planes to `out` and return its corners."""
    n = _half(polygon, n, axis, low, 1.0, spare)
    return _half(spare, n, axis, high, -1.0, out)


@compiled()
def _half(
    polygon: NDArray[np.float64],
    n: int,
    axis: int,
    limit: float,
    sign: float,
    out: NDArray[np.float64],
) -> int:
    kept = 0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        here = sign * (polygon[i, axis] - limit)
        there = sign * (polygon[j, axis] - limit)
        if here >= 0.0:
            out[kept] = polygon[i]
            kept += 1
        if (here > 0.0 and there < 0.0) or (here < 0.0 and there > 0.0):
            share = here / (here - there)
            for k in range(3):
                out[kept, k] = polygon[i, k] + share * (polygon[j, k] - polygon[i, k])
            kept += 1
    return kept


@compiled()
def _sample(piece: NDArray[np.float64], n: int, points: NDArray[np.float32]) -> None:
    lowest = highest = 0
    middle = np.zeros(3)
    for i in range(n):
        middle += piece[i] / n
        if piece[i, 2] < piece[lowest, 2]:
            lowest = i
        if piece[i, 2] > piece[highest, 2]:
            highest = i
    for k in range(3):
        points[0, k] = 0.9 * piece[lowest, k] + 0.1 * middle[k]
        points[1, k] = middle[k]
        points[2, k] = 0.9 * piece[highest, k] + 0.1 * middle[k]


@compiled()
def _sweep(
    piece: NDArray[np.float64],
    n: int,
    cx: float,
    cy: float,
    azimuths: NDArray[np.float32],
    ranges: NDArray[np.float64],
) -> None:
    """Note the bearings that a piece covers and lower the ranges there."""
    start = np.arctan2(piece[0, 1] - cy, piece[0, 0] - cx)
    low = high = 0.0
    for i in range(1, n):
        turn = np.arctan2(piece[i, 1] - cy, piece[i, 0] - cx) - start
        turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
        low, high = min(low, turn), max(high, turn)
    azimuths[0], azimuths[1] = start + low, high - low
    bearings = len(ranges)
    per_rad = bearings / (2 * np.pi)
    first = int(np.ceil((start + low + np.pi) * per_rad - 1e-9))
    last = int(np.floor((start + high + np.pi) * per_rad + 1e-9))
    for index in range(first, last + 1):
        azimuth = index / per_rad - np.pi
        dx, dy = np.cos(azimuth), np.sin(azimuth)
        at = index % bearings
        for i in range(n):
            j = i + 1 if i + 1 < n else 0
            px, py = piece[i, 0] - cx, piece[i, 1] - cy
            qx, qy = piece[j, 0] - cx, piece[j, 1] - cy
            side_p, side_q = dx * py - dy * px, dx * qy - dy * qx
            if min(side_p, side_q) > _ON_RAY_M or max(side_p, side_q) < -_ON_RAY_M:
                continue
            at_p, at_q = dx * px + dy * py, dx * qx + dy * qy
            reach = min(at_p, at_q)  # of an edge along the ray
            if abs(side_p - side_q) > 2 * _ON_RAY_M:
                share = min(max(side_p / (side_p - side_q), 0.0), 1.0)
                reach = at_p + share * (at_q - at_p)
            if 0.0 < reach < ranges[at]:
                ranges[at] = reach


def groups_of(
    rows: NDArray[np.int32],
    columns: NDArray[np.int32],
    labels: NDArray[np.uint8],
    instances: NDArray[np.int32],
    shape: tuple[int, int],
) -> NDArray[np.int64]:
    """Return the object (F,) that every piece belongs to, numbered from 0.

    Pieces of one instance belong together; those without one belong together where they
    have one class and lie in cells that touch.
    """
    groups = instances.astype(np.int64)
    free = int(groups.max(initial=0)) + 1
    for label in np.unique(labels[instances == 0]):
        mine = (instances == 0) & (labels == label)
        mask = np.zeros(shape, np.uint8)
        mask[rows[mine], columns[mine]] = 1
        count, parts = cv2.connectedComponents(mask, connectivity=8)
        part: NDArray[Any] = parts[rows[mine], columns[mine]]
        groups[mine] = free + part
        free += int(count)
    return np.unique(groups, return_inverse=True)[1].reshape(-1).astype(np.int64)


def widths_of(azimuths: NDArray[np.float32], groups: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return how wide, in rad, the object of every piece (F,) looks from the camera."""
    if not len(groups):
        return np.zeros(0, np.float32)
    start, width = azimuths[:, 0].astype(np.float64), azimuths[:, 1].astype(np.float64)
    middle = start + 0.5 * width
    towards = np.bincount(groups, np.cos(middle)) + 1j * np.bincount(groups, np.sin(middle))
    low = np.angle(np.exp(1j * middle) * np.exp(-1j * np.angle(towards))[groups]) - 0.5 * width
    lowest, highest = np.full(len(towards), np.inf), np.full(len(towards), -np.inf)
    np.minimum.at(lowest, groups, low)
    np.maximum.at(highest, groups, low + width)
    return np.minimum(highest - lowest, 2 * np.pi)[groups].astype(np.float32)
