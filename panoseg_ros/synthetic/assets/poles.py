"""Street lamps, utility masts and bollards.

Convention: standing on z = 0 at the origin; the road lies on the side of -y.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.rods import rods
from panoseg_ros.synthetic.mesh import Mesh, ball, box, boxes, join, lathe, loft, moved, tube

Rng = np.random.Generator


def _shaft(rng: Rng, height: float, foot: float, metal: int) -> Mesh:
    """Return a tapered, stepped or cornered shaft, on a base or without."""
    sides = int(rng.choice([5, 6, 8]))
    parts = [
        tube(
            (0, 0, 0), (0, 0, height), (foot, foot * rng.uniform(0.4, 0.8)), ids.POLE, metal, sides
        )
    ]
    kind = rng.random()
    if kind < 0.4:
        tall = rng.uniform(0.4, 1.4)
        parts.append(tube((0, 0, 0), (0, 0, tall), (1.5 * foot, 1.35 * foot), ids.POLE, metal, 7))
    elif kind < 0.6:  # cast iron with rings
        z = rng.uniform(0.2, 0.75, 3) * height
        parts.append(
            boxes(
                [(2.6 * foot, 2.6 * foot, 0.08)] * 3,
                np.column_stack([np.zeros((3, 2)), z]),
                ids.POLE,
                metal,
            )
        )
        parts.append(tube((0, 0, 0), (0, 0, 0.5), (2.2 * foot, 1.2 * foot), ids.POLE, metal, 8))
    if rng.random() < 0.06:  # leans a little
        lean = rng.normal(0, 0.03, 2)
        parts = [
            p._replace(
                corners=(p.corners + np.float32(lean @ np.eye(2, 3)) * p.corners[..., 2:]).astype(
                    np.float32
                )
            )
            for p in parts
        ]
    return join(parts)


def _head(at: np.ndarray, size: tuple[float, float, float], metal: int, glow: int) -> Mesh:
    """Return a flat lamp that shines down at a point."""
    return join(
        [
            box(size, at, ids.POLE, metal),
            box(
                (0.8 * size[0], 0.85 * size[1], 0.02), at - np.array([0, 0, 0.02]), ids.POLE, glow
            ),
        ]
    )


def _arms(rng: Rng, height: float, metal: int, glow: int) -> list[Mesh]:
    """Return one arm or two with flat heads, straight or bent."""
    reach, rise = rng.uniform(0.5, 2.6), rng.uniform(-0.05, 0.6)
    size = (rng.uniform(0.14, 0.35), rng.uniform(0.4, 0.8), rng.uniform(0.05, 0.18))
    ways = (-1.0, 1.0) if rng.random() < 0.25 else (-1.0,)
    bent = rng.random() < 0.4
    parts = []
    for way in ways:
        t = np.linspace(0, 1, 5 if bent else 2)
        y, z = way * reach * t, height + rise * (np.sin(0.5 * np.pi * t) if bent else t)
        line = np.column_stack([np.zeros_like(t), y, z - 0.05])
        parts.append(rods(line[:-1], line[1:], 0.04, 0.035, ids.POLE, metal, 5))
        parts.append(_head(line[-1] + np.array([0, way * 0.2, 0]), size, metal, glow))
    return parts


def _globe(rng: Rng, height: float, metal: int, glow: int) -> list[Mesh]:
    radius = rng.uniform(0.14, 0.3)
    if rng.random() < 0.25:  # a cluster
        angle = np.arange(3) * 2.1
        feet = np.column_stack([0.4 * np.cos(angle), 0.4 * np.sin(angle), np.full(3, height)])
        stems = rods(
            np.tile([0.0, 0.0, height - 0.3], (3, 1)), feet, 0.025, 0.02, ids.POLE, metal, 4
        )
        return [
            stems,
            *(ball(f + np.array([0, 0, 0.15]), (0.17,) * 3, ids.POLE, glow, 0) for f in feet),
        ]
    parts = [ball((0, 0, height + 0.8 * radius), (radius,) * 3, ids.POLE, glow)]
    if rng.random() < 0.4:
        top = height + 1.7 * radius
        parts.append(
            tube((0, 0, top), (0, 0, top + 0.06), (1.5 * radius, 0.3 * radius), ids.POLE, metal, 8)
        )
    return parts


def _lantern(rng: Rng, height: float, metal: int, glow: int) -> list[Mesh]:
    """Return a glazed lantern under a hat; four or six sides."""
    sides, tall = int(rng.choice([4, 6])), rng.uniform(0.35, 0.6)
    low, high = rng.uniform(0.08, 0.16), rng.uniform(0.16, 0.26)
    top = height + tall
    return [
        tube((0, 0, height), (0, 0, top), (low, high), ids.POLE, glow, sides),
        tube((0, 0, top), (0, 0, top + 0.22), (1.25 * high, 0.03), ids.POLE, metal, sides),
        tube((0, 0, height - 0.08), (0, 0, height), (low * 1.1, low * 1.1), ids.POLE, metal, 6),
    ]


def _disc(rng: Rng, height: float, metal: int, glow: int) -> list[Mesh]:
    """Return a flat round or square plate on top that shines down."""
    radius, sides = rng.uniform(0.22, 0.45), int(rng.choice([4, 10]))
    return [
        tube((0, 0, height), (0, 0, height + 0.07), (radius, radius), ids.POLE, metal, sides),
        tube(
            (0, 0, height - 0.02),
            (0, 0, height),
            (0.8 * radius, 0.8 * radius),
            ids.POLE,
            glow,
            sides,
        ),
    ]


def _hanging(rng: Rng, height: float, metal: int, glow: int) -> list[Mesh]:
    """Return a bell that hangs from a scrolled bracket over the road."""
    reach = rng.uniform(0.6, 1.3)
    t = np.linspace(0, np.pi, 6)
    line = np.column_stack([0 * t, -0.5 * reach * (1 - np.cos(t)), height + 0.35 * np.sin(t)])
    low = height - 0.45
    return [
        rods(line[:-1], line[1:], 0.03, 0.03, ids.POLE, metal, 4),
        tube((0, -reach, low), (0, -reach, height), (0.26, 0.07), ids.POLE, metal, 8),
        tube((0, -reach, low - 0.05), (0, -reach, low), (0.17, 0.2), ids.POLE, glow, 8),
    ]


def _flood(rng: Rng, height: float, metal: int, glow: int) -> list[Mesh]:
    """Return a crossbar with several tilted heads, as on tall masts."""
    count = int(rng.integers(2, 5))
    x = (np.arange(count) - 0.5 * (count - 1)) * 0.6
    parts = [box((0.6 * count, 0.08, 0.08), (0, 0, height - 0.05), ids.POLE, metal)]
    return parts + [_head(np.array([k, -0.2, height]), (0.4, 0.4, 0.16), metal, glow) for k in x]


_HEADS: tuple[tuple[Callable[[Rng, float, int, int], list[Mesh]], float, float, float], ...] = (
    (_arms, 0.44, 5.0, 11.0),  # maker, share, least and greatest height in metres
    (_globe, 0.12, 2.8, 4.8),
    (_lantern, 0.15, 2.8, 5.0),
    (_disc, 0.14, 3.2, 6.0),
    (_hanging, 0.1, 3.5, 7.5),
    (_flood, 0.05, 8.0, 14.0),
)


def street_lamp(rng: Rng, metal: int, glow: int) -> Mesh:
    """Return a lamp on a mast: arms over the road, globe, lantern, disc, bell or floodlights."""
    shares = [head[1] for head in _HEADS]
    make, _, low, high = _HEADS[rng.choice(len(_HEADS), p=shares)]
    height = float(rng.uniform(low, high))
    parts = [_shaft(rng, height, rng.uniform(0.05, 0.09) + 0.004 * height, metal)]
    parts += make(rng, height, metal, glow)
    return join(parts)


def mast(rng: Rng, material: int) -> Mesh:
    """Return a utility pole: wood, concrete or lattice, with crossbars and what hangs there."""
    height = rng.uniform(6.5, 11.0)
    parts = []
    if rng.random() < 0.12:  # lattice
        z = np.linspace(0, height, 9)
        half = np.linspace(0.35, 0.12, 9)
        corner = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
        ring = np.stack(
            [np.column_stack([corner * h, np.full(4, k)]) for h, k in zip(half, z, strict=True)]
        )
        legs = rods(
            ring[:-1].reshape(-1, 3), ring[1:].reshape(-1, 3), 0.03, 0.03, ids.POLE, material, 3
        )
        braces = rods(
            ring[:-1].reshape(-1, 3),
            np.roll(ring[1:], 1, 1).reshape(-1, 3),
            0.015,
            0.015,
            ids.POLE,
            material,
            3,
        )
        parts += [legs, braces]
    else:
        foot = rng.uniform(0.11, 0.2)
        parts.append(tube((0, 0, 0), (0, 0, height), (foot, 0.65 * foot), ids.POLE, material, 7))
    for level in range(int(rng.integers(1, 4))):
        at = height - 0.4 - 0.7 * level
        wide = rng.uniform(1.2, 2.4)
        parts.append(box((0.09, wide, 0.1), (0, 0, at), ids.POLE, material))
        pins = [(0, y, at + 0.1) for y in np.linspace(-0.45, 0.45, 4) * wide]
        parts.append(boxes([(0.06, 0.06, 0.14)] * 4, pins, ids.POLE, material))
    if rng.random() < 0.3:  # transformer
        at = height - rng.uniform(2.2, 3.0)
        parts.append(tube((0.35, 0, at), (0.35, 0, at + 0.9), (0.24, 0.24), ids.POLE, material, 8))
    return join(parts)


def wires(rng: Rng, starts: ArrayLike, ends: ArrayLike, wide: float, material: int) -> Mesh:
    """Return sagging wires side by side from starts to ends (N, 3), without a class.

    They hang beside each other in y over `wide` m; thinner than a picture element, they
    are left unlabelled as in Cityscapes.
    """
    a, b = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
    t = np.linspace(0.0, 1.0, 5)[:, None, None]
    sag = rng.uniform(0.01, 0.04) * np.linalg.norm(b - a, axis=1)[:, None]
    line = a + (b - a) * t - 4.0 * t * (1.0 - t) * sag * [0.0, 0.0, 1.0]  # (5, N, 3)
    parts = []
    for y in np.linspace(-0.45, 0.45, int(rng.integers(1, 5))) * wide:
        p = line + np.array([0.0, y, 0.0])
        low, high = p[:-1].reshape(-1, 3), p[1:].reshape(-1, 3)
        parts.append(rods(low, high, 0.012, 0.012, UNLABELLED, material))
    return join(parts)


def bollard(rng: Rng, metal: int) -> Mesh:
    """Return a bollard: round, square, cast with a ring, a hoop or a low cone."""
    height, radius = rng.uniform(0.5, 1.15), rng.uniform(0.04, 0.13)
    kind = rng.random()
    if kind < 0.3:
        return join(
            [
                tube((0, 0, 0), (0, 0, height), (radius, radius), ids.POLE, metal, 8),
                ball((0, 0, height), (radius,) * 3, ids.POLE, metal, 0),
            ]
        )
    if kind < 0.5:
        return box((2 * radius, 2 * radius, height), (0, 0, 0), ids.POLE, metal)
    if kind < 0.7:
        profile = np.array(
            [
                (1.5, 0.0),
                (1.3, 0.12),
                (0.8, 0.2),
                (0.75, 0.7),
                (1.1, 0.74),
                (1.1, 0.8),
                (0.7, 0.84),
                (0.9, 0.93),
                (0.2, 1.0),
            ]
        )
        return loft(lathe(profile * [radius, height], 8), ids.POLE, metal)
    if kind < 0.85:  # a hoop along the kerb
        t = np.linspace(0, np.pi, 7)
        top = np.column_stack([0.35 * np.cos(t), 0 * t, height - 0.3 + 0.3 * np.sin(t)])
        line = np.concatenate([[(0.35, 0, 0)], top, [(-0.35, 0, 0)]])
        return rods(line[:-1], line[1:], 0.03, 0.03, ids.POLE, metal, 5)
    return moved(tube((0, 0, 0), (0, 0, height), (1.6 * radius, 0.7 * radius), ids.POLE, metal, 8))
