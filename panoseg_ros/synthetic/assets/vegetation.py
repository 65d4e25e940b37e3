"""Trees, hedges and bushes: trunks and branches under many loose leaf cards."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, ball, box, join, triangles, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials


class TreeShape(NamedTuple):
    """Measures of a kind of tree in metres."""

    kind: str  # round, conifer, column, bare, young
    height: float
    crown: float  # radius of the crown
    trunk: float  # radius at the foot
    clear: float  # height of the lowest leaves
    cards: int
    card_m: float
    core: float  # size of the solid heart of each clump, 0..1


def random_tree_shape(rng: np.random.Generator) -> TreeShape:
    """Draw a species."""
    kind = str(
        rng.choice(['round', 'conifer', 'column', 'bare', 'young'], p=[0.5, 0.15, 0.12, 0.1, 0.13])
    )
    height = rng.uniform(3.0, 5.5) if kind == 'young' else rng.uniform(5.5, 15.0)
    slender = {'round': 0.33, 'conifer': 0.2, 'column': 0.13, 'bare': 0.3, 'young': 0.25}[kind]
    crown = height * slender * rng.uniform(0.8, 1.25)
    clear = {'conifer': rng.uniform(0.2, 1.2), 'column': rng.uniform(0.5, 2.0)}.get(
        kind, min(0.32 * height, rng.uniform(1.2, 3.2))
    )
    return TreeShape(
        kind,
        height,
        crown,
        0.018 * height * rng.uniform(0.7, 1.5),
        clear,
        int(rng.integers(350, 800)),
        float(rng.uniform(0.3, 0.65)),
        float(rng.uniform(0.45, 0.85)),
    )


class Greenery(NamedTuple):
    """Material ids of one kind of plant."""

    leaves: int
    bark: int


def random_greenery(rng: np.random.Generator, materials: Materials) -> Greenery:
    """Draw leaf and bark colours."""
    first = palette.leaf(rng)
    second = palette.near(rng, first, 0.35)
    bark = palette.hsv(rng, (0.03, 0.15), (0.05, 0.5), (0.04, 0.4))
    return Greenery(
        materials.add(
            mat.FOLIAGE, [first, second], [rng.uniform(0.3, 1.0), rng.uniform(0.1, 0.4)]
        ),
        materials.add(mat.PLAIN, [bark], [rng.uniform(0.4, 1.0), 0.15]),
    )


def _cards(
    centres: NDArray[np.float64],
    outward: NDArray[np.float64],
    size: float,
    material: int,
    rng: np.random.Generator,
) -> Mesh:
    """Return one loose triangle at each of centres (N, 3), shaded along outward (N, 3)."""
    count = len(centres)
    spread = rng.standard_normal((count, 3, 3))
    spread /= np.linalg.norm(spread, axis=2, keepdims=True)
    scale = size * rng.uniform(0.5, 1.1, (count, 1, 1))
    mesh = triangles(centres[:, None] + spread * scale, ids.VEGETATION, material)
    normals = 0.75 * outward + 0.4 * rng.standard_normal((count, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return mesh._replace(normals=normals.astype(np.float32))


def _clumps(
    blobs: NDArray[np.float64], shape: TreeShape, green: Greenery, rng: np.random.Generator
) -> list[Mesh]:
    """Return leaf cards around ellipsoids given as rows (x, y, z, rx, ry, rz)."""
    parts = [ball(b[:3], b[3:] * shape.core, ids.VEGETATION, green.leaves) for b in blobs]
    weights = np.prod(blobs[:, 3:], 1) ** 0.67
    pick = rng.choice(len(blobs), shape.cards, p=weights / weights.sum())
    way = rng.standard_normal((shape.cards, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    reach = rng.uniform(shape.core * 0.8, 1.0, (shape.cards, 1))
    centres = blobs[pick, :3] + way * reach * blobs[pick, 3:]
    parts.append(_cards(centres, way, shape.card_m, green.leaves, rng))
    return parts


def tree(shape: TreeShape, green: Greenery, rng: np.random.Generator) -> Mesh:
    """Return a tree standing at the origin; trunk and branches carry the same class."""
    top = np.array([rng.normal(0, 0.25), rng.normal(0, 0.25), 0.86 * shape.height])
    fork = np.array([*(top[:2] * 0.3), max(shape.clear, 0.3 * shape.height)])
    label, bark = ids.VEGETATION, green.bark
    parts = [
        tube((0, 0, -0.1), fork, (1.25 * shape.trunk, 0.9 * shape.trunk), label, bark, 7),
        tube(fork, top, (0.9 * shape.trunk, 0.25 * shape.trunk), label, bark, 5),
    ]
    if shape.kind == 'bare':
        return join(parts + _branches(fork, top, shape, bark, rng))
    room = shape.height - shape.clear
    if shape.kind == 'conifer':
        level = np.linspace(0.06, 0.97, 8)
        wide = shape.crown * (1.05 - level)
        blobs = np.stack(
            [
                top[0] * level,
                top[1] * level,
                shape.clear + level * room,
                wide,
                wide,
                np.full(8, 0.11 * room),
            ],
            1,
        )
    elif shape.kind == 'column':
        level = np.linspace(0.1, 0.9, 5)
        wide = shape.crown * np.sin(np.pi * (0.15 + 0.8 * level))
        blobs = np.stack(
            [
                0 * level,
                0 * level,
                shape.clear + level * room,
                wide,
                wide,
                np.full(5, 0.16 * room),
            ],
            1,
        )
    else:
        count = int(rng.integers(6, 13))
        angle = rng.uniform(0, 2 * np.pi, count)
        level = rng.uniform(0.25, 0.85, count)
        out = shape.crown * 0.55 * np.sqrt(rng.uniform(0, 1, count))
        radius = shape.crown * rng.uniform(0.38, 0.6, count)
        flat = np.minimum(radius * rng.uniform(0.75, 1.15, count), 0.5 * room)
        blobs = np.stack(
            [
                out * np.cos(angle),
                out * np.sin(angle),
                shape.clear + level * room,
                radius,
                radius,
                flat,
            ],
            1,
        )
        parts += [
            tube(fork, b[:3], (0.45 * shape.trunk, 0.15 * shape.trunk), label, bark, 4)
            for b in blobs[:4]
        ]
    return join(parts + _clumps(blobs, shape, green, rng))


def _branches(
    fork: NDArray[np.float64],
    top: NDArray[np.float64],
    shape: TreeShape,
    bark: int,
    rng: np.random.Generator,
) -> list[Mesh]:
    parts = []
    for _ in range(12):
        start = fork + (top - fork) * rng.uniform(0, 0.9)
        angle, rise = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 1.0)
        way = np.array([np.cos(angle), np.sin(angle), rise])
        end = start + way * shape.crown * rng.uniform(0.5, 0.9)
        parts.append(
            tube(start, end, (0.4 * shape.trunk, 0.12 * shape.trunk), ids.VEGETATION, bark, 4)
        )
        for _ in range(4):
            root = start + (end - start) * rng.uniform(0.3, 1.0)
            twig = root + (way + rng.normal(0, 0.6, 3)) * 0.35 * shape.crown
            parts.append(tube(root, twig, (0.14 * shape.trunk, 0.02), ids.VEGETATION, bark, 3))
    return parts


def bush(rng: np.random.Generator, green: Greenery, size_m: float) -> Mesh:
    """Return a bush about `size_m` wide at the origin."""
    count = int(rng.integers(1, 4))
    radius = 0.5 * size_m * rng.uniform(0.7, 1.0, count)
    at = rng.normal(0, 0.25 * size_m, (count, 2))
    tall = radius * rng.uniform(0.7, 1.3, count)
    blobs = np.stack([at[:, 0], at[:, 1], 0.75 * tall, radius, radius, tall], 1)
    shape = TreeShape('bush', 1, 1, 0.1, 0, int(90 + 60 * size_m), 0.12 + 0.06 * size_m, 0.8)
    return join(_clumps(blobs, shape, green, rng))


def hedge(
    length: float,
    thick: float,
    height: float,
    green: Greenery,
    rng: np.random.Generator,
    neat: float,
) -> Mesh:
    """Return a clipped hedge along x from the origin; `neat` 0..1 says how smooth it is."""
    core = box(
        (length, thick * 0.85, height * 0.95), (0.5 * length, 0, 0), ids.VEGETATION, green.leaves
    )
    count = int(length * (height + 0.5 * thick) * 26)
    side = rng.random(count)
    x = rng.uniform(0, length, count)
    y = (
        np.where(side < 0.4, -0.5, np.where(side < 0.8, 0.5, rng.uniform(-0.5, 0.5, count)))
        * thick
    )
    z = np.where(side < 0.8, rng.uniform(0, height, count), height)
    rough = (1.0 - neat) * 0.2
    centres = np.stack([x, y + rng.normal(0, rough, count), z + rng.normal(0, rough, count)], 1)
    outward = np.stack(
        [0 * x, np.where(side < 0.8, np.sign(y), 0), np.where(side < 0.8, 0.2, 1)], 1
    )
    return join([core, _cards(centres, outward, 0.10 + 0.08 * (1 - neat), green.leaves, rng)])
