"""Fences of many kinds, most of which one sees through, and garden walls.

Convention: a piece runs along +x from the origin for its length, around y = 0; the street
is on the side of -y.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.rods import rods
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, quads, triangles

F64 = NDArray[np.float64]


class _Job(NamedTuple):
    """One piece of fence to build."""

    rng: np.random.Generator
    material: int
    length: float
    height: float

    def along(self, pitch: float) -> F64:
        """Return places along the fence, ends included."""
        return np.linspace(0.0, self.length, max(2, round(self.length / pitch) + 1))

    def uprights(self, x: F64, low: float, high: float, radius: float, sides: int = 3) -> Mesh:
        """Return bars at places x."""
        a = np.column_stack([x, np.zeros(len(x)), np.full(len(x), low)])
        b = a + np.array([0.0, 0.0, high - low])
        return rods(a, b, radius, radius, ids.FENCE, self.material, sides)

    def rails(self, levels: F64, radius: float, sides: int = 4) -> Mesh:
        """Return bars along the fence at heights `levels`."""
        a = np.column_stack([np.zeros((len(levels), 2)), levels])
        b = a + np.array([self.length, 0.0, 0.0])
        return rods(a, b, radius, radius, ids.FENCE, self.material, sides)

    def posts(self, x: F64, size: tuple[float, float, float]) -> Mesh:
        """Return square posts at places x."""
        feet = np.column_stack([x, np.zeros((len(x), 2))])
        return boxes([size] * len(x), feet, ids.FENCE, self.material)


def _bars(job: _Job) -> Mesh:
    """Return iron railings, some with pointed tops and some on stouter posts."""
    pitch, tall = job.rng.uniform(0.11, 0.19), job.height
    x = job.along(pitch)
    over = job.rng.uniform(0.0, 0.2) if job.rng.random() < 0.6 else -0.04
    parts = [
        job.uprights(x, 0.08, tall + over, job.rng.uniform(0.009, 0.018)),
        job.rails(np.array([0.14, tall - 0.05]), 0.028),
        job.posts(job.along(2.5), (0.07, 0.07, tall + 0.08)),
    ]
    if over > 0.05:
        top = np.column_stack([x, np.zeros(len(x)), np.full(len(x), tall + over)])
        parts.append(
            rods(
                top - np.array([0, 0, 0.1]),
                top + np.array([0, 0, 0.02]),
                0.035,
                0.002,
                ids.FENCE,
                job.material,
            )
        )
    return join(parts)


def _pickets(job: _Job) -> Mesh:
    """Return wooden slats with gaps and pointed, round or straight tops."""
    wide = job.rng.uniform(0.06, 0.11)
    x = job.along(wide * job.rng.uniform(1.5, 2.3))
    tall = min(job.height, 1.4)
    z = np.full(len(x), tall) + 0.08 * np.sin(x / 2.4 * np.pi) * (job.rng.random() < 0.3)
    low = np.full(len(x), 0.06)
    face = np.stack(
        [
            np.column_stack([x + s * 0.5 * wide, np.full(len(x), -0.03), k])
            for s, k in ((-1, low), (1, low), (1, z), (-1, z))
        ],
        1,
    )
    parts = [quads(face, ids.FENCE, job.material), job.rails(np.array([0.3, tall - 0.25]), 0.035)]
    if job.rng.random() < 0.7:
        tip = np.column_stack([x, np.full(len(x), -0.03), z + 0.7 * wide])
        parts.append(
            triangles(np.stack([face[:, 3], face[:, 2], tip], 1), ids.FENCE, job.material)
        )
    return join([*parts, job.posts(job.along(2.2), (0.09, 0.09, tall))])


def _boards(job: _Job) -> Mesh:
    """Return boards side by side without holes."""
    x = job.along(0.16)
    wide = x[1] - x[0]
    tall = job.height + 0.06 * job.rng.random(len(x)) * (job.rng.random() < 0.4)
    size = np.column_stack([np.full(len(x), wide * 0.97), np.full(len(x), 0.03), tall])
    feet = np.column_stack([x, 0.02 * (np.arange(len(x)) % 2), np.full(len(x), 0.04)])
    return boxes(size[:-1], feet[:-1] + np.array([0.5 * wide, 0, 0]), ids.FENCE, job.material)


def _ranch(job: _Job) -> Mesh:
    """Return posts with two to four boards along them."""
    count, tall = int(job.rng.integers(2, 5)), min(job.height, 1.5)
    z = np.linspace(0.35, tall - 0.15, count)
    feet = np.column_stack([np.full(count, 0.5 * job.length), np.full(count, -0.06), z])
    return join(
        [
            boxes([(job.length, 0.035, 0.13)] * count, feet, ids.FENCE, job.material),
            job.posts(job.along(2.2), (0.11, 0.11, tall)),
        ]
    )


def _mesh(job: _Job) -> Mesh:
    """Return a wire mesh, square or diagonal, between steel posts."""
    cell = job.rng.uniform(0.16, 0.26)
    tall, wire = job.height, job.rng.uniform(0.004, 0.009)
    parts = [job.uprights(job.along(2.5), 0.0, tall + 0.08, 0.03, 5)]
    if job.rng.random() < 0.5:
        parts.append(job.uprights(job.along(cell), 0.05, tall, wire))
        parts.append(job.rails(np.arange(0.06, tall, cell), wire, 3))
        return join(parts)
    x = np.arange(-tall, job.length, 1.5 * cell)
    for slope in (1.0, -1.0):
        a = np.column_stack([x, np.zeros(len(x)), np.full(len(x), 0.05)])
        b = a + np.array([tall, 0.0, tall - 0.05])
        start = np.clip(-a[:, 0], 0.0, tall) / tall
        end = np.clip(job.length - a[:, 0], 0.0, tall) / tall
        p, q = a + (b - a) * start[:, None], a + (b - a) * end[:, None]
        if slope < 0:
            p[:, 2], q[:, 2] = tall + 0.05 - p[:, 2], tall + 0.05 - q[:, 2]
        parts.append(rods(p, q, wire, wire, ids.FENCE, job.material))
    return join([*parts, job.rails(np.array([0.05, tall]), 0.012, 3)])


def _barrier(job: _Job) -> Mesh:
    """Return portable crowd barriers standing side by side."""
    panels = max(1, round(job.length / 2.3))
    step, tall = job.length / panels, 1.1
    parts = []
    edge: F64 = step * np.arange(panels, dtype=np.float64)
    for shift in (0.06, step - 0.06):
        parts.append(job.uprights(edge + shift, 0.05, tall, 0.02, 4))
        feet = np.column_stack([edge + shift, np.zeros(panels), np.zeros(panels)])
        parts.append(boxes([(0.05, 0.55, 0.05)] * panels, feet, ids.FENCE, job.material))
    inner = (edge[:, None] + np.linspace(0.06, step - 0.06, 14)).ravel()
    parts += [job.uprights(inner, 0.2, tall, 0.008), job.rails(np.array([0.2, tall]), 0.02)]
    return join(parts)


def _chain(job: _Job) -> Mesh:
    """Return low posts with a hanging chain or a rope between them."""
    x = job.along(job.rng.uniform(1.4, 2.4))
    tall = float(job.rng.uniform(0.6, 1.0))
    sag = job.rng.uniform(0.05, 0.3)
    t = np.linspace(0, 1, 6)
    line_x = (x[:-1, None] + (x[1:] - x[:-1])[:, None] * t).ravel()
    line_z = np.tile(tall - 0.1 - sag * 4 * t * (1 - t), len(x) - 1)
    points = np.column_stack([line_x, np.zeros(len(line_x)), line_z])
    keep = np.arange(len(points) - 1) % 6 != 5
    chain = rods(points[:-1][keep], points[1:][keep], 0.025, 0.025, ids.FENCE, job.material)
    return join([job.posts(x, (0.12, 0.12, tall)), chain])


def _panels(job: _Job) -> Mesh:
    """Return glass or sheet panels between posts, above a gap."""
    x = job.along(job.rng.uniform(1.2, 2.0))
    wide = x[1] - x[0]
    feet = np.column_stack(
        [0.5 * (x[:-1] + x[1:]), np.zeros(len(x) - 1), np.full(len(x) - 1, 0.1)]
    )
    panes = boxes(
        [(wide - 0.1, 0.02, job.height - 0.2)] * (len(x) - 1), feet, ids.FENCE, job.material
    )
    return join(
        [panes, job.posts(x, (0.05, 0.05, job.height)), job.rails(np.array([job.height]), 0.03)]
    )


def _louvre(job: _Job) -> Mesh:
    """Return lying slats with gaps between posts, of wood or metal."""
    pitch = job.rng.uniform(0.09, 0.16)
    z = np.arange(0.08, job.height, pitch)
    feet = np.column_stack([np.full(len(z), 0.5 * job.length), np.zeros(len(z)), z])
    thick = pitch * job.rng.uniform(0.45, 0.85)
    slats = boxes([(job.length, 0.02, thick)] * len(z), feet, ids.FENCE, job.material)
    return join([slats, job.posts(job.along(1.9), (0.08, 0.08, job.height + 0.05))])


def _hoarding(job: _Job) -> Mesh:
    """Return a closed hoarding of sheets, as around a building site."""
    tall = max(1.9, job.height)
    sheet = box((job.length, 0.03, tall), (0.5 * job.length, 0, 0.05), ids.FENCE, job.material)
    posts = job.along(2.4)
    feet = np.column_stack([posts, np.full(len(posts), 0.06), np.zeros(len(posts))])
    back = boxes([(0.08, 0.08, tall)] * len(posts), feet, ids.FENCE, job.material)
    return join([sheet, back])


def _piers(job: _Job) -> Mesh:
    """Return railings between stout piers on a low plinth."""
    x = job.along(job.rng.uniform(2.4, 4.0))
    plinth = job.rng.uniform(0.25, 0.6)
    wide = job.rng.uniform(0.3, 0.5)
    bars = job.along(0.14)
    return join(
        [
            job.posts(x, (wide, wide, job.height + 0.15)),
            box((job.length, 0.22, plinth), (0.5 * job.length, 0, 0), ids.FENCE, job.material),
            job.uprights(bars, plinth, job.height, 0.012),
            job.rails(np.array([job.height - 0.06]), 0.025),
        ]
    )


_FENCES: dict[str, tuple[Callable[[_Job], Mesh], float]] = {
    'bars': (_bars, 0.2),
    'pickets': (_pickets, 0.14),
    'boards': (_boards, 0.12),
    'rails': (_ranch, 0.06),
    'mesh': (_mesh, 0.16),
    'barrier': (_barrier, 0.05),
    'chain': (_chain, 0.04),
    'panels': (_panels, 0.06),
    'louvre': (_louvre, 0.08),
    'hoarding': (_hoarding, 0.04),
    'piers': (_piers, 0.05),
}
FENCE_KINDS = tuple(_FENCES)


def random_fence_kind(rng: np.random.Generator) -> str:
    """Draw one of FENCE_KINDS."""
    return str(rng.choice(FENCE_KINDS, p=[share for _, share in _FENCES.values()]))


def fence(rng: np.random.Generator, kind: str, material: int, length: float) -> Mesh:
    """Return a fence of one of FENCE_KINDS along x from the origin."""
    return _FENCES[kind][0](_Job(rng, material, length, float(rng.uniform(0.8, 2.1))))


def wall(rng: np.random.Generator, material: int, coping: int, length: float) -> Mesh:
    """Return a free-standing wall along x: straight, stepped, with piers, pierced, or gabions."""
    height, thick = rng.uniform(0.6, 2.8), rng.uniform(0.18, 0.5)
    kind = rng.random()
    if kind < 0.1:
        return _gabions(rng, material, length)
    steps = max(1, round(length / 3.0)) if kind < 0.22 else 1
    x = np.linspace(0, length, steps + 1)
    tops = height + 0.15 * (np.arange(steps) % 3) * (steps > 1)
    wide = np.diff(x)
    feet = np.column_stack([0.5 * (x[:-1] + x[1:]), np.zeros((steps, 2))])
    parts = [boxes(np.column_stack([wide, np.full(steps, thick), tops]), feet, ids.WALL, material)]
    if rng.random() < 0.6:
        over, tall = rng.uniform(0.04, 0.16), rng.uniform(0.05, 0.16)
        caps = np.column_stack([wide, np.full(steps, thick + over), np.full(steps, tall)])
        parts.append(boxes(caps, feet + np.outer(tops, [0, 0, 1]), ids.WALL, coping))
    if rng.random() < 0.4:
        parts.append(_piers_of_wall(rng, (length, thick, float(tops.max())), material, coping))
    if kind > 0.85:  # a buttressed retaining wall
        at = np.arange(0.5, length, 2.6)
        lean = np.column_stack([at, np.full(len(at), -0.5 * thick - 0.15), np.zeros(len(at))])
        parts.append(boxes([(0.4, 0.3, 0.75 * height)] * len(at), lean, ids.WALL, material))
    return join(parts)


def _piers_of_wall(
    rng: np.random.Generator, size: tuple[float, float, float], material: int, coping: int
) -> Mesh:
    """Return piers along a wall of size (length, thickness, height), with caps or balls."""
    length, thick, height = size
    x = np.linspace(0.0, length, max(2, round(length / rng.uniform(2.2, 4.5)) + 1))
    wide, tall = rng.uniform(0.3, 0.6), height + rng.uniform(0.05, 0.4)
    feet = np.column_stack([x, np.zeros((len(x), 2))])
    body = boxes([(wide, thick + 0.14, tall)] * len(x), feet, ids.WALL, material)
    cap = boxes(
        [(wide + 0.1, thick + 0.24, 0.1)] * len(x), feet + np.array([0, 0, tall]), ids.WALL, coping
    )
    return join([body, cap])


def _gabions(rng: np.random.Generator, material: int, length: float) -> Mesh:
    """Return wire baskets of stones in one to three rows."""
    rows, side = int(rng.integers(1, 4)), rng.uniform(0.5, 0.9)
    count = max(1, round(length / (2 * side)))
    x = (np.arange(count) + 0.5) * length / count
    feet = [(k, 0.08 * j, j * side) for j in range(rows) for k in x]
    size = (length / count - 0.03, side, side - 0.02)
    return boxes([size] * len(feet), feet, ids.WALL, material)
