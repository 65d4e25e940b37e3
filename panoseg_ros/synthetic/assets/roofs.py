"""Roofs of many forms over a rectangle, with dormers, chimneys and what stands on flat ones.

Convention: a roof covers the rectangle (x0, y0) to (x1, y1) at height z; the street is
on the side of -y.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.skins import Skin
from panoseg_ros.synthetic.mesh import (
    Mesh,
    boxes,
    join,
    lathe,
    loft,
    moved,
    quads,
    triangles,
    tube,
    upright,
)

PITCHED = ('gable', 'gable_street', 'hip', 'half_hip', 'mansard', 'shed', 'gambrel')


class Rect(NamedTuple):
    """A rectangle on the ground plan, metres."""

    x0: float
    y0: float
    x1: float
    y1: float


def _slopes(profile: NDArray[np.float64], half_l: float, material: int) -> Mesh:
    """Return strips along x over a profile of points (K, 2) in (y, z), from -y to +y."""
    a, b = profile[:-1], profile[1:]
    corners = np.stack(
        [
            np.column_stack([np.full(len(a), x), p])
            for x, p in ((-half_l, a), (half_l, a), (half_l, b), (-half_l, b))
        ],
        1,
    )
    return quads(corners, ids.BUILDING, material)


def _ends(profile: NDArray[np.float64], half_l: float, material: int) -> Mesh:
    """Return the two ends under a profile, as fans from the middle of its foot."""
    a, b = profile[:-1], profile[1:]
    middle = np.array([0.0, profile[0, 1]])
    faces = []
    for x, first, second in ((half_l, b, a), (-half_l, a, b)):
        ring = [np.column_stack([np.full(len(a), x), p]) for p in (first, second)]
        foot = np.broadcast_to(np.array([x, *middle]), ring[0].shape)
        faces.append(np.stack([foot, ring[1], ring[0]], 1))
    return triangles(np.concatenate(faces), ids.BUILDING, material)


def _profile(kind: str, half_w: float, rise: float) -> NDArray[np.float64]:
    """Return the cross section (K, 2) in (y, z) of a roof that runs along x."""
    if kind == 'shed':
        return np.array([(-half_w, 0.0), (half_w, rise)])
    if kind == 'gambrel':
        k, z = 0.62 * half_w, 0.68 * rise
        return np.array([(-half_w, 0.0), (-k, z), (0.0, rise), (k, z), (half_w, 0.0)])
    if kind == 'barrel':
        angle = np.linspace(np.pi, 0.0, 9)
        return np.column_stack([half_w * np.cos(angle), rise * np.sin(angle)])
    return np.array([(-half_w, 0.0), (0.0, rise), (half_w, 0.0)])


def _saddle(kind: str, half_l: float, half_w: float, rise: float, skin: Skin) -> Mesh:
    """Return a roof of constant cross section along x around the origin."""
    profile, over = _profile(kind, half_w, rise), 0.35
    slope = rise / half_w * (1.0 if kind != 'shed' else 0.5)
    wide = profile * [1.0 + over / half_w, 1.0]
    wide[0, 1] -= over * slope if kind != 'barrel' else 0.0
    wide[-1, 1] -= over * slope if kind not in ('barrel', 'shed') else 0.0
    slopes = _slopes(wide, half_l + over, skin.roof)
    if kind != 'shed':
        return join([slopes, _ends(profile, half_l, skin.plain)])
    sides = [
        [(s * half_l, -half_w, 0), (s * half_l, half_w, 0), (s * half_l, half_w, rise)]
        for s in (1, -1)
    ]
    back = upright((half_l, half_w), (-half_l, half_w), 0, rise)
    return join(
        [
            slopes,
            triangles(sides, ids.BUILDING, skin.plain),
            quads([back], ids.BUILDING, skin.plain),
        ]
    )


def _hip(half_l: float, half_w: float, rise: float, skin: Skin, half: bool = False) -> Mesh:
    """Return a hipped roof; a half hip leaves the foot of its ends upright."""
    over = 0.35
    k, w = half_l + over, half_w + over
    ridge = half_l - 0.45 * half_w if half else max(0.0, half_l - half_w)
    low = 0.55 * rise if half else 0.0
    y = w * (1.0 - low / rise)
    front = [
        (-k, -w, 0),
        (k, -w, 0),
        (k, -y, low),
        (ridge, 0, rise),
        (-ridge, 0, rise),
        (-k, -y, low),
    ]
    outline = np.array(front, np.float64)
    faces = [outline[[0, 1, 2]], outline[[0, 2, 5]], outline[[5, 2, 3]], outline[[5, 3, 4]]]
    both = faces + [f * [-1.0, -1.0, 1.0] for f in faces]
    ends = [
        np.array([(s * k, -s * y, low), (s * k, s * y, low), (s * ridge, 0, rise)])
        for s in (1, -1)
    ]
    parts = [triangles(np.array(both + ends), ids.BUILDING, skin.roof)]
    if half:
        wall = [
            [
                (s * half_l, -s * half_w, 0),
                (s * half_l, s * half_w, 0),
                (s * half_l, s * y, low),
                (s * half_l, -s * y, low),
            ]
            for s in (1, -1)
        ]
        parts.append(quads(wall, ids.BUILDING, skin.plain))
    return join(parts)


def _mansard(half_l: float, half_w: float, rise: float, skin: Skin) -> Mesh:
    """Return steep slopes on all sides under a low hip."""
    plan = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
    size, inset = np.array([half_l, half_w]), 0.25 * rise
    lower = np.column_stack([plan * size, np.zeros(4)])
    upper = np.column_stack([plan * (size - inset), np.full(4, 0.8 * rise)])
    top = np.column_stack([plan * np.maximum(size - 0.7 * half_w, 0.05), np.full(4, rise)])
    skirt = loft([lower, upper, top], ids.BUILDING, skin.roof, caps=False)
    lid = quads([top], ids.BUILDING, skin.roof)
    return join([skirt, lid])


def _flat(rng: np.random.Generator, half_l: float, half_w: float, skin: Skin) -> Mesh:
    """Return a flat roof with a parapet and now and then machines, tanks and antennas."""
    tall, thick = rng.uniform(0.1, 1.0), 0.25
    floor = [
        (-half_l, -half_w, 0),
        (half_l, -half_w, 0),
        (half_l, half_w, 0),
        (-half_l, half_w, 0),
    ]
    sizes = [(2 * half_l, thick, tall)] * 2 + [(thick, 2 * half_w, tall)] * 2
    feet = [(0.0, s * (half_w - 0.5 * thick), 0.0) for s in (-1, 1)]
    feet += [(s * (half_l - 0.5 * thick), 0.0, 0.0) for s in (-1, 1)]
    parts = [quads([floor], ids.BUILDING, skin.plain)]
    parts.append(boxes(sizes, feet, ids.BUILDING, skin.trim if tall < 0.4 else skin.plain))
    count = int(rng.integers(0, 5))
    if count:
        at = rng.uniform(
            (-0.8 * half_l, -0.6 * half_w, 0), (0.8 * half_l, 0.8 * half_w, 0.01), (count, 3)
        )
        parts.append(
            boxes(
                rng.uniform((0.6, 0.6, 0.5), (3.0, 2.5, 2.4), (count, 3)),
                at,
                ids.BUILDING,
                skin.metal,
            )
        )
    if rng.random() < 0.3:
        x, y = rng.uniform(-0.8, 0.8) * half_l, rng.uniform(-0.5, 0.8) * half_w
        parts.append(
            tube((x, y, 0), (x, y, rng.uniform(2, 6)), (0.06, 0.03), ids.BUILDING, skin.metal, 4)
        )
    return join(parts)


def _sawtooth(half_l: float, half_w: float, rise: float, skin: Skin) -> Mesh:
    """Return a row of shed roofs with upright windows, as on workshops."""
    count = max(2, round(half_l / 3.0))
    step = 2 * half_l / count
    x: NDArray[np.float64] = -half_l + step * np.arange(count, dtype=np.float64)
    low, high = np.full(count, 0.0), np.full(count, rise)

    def line(at: NDArray[np.float64], y: float, z: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([at, np.full(count, y), z])

    w = half_w
    slope = np.stack(
        [line(x, -w, high), line(x + step, -w, low), line(x + step, w, low), line(x, w, high)], 1
    )
    light = np.stack([line(x, w, low), line(x, -w, low), line(x, -w, high), line(x, w, high)], 1)
    ends = np.concatenate(
        [
            np.stack([line(x, s * w, low), line(x + step, s * w, low), line(x, s * w, high)], 1)
            for s in (-1, 1)
        ]
    )
    return join(
        [
            quads(slope, ids.BUILDING, skin.roof),
            quads(light, ids.BUILDING, skin.glass),
            triangles(ends, ids.BUILDING, skin.plain),
        ]
    )


def roof(
    rng: np.random.Generator, kind: str, plan: Rect, z: float, rise: float, skin: Skin
) -> Mesh:
    """Return the roof of a kind over a rectangle.

    Kinds: those of PITCHED, flat, barrel, sawtooth; 'gable_street' shows its gable to -y.
    """
    wide, deep = plan.x1 - plan.x0, plan.y1 - plan.y0
    middle = (0.5 * (plan.x0 + plan.x1), 0.5 * (plan.y0 + plan.y1), z)
    turned = kind == 'gable_street' or (kind in ('hip', 'half_hip') and deep > wide)
    half_l, half_w = (0.5 * deep, 0.5 * wide) if turned else (0.5 * wide, 0.5 * deep)
    makers: dict[str, Callable[[], Mesh]] = {
        'flat': lambda: _flat(rng, half_l, half_w, skin),
        'hip': lambda: _hip(half_l, half_w, rise, skin),
        'half_hip': lambda: _hip(half_l, half_w, rise, skin, half=True),
        'mansard': lambda: _mansard(half_l, half_w, rise, skin),
        'sawtooth': lambda: _sawtooth(half_l, half_w, rise, skin),
    }
    shape = {'gable_street': 'gable'}.get(kind, kind)
    mesh = makers[kind]() if kind in makers else _saddle(shape, half_l, half_w, rise, skin)
    return moved(mesh, middle, np.pi / 2 if turned else 0.0)


def dormers(
    rng: np.random.Generator, plan: Rect, z: float, rise: float, steep: bool, skin: Skin
) -> Mesh:
    """Return dormers on the street side of a roof whose ridge runs along x."""
    count = int(rng.integers(1, max(2, int((plan.x1 - plan.x0) / 2.6)) + 1))
    wide = min(rng.uniform(1.1, 2.0), 0.7 * (plan.x1 - plan.x0) / count)
    tall = min(rng.uniform(1.2, 1.7), 0.75 * rise)
    x = plan.x0 + (np.arange(count) + 0.5) * (plan.x1 - plan.x0) / count
    y = plan.y0 + (0.15 if steep else 0.25 * (plan.y1 - plan.y0) * 0.5)
    low = z + (0.1 if steep else 0.25 * rise)
    deep = 1.5 if steep else 0.6 * tall * (plan.y1 - plan.y0) / rise
    feet = np.column_stack([x, np.full(count, y + 0.5 * deep), np.full(count, low)])
    parts = [boxes([(wide, deep, tall)] * count, feet, ids.BUILDING, skin.plain)]
    front = np.stack(
        [
            np.column_stack(
                [x + i * 0.5 * wide, np.full(count, y - 0.02), np.full(count, low + k)]
            )
            for i, k in ((-1, 0), (1, 0), (1, tall), (-1, tall))
        ],
        1,
    )
    column = np.arange(count, dtype=np.float64)
    uv = np.stack(
        [
            np.column_stack([column + i, np.full(count, 40.0 + k)])
            for i, k in ((0, 0), (1, 0), (1, 1), (0, 1))
        ],
        1,
    )
    parts.append(quads(front, ids.BUILDING, skin.facade, uv))
    up = 0.45 * wide if rng.random() < 0.7 else 0.08
    half = 0.5 * wide + 0.12
    for at in feet:
        shape = np.array([(-half, 0.0), (0.0, up), (half, 0.0)])
        lid = moved(_slopes(shape, 0.5 * deep + 0.12, skin.roof), yaw=np.pi / 2)
        end = triangles([[(-half, 0, 0), (half, 0, 0), (0, 0, up)]], ids.BUILDING, skin.plain)
        parts += [
            moved(lid, (at[0], at[1], low + tall)),
            moved(end, (at[0], y - 0.03, low + tall)),
        ]
    return join(parts)


def chimneys(rng: np.random.Generator, plan: Rect, z: float, rise: float, skin: Skin) -> Mesh:
    """Return one to three chimneys near the ridge, some with pots."""
    count = int(rng.integers(1, 4))
    wide = rng.uniform((0.45, 0.45), (1.6, 0.8), (count, 2))
    x = rng.uniform(plan.x0 + 0.8, max(plan.x0 + 0.9, plan.x1 - 0.8), count)
    y = 0.5 * (plan.y0 + plan.y1) + rng.normal(0, 0.12 * (plan.y1 - plan.y0), count)
    tall = rise * 0.55 + rng.uniform(0.8, 1.8, count)
    feet = np.column_stack([x, y, np.full(count, z + 0.45 * rise)])
    body = boxes(np.column_stack([wide, tall]), feet, ids.BUILDING, skin.stack)
    rim = boxes(
        np.column_stack([wide + 0.12, np.full(count, 0.12)]),
        feet + np.column_stack([np.zeros((count, 2)), tall - 0.1]),
        ids.BUILDING,
        skin.trim,
    )
    pots = boxes(
        np.full((count, 3), (0.2, 0.2, 0.4)),
        feet + np.column_stack([np.zeros((count, 2)), tall]),
        ids.BUILDING,
        skin.stack,
    )
    return join([body, rim, pots])


def spire(
    at: tuple[float, float, float],
    radius: float,
    tall: float,
    sides: int,
    skin: Skin,
    bulb: bool = False,
) -> Mesh:
    """Return a pointed roof over a regular plan of `sides`, or an onion dome."""
    steps = [(1.08, 0.0), (0.0, 1.0)]
    if bulb:
        steps = [(0.9, 0.0), (1.15, 0.16), (1.0, 0.34), (0.45, 0.55), (0.14, 0.7), (0.0, 1.0)]
    profile = [(max(r, 0.01) * radius, k * tall) for r, k in steps]
    return loft(lathe(profile, sides, at, np.pi / sides), ids.BUILDING, skin.roof)
