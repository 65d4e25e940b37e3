"""What stands beside the street: buildings, gardens, parks, yards and their edges.

Convention: a frontage runs along +x from its origin with the lots on the side of +y
(see buildings.py); `blocks.py` turns it into street coordinates.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import buildings, fences
from panoseg_ros.synthetic.assets.plants import low_plant
from panoseg_ros.synthetic.assets.vegetation import hedge
from panoseg_ros.synthetic.chance import any_yaw, pick, weighted
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
_WIDTHS_M = {'house': (7, 18), 'slope': (15, 45), 'field': (20, 60)}  # others 9 to 28
_BORDERS = {'hedge': 0.2, 'wall': 0.22, 'fence': 0.53, 'none': 0.05}
_FENCED = {'hedge': 0.13, 'wall': 0.3, 'fence': 0.57, 'none': 0.0}
_FAR_M = 28.0  # from here on plants have fewer leaves
_PLINTH_M = 1.8  # how deep buildings stand in sloping ground
_INSET_M = 0.35  # of borders behind the front of a lot
_STOREY_M = 2.9


def frontage(
    rng: np.random.Generator,
    stock: Stock,
    district: str,
    size: tuple[float, float],
    z: float,
    focus: tuple[float, float],
) -> list[Mesh]:
    """Return lots side by side along a frontage of a district, one of DISTRICTS.

    `size` is its length and depth, `z` the height of the ground, in metres; `focus` (x, y),
    where cameras stand, decides where plants need many leaves.
    """
    length, depth = size
    parts: list[Mesh] = []
    storeys = rng.uniform(3.2, 9.5)
    x = 0.0
    while x < length - 3.0:
        kind = weighted(rng, DISTRICTS[district])
        wide = min(length - x, rng.uniform(*_WIDTHS_M.get(kind, (9, 28))))
        kind = kind if wide > 6.0 else 'park'
        far = np.hypot(x + 0.5 * wide - focus[0], focus[1]) > _FAR_M + 0.3 * wide
        lot = _Lot(rng, stock.distant() if far else stock, wide, depth, storeys)
        parts += [moved(part, (x, 0, z)) for part in _LOTS[kind](lot)]
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


class _Lot(NamedTuple):
    """One lot to fill, from (0, 0) to (wide, depth) metres."""

    rng: np.random.Generator
    stock: Stock
    wide: float
    depth: float
    storeys: float  # mean of its neighbourhood

    def strip(
        self, y: tuple[float, float], label: int, choice: tuple[int, ...], z: float = 0.0
    ) -> Mesh:
        """Return ground over the whole width, of a material out of `choice`."""
        return rect((0, self.wide), y, z, label, pick(self.rng, choice))

    def ground(self) -> Mesh:
        """Return unpaved ground over the whole lot."""
        return self.strip((0, self.depth), ids.TERRAIN, self.stock.grounds)

    def house(
        self, size: tuple[float, float, float], foot: tuple[float, float], pitched: float
    ) -> Mesh:
        """Return a house with its front corner at foot; `pitched` is the chance of a gable."""
        return house(self.rng, self.stock, size, foot, bool(self.rng.random() < pitched))

    def plants(
        self, x: tuple[float, float], y: tuple[float, float], count: int, tree_share: float
    ) -> list[Mesh]:
        """Return up to `count` trees and low plants within a rectangle."""
        rng, stock, parts = self.rng, self.stock, []
        for _ in range(round((0.55 if stock.is_distant else 1.0) * count)):
            at = (rng.uniform(*x), rng.uniform(y[0], max(y[0] + 0.1, y[1])), 0.0)
            if rng.random() < tree_share:
                grown = moved(stock.tree(rng), at, any_yaw(rng), rng.uniform(0.6, 1.25))
            else:
                green = pick(rng, stock.greens)
                grown = moved(low_plant(rng, green, rng.uniform(0.5, 2.2)), at)
            parts.append(grown)
        return parts

    def border(self, gap: tuple[float, float] | None = None, always: bool = False) -> list[Mesh]:
        """Return a hedge, wall or fence along the front, open at the gap, or nothing."""
        shares = _FENCED if always else _BORDERS
        kind = weighted(self.rng, shares)
        if kind == 'none':
            return []
        spans = [(0.0, self.wide)] if gap is None else [(0.0, gap[0]), (gap[1], self.wide)]
        edge = edging(self.rng, self.stock, kind)
        parts: list[Mesh] = []
        for start, end in spans:
            if end - start > 0.6:
                parts += [moved(piece, (start, _INSET_M, 0)) for piece in edge(end - start)]
        return parts


def _block(lot: _Lot) -> list[Mesh]:
    rng, stock, wide = lot.rng, lot.stock, lot.wide
    setback = 0.0 if rng.random() < 0.78 else rng.uniform(1.0, 5.0)
    height = max(1.0, round(lot.storeys + rng.normal(0, 1.0))) * rng.uniform(2.9, 3.6)
    deep = min(rng.uniform(9, 15), lot.depth - setback)
    parts = [lot.house((wide, deep, height), (0.0, setback), 0.4)]
    if setback == 0.0:
        return parts
    if rng.random() < 0.5:
        return [*parts, lot.strip((0, setback), ids.SIDEWALK, stock.walks, 0.002)]
    parts.append(lot.strip((0, setback), ids.TERRAIN, stock.grounds, 0.002))
    parts += lot.border()
    trees = int(rng.integers(0, 1 + int(0.3 * wide)))
    return parts + lot.plants((1, wide - 1), (1.0, setback - 0.8), trees, 0.5)


def _house(lot: _Lot) -> list[Mesh]:
    """Return a house in a garden: front garden, path, border, trees behind, often a car."""
    rng, stock, wide, depth = lot.rng, lot.stock, lot.wide, lot.depth
    setback, side = rng.uniform(2.0, 6.0), rng.uniform(0.4, 2.0)
    size = (
        max(4.5, wide - 2 * side),
        min(rng.uniform(7, 11), depth - setback - 0.5),
        float(rng.choice([1, 2, 2, 3, 3, 4])) * _STOREY_M,
    )
    parts = [lot.ground(), lot.house(size, (side, setback), 0.85)]
    path = rng.uniform(0.2, 0.8) * wide
    along = (path, path + rng.uniform(1.0, 1.6))
    parts.append(rect(along, (0, setback), 0.02, ids.SIDEWALK, pick(rng, stock.walks)))
    parts += lot.border(gap=(path, path + 1.6))
    count = int(rng.integers(1, 9))
    parts += lot.plants((0.5, wide - 0.5), (0.8, setback - 0.5), count, 0.55)
    if depth > setback + 14.0:
        count = int(rng.integers(2, 7))
        parts += lot.plants((0, wide), (setback + 11.5, min(depth, 26.0)), count, 0.9)
    if rng.random() < 0.7:
        car = stock.car(rng)
        parts.append(moved(car, (rng.uniform(2, wide - 2), max(3.0, setback - 2.8), 0), np.pi / 2))
    return parts


def _park(lot: _Lot) -> list[Mesh]:
    rng, stock, wide, depth = lot.rng, lot.stock, lot.wide, lot.depth
    parts = [lot.ground()]
    if rng.random() < 0.5:
        parts += lot.border()
    dense = int(wide * rng.uniform(0.3, 0.9))
    parts += lot.plants((0, wide), (1.5, min(depth - 1.5, 28.0)), dense, 0.55)
    if rng.random() < 0.5:
        walk, y = pick(rng, stock.walks), rng.uniform(3, min(8, depth - 3))
        parts.append(rect((0, wide), (y, y + rng.uniform(1.5, 3)), 0.01, ids.SIDEWALK, walk))
        x = rng.uniform(0.1, 0.8) * wide  # one more, from the street
        parts.append(rect((x, x + rng.uniform(1.2, 2.6)), (0, y), 0.01, ids.SIDEWALK, walk))
    return parts


def _yard(lot: _Lot) -> list[Mesh]:
    rng, wide = lot.rng, lot.wide
    parts = lot.border(always=True)
    parts.append(lot.ground())
    if rng.random() < 0.6:
        size = (wide * rng.uniform(0.5, 0.9), 10.0, rng.uniform(4, 9))
        foot = (0.05 * wide, min(rng.uniform(7, 14), lot.depth - 10.5))
        parts.append(lot.house(size, foot, 0.3))
    return parts + lot.plants((0, wide), (1.5, 10), int(rng.integers(0, 4)), 0.5)


def _parking(lot: _Lot) -> list[Mesh]:
    """Return a car park behind a kerb or a strip of lawn with trees."""
    rng, stock, wide, depth = lot.rng, lot.stock, lot.wide, lot.depth
    lawn = 0.5 if rng.random() < 0.5 or depth < 20.0 else rng.uniform(2.0, 7.0)
    end = min(depth, lawn + 17.5)
    parts = [rect((0, wide), (lawn, end), 0.0, ids.ROAD, stock.roads[-1])]
    if lawn > 1.0:  # cars behind grass, trunks and bushes
        parts.append(lot.strip((0.0, lawn), ids.TERRAIN, stock.grounds))
        count = int(rng.integers(0, 1 + int(0.35 * wide)))
        parts += lot.plants((1, wide - 1), (1.0, lawn - 0.7), count, 0.8)
    else:
        parts.append(lot.strip((0.0, 0.5), ids.SIDEWALK, stock.walks, 0.005))
    full = rng.uniform(0.45, 0.98)
    for row in np.arange(lawn + 3.0, end - 2.4, 7.5):
        for x in np.arange(1.8, wide - 1.5, 2.7):
            if rng.random() < full:
                at = (x, row + rng.normal(0, 0.3), 0)
                yaw = float(rng.choice([-1, 1])) * np.pi / 2
                parts.append(moved(stock.car(rng), at, yaw))
    if rng.random() < 0.4:
        parts += lot.border()
    return parts


def _plaza(lot: _Lot) -> list[Mesh]:
    rng, wide, depth = lot.rng, lot.wide, lot.depth
    open_m = min(22.0, max(depth - 9.0, 4.0))
    parts = [lot.strip((0, open_m), ids.SIDEWALK, lot.stock.walks, 0.002)]
    size = (wide, min(12.0, depth - open_m), lot.storeys * 3.2)
    parts.append(house(rng, lot.stock, size, (0, open_m), False))
    count = int(rng.integers(0, 6))
    return parts + lot.plants((1, wide - 1), (2, 0.8 * open_m), count, 0.8)


def _field(lot: _Lot) -> list[Mesh]:
    rng = lot.rng
    parts = [lot.ground()]
    if rng.random() < 0.45:
        kind = weighted(rng, {'hedge': 0.3, 'wall': 0.2, 'fence': 0.5})
        parts += edging(rng, lot.stock, kind)(lot.wide)
    return parts + lot.plants((0, lot.wide), (1.0, lot.depth), int(rng.integers(0, 5)), 0.6)


def _adobe(lot: _Lot) -> list[Mesh]:
    """Return a low flat house on dry ground behind a low wall."""
    rng, wide = lot.rng, lot.wide
    parts, setback = [lot.ground()], rng.uniform(0.5, 7.0)
    if rng.random() < 0.8:
        size = (
            wide * rng.uniform(0.5, 0.95),
            min(rng.uniform(5, 9), lot.depth - setback),
            rng.uniform(2.5, 4.2),
        )
        parts.append(lot.house(size, (rng.uniform(0.0, wide - size[0]), setback), 0.2))
    if setback > 1.5 and rng.random() < 0.8:
        kind = 'wall' if rng.random() < 0.7 else 'fence'
        pieces = edging(rng, lot.stock, kind)(wide)
        parts += [moved(piece, (0.0, _INSET_M, 0.0)) for piece in pieces]
    count = int(rng.integers(0, 3))
    return parts + lot.plants((0.5, wide - 0.5), (0.9, setback - 0.6), count, 0.4)


def _slope(lot: _Lot) -> list[Mesh]:
    return [lot.ground(), slope(lot.rng, lot.stock, lot.wide, lot.depth)]


_LOTS: dict[str, Callable[[_Lot], list[Mesh]]] = {
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
