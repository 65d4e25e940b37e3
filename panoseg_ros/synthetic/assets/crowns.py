"""Crowns of trees: where the leaves sit, fronds, needles and bare twigs.

Convention: a tree stands on z = 0 at the origin; everything is vegetation.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.rods import rods
from panoseg_ros.synthetic.mesh import Mesh, join, quads, triangles, tube

F64 = NDArray[np.float64]

_GOLD = 0.5 * (1.0 + 5.0**0.5)
_ICO = np.array(
    [
        *[(-1, _GOLD, 0), (1, _GOLD, 0), (-1, -_GOLD, 0), (1, -_GOLD, 0)],
        *[(0, -1, _GOLD), (0, 1, _GOLD), (0, -1, -_GOLD), (0, 1, -_GOLD)],
        *[(_GOLD, 0, -1), (_GOLD, 0, 1), (-_GOLD, 0, -1), (-_GOLD, 0, 1)],
    ]
) / np.hypot(1.0, _GOLD)  # the corners of an icosahedron of radius 1
_FACES = np.array(
    [
        *[(0, 11, 5), (0, 5, 1), (0, 1, 7), (0, 7, 10), (0, 10, 11)],
        *[(1, 5, 9), (5, 11, 4), (11, 10, 2), (10, 7, 6), (7, 1, 8)],
        *[(3, 9, 4), (3, 4, 2), (3, 2, 6), (3, 6, 8), (3, 8, 9)],
        *[(4, 9, 5), (2, 4, 11), (6, 2, 10), (8, 6, 7), (9, 8, 1)],
    ]
)


def _leaves(rng: np.random.Generator, corners: F64, material: int) -> Mesh:
    """Return leafy triangles (N, 3, 3), each with a piece of texture of its own, unstretched."""
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    wide = np.linalg.norm(ab, axis=1)
    along = (ab * ac).sum(1) / (wide + 1e-9)
    high = np.sqrt(np.maximum((ac * ac).sum(1) - along**2, 0.0))
    uv = np.zeros((len(corners), 3, 2))
    uv[:, 1, 0], uv[:, 2, 0], uv[:, 2, 1] = wide, along, high
    uv += rng.uniform(0.0, 40.0, (len(corners), 1, 2))
    return triangles(corners, ids.VEGETATION, material, uv)


def _triplets(rng: np.random.Generator, count: int) -> F64:
    """Return the corners (count, 3, 3) of nearly regular triangles of radius 1, at random."""
    frame = rng.standard_normal((count, 2, 3))
    frame /= np.linalg.norm(frame, axis=2, keepdims=True)
    e1, e2 = frame[:, 0], frame[:, 1]
    e2 = e2 - (e1 * e2).sum(1, keepdims=True) * e1
    e2 /= np.linalg.norm(e2, axis=1, keepdims=True) + 1e-9
    angle = np.arange(3) * (2 * np.pi / 3) + rng.uniform(-0.35, 0.35, (count, 3))
    out: F64 = np.cos(angle)[..., None] * e1[:, None] + np.sin(angle)[..., None] * e2[:, None]
    return out


def cards(
    rng: np.random.Generator,
    centres: F64,
    outward: F64,
    size: float | F64,
    material: int,
    slender: float = 1.0,
    along: F64 | None = None,
) -> Mesh:
    """Return one loose triangle at each of centres (N, 3), shaded along outward (N, 3).

    They are nearly regular with a radius of about `size` (one or (N, 1, 1)) in metres;
    `slender` stretches them, along (N, 3) where given or else at random.
    """
    count = len(centres)
    spread = _triplets(rng, count)
    if slender > 1.0 or along is not None:
        way = rng.standard_normal((count, 3)) if along is None else along
        way = way / (np.linalg.norm(way, axis=1, keepdims=True) + 1e-9)
        part = np.einsum('ikc,ic->ik', spread, way)
        longer = (slender - 1.0) * part if along is None else max(slender, 1.6) * part
        spread = (spread + longer[..., None] * way[:, None]) / np.sqrt(max(slender, 1.0))
    scale = size * rng.uniform(0.55, 1.15, (count, 1, 1))
    mesh = _leaves(rng, centres[:, None] + spread * scale, material)
    normals = 0.75 * outward + 0.4 * rng.standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return mesh._replace(normals=normals.astype(np.float32))


def heart(rng: np.random.Generator, blobs: F64, core: float, material: int) -> Mesh:
    """Return dented bodies inside ellipsoids (x, y, z, rx, ry, rz) that hide what is behind."""
    dents = core * rng.uniform(0.78, 1.12, (len(blobs), len(_ICO), 1))
    points = blobs[:, None, :3] + _ICO * blobs[:, None, 3:] * dents  # (N, 12, 3)
    mesh = _leaves(rng, points[:, _FACES].reshape(-1, 3, 3), material)
    normals = 0.5 * mesh.normals + np.array([0.0, 0.0, 0.7])  # soft, so that no facet stands out
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return mesh._replace(normals=normals.astype(np.float32))


def sticks(
    starts: F64, ends: F64, thick: float, thin: float, material: int, sides: int = 3
) -> Mesh:
    """Return tapered branches from starts (N, 3) to ends (N, 3)."""
    return rods(starts, ends, thick, thin, ids.VEGETATION, material, sides)


def blobs(
    rng: np.random.Generator, kind: str, height: float, crown: float, clear: float, top: F64
) -> F64:
    """Return the ellipsoids (N, 6) that a crown is made of: x, y, z, rx, ry, rz."""
    room = height - clear
    if kind in ('conifer', 'column'):
        count = 8 if kind == 'conifer' else 5
        level = np.linspace(0.08, 0.95, count)
        wide = crown * (
            1.0 - 0.95 * level if kind == 'conifer' else np.sin(np.pi * (0.15 + 0.8 * level))
        )
        at = np.outer(level, top[:2]) if kind == 'conifer' else np.zeros((count, 2))
        flat = np.full(count, (0.8 if kind == 'conifer' else 0.85) * room / count)
        return np.column_stack([at, clear + level * room, wide, wide, flat])
    if kind == 'clipped':
        shape = rng.uniform([0.8, 0.35], [1.1, 0.55])
        return np.array([[0, 0, clear + 0.45 * room, crown, crown * shape[0], shape[1] * room]])
    count = int(rng.integers(5, 9))
    angle = rng.uniform(0, 2 * np.pi, count)
    level = rng.uniform(0.25, 0.85, count)
    out = crown * 0.52 * np.sqrt(rng.uniform(0, 1, count))
    radius = crown * rng.uniform(0.46, 0.7, count)
    flat = np.minimum(radius * rng.uniform(0.75, 1.15, count), 0.5 * room)
    if kind in ('spread', 'pine', 'avenue'):
        flat = flat * rng.uniform(0.35, 0.6)
        out = out * 1.25
    if kind == 'vase':
        out, radius = crown * (0.15 + 0.75 * level), radius * (0.5 + 0.5 * level)
    if kind == 'birch':
        radius, level = radius * (1.15 - 0.5 * level), 0.1 + 0.95 * level
    z = clear + level * room
    return np.column_stack([out * np.cos(angle), out * np.sin(angle), z, radius, radius, flat])


def conifer_skirts(
    rng: np.random.Generator, height: float, crown: float, clear: float, count: int, material: int
) -> Mesh:
    """Return whorls of about `count` drooping boughs."""
    rows = spokes = max(5, round(count**0.5))
    level = np.repeat(np.linspace(0.02, 0.96, rows), spokes)
    angle = rng.uniform(0, 2 * np.pi, rows * spokes)
    reach = crown * (1.08 - level) * rng.uniform(0.75, 1.15, rows * spokes)
    way = np.column_stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)])
    side = np.column_stack([-way[:, 1], way[:, 0], way[:, 2]])
    root = np.column_stack([np.zeros((len(angle), 2)), clear + level * (height - clear)])
    droop = reach * rng.uniform(0.1, 0.5, len(angle))
    tip = root + way * reach[:, None] - np.outer(droop, [0, 0, 1.0])
    half = side * (2.9 / spokes * reach + 0.05)[:, None]
    mid = root + 0.55 * (tip - root)
    corners = np.concatenate(
        [np.stack([root, mid - half, tip], 1), np.stack([root, tip, mid + half], 1)]
    )
    mesh = _leaves(rng, corners, material)
    normals = np.tile((way + np.array([0, 0, 1.0])) * 0.5**0.5, (2, 1)).astype(np.float32)
    return mesh._replace(normals=normals)


def palm(
    rng: np.random.Generator, height: float, crown: float, trunk: float, bark: int, leaves: int
) -> Mesh:
    """Return a palm: a bare trunk under arching fronds of folded blades."""
    lean = rng.normal(0, 0.05 * height, 2)
    middle = np.array([*(0.4 * lean), 0.5 * height])
    top = np.array([*lean, height - 0.3 * crown])
    parts = [
        tube((0, 0, -0.1), middle, (1.3 * trunk, trunk), ids.VEGETATION, bark, 7),
        tube(middle, top, (trunk, 0.9 * trunk), ids.VEGETATION, bark, 7),
    ]
    count = int(rng.integers(16, 30))
    angle = rng.uniform(0, 2 * np.pi, count)
    rise = rng.uniform(-0.5, 1.0, count)
    way = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(count)])
    side = np.column_stack([-way[:, 1], way[:, 0], np.zeros(count)])
    t = np.linspace(0.0, 1.0, 6)
    arch = rise[:, None] * t - (0.6 + 0.5 * rise[:, None]) * t**2
    spine = top + crown * (way[:, None] * t[:, None] + arch[..., None] * [0, 0, 1.0])
    wide = crown * 0.16 * np.sin(np.pi * (0.12 + 0.85 * t))[:, None]
    for s in (-1.0, 1.0):
        edge = spine + s * side[:, None] * wide - 0.6 * wide * [0, 0, 1.0]
        faces = np.stack([spine[:, :-1], spine[:, 1:], edge[:, 1:], edge[:, :-1]], 2)
        parts.append(quads(faces.reshape(-1, 4, 3), ids.VEGETATION, leaves))
    return join(parts)


def _forked(
    rng: np.random.Generator, starts: F64, ends: F64, count: int, length: float, spread: float
) -> tuple[F64, F64]:
    """Return `count` twigs along each of the branches from starts to ends (N, 3)."""
    a, b = np.repeat(starts, count, 0), np.repeat(ends, count, 0)
    root = a + (b - a) * rng.uniform(0.3, 1.0, (len(a), 1))
    way = (b - a) / (np.linalg.norm(b - a, axis=1, keepdims=True) + 1e-9)
    way = way + rng.normal(0, spread, way.shape)
    return root, root + way * length * rng.uniform(0.6, 1.2, (len(a), 1))


def boughs(
    rng: np.random.Generator,
    blobs: F64,
    fork: F64,
    top: F64,
    trunk: float,
    bark: int,
    twigs: int,
) -> Mesh:
    """Return a bough into each of up to six clumps (N, 6), with so many twigs on each."""
    ends = blobs[:6, :3]
    starts = fork + (top - fork) * rng.uniform(0.0, 0.5, (len(ends), 1))
    middle = 0.5 * (starts + ends) - [0.0, 0.0, 0.06] * (ends - starts)  # they rise late
    s2, e2 = _forked(rng, middle, ends, twigs, 0.7 * float(blobs[:, 3].mean()), 0.5)
    return join(
        [
            sticks(starts, middle, 0.45 * trunk, 0.3 * trunk, bark, 4),
            sticks(middle, ends, 0.3 * trunk, 0.1 * trunk, bark, 3),
            splinters(s2, e2, 0.3 * trunk, bark),
        ]
    )


def splinters(starts: F64, ends: F64, wide: float, material: int) -> Mesh:
    """Return twigs of one thin triangle each, upright in section, from starts to ends (N, 3)."""
    way = ends - starts
    side = np.column_stack([-way[:, 1], way[:, 0], np.zeros(len(way))])
    side *= 0.5 * wide / (np.linalg.norm(side, axis=1, keepdims=True) + 1e-9)
    return triangles(np.stack([starts - side, starts + side, ends], 1), ids.VEGETATION, material)


def bare_branches(
    rng: np.random.Generator, fork: F64, top: F64, crown: float, trunk: float, bark: int
) -> Mesh:
    """Return four orders of branches without leaves, the last of hair-thin twigs."""
    count = int(rng.integers(7, 11))
    first = fork + (top - fork) * rng.uniform(0, 0.95, (count, 1))
    angle = rng.uniform(0, 2 * np.pi, count)
    rise = rng.uniform(0.3, 1.1, count)
    way = np.column_stack([np.cos(angle), np.sin(angle), rise])
    ends = first + way * crown * rng.uniform(0.5, 0.95, (count, 1))
    s2, e2 = _forked(rng, first, ends, 4, 0.42 * crown, 0.45)
    s3, e3 = _forked(rng, s2, e2, 4, 0.26 * crown, 0.5)
    fine = 360 // len(s3)
    s4, e4 = _forked(rng, s3, e3, max(1, fine), 0.15 * crown, 0.6)
    return join(
        [
            sticks(first, ends, 0.42 * trunk, 0.16 * trunk, bark, 4),
            sticks(s2, e2, 0.17 * trunk, 0.06 * trunk, bark),
            splinters(s3, e3, max(0.1 * trunk, 0.02), bark),
            splinters(s4, e4, max(0.05 * trunk, 0.012), bark),
        ]
    )


def pollard_shoots(
    rng: np.random.Generator, fork: F64, top: F64, crown: float, trunk: float, bark: int
) -> Mesh:
    """Return thick short arms that end in knobs with a brush of thin shoots."""
    count = int(rng.integers(4, 8))
    angle = np.arange(count) * 2 * np.pi / count + rng.normal(0, 0.2, count)
    way = np.column_stack([np.cos(angle), np.sin(angle), rng.uniform(0.3, 0.9, count)])
    ends = fork + way * crown * rng.uniform(0.45, 0.7, (count, 1))
    knobs = np.column_stack([ends, np.full((count, 3), 1.1 * trunk)])
    root = np.repeat(ends, 9, 0)
    tips = root + np.repeat(way, 9, 0) * 0.4 * crown + rng.normal(0, 0.22 * crown, root.shape)
    tips[:, 2] = np.maximum(tips[:, 2], root[:, 2] + 0.1)
    return join(
        [
            sticks(np.tile(fork, (count, 1)), ends, 0.7 * trunk, 0.5 * trunk, bark, 5),
            heart(rng, knobs, 1.0, bark),
            sticks(root, tips, 0.018, 0.006, bark),
        ]
    )
