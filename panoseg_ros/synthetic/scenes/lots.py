"""What stands beside the street: buildings, gardens, parks, yards and their edges.

Convention: a frontage runs along +x from its origin with the lots on the side of +y
(see buildings.py); `world.py` turns it into street coordinates.
"""

from collections.abc import Callable

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import buildings, fences
from panoseg_ros.synthetic.assets.plants import low_plant
from panoseg_ros.synthetic.assets.vegetation import hedge
from panoseg_ros.synthetic.chance import any_yaw, pick
from panoseg_ros.synthetic.mesh import Mesh, join, moved, quads
from panoseg_ros.synthetic.scenes.ground import rect
from panoseg_ros.synthetic.scenes.hills import slope
from panoseg_ros.synthetic.scenes.stock import Stock

DISTRICTS = {
    'town': {'block': 0.85, 'park': 0.06, 'yard': 0.05, 'parking': 0.04},
    'suburb': {'house': 0.66, 'block': 0.12, 'park': 0.08, 'yard': 0.09, 'parking': 0.05},
    'business': {'block': 0.69, 'parking': 0.15, 'plaza': 0.06, 'park': 0.1},
    'industry': {'block': 0.48, 'yard': 0.3, 'parking': 0.22},
    'green': {'park': 0.52, 'slope': 0.06, 'house': 0.26, 'yard': 0.10, 'parking': 0.06},
    'fields': {
        'field': 0.5,
        'park': 0.22,
        'house': 0.1,
        'yard': 0.06,
        'slope': 0.06,
        'parking': 0.06,
    },
    'dry': {'field': 0.3, 'adobe': 0.36, 'slope': 0.16, 'yard': 0.1, 'parking': 0.08},
}
_FAR_M = 28.0
_PLINTH_M = 1.8  # how deep buildings stand in sloping ground


def frontage(
    rng: np.random.Generator,
    stock: Stock,
    district: str,
    size: tuple[float, float],
    z: float,
    focus: tuple[float, float],
) -> list[Mesh]:
    """Return lots side by side along a frontage of length and depth, at ground height z.

    `focus` (x, y), where cameras stand, decides where plants need many leaves.
    """
    length, depth = size
    parts: list[Mesh] = []
    kinds, weights = zip(*DISTRICTS[district].items(), strict=True)
    storeys = rng.uniform(3.2, 9.5)
    x = 0.0
    while x < length - 3.0:
        kind = str(rng.choice(kinds, p=weights))
        wide = min(length - x, rng.uniform(*_WIDTHS.get(kind, (9, 28))))
        kind = kind if wide > 6.0 else 'park'
        far = np.hypot(x + 0.5 * wide - focus[0], focus[1]) > _FAR_M + 0.3 * wide
        lot = _LOTS[kind](rng, stock.distant() if far else stock, wide, depth, storeys)
        parts += [moved(part, (x, 0, z)) for part in lot]
        x += wide + (0.0 if rng.random() < 0.8 else rng.uniform(1.0, 4.0))
    return parts


def house(
    rng: np.random.Generator,
    stock: Stock,
    size: tuple[float, float, float],
    foot: tuple[float, float],
    pitched: bool,
    detailed: bool = True,
) -> Mesh:
    """Return a building on a plinth that reaches into sloping ground."""
    facades = stock.catalogue.facades
    design = pick(rng, facades)
    body = buildings.building(rng, stock.materials, design, size, (*foot, 0.0), pitched, detailed)
    (x, y), (long, deep, _) = foot, size
    ring = np.array([(x, y), (x + long, y), (x + long, y + deep), (x, y + deep)])
    low = np.concatenate([ring, np.full((4, 1), -_PLINTH_M)], 1)
    high = low * [1, 1, 0]
    sides = np.stack([low, np.roll(low, -1, 0), np.roll(high, -1, 0), high], 1)
    stone = pick(rng, stock.walls)
    return join([body, quads(sides, ids.BUILDING, stone)])


def _ground(rng: np.random.Generator, stock: Stock, wide: float, depth: float) -> Mesh:
    material = pick(rng, stock.grounds)
    return rect((0, wide), (0, depth), 0.0, ids.TERRAIN, material)


