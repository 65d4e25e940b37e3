"""Floors, walls with holes, ceilings: the closed hull of a room."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor.plan import Opening, Rect, Roof, Room, Wall
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, quads

PATCH_M = 1.2  # largest side of a patch: light is gathered for each


class HullLook(NamedTuple):
    """Materials of a room's hull."""

    floor: int
    wall: int
    accent: int  # of one wall
    wainscot: int
    wainscot_m: float  # its height, 0 = none
    ceiling: int
    skirting: int
    skirting_m: float  # its height, 0 = none
    accent_wall: int  # which wall, -1 = none


def patch(points: ArrayLike, uv: ArrayLike, label: int, material: int) -> Mesh:
    """Return a quad of corners (4, 3) cut into patches no longer than `PATCH_M`."""
    p, t = np.asarray(points, np.float64), np.asarray(uv, np.float64)
    long = max(np.linalg.norm(p[1] - p[0]), np.linalg.norm(p[2] - p[3]))
    tall = max(np.linalg.norm(p[3] - p[0]), np.linalg.norm(p[2] - p[1]))
    if long < 1e-6 or tall < 1e-6:
        return join([])
    u = np.linspace(0, 1, int(np.ceil(long / PATCH_M)) + 1)[:, None, None]
    v = np.linspace(0, 1, int(np.ceil(tall / PATCH_M)) + 1)[None, :, None]

    def grid(c: NDArray[np.float64]) -> NDArray[np.float64]:
        values = (1 - v) * ((1 - u) * c[0] + u * c[1]) + v * ((1 - u) * c[3] + u * c[2])
        return np.stack([values[:-1, :-1], values[1:, :-1], values[1:, 1:], values[:-1, 1:]], 2)

    return quads(grid(p).reshape(-1, 4, 3), label, material, grid(t).reshape(-1, 4, 2))


def hull(room: Room, look: HullLook, skylights: tuple[Rect, ...] = ()) -> Mesh:
    """Return a room's floor, walls and ceiling, with holes where it opens."""
    parts = [_floor(rect, look.floor) for rect in room.rects]
    parts += [_ceiling(rect, room.roof, look.ceiling) for rect in _pierced(room, skylights)]
    for k, wall in enumerate(room.walls):
        material = look.accent if k == look.accent_wall else look.wall
        parts += _wall(wall, room.roof, material, look)
    return join(parts)


def _floor(rect: Rect, material: int) -> Mesh:
    x0, y0, x1, y1 = rect
    flat = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    return patch(np.column_stack([flat, np.zeros(4)]), flat, ids.FLOOR, material)


def _ceiling(rect: Rect, roof: Roof, material: int) -> Mesh:
    x0, y0, x1, y1 = rect
    flat = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
    points = [(x, y, roof.z(x, y)) for x, y in flat]
    return patch(points, flat, ids.CEILING, material)


def _pierced(room: Room, holes: tuple[Rect, ...]) -> list[Rect]:
    """Return the ceiling's rectangles without the holes, cut at the ridge."""
    cells = list(room.rects)
    if room.roof.kind == 'gable':
        ridge = room.roof.ridge
        cells = [half for cell in cells for half in _cut(cell, room.roof.axis, ridge)]
    for hole in holes:
        cells = [piece for cell in cells for piece in _without(cell, hole)]
    return cells


def _cut(cell: Rect, axis: int, at: float) -> list[Rect]:
    if not cell[axis] + 1e-6 < at < cell[axis + 2] - 1e-6:
        return [cell]
    low, high = list(cell), list(cell)
    low[axis + 2] = high[axis] = at
    return [(low[0], low[1], low[2], low[3]), (high[0], high[1], high[2], high[3])]


