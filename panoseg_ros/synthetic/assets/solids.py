"""Many lofts, tubes, boxes and quads gathered into one mesh in a single pass.

A person or a car is some dozens of small parts; making each a `Mesh` of its own costs more
than the triangles are worth, so the parts are kept as quads until the end.

Convention: as in mesh.py.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.synthetic.mesh import EMPTY, UNIT_BOX, Mesh, cross, triangles

Point = NDArray[np.float64]

_SIDES = UNIT_BOX.astype(np.float64)  # the bottom last


def vec(x: float, y: float, z: float) -> Point:
    """Return a point or an offset in metres."""
    return np.array([x, y, z], np.float64)


def unit(a: Point) -> Point:
    """Return vectors (..., 3) at length 1."""
    length = np.sqrt(np.add.reduce(a * a, axis=-1, keepdims=True))
    scaled: Point = a / np.maximum(length, 1e-9)
    return scaled


@lru_cache(maxsize=32)
def circle(sides: int) -> Point:
    """Return cosine and sine of `sides` equal steps, starting half a step in, (2, sides)."""
    angle = (np.arange(sides) + 0.5) * (2 * np.pi / sides)
    table = np.stack([np.cos(angle), np.sin(angle)])
    table.setflags(write=False)
    return table


class Solids:
    """Parts of one thing, each with a material, under a label that may change on the way."""

    def __init__(self, label: int) -> None:
        self.label = label
        self._quads: list[Any] = []
        self._uv: list[Any] = []
        self._keys: list[tuple[int, int, int]] = []  # quads, label, material

    def quads(self, points: ArrayLike, material: int, uv: ArrayLike | None = None) -> None:
        """Add quads (N, 4, 3); without `uv`, u runs along the first edge, v along the last."""
        p = np.asarray(points, np.float64).reshape(-1, 4, 3)
        if uv is None:
            edges = p[:, [1, 3]] - p[:, :1]
            size = np.sqrt(np.add.reduce(edges * edges, axis=-1))
            uv = np.zeros((len(p), 4, 2))
            uv[:, 1:3, 0], uv[:, 2:, 1] = size[:, :1], size[:, 1:]
        self._quads.append(p)
        self._uv.append(np.asarray(uv, np.float64).reshape(-1, 4, 2))
        self._keys.append((len(p), self.label, material))

    def both_sides(self, points: ArrayLike, material: int, uv: ArrayLike | None = None) -> None:
        """Add quads (N, 4, 3) of the left side (+y) and their mirror images."""
        p = np.asarray(points, np.float64).reshape(-1, 4, 3)
        flipped = (p * [1, -1, 1])[:, [1, 0, 3, 2]]
        twice = None if uv is None else np.asarray(uv, np.float64).reshape(-1, 4, 2)
        self.quads(p, material, twice)
        self.quads(flipped, material, None if twice is None else twice[:, [1, 0, 3, 2]])

    def fan(self, outline: ArrayLike, material: int) -> None:
        """Add a convex outline (K, 3), counter-clockwise."""
        ring = np.asarray(outline, np.float64)
        count = len(ring)
        first = np.arange(1, count - 1, 2)
        order = np.stack([0 * first, first, first + 1, np.minimum(first + 2, count - 1)], 1)
        uv = ring @ np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
        self.quads(ring[order], material, uv[order])

    def loft(
        self, rings: ArrayLike, material: int, ends: tuple[bool, bool] = (True, True)
    ) -> None:
        """Add the skin over rings (M, K, 3), counter-clockwise seen from the last ring."""
        r = np.asarray(rings, np.float64)
        after = r[:, _next(r.shape[1])]
        sides = np.stack([r[:-1], after[:-1], after[1:], r[1:]], 2).reshape(-1, 4, 3)
        self.quads(sides, material, _unrolled(r, after))
        if ends[0]:
            self.fan(r[0, ::-1], material)
        if ends[1]:
            self.fan(r[-1], material)

    def tube(
        self,
        points: ArrayLike,
        radii: ArrayLike,
        material: int,
        sides: int = 6,
        side: ArrayLike | None = None,
        ends: tuple[bool, bool] = (True, True),
    ) -> None:
        """Add a tube along points (M, 3) with radii (M,), or (M, 2) along `side` and across."""
        self.loft(tube_rings(points, radii, sides, side), material, ends)

    def box(self, size: ArrayLike, foot: ArrayLike, material: int, floor: bool = True) -> None:
        """Add a box of size (3,) standing on the point foot (3,)."""
        sides = _SIDES if floor else _SIDES[:5]
        self.quads(sides * np.asarray(size, np.float64) + np.asarray(foot, np.float64), material)

    def beam(self, start: Point, end: Point, wide: float, tall: float, material: int) -> None:
        """Add a bar of rectangular section from start to end, `tall` near the vertical."""
        self.tube(
            [start, end],
            np.array([[0.5 * wide, 0.5 * tall]] * 2) * math.sqrt(2.0),
            material,
            4,
            side=_level_side(end - start),
        )

    def mesh(self) -> Mesh:
        """Return everything that was added; quads with two equal last corners are triangles."""
        if not self._quads:
            return EMPTY
        points, uv = np.concatenate(self._quads), np.concatenate(self._uv)
        counts, labels, materials = np.array(self._keys).T
        order = [0, 1, 2, 0, 2, 3]
        corners = points[:, order].reshape(-1, 3, 3)
        full = _has_area(corners)
        twice = 2 * counts
        soup = triangles(corners[full], 0, 0, uv[:, order].reshape(-1, 3, 2)[full])
        return soup._replace(
            labels=np.repeat(labels, twice)[full].astype(np.uint8),
            materials=np.repeat(materials, twice)[full].astype(np.int32),
        )


def _has_area(corners: Point) -> NDArray[np.bool_]:
    normal = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return np.asarray(np.abs(normal).sum(1) > 1e-10)


@lru_cache(maxsize=32)
def _next(count: int) -> NDArray[np.int64]:
    return np.roll(np.arange(count), -1)


def _unrolled(r: Point, after: Point) -> Point:
    """Return texture coordinates (..., 4, 2) of a loft: around, and along, in metres."""
    step = after[0] - r[0]
    edge = np.sqrt(np.add.reduce(step * step, axis=1))
    u1 = np.cumsum(edge)
    rise = (r[1:] - r[:-1]).mean(1)
    along = np.concatenate([[0.0], np.cumsum(np.sqrt(np.add.reduce(rise * rise, axis=1)))])
    uv = np.empty((len(r) - 1, r.shape[1], 4, 2))
    uv[..., 0, 0] = uv[..., 3, 0] = u1 - edge
    uv[..., 1, 0] = uv[..., 2, 0] = u1
    uv[..., 0, 1] = uv[..., 1, 1] = along[:-1, None]
    uv[..., 2, 1] = uv[..., 3, 1] = along[1:, None]
    return uv.reshape(-1, 4, 2)


def _level_side(axis: Point) -> Point:
    flat = cross(vec(0, 0, 1), axis)
    return flat if float(flat @ flat) > 1e-8 else vec(0.0, 1.0, 0.0)


def tube_rings(
    points: ArrayLike, radii: ArrayLike, sides: int, side: ArrayLike | None = None
) -> Point:
    """Return the rings (M, sides, 3) of a tube as in `Solids.tube`."""
    p, r = np.asarray(points, np.float64), np.asarray(radii, np.float64)
    r = r if r.ndim == 2 else np.stack([r, r], 1)
    steps = unit(p[1:] - p[:-1])
    tangent = np.concatenate([steps[:1], steps[1:] + steps[:-1], steps[-1:]])
    tangent = unit(tangent)
    if side is None:
        side = vec(0, 1, 0) if abs(tangent[0, 1]) < 0.8 else vec(1, 0, 0)
    wish = np.asarray(side, np.float64)
    e1 = unit(wish - (tangent @ wish)[:, None] * tangent)
    e2 = cross(tangent, e1)
    cos, sin = circle(sides)
    return np.asarray(
        p[:, None]
        + (r[:, :1, None] * cos[:, None]) * e1[:, None]
        + (r[:, 1:, None] * sin[:, None]) * e2[:, None]
    )
