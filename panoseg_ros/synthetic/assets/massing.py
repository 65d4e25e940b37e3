"""The bodies of buildings: prisms clad in facades, and the wings that make up a plan.

Convention: as in buildings.py; a building stands in x 0..length, y 0..depth, z from 0.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.roofs import Rect
from panoseg_ros.synthetic.assets.skins import Skin
from panoseg_ros.synthetic.mesh import Mesh, join, quads

FORMS = ('block', 'ell', 'u', 'setback', 'stepped', 'gables', 'lower_wing', 'podium')


class Wing(NamedTuple):
    """A cuboid of a building with its roof."""

    plan: Rect
    low: float
    high: float
    roof: str


def prism(plan: ArrayLike, low: float, high: float, skin: Skin) -> Mesh:
    """Return walls over a plan (K, 2), counter-clockwise, cut into whole bays and storeys.

    Walls narrower than most of a bay carry no windows.
    """
    a = np.asarray(plan, np.float64)
    b = np.roll(a, -1, axis=0)
    wide = np.hypot(*(b - a).T)
    bays = np.round(wide / skin.bay_m)
    corners = np.stack(
        [
            np.column_stack([p, np.full(len(a), z)])
            for p, z in ((a, low), (b, low), (b, high), (a, high))
        ],
        1,
    )
    start = np.concatenate([[0.0], np.cumsum(bays + 3.0)[:-1]])
    v0, v1 = round(low / skin.storey_m), max(round(high / skin.storey_m), 1)
    uv = _uv(start, start + bays, float(v0), float(v1))
    clad = bays > 0.5
    blank = _uv(np.zeros(len(a)), wide, low, high)
    return join(
        [
            quads(corners[clad], ids.BUILDING, skin.facade, uv[clad]),
            quads(corners[~clad], ids.BUILDING, skin.plain, blank[~clad]),
        ]
    )


def _uv(
    u0: NDArray[np.float64], u1: NDArray[np.float64], v0: float, v1: float
) -> NDArray[np.float64]:
    low, high = np.full_like(u0, v0), np.full_like(u0, v1)
    return np.stack(
        [np.column_stack(c) for c in ((u0, low), (u1, low), (u1, high), (u0, high))], 1
    )


def rectangle(plan: Rect) -> NDArray[np.float64]:
    """Return the corners (4, 2) of a rectangle, counter-clockwise, street side first."""
    return np.array(
        [(plan.x0, plan.y0), (plan.x1, plan.y0), (plan.x1, plan.y1), (plan.x0, plan.y1)]
    )


def regular(at: tuple[float, float], radius: float, sides: int) -> NDArray[np.float64]:
    """Return a regular plan (sides, 2) around a point."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False) + np.pi / sides
    return np.column_stack([at[0] + radius * np.cos(angle), at[1] + radius * np.sin(angle)])


def wings(
    rng: np.random.Generator, form: str, size: tuple[float, float, float], storey: float, roof: str
) -> list[Wing]:
    """Return the wings of a building of size (length, depth, height) in one of FORMS."""
    wide, deep, tall = size
    whole = Rect(0.0, 0.0, wide, deep)
    steps = max(1, round(tall / storey))
    part = rng.uniform(0.3, 0.6)
    if form in ('ell', 'u'):
        back = rng.uniform(0.35, 0.6) * deep
        arms = [Rect(0, 0, part * wide * 0.7, deep)]
        if form == 'u':
            arms.append(Rect(wide * (1 - 0.7 * part), 0, wide, deep))
        body = Wing(Rect(0, back, wide, deep), 0, tall, roof)
        side = 'gable_street' if roof not in ('flat', 'shed') else roof
        return [body, *(Wing(arm, 0, tall, side) for arm in arms)]
    if form in ('setback', 'stepped') and steps > 2:
        cut = storey * int(rng.integers(max(1, steps // 2), steps))
        rim = rng.uniform(1.2, 0.22 * min(wide, deep) + 1.2)
        inner = Rect(
            rim if form == 'stepped' else 0.0, rim, wide - rim * (form == 'stepped'), deep
        )
        return [Wing(whole, 0, cut, 'flat'), Wing(inner, cut, tall, roof)]
    if form == 'gables':
        count = max(1, round(wide / rng.uniform(4.5, 8.0)))
        cuts = np.linspace(0, wide, count + 1)
        return [
            Wing(Rect(float(a), 0, float(b), deep), 0, tall, 'gable_street')
            for a, b in pairwise(cuts)
        ]
    if form == 'lower_wing' and steps > 1:
        cut = part * wide
        low = storey * int(rng.integers(1, steps))
        return [
            Wing(
                Rect(0, rng.uniform(0, 1.5), cut, 0.9 * deep),
                0,
                low,
                str(rng.choice([roof, 'flat', 'shed'])),
            ),
            Wing(Rect(cut, 0, wide, deep), 0, tall, roof),
        ]
    if form == 'podium' and steps > 3:
        cut = storey * int(rng.integers(1, 3))
        edge = rng.uniform(0.05, 0.3) * wide
        upper = Rect(
            edge, rng.uniform(0.0, 0.2) * deep, wide - rng.uniform(0.05, 0.3) * wide, deep
        )
        return [Wing(whole, 0, cut, 'flat'), Wing(upper, cut, tall, roof)]
    return [Wing(whole, 0.0, tall, roof)]