def _without(cell: Rect, hole: Rect) -> list[Rect]:
    pieces = [cell]
    for axis in (0, 1):
        for at in (hole[axis], hole[axis + 2]):
            pieces = [half for piece in pieces for half in _cut(piece, axis, at)]
    return [
        p
        for p in pieces
        if not (
            hole[0] < 0.5 * (p[0] + p[2]) < hole[2] and hole[1] < 0.5 * (p[1] + p[3]) < hole[3]
        )
    ]


def _wall(wall: Wall, roof: Roof, material: int, look: HullLook) -> list[Mesh]:
    cuts = {0.0, wall.length}
    for opening in wall.openings:
        cuts |= {opening.start, opening.end}
    if roof.kind == 'gable':
        s = (roof.ridge - wall.a[roof.axis]) * wall.along[roof.axis]
        if abs(wall.along[roof.axis]) > 0.5 and 0.0 < s < wall.length:
            cuts.add(s)
    parts, places = [], sorted(cuts)
    for s0, s1 in pairwise(places):
        middle = 0.5 * (s0 + s1)
        hole = next((o for o in wall.openings if o.start < middle < o.end), None)
        parts += _column(wall, roof, (s0, s1), hole, material, look)
    return parts


def _column(
    wall: Wall,
    roof: Roof,
    span: tuple[float, float],
    hole: Opening | None,
    material: int,
    look: HullLook,
) -> list[Mesh]:
    tops = tuple(roof.z(*wall.point(s)) for s in span)
    pieces = [(0.0, hole.bottom), (hole.top, None)] if hole is not None else [(0.0, None)]
    parts = []
    for low, high in pieces:
        upper = tops if high is None else (high, high)
        if min(upper) - low < 1e-6:
            continue
        split = min(max(look.wainscot_m, low), *upper)
        if split > low:
            parts.append(_face(wall, span, low, (split, split), look.wainscot))
        if min(upper) > split:
            parts.append(_face(wall, span, split, upper, material))
    if look.skirting_m > 0.0 and (hole is None or hole.bottom > 0.15):
        parts.append(_skirting(wall, span, look))
    return parts


def _face(
    wall: Wall,
    span: tuple[float, float],
    low: float,
    tops: tuple[float, ...],
    material: int,
) -> Mesh:
    (x0, y0), (x1, y1) = wall.point(span[0]), wall.point(span[1])
    points = [(x1, y1, low), (x0, y0, low), (x0, y0, tops[0]), (x1, y1, tops[1])]
    u0, u1 = -span[0], -span[1]
    uv = [(u1, low), (u0, low), (u0, tops[0]), (u1, tops[1])]
    return patch(points, uv, ids.WALL, material)


def _skirting(wall: Wall, span: tuple[float, float], look: HullLook) -> Mesh:
    length = span[1] - span[0]
    x, y = wall.point(0.5 * (span[0] + span[1]), 0.006)
    size = (length, 0.012) if abs(wall.along[0]) > 0.5 else (0.012, length)
    return box((*size, look.skirting_m), (x, y, 0.0), ids.WALL, look.skirting)


def beams(
    room: Room, rng: np.random.Generator, material: int, drop_m: float, pitch_m: float
) -> Mesh:
    """Return beams under a flat ceiling, across the shorter side of each rectangle."""
    parts = []
    thick = float(rng.uniform(0.08, 0.3))
    for x0, y0, x1, y1 in room.rects:
        along = 0 if x1 - x0 < y1 - y0 else 1
        low, high = ((y0, y1), (x0, x1))[along]
        count = max(1, int((high - low) / pitch_m))
        at = low + (np.arange(count) + 0.5) * (high - low) / count
        long = ((x1 - x0), (y1 - y0))[along]
        middle = (0.5 * (x0 + x1), 0.5 * (y0 + y1))[along]
        z = np.full(count, room.roof.height - drop_m)
        flat = [np.full(count, middle), at] if along == 0 else [at, np.full(count, middle)]
        size = (long, thick, drop_m) if along == 0 else (thick, long, drop_m)
        parts.append(boxes([size] * count, np.column_stack([*flat, z]), ids.OTHER, material))
    return join(parts)
