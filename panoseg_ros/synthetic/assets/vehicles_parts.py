"""Wheels, lamps, plates, panes and the materials that all vehicles share.

Convention: vehicles stand on z = 0 at the origin and face +x.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from panoseg_ros.synthetic.assets.solids import Point, Solids, circle, unit, vec
from panoseg_ros.synthetic.mesh import Mesh, repainted
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

# Strengths of lamps at night (params[1] of an EMIT material).
_HEAD_LAMP, _TAIL_LAMP, _INSIDE = 1.5, 0.2, 0.25


class CarPaint(NamedTuple):
    """Material ids shared by all vehicles of a world."""

    glass: int
    tyre: int
    rim: int
    trim: int
    front_light: int
    rear_light: int
    plate: int
    front_off: int  # the same lamps switched off
    rear_off: int
    display: int  # destination boards
    beacon: int
    dark: int  # gaps, grilles
    stripe: int  # bands along the flanks of taxis, police cars, firms' vans


def car_paint(materials: Materials, rng: np.random.Generator) -> CarPaint:
    """Add the materials that vehicles share."""
    glass = palette.hsv(rng, (0.3, 0.7), (0.0, 0.3), (0.01, 0.07))
    trim = palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.015, 0.06))
    lamp, red = palette.hsv(rng, (0.1, 0.6), (0, 0.12), (0.4, 0.85)), (0.42, 0.02, 0.02)
    plate = (0.75, 0.75, 0.7) if rng.random() < 0.7 else (0.75, 0.6, 0.08)
    amber = (0.9, 0.45, 0.05) if rng.random() < 0.7 else (0.8, 0.85, 0.8)
    beacon = (0.05, 0.15, 0.9) if rng.random() < 0.6 else (0.9, 0.4, 0.02)
    return CarPaint(
        materials.add(mat.GLASS, [glass], [rng.uniform(0.6, 1.0)]),
        materials.add(mat.PLAIN, [(0.02, 0.02, 0.02)], [0.3, 0.3]),
        materials.add(mat.GLOSS, [palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.1, 0.6))], [0.3]),
        materials.add(mat.PLAIN, [trim], [0.2, 0.5]),
        materials.add(mat.EMIT, [lamp], [0.15, _HEAD_LAMP]),
        materials.add(mat.EMIT, [red], [0.1, _TAIL_LAMP]),
        materials.add(mat.PLAIN, [plate], [0.1, 0.2]),
        materials.add(mat.GLOSS, [lamp], [0.6]),
        materials.add(mat.GLOSS, [red], [0.4]),
        materials.add(mat.EMIT, [amber], [0.3, _INSIDE]),
        materials.add(mat.EMIT, [beacon], [0.15, _INSIDE]),
        materials.add(mat.PLAIN, [(0.01, 0.01, 0.011)], [0.1, 0.3]),
        _stripe(materials, rng),
    )


def _stripe(materials: Materials, rng: np.random.Generator) -> int:
    bright = palette.hsv(rng, (0.0, 1.0), (0.5, 1.0), (0.2, 0.8))
    if rng.random() < 0.4:  # a chequered or striped band
        return materials.add(mat.STRIPES, [bright, (0.7, 0.7, 0.68)], [0.5, 0.5, 0.0])
    return materials.add(mat.GLOSS, [bright], [0.3])


def parked(mesh: Mesh, paint: CarPaint) -> Mesh:
    """Return a vehicle with its lamps switched off."""
    off = repainted(mesh, paint.front_light, paint.front_off)
    return repainted(off, paint.rear_light, paint.rear_off)


def body_paint(materials: Materials, rng: np.random.Generator) -> int:
    """Add a car's paint, clean and shining or dull, and return its id."""
    if rng.random() < 0.12:
        return materials.add(mat.PLAIN, [palette.coat(rng)], [rng.uniform(0.2, 0.7), 0.8])
    dirt = rng.uniform(0.05, 0.8) if rng.random() < 0.6 else 0.0
    return materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.15, 0.65), dirt])


def wheel(
    solids: Solids, hub: ArrayLike, radius: float, wide: float, paint: CarPaint, rim: str
) -> None:
    """Add a wheel whose outer face, away from y = 0, is at hub (3,).

    `rim` is 'spokes', 'disc' or 'dark'.
    """
    h = np.asarray(hub, np.float64)
    out = 1.0 if h[1] > 0 else -1.0
    cos, sin = circle(10)
    ring = np.stack([cos, 0 * cos, -out * sin], 1)  # counter-clockwise about out
    edge = h - vec(0, 0.03 * out, 0)
    rings = [h - vec(0, wide * out, 0) + radius * ring, edge + radius * ring]
    rings.append(h + 0.70 * radius * ring)
    solids.loft(rings, paint.tyre, (False, False))
    inner = h - vec(0, 0.02 * out, 0) + 0.70 * radius * ring
    middle = h + vec(0, 0.005 * out, 0)
    spokes = np.stack([np.broadcast_to(middle, inner.shape), inner, np.roll(inner, -1, 0)], 1)
    spokes = np.concatenate([spokes, spokes[:, 2:]], 1)
    solids.quads(spokes[::2], paint.trim if rim == 'dark' else paint.rim)
    solids.quads(spokes[1::2], paint.rim if rim == 'disc' else paint.dark)


def wheels(
    solids: Solids,
    axles: tuple[float, ...],
    half_width: float,
    radius: float,
    wide: float,
    paint: CarPaint,
    rim: str = 'disc',
) -> None:
    """Add a pair of wheels at every x of axles; their faces are at half_width."""
    for x in axles:
        for side in (-1, 1):
            wheel(solids, vec(x, side * half_width, radius), radius, wide, paint, rim)


