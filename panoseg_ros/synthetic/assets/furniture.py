"""Benches, bins, cabinets and other small things along a street; the way to the large ones.

Convention: standing on z = 0 at the origin, the front faces +x. None of them has a class of
the 19 (label 255) but for plants in a box.
"""

from collections.abc import Callable

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.crowns import cards
from panoseg_ros.synthetic.assets.poles import bollard, mast, street_lamp, wires
from panoseg_ros.synthetic.assets.rods import rods
from panoseg_ros.synthetic.assets.signals import traffic_light
from panoseg_ros.synthetic.assets.signs import billboard, gantry_sign, sign_plate, sign_post
from panoseg_ros.synthetic.assets.stalls import LARGE, painted, printed
from panoseg_ros.synthetic.mesh import Mesh, ball, box, boxes, join, loft, moved, quads, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

__all__ = [
    'bollard',
    'clutter',
    'gantry_sign',
    'large_clutter',
    'mast',
    'sign_plate',
    'sign_post',
    'street_lamp',
    'traffic_light',
    'wires',
]

Rng = np.random.Generator
_NONE = UNLABELLED


def _bench(rng: Rng, materials: Materials) -> Mesh:
    """Return a bench of slats, stone or a ring around nothing, with or without a back."""
    color, long = painted(rng, materials), rng.uniform(1.2, 2.4)
    if rng.random() < 0.25:  # a block of stone
        return box((rng.uniform(0.4, 0.6), long, 0.45), (0, 0, 0), _NONE, color)
    wood = materials.add(mat.PLANKS, [palette.stone(rng)], [0.09, 0.3, 1.0])
    feet = [(0, -0.38 * long, 0), (0, 0.38 * long, 0)]
    parts = [
        box((0.45, long, 0.06), (0, 0, 0.42), _NONE, wood),
        boxes([(0.4, 0.08, 0.42)] * 2, feet, _NONE, color),
    ]
    if rng.random() < 0.7:
        parts.append(
            boxes([(0.05, long, 0.14)] * 2, [(-0.22, 0, 0.55), (-0.24, 0, 0.75)], _NONE, wood)
        )
        parts.append(
            boxes([(0.05, 0.06, 0.5)] * 2, [(-0.25, f[1], 0.42) for f in feet], _NONE, color)
        )
    return join(parts)


def _bin(rng: Rng, materials: Materials) -> Mesh:
    """Return a litter bin, a wheeled bin or a group of them, or bags."""
    coat, kind = painted(rng, materials), rng.random()
    if kind < 0.4:
        radius, tall = rng.uniform(0.17, 0.3), rng.uniform(0.7, 1.15)
        parts = [tube((0, 0, 0), (0, 0, tall), (0.9 * radius, radius), _NONE, coat, 9)]
        if rng.random() < 0.5:
            hat = painted(rng, materials)
            parts.append(
                tube(
                    (0, 0, tall + 0.1),
                    (0, 0, tall + 0.2),
                    (1.1 * radius, 0.5 * radius),
                    _NONE,
                    hat,
                    9,
                )
            )
            parts.append(box((0.05, 2 * radius, 0.12), (-0.7 * radius, 0, tall), _NONE, hat))
        return join(parts)
    if kind < 0.55:  # a basket on a post
        return join(
            [
                tube((0, 0, 0), (0, 0, 1.25), (0.04, 0.04), ids.POLE, coat, 5),
                tube(
                    (0.22, 0, 0.55),
                    (0.22, 0, 1.05),
                    (0.14, 0.19),
                    _NONE,
                    painted(rng, materials),
                    8,
                ),
            ]
        )
    if kind < 0.85:
        parts = []
        for index in range(int(rng.integers(1, 4))):
            parts.append(
                moved(
                    _wheeled(rng, painted(rng, materials)),
                    (0, 0.68 * index - 0.6, 0),
                    rng.normal(0, 0.1),
                )
            )
        return join(parts)
    bag = materials.add(mat.GLOSS, [palette.cloth(rng)], [0.3])
    at = rng.normal(0, 0.25, (4, 2))
    return join([ball((x, y, 0.22), (0.26, 0.24, 0.28), _NONE, bag, 1) for x, y in at])