def _block(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    setback = 0.0 if rng.random() < 0.78 else rng.uniform(1.0, 5.0)
    height = max(1.0, round(storeys + rng.normal(0, 1.0))) * rng.uniform(2.9, 3.6)
    deep = min(rng.uniform(9, 15), depth - setback)
    parts = [house(rng, stock, (wide, deep, height), (0.0, setback), bool(rng.random() < 0.4))]
    if setback > 0.0:
        if rng.random() < 0.5:
            parts.append(
                rect((0, wide), (0, setback), 0.002, ids.SIDEWALK, pick(rng, stock.walks))
            )
        else:
            parts.append(
                rect((0, wide), (0, setback), 0.002, ids.TERRAIN, pick(rng, stock.grounds))
            )
            parts += _border(rng, stock, wide)
            trees = int(rng.integers(0, 1 + int(0.3 * wide)))
            parts += _plants(rng, stock, (1, wide - 1), (1.0, setback - 0.8), trees, 0.5)
    return parts


def _house(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    setback, side = rng.uniform(2.0, 6.0), rng.uniform(0.4, 2.0)
    size = (
        max(4.5, wide - 2 * side),
        min(rng.uniform(7, 11), depth - setback - 0.5),
        float(rng.choice([1, 2, 2, 3, 3, 4])) * 2.9,
    )
    parts = [
        _ground(rng, stock, wide, depth),
        house(rng, stock, size, (side, setback), bool(rng.random() < 0.85)),
    ]
    path = rng.uniform(0.2, 0.8) * wide
    parts.append(
        rect(
            (path, path + rng.uniform(1.0, 1.6)),
            (0, setback),
            0.02,
            ids.SIDEWALK,
            pick(rng, stock.walks),
        )
    )
    parts += _border(rng, stock, wide, gap=(path, path + 1.6))
    parts += _plants(
        rng, stock, (0.5, wide - 0.5), (0.8, setback - 0.5), int(rng.integers(1, 9)), 0.55
    )
    if depth > setback + 14.0:
        count = int(rng.integers(2, 7))
        parts += _plants(rng, stock, (0, wide), (setback + 11.5, min(depth, 26.0)), count, 0.9)
    if rng.random() < 0.7:
        car = stock.car(rng)
        parts.append(moved(car, (rng.uniform(2, wide - 2), max(3.0, setback - 2.8), 0), np.pi / 2))
    return parts


def _park(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    parts = [_ground(rng, stock, wide, depth)]
    if rng.random() < 0.5:
        parts += _border(rng, stock, wide)
    dense = int(wide * rng.uniform(0.3, 0.9))
    parts += _plants(rng, stock, (0, wide), (1.5, min(depth - 1.5, 28.0)), dense, 0.55)
    if rng.random() < 0.5:
        walk, y = pick(rng, stock.walks), rng.uniform(3, min(8, depth - 3))
        parts.append(rect((0, wide), (y, y + rng.uniform(1.5, 3)), 0.01, ids.SIDEWALK, walk))
        x = rng.uniform(0.1, 0.8) * wide  # one more, from the street
        parts.append(rect((x, x + rng.uniform(1.2, 2.6)), (0, y), 0.01, ids.SIDEWALK, walk))
    return parts


def _yard(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    parts = _border(rng, stock, wide, always=True)
    parts.append(_ground(rng, stock, wide, depth))
    if rng.random() < 0.6:
        size = (wide * rng.uniform(0.5, 0.9), 10.0, rng.uniform(4, 9))
        parts.append(
            house(
                rng,
                stock,
                size,
                (0.05 * wide, min(rng.uniform(7, 14), depth - 10.5)),
                bool(rng.random() < 0.3),
            )
        )
    return parts + _plants(rng, stock, (0, wide), (1.5, 10), int(rng.integers(0, 4)), 0.5)


def _parking(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    lawn = 0.5 if rng.random() < 0.5 or depth < 20.0 else rng.uniform(2.0, 7.0)
    end = min(depth, lawn + 17.5)
    parts = [rect((0, wide), (lawn, end), 0.0, ids.ROAD, stock.roads[-1])]
    if lawn > 1.0:  # cars behind grass, trunks and bushes
        ground = pick(rng, stock.grounds)
        parts.append(rect((0, wide), (0.0, lawn), 0.0, ids.TERRAIN, ground))
        count = int(rng.integers(0, 1 + int(0.35 * wide)))
        parts += _plants(rng, stock, (1, wide - 1), (1.0, lawn - 0.7), count, 0.8)
    else:
        parts.append(rect((0, wide), (0.0, 0.5), 0.005, ids.SIDEWALK, pick(rng, stock.walks)))
    full = rng.uniform(0.45, 0.98)
    for row in np.arange(lawn + 3.0, end - 2.4, 7.5):
        for x in np.arange(1.8, wide - 1.5, 2.7):
            if rng.random() < full:
                at = (x, row + rng.normal(0, 0.3), 0)
                yaw = float(rng.choice([-1, 1])) * np.pi / 2
                parts.append(moved(stock.car(rng), at, yaw))
    if rng.random() < 0.4:
        parts += _border(rng, stock, wide)
    return parts


def _plaza(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    walk, open_m = pick(rng, stock.walks), min(22.0, max(depth - 9.0, 4.0))
    parts = [rect((0, wide), (0, open_m), 0.002, ids.SIDEWALK, walk)]
    deep = min(12.0, depth - open_m)
    parts.append(house(rng, stock, (wide, deep, storeys * 3.2), (0, open_m), False))
    return parts + _plants(
        rng, stock, (1, wide - 1), (2, 0.8 * open_m), int(rng.integers(0, 6)), 0.8
    )


def _field(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    parts = [_ground(rng, stock, wide, depth)]
    if rng.random() < 0.45:
        kind = str(rng.choice(['hedge', 'wall', 'fence'], p=[0.3, 0.2, 0.5]))
        parts += edging(rng, stock, kind)(wide)
    return parts + _plants(rng, stock, (0, wide), (1.0, depth), int(rng.integers(0, 5)), 0.6)


def _adobe(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    """Return a low flat house on dry ground behind a low wall."""
    parts, setback = [_ground(rng, stock, wide, depth)], rng.uniform(0.5, 7.0)
    if rng.random() < 0.8:
        size = (
            wide * rng.uniform(0.5, 0.95),
            min(rng.uniform(5, 9), depth - setback),
            rng.uniform(2.5, 4.2),
        )
        foot = (rng.uniform(0.0, wide - size[0]), setback)
        parts.append(house(rng, stock, size, foot, bool(rng.random() < 0.2)))
    if setback > 1.5 and rng.random() < 0.8:
        kind = 'wall' if rng.random() < 0.7 else 'fence'
        parts += [moved(piece, (0.0, 0.35, 0.0)) for piece in edging(rng, stock, kind)(wide)]
    count = int(rng.integers(0, 3))
    return parts + _plants(rng, stock, (0.5, wide - 0.5), (0.9, setback - 0.6), count, 0.4)


def _slope(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    return [_ground(rng, stock, wide, depth), slope(rng, stock, wide, depth)]


_WIDTHS = {'house': (7, 18), 'slope': (15, 45), 'field': (20, 60)}
_LOTS = {
    'field': _field,
    'adobe': _adobe,
    'slope': _slope,
    'block': _block,
    'house': _house,
    'park': _park,
    'yard': _yard,
    'parking': _parking,
    'plaza': _plaza,
}


def _plants(
    rng: np.random.Generator,
    stock: Stock,
    x: tuple[float, float],
    y: tuple[float, float],
    count: int,
    tree_share: float,
) -> list[Mesh]:
    parts = []
    for _ in range(round((0.55 if stock.trees is stock.far_trees else 1.0) * count)):
        at = (rng.uniform(*x), rng.uniform(y[0], max(y[0] + 0.1, y[1])), 0.0)
        if rng.random() < tree_share:
            parts.append(moved(stock.tree(rng), at, any_yaw(rng), rng.uniform(0.6, 1.25)))
        else:
            green = pick(rng, stock.greens)
            parts.append(moved(low_plant(rng, green, rng.uniform(0.5, 2.2)), at))
    return parts


def _border(
    rng: np.random.Generator,
    stock: Stock,
    wide: float,
    gap: tuple[float, float] | None = None,
    always: bool = False,
) -> list[Mesh]:
    """Return a hedge, wall or fence along the front of a lot, open at the gap."""
    kinds = ['hedge', 'wall', 'fence', 'none']
    kind = str(rng.choice(kinds, p=[0.13, 0.3, 0.57, 0.0] if always else [0.2, 0.22, 0.53, 0.05]))
    if kind == 'none':
        return []
    spans = [(0.0, wide)] if gap is None else [(0.0, gap[0]), (gap[1], wide)]
    edge = edging(rng, stock, kind)
    parts: list[Mesh] = []
    for start, end in spans:
        if end - start > 0.6:
            parts += [moved(piece, (start, 0.35, 0)) for piece in edge(end - start)]
    return parts


def edging(rng: np.random.Generator, stock: Stock, kind: str) -> Callable[[float], list[Mesh]]:
    """Return a maker of one kind of hedge, wall or fence of any length along +x.

    It comes in pieces of at most 5 m, which follow a bend.
    """
    tall, neat, thick = rng.uniform(0.6, 2.2), rng.random(), rng.uniform(0.5, 0.9)
    green = pick(rng, stock.greens)
    wall, coping = pick(rng, stock.walls), pick(rng, stock.walls)
    fence = pick(rng, stock.fences)
    style = fences.random_fence_kind(rng)
    seed = int(rng.integers(1 << 30))

    def piece(long: float) -> Mesh:
        same = np.random.default_rng(seed)
        if kind == 'hedge':
            return hedge(long, thick, tall, green, same, neat)
        if kind == 'wall':
            return fences.wall(same, wall, coping, long)
        return fences.fence(same, style, fence, long)

    def line(length: float) -> list[Mesh]:
        count = max(1, int(np.ceil(length / 5.0)))
        long = length / count
        first = piece(long)
        return [moved(first, (k * long, 0.0, 0.0)) for k in range(count)]

    return line