def arches(
    solids: Solids,
    axles: tuple[float, ...],
    half_width: float,
    radius: float,
    low: float,
    paint: CarPaint,
) -> None:
    """Add dark half discs on the flanks, for bodies whose lower edge runs straight at `low`."""
    angle = np.linspace(0, math.pi, 7)
    for x in axles:
        at = np.stack(
            [
                x + radius * np.cos(angle),
                0 * angle + half_width,
                np.maximum(low, 0.82 * radius + radius * np.sin(angle)),
            ],
            1,
        )
        solids.fan(at[::-1], paint.dark)
        solids.fan(at * [1, -1, 1], paint.dark)


def pane(
    solids: Solids, corners: ArrayLike, material: int, u: Point, v: Point, lift: float = 0.008
) -> None:
    """Add a part of a face (4, 3), within shares u (2,) and v (2,) of its edges, just outside.

    The first edge of the face is the lower one, counter-clockwise seen from outside.
    """
    c = np.asarray(corners, np.float64)
    normal = unit(np.cross(c[1] - c[0], c[3] - c[0]))
    points = [
        (1 - b) * ((1 - a) * c[0] + a * c[1]) + b * ((1 - a) * c[3] + a * c[2]) + lift * normal
        for a, b in ((u[0], v[0]), (u[1], v[0]), (u[1], v[1]), (u[0], v[1]))
    ]
    solids.quads([points], material)


def patch(solids: Solids, outline: ArrayLike, low: float, high: float, material: int) -> None:
    """Add upright quads over points (N, 2) of the left flank from front to rear, mirrored too."""
    p = np.asarray(outline, np.float64)
    foot = np.concatenate([p, np.full((len(p), 1), low)], 1)
    head = np.concatenate([p, np.full((len(p), 1), high)], 1)
    solids.both_sides(np.stack([foot[:-1], foot[1:], head[1:], head[:-1]], 1), material)


def front_quad(
    solids: Solids, x: float, y: tuple[float, float], z: tuple[float, float], material: int
) -> None:
    """Add an upright rectangle at x that faces +x, or -x where x is negative."""
    a, b = y if x > 0 else y[::-1]
    solids.quads([[(x, a, z[0]), (x, b, z[0]), (x, b, z[1]), (x, a, z[1])]], material)


def side_quads(
    solids: Solids, x: tuple[float, float], y: float, z: tuple[float, float], material: int
) -> None:
    """Add an upright rectangle on both flanks, at +y and -y."""
    a, b = x
    left = [(b, y, z[0]), (a, y, z[0]), (a, y, z[1]), (b, y, z[1])]
    solids.both_sides([left], material)


class Shell(NamedTuple):
    """A box-like body with rounded edges: buses, trams, cabs; metres."""

    x: tuple[float, float]  # rear, front
    half: float  # half the width
    z: tuple[float, float]  # lower edge, roof
    rake: tuple[float, float] = (0.0, 0.0)  # how far the roof is behind the foot: rear, front
    inset: tuple[float, float] = (0.92, 0.9)  # width of the ends, shares
    depth: tuple[float, float] = (0.25, 0.3)  # how long the rounded ends are
    edge: float = 0.22  # how far the roof's edge is rounded

    def end_x(self, front: bool, z: float) -> float:
        """Return where an end is at a height."""
        share = min(1.0, max(0.0, (z - self.z[0]) / (self.z[1] - self.z[0])))
        if front:
            return self.x[1] - self.rake[1] * share
        return self.x[0] + self.rake[0] * share

    def add(self, solids: Solids, material: int) -> None:
        """Add the skin."""
        rings = []
        ends = ((False, 0.0), (False, self.depth[0]), (True, -self.depth[1]), (True, 0.0))
        for front, inward in ends:
            w = self.half * (1.0 if inward else self.inset[front])
            low, high = self.z[0], self.z[1] - (0.0 if inward else 0.3 * self.edge)
            side = high - self.edge
            half = [(-0.97 * w, low), (0.97 * w, low), (w, low + 0.12), (w, side)]
            half += [(0.84 * w, high), (-0.84 * w, high), (-w, side), (-w, low + 0.12)]
            rings.append([(self.end_x(front, z) + inward, y, z) for y, z in half])
        solids.loft(rings, material)

    def end_pane(
        self, solids: Solids, front: bool, width: float, z: tuple[float, float], material: int
    ) -> None:
        """Add a pane to an end, `width` a share of the end's width."""
        w = width * self.half * self.inset[front]
        lift = 0.014 if front else -0.014
        a, b = (-w, w) if front else (w, -w)
        low, high = self.end_x(front, z[0]) + lift, self.end_x(front, z[1]) + lift
        solids.quads(
            [[(low, a, z[0]), (low, b, z[0]), (high, b, z[1]), (high, a, z[1])]], material
        )

    def corner_panes(
        self, solids: Solids, front: bool, z: tuple[float, float], material: int
    ) -> None:
        """Add glass that wraps from an end pane around both corners."""
        out, w = self.half * 0.995 + 0.012, self.half * self.inset[front] + 0.004
        depth, lift = (self.depth[1], 0.012) if front else (self.depth[0], -0.012)
        sign = 1 if front else -1
        corners = [
            (self.end_x(front, z[0]) - sign * depth, out, z[0]),
            (self.end_x(front, z[0]) + lift, 0.98 * w, z[0]),
            (self.end_x(front, z[1]) + lift, 0.98 * w, z[1]),
            (self.end_x(front, z[1]) - sign * depth, out, z[1]),
        ]
        order = [1, 0, 3, 2] if front else [0, 1, 2, 3]
        solids.both_sides([[corners[k] for k in order]], material)