def _wheeled(rng: Rng, material: int) -> Mesh:
    """Return a wheeled bin with a slanting body and a lid."""
    size = rng.uniform((0.5, 0.5, 0.95), (0.75, 0.6, 1.15))
    plan = np.array([(0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])
    rings = [
        np.column_stack([plan * size[:2] * k, np.full(4, z)])
        for k, z in ((0.78, 0.06), (1.0, 0.92 * size[2]), (1.06, 0.92 * size[2]), (0.9, size[2]))
    ]
    return loft(rings, _NONE, material)


def _cabinet(rng: Rng, materials: Materials) -> Mesh:
    """Return an electricity or telephone cabinet, some with posters on it."""
    size = rng.uniform([0.3, 0.5, 0.8], [0.5, 1.5, 1.6])
    coat = painted(rng, materials)
    parts = [box(size, (0, 0, 0), _NONE, coat)]
    parts.append(box((size[0] + 0.06, size[1] + 0.06, 0.06), (0, 0, size[2]), _NONE, coat))
    if rng.random() < 0.4:
        paper = printed(rng, materials)
        parts.append(
            box((size[0] + 0.01, 0.7 * size[1], 0.5 * size[2]), (0, 0, 0.3), _NONE, paper)
        )
    return join(parts)


def _planter(rng: Rng, materials: Materials) -> Mesh:
    """Return a tub or trough with plants."""
    size = rng.uniform([0.4, 0.5, 0.35], [0.7, 1.4, 0.8])
    if rng.random() < 0.5:
        pot = box(size, (0, 0, 0), _NONE, painted(rng, materials))
    else:
        size[1] = size[0]
        pot = tube(
            (0, 0, 0),
            (0, 0, size[2]),
            (0.38 * size[0], 0.5 * size[0]),
            _NONE,
            painted(rng, materials),
            9,
        )
    leaf = palette.leaf(rng) if rng.random() < 0.7 else palette.coat(rng)
    green = materials.add(mat.FOLIAGE, [leaf, palette.leaf(rng)], [0.8, 0.2])
    count, tall = int(rng.integers(60, 170)), rng.uniform(0.2, 0.9)
    way = np.abs(rng.standard_normal((count, 3))) * rng.choice([-1, 1], (count, 3)) * [1, 1, 0]
    at = rng.uniform((-0.5, -0.5, 0.0), (0.5, 0.5, 1.0), (count, 3)) * [size[0], size[1], tall]
    at[:, 2] += size[2]
    return join([pot, cards(rng, at, way + np.array([0, 0, 0.5]), 0.085, green)])


def _post_box(rng: Rng, materials: Materials) -> Mesh:
    """Return a letter box, newspaper box, parking meter or ticket machine."""
    coat, kind = painted(rng, materials), rng.random()
    if kind < 0.3:
        radius = rng.uniform(0.2, 0.28)
        return join(
            [
                tube((0, 0, 0), (0, 0, 1.35), (radius, radius), _NONE, coat, 10),
                ball((0, 0, 1.35), (radius * 1.1, radius * 1.1, 0.16), _NONE, coat),
            ]
        )
    if kind < 0.6:  # on a post
        tall = rng.uniform(0.9, 1.3)
        return join(
            [
                tube((0, 0, 0), (0, 0, tall), (0.04, 0.04), ids.POLE, coat, 6),
                box(
                    rng.uniform([0.12, 0.15, 0.25], [0.3, 0.4, 0.5]),
                    (0, 0, tall),
                    _NONE,
                    painted(rng, materials),
                ),
            ]
        )
    size = rng.uniform([0.25, 0.3, 1.0], [0.5, 0.6, 1.8])
    screen = materials.add(mat.GLASS, [(0.03, 0.03, 0.04)], [0.8])
    return join(
        [
            box(size, (0, 0, 0), _NONE, coat),
            box((size[0] + 0.02, 0.6 * size[1], 0.25), (0, 0, 0.75 * size[2]), _NONE, screen),
        ]
    )


def _hydrant(rng: Rng, materials: Materials) -> Mesh:
    coat, tall = painted(rng, materials), rng.uniform(0.6, 0.85)
    return join(
        [
            tube((0, 0, 0), (0, 0, 0.8 * tall), (0.13, 0.11), _NONE, coat, 8),
            ball((0, 0, 0.8 * tall), (0.14, 0.14, 0.2 * tall), _NONE, coat),
            tube((0, -0.22, 0.55 * tall), (0, 0.22, 0.55 * tall), (0.06, 0.06), _NONE, coat, 6),
        ]
    )


def _cones(rng: Rng, materials: Materials) -> Mesh:
    """Return traffic cones or a barrier with stripes and feet."""
    hue = palette.hsv(rng, (0.0, 0.09), (0.8, 0.98), (0.4, 0.8))
    stripes = materials.add(mat.STRIPES, [hue, (0.78, 0.78, 0.76)], [0.24, 0.6, 1.0])
    if rng.random() < 0.5:
        parts = []
        for y in np.arange(int(rng.integers(1, 4))) * 0.8 - 0.8:
            tall = rng.uniform(0.45, 0.85)
            parts.append(tube((0, y, 0.03), (0, y, tall), (0.15, 0.03), _NONE, stripes, 8))
            parts.append(box((0.38, 0.38, 0.04), (0, y, 0), _NONE, stripes))
        return join(parts)
    board = materials.add(mat.STRIPES, [hue, (0.78, 0.78, 0.76)], [0.3, 0.5, 0.0])
    long = rng.uniform(1.0, 2.2)
    return join(
        [
            boxes([(0.04, long, 0.2)] * 2, [(0, 0, 0.85), (0, 0, 0.4)], _NONE, board),
            boxes(
                [(0.05, 0.05, 1.05)] * 2, [(0, s * 0.45 * long, 0) for s in (-1, 1)], _NONE, board
            ),
            boxes(
                [(0.6, 0.2, 0.1)] * 2,
                [(0, s * 0.45 * long, 0) for s in (-1, 1)],
                _NONE,
                painted(rng, materials),
            ),
        ]
    )


def _folding_sign(rng: Rng, materials: Materials) -> Mesh:
    """Return a board on the pavement before a shop."""
    wide, tall, lean = rng.uniform(0.5, 0.8), rng.uniform(0.8, 1.2), rng.uniform(0.15, 0.3)
    paper = printed(rng, materials)
    sides = [
        [
            (s * lean, -0.5 * wide, 0),
            (s * lean, 0.5 * wide, 0),
            (0, 0.5 * wide, tall),
            (0, -0.5 * wide, tall),
        ]
        for s in (-1, 1)
    ]
    return quads(sides, _NONE, paper)


def _guard_rail(rng: Rng, materials: Materials) -> Mesh:
    """Return a short crash barrier (no class, as Cityscapes' guard rail)."""
    steel, long = painted(rng, materials), rng.uniform(2.0, 4.0)
    z = np.array([0.45, 0.52, 0.6, 0.67, 0.75])
    x = np.array([0.0, 0.07, 0.02, 0.07, 0.0])
    y = np.array([-0.5, 0.5]) * long
    faces = [
        [
            (x[i], y[0], z[i]),
            (x[i], y[1], z[i]),
            (x[i + 1], y[1], z[i + 1]),
            (x[i + 1], y[0], z[i + 1]),
        ]
        for i in range(4)
    ]
    posts = [(-0.06, k, 0) for k in np.linspace(y[0] + 0.2, y[1] - 0.2, 3)]
    return join([quads(faces, _NONE, steel), boxes([(0.1, 0.12, 0.7)] * 3, posts, _NONE, steel)])


def _crates(rng: Rng, materials: Materials) -> Mesh:
    """Return stacked crates, pallets or stones."""
    count = int(rng.integers(2, 7))
    sizes = rng.uniform((0.3, 0.4, 0.15), (0.6, 0.8, 0.4), (count, 3))
    feet = np.column_stack(
        [rng.normal(0, 0.12, count), rng.normal(0, 0.3, count), np.zeros(count)]
    )
    feet[1::2, 2] = sizes[: len(feet[1::2]), 2]
    return join(
        [box(s, f, _NONE, painted(rng, materials)) for s, f in zip(sizes, feet, strict=True)]
    )


def _pump(rng: Rng, materials: Materials) -> Mesh:
    """Return a charging pillar or fountain with a cable."""
    size = rng.uniform([0.15, 0.25, 1.1], [0.35, 0.5, 1.8])
    t = np.linspace(0, 1, 6)
    z = 0.8 * size[2] - 2.2 * t * (1 - t) * 0.5 * size[2]
    line = np.column_stack([0.5 * size[0] + 0.02 + 0 * t, (t - 0.5) * size[1], z])
    return join(
        [
            box(size, (0, 0, 0), _NONE, painted(rng, materials)),
            rods(line[:-1], line[1:], 0.02, 0.02, _NONE, painted(rng, materials), 4),
        ]
    )


def _banner(rng: Rng, materials: Materials) -> Mesh:
    """Return a flag or a framed board on a foot that advertises something."""
    wide, tall, low = rng.uniform(0.5, 1.0), rng.uniform(1.2, 2.6), rng.uniform(0.1, 0.5)
    frame, paper = painted(rng, materials), printed(rng, materials)
    parts = [
        box((0.5, 0.5, 0.05), (0, 0, 0), _NONE, frame),
        box((0.05, 0.05, low + tall), (0, -0.5 * wide, 0), _NONE, frame),
        box((0.02, wide, tall), (0, 0, low), _NONE, paper),
    ]
    return join(parts)


_SMALL: tuple[tuple[Callable[[Rng, Materials], Mesh], float], ...] = (
    (_bench, 0.18),
    (_bin, 0.18),
    (_cabinet, 0.12),
    (_planter, 0.12),
    (_post_box, 0.12),
    (_hydrant, 0.03),
    (_cones, 0.05),
    (_folding_sign, 0.06),
    (_banner, 0.04),
    (_guard_rail, 0.03),
    (_crates, 0.04),
    (_pump, 0.03),
)


def clutter(rng: Rng, materials: Materials) -> Mesh:
    """Return a bench, bin, cabinet, planter, box, hydrant, cone, barrier, crate or pillar."""
    makers, weights = zip(*_SMALL, strict=True)
    return makers[rng.choice(len(makers), p=weights)](rng, materials)


def large_clutter(rng: Rng, materials: Materials) -> tuple[Mesh, float]:
    """Return a shelter, kiosk, advertising, container, scaffold, stall, rack or cafe.

    Returns:
        The mesh, front facing +x, and the radius in metres of a circle that holds it.
    """
    makers, weights = zip(*LARGE, strict=True)
    if rng.random() < 0.08:
        mesh = billboard(rng, materials, UNLABELLED, painted(rng, materials))
    else:
        mesh = makers[rng.choice(len(makers), p=weights)](rng, materials)
    return mesh, float(np.hypot(mesh.corners[..., 0], mesh.corners[..., 1]).max())
