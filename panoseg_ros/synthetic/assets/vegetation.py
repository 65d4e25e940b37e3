"""Trees, bushes, hedges and ivy: trunks and branches under many loose leaf cards."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import crowns
from panoseg_ros.synthetic.assets.crowns import cards, heart, sticks
from panoseg_ros.synthetic.mesh import Mesh, ball, box, join, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

# Shares of the kinds, and the radius of the crown as a share of the height.
_KINDS = {
    'round': (0.16, 0.33),
    'spread': (0.1, 0.46),
    'avenue': (0.1, 0.44),  # high under the boughs, wide enough to meet over a street
    'vase': (0.08, 0.3),
    'birch': (0.08, 0.22),
    'weeping': (0.04, 0.36),
    'clipped': (0.05, 0.2),
    'young': (0.08, 0.22),
    'conifer': (0.07, 0.2),
    'pine': (0.06, 0.26),
    'column': (0.05, 0.11),
    'palm': (0.03, 0.25),
    'bare': (0.07, 0.3),
    'pollard': (0.03, 0.22),
}
_CLOSED = ('conifer', 'column', 'clipped', 'palm', 'bare', 'pollard')


class TreeShape(NamedTuple):
    """Measures of a kind of tree in metres."""

    kind: str  # one of _KINDS
    height: float
    crown: float  # radius of the crown
    trunk: float  # radius at the foot
    clear: float  # height of the lowest leaves
    cards: int
    card_m: float
    core: float  # size of the solid heart of each clump, 0..1; 0: sky shows through
    slender: float  # length of a card over its width


def random_tree_shape(rng: np.random.Generator) -> TreeShape:
    """Draw a species."""
    kinds = list(_KINDS)
    kind = str(rng.choice(kinds, p=[_KINDS[k][0] for k in kinds]))
    height = rng.uniform(5.5, 16.0) if kind != 'avenue' else rng.uniform(9.0, 18.0)
    if kind in ('young', 'clipped', 'pollard'):
        height = rng.uniform(3.0, 6.5)
    crown = height * _KINDS[kind][1] * rng.uniform(0.8, 1.25)
    clear = min(0.34 * height, rng.uniform(1.4, 3.4))
    clear = {
        'conifer': rng.uniform(0.2, 1.2),
        'column': rng.uniform(0.2, 1.5),
        'pine': height * rng.uniform(0.4, 0.65),
        'palm': 0.8 * height,
        'avenue': max(3.0, height * rng.uniform(0.25, 0.4)),
    }.get(kind, clear)
    core = _core(rng, kind)
    if core == 0.0 and crown > 4.5:  # too wide to be filled by loose leaves alone
        core = float(rng.uniform(0.25, 0.5))
    thick = rng.uniform(1.4, 2.4) if rng.random() < 0.2 else rng.uniform(0.7, 1.5)
    return TreeShape(
        kind,
        float(height),
        float(crown),
        float(0.018 * height * thick),
        float(clear),
        int(rng.integers(560, 680) if core == 0.0 else rng.integers(470, 570)),
        float(np.clip(0.11 * crown, 0.14, 0.42) * rng.uniform(0.8, 1.2)),
        core,
        float(rng.uniform(1.0, 1.9)),
    )


def _core(rng: np.random.Generator, kind: str) -> float:
    """Draw how closed a crown is; every other one lets the sky through."""
    if kind in _CLOSED:
        return float(rng.uniform(0.66, 0.92))
    open_crown = rng.random() < (0.8 if kind in ('birch', 'young', 'pine', 'avenue') else 0.4)
    if open_crown:
        return 0.0 if rng.random() < 0.7 else float(rng.uniform(0.25, 0.5))
    return float(rng.uniform(0.5, 0.65 if kind in ('spread', 'avenue') else 0.9))


class Greenery(NamedTuple):
    """Material ids of one kind of plant."""

    leaves: int
    shade: int  # leaves deep in a crown
    bark: int
    birch: int
    blossoms: int


def _times(color: palette.Color, factor: float) -> palette.Color:
    return (color[0] * factor, color[1] * factor, color[2] * factor)


def random_greenery(rng: np.random.Generator, materials: Materials) -> Greenery:
    """Draw leaf, bark and flower colours."""
    first = palette.leaf(rng)
    second = palette.near(rng, first, 0.22)
    if rng.random() < 0.05:  # a tree in blossom
        first = palette.hsv(rng, (0.85, 1.05), (0.05, 0.5), (0.4, 0.75))
    bark = palette.hsv(rng, (0.03, 0.15), (0.05, 0.5), (0.04, 0.4))
    flakes = palette.near(rng, bark, 0.15)
    if rng.random() < 0.25:  # as planes and beeches have it
        bark = palette.hsv(rng, (0.08, 0.2), (0.05, 0.25), (0.3, 0.6))
        flakes = palette.hsv(rng, (0.08, 0.22), (0.1, 0.35), (0.12, 0.45))
    pale = palette.hsv(rng, (0.05, 0.15), (0.0, 0.15), (0.4, 0.7))
    gaudy = [palette.hsv(rng, (0.0, 1.0), (0.4, 0.95), (0.2, 0.7)) for _ in range(2)]
    look = [rng.uniform(0.3, 1.0), rng.uniform(0.1, 0.4)]
    return Greenery(
        materials.add(mat.FOLIAGE, [first, second], look),
        materials.add(mat.FOLIAGE, [_times(first, 0.6), _times(second, 0.6)], [0.0, look[1]]),
        materials.add(mat.BARK, [bark, flakes], [rng.uniform(0.3, 1.0)]),
        materials.add(mat.BARK, [pale, (0.04, 0.035, 0.03)], [0.3, 1.0]),
        materials.add(mat.FOLIAGE, gaudy, [1.0, 0.1]),
    )


def _clumps(
    blobs: NDArray[np.float64], shape: TreeShape, green: Greenery, rng: np.random.Generator
) -> list[Mesh]:
    """Return leaf cards around ellipsoids given as rows (x, y, z, rx, ry, rz)."""
    weights = np.prod(blobs[:, 3:], 1) ** 0.67
    pick = rng.choice(len(blobs), shape.cards, p=weights / weights.sum())
    way = rng.standard_normal((shape.cards, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    reach = rng.uniform(max(shape.core * 0.95, 0.35), 1.08, (shape.cards, 1))
    centres = blobs[pick, :3] + way * reach * blobs[pick, 3:]
    along = way + np.array([0.0, 0.0, -1.6]) if shape.kind in ('weeping', 'birch') else None
    size = shape.card_m * (1.25 - 0.45 * reach[:, :1, None])  # finer towards the rim
    leaves = cards(rng, centres, way, size, green.leaves, shape.slender, along)
    if shape.core == 0.0:
        return [leaves]
    return [heart(rng, blobs, shape.core, green.shade), leaves]


def tree(shape: TreeShape, green: Greenery, rng: np.random.Generator) -> Mesh:
    """Return a tree standing at the origin; trunk and branches carry the same class."""
    bark = green.birch if shape.kind == 'birch' else green.bark
    if shape.kind == 'palm':
        return crowns.palm(rng, shape.height, shape.crown, shape.trunk, bark, green.leaves)
    top = np.array([*rng.normal(0, 0.02 * shape.height, 2), 0.86 * shape.height])
    fork = np.array([*(top[:2] * 0.3), max(shape.clear, 0.25 * shape.height)])
    trunk = shape.trunk
    parts = [
        tube((0, 0, -0.1), fork, (1.3 * trunk, 0.9 * trunk), ids.VEGETATION, bark, 8),
        tube(fork, top, (0.9 * trunk, 0.2 * trunk), ids.VEGETATION, bark, 5),
    ]
    if shape.kind in ('bare', 'pollard'):
        grow = crowns.bare_branches if shape.kind == 'bare' else crowns.pollard_shoots
        return join([*parts, grow(rng, fork, top, shape.crown, trunk, bark)])
    if shape.kind == 'young' and rng.random() < 0.6:  # tied to stakes
        feet = np.array([(0.4, 0.0, 0.0), (-0.4, 0.0, 0.0)])
        parts.append(sticks(feet, feet + np.array([0, 0, 1.6]), 0.04, 0.04, green.bark, 4))
    blobs = crowns.blobs(rng, shape.kind, shape.height, shape.crown, shape.clear, top)
    if shape.kind not in ('conifer', 'column', 'clipped'):
        parts.append(crowns.boughs(rng, blobs, fork, top, trunk, bark, 3 - 2 * (shape.core > 0.5)))
    if shape.kind == 'conifer':
        parts.append(
            crowns.conifer_skirts(
                rng, shape.height, shape.crown, shape.clear, int(0.42 * shape.cards), green.leaves
            )
        )
        shape = shape._replace(cards=shape.cards // 5, core=0.4)
    return join(parts + _clumps(blobs, shape, green, rng))


def bush(rng: np.random.Generator, green: Greenery, size_m: float) -> Mesh:
    """Return a bush about `size_m` wide at the origin; some are clipped, some bloom."""
    if rng.random() < 0.15:
        return _clipped_bush(rng, green, size_m)
    count = int(rng.integers(1, 4))
    radius = 0.5 * size_m * rng.uniform(0.7, 1.0, count)
    at = rng.normal(0, 0.25 * size_m, (count, 2))
    tall = radius * rng.uniform(0.7, 1.3, count)
    blobs = np.stack([at[:, 0], at[:, 1], 0.75 * tall, radius, radius, tall], 1)
    shape = TreeShape(
        'bush',
        1,
        1,
        0.1,
        0,
        int(70 + 50 * size_m),
        0.09 + 0.05 * size_m,
        rng.uniform(0.5, 0.8),
        rng.uniform(0.8, 2.5),
    )
    parts = _clumps(blobs, shape, green, rng)
    if rng.random() < 0.2:
        few = shape._replace(cards=40, card_m=0.09)
        parts += _clumps(blobs * 1.02, few, green._replace(leaves=green.blossoms), rng)[1:]
    return join(parts)


def _clipped_bush(rng: np.random.Generator, green: Greenery, size_m: float) -> Mesh:
    """Return a ball, cone or cube of box."""
    half = 0.5 * size_m
    if rng.random() < 0.3:
        return hedge(size_m, size_m, size_m * float(rng.uniform(0.6, 1.3)), green, rng, 0.95)
    tall = half * rng.uniform(0.9, 2.2)
    blob = np.array([[0, 0, 0.9 * tall, half, half, tall]])
    shape = TreeShape('bush', 1, 1, 0.1, 0, int(150 + 60 * size_m), 0.07, 0.98, 1.0)
    body = ball(blob[0, :3], blob[0, 3:] * 0.97, ids.VEGETATION, green.shade)
    return join([body, *_clumps(blob, shape, green, rng)[1:]])


def hedge(
    length: float,
    thick: float,
    height: float,
    green: Greenery,
    rng: np.random.Generator,
    neat: float,
) -> Mesh:
    """Return a hedge along x from the origin; `neat` 0..1 says how smoothly it is clipped."""
    core = box(
        (length, thick * 0.85, height * 0.93), (0.5 * length, 0, 0), ids.VEGETATION, green.leaves
    )
    size = 0.13 + 0.16 * (1 - neat)
    count = int(min(length * (height + 0.5 * thick) * 0.35 / size**2, 55 * length + 40))
    side = rng.random(count)
    x = rng.uniform(0, length, count)
    y = np.where(side < 0.8, np.where(side < 0.5, -0.5, 0.5), rng.uniform(-0.5, 0.5, count))
    wave = (1.0 - neat) * 0.25 * height * np.sin(x * rng.uniform(0.5, 2.5) + rng.uniform(0, 6))
    z = np.where(side < 0.8, rng.uniform(0, height, count), height + np.maximum(wave, -0.02))
    rough = (1.0 - neat) * 0.2
    centres = np.stack(
        [x, y * thick + rng.normal(0, rough, count), z + rng.normal(0, rough, count)], 1
    )
    outward = np.stack(
        [0 * x, np.where(side < 0.8, np.sign(y), 0), np.where(side < 0.8, 0.2, 1)], 1
    )
    centres[:, 2] = np.maximum(centres[:, 2], 0.02)
    return join([core, cards(rng, centres, outward, size, green.leaves)])


def ivy(rng: np.random.Generator, materials: Materials, wide: float, tall: float) -> Mesh:
    """Return leaves that climb a wall along x at y = 0, seen from -y; thinner at the rims."""
    leaf = palette.leaf(rng)
    material = materials.add(mat.FOLIAGE, [leaf, palette.near(rng, leaf, 0.3)], [0.8, 0.2])
    count = int(min(700, wide * tall * 22))
    x = wide * rng.beta(1.6, 1.6, count)
    crest = tall * (0.55 + 0.45 * np.sin(x / wide * np.pi)) * rng.uniform(0.7, 1.0, count)
    centres = np.column_stack([x, -rng.uniform(0.02, 0.2, count), crest * rng.random(count)])
    outward = np.tile([0.0, -1.0, 0.25], (count, 1))
    return cards(rng, centres, outward, 0.22, material)
