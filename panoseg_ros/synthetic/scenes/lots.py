"""What stands beside the street: buildings, gardens, parks, yards and their edges.

Convention: a frontage runs along +x from its origin with the lots on the side of +y
(see buildings.py); `world.py` turns it into street coordinates.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import buildings
from panoseg_ros.synthetic.assets.vegetation import Greenery, bush, hedge
from panoseg_ros.synthetic.mesh import Mesh, moved
from panoseg_ros.synthetic.scenes.catalogue import Catalogue
from panoseg_ros.synthetic.scenes.street import rect
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

DISTRICTS = {
    'town': {'block': 0.85, 'park': 0.05, 'yard': 0.10},
    'suburb': {'house': 0.68, 'block': 0.05, 'park': 0.15, 'yard': 0.12},
    'business': {'block': 0.62, 'parking': 0.13, 'plaza': 0.10, 'park': 0.15},
    'industry': {'block': 0.45, 'yard': 0.35, 'parking': 0.20},
    'green': {'park': 0.66, 'house': 0.22, 'yard': 0.12},
}


class Stock(NamedTuple):
    """What a scene builds its lots from."""

    catalogue: Catalogue
    materials: Materials
    trees: tuple[Mesh, ...]
    cars: tuple[Mesh, ...]
    greens: tuple[Greenery, ...]
    grounds: tuple[int, ...]
    walks: tuple[int, ...]
    road: int
    walls: tuple[int, ...]
    fences: tuple[int, ...]


def frontage(
    rng: np.random.Generator, stock: Stock, district: str, length: float, depth: float, z: float
) -> list[Mesh]:
    """Return lots side by side along a frontage, at ground height z."""
    parts: list[Mesh] = []
    kinds, weights = zip(*DISTRICTS[district].items(), strict=True)
    storeys = rng.uniform(2.0, 7.0)
    x = 0.0
    while x < length - 3.0:
        kind = str(rng.choice(kinds, p=weights))
        wide = min(length - x, rng.uniform(7, 18) if kind == 'house' else rng.uniform(9, 28))
        kind = kind if wide > 6.0 else 'park'
        lot = _LOTS[kind](rng, stock, wide, depth, storeys)
        parts += [moved(part, (x, 0, z)) for part in lot]
        x += wide + (0.0 if rng.random() < 0.8 else rng.uniform(1.0, 4.0))
    return parts


def _ground(rng: np.random.Generator, stock: Stock, wide: float, depth: float) -> Mesh:
    material = int(rng.choice(stock.grounds))
    return rect((0, wide), (0, depth), 0.0, ids.TERRAIN, material)


def _block(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    design = stock.catalogue.facades[rng.integers(len(stock.catalogue.facades))]
    setback = 0.0 if rng.random() < 0.75 else rng.uniform(1.0, 6.0)
    height = max(1.0, round(storeys + rng.normal(0, 1.0))) * rng.uniform(2.9, 3.6)
    deep = min(rng.uniform(9, 15), depth - setback)
    parts = [
        buildings.building(
            rng,
            stock.materials,
            design,
            (wide, deep, height),
            (0.0, setback, 0.0),
            bool(rng.random() < 0.4),
        )
    ]
    if setback > 0.0:
        if rng.random() < 0.5:
            parts.append(
                rect((0, wide), (0, setback), 0.002, ids.SIDEWALK, int(rng.choice(stock.walks)))
            )
        else:
            parts.append(
                rect((0, wide), (0, setback), 0.002, ids.TERRAIN, int(rng.choice(stock.grounds)))
            )
            parts += _border(rng, stock, wide)
    return parts


def _house(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    design = stock.catalogue.facades[rng.integers(len(stock.catalogue.facades))]
    setback, side = rng.uniform(2.5, 8.0), rng.uniform(0.5, 2.5)
    size = (max(4.5, wide - 2 * side), rng.uniform(7, 11), float(rng.integers(1, 4)) * 2.9)
    parts = [
        _ground(rng, stock, wide, depth),
        buildings.building(
            rng, stock.materials, design, size, (side, setback, 0.0), bool(rng.random() < 0.85)
        ),
    ]
    path = rng.uniform(0.2, 0.8) * wide
    parts.append(
        rect(
            (path, path + rng.uniform(1.0, 1.6)),
            (0, setback),
            0.02,
            ids.SIDEWALK,
            int(rng.choice(stock.walks)),
        )
    )
    parts += _border(rng, stock, wide, gap=(path, path + 1.6))
    parts += _plants(
        rng, stock, (0.5, wide - 0.5), (0.8, setback - 0.5), int(rng.integers(0, 6)), 0.35
    )
    parts += _plants(rng, stock, (0, wide), (setback + 11.0, 26.0), int(rng.integers(0, 4)), 0.9)
    if rng.random() < 0.3:
        car = stock.cars[rng.integers(len(stock.cars))]
        parts.append(moved(car, (rng.uniform(2, wide - 2), max(3.0, setback - 2.8), 0), np.pi / 2))
    return parts


def _park(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    parts = [_ground(rng, stock, wide, depth)]
    if rng.random() < 0.5:
        parts += _border(rng, stock, wide)
    dense = int(wide * rng.uniform(0.2, 0.9))
    parts += _plants(rng, stock, (0, wide), (1.5, min(depth, 28.0)), dense, 0.55)
    if rng.random() < 0.4:
        y = rng.uniform(3, 8)
        parts.append(
            rect(
                (0, wide),
                (y, y + rng.uniform(1.5, 3)),
                0.01,
                ids.SIDEWALK,
                int(rng.choice(stock.walks)),
            )
        )
    return parts


def _yard(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    parts = _border(rng, stock, wide, always=True)
    parts.append(_ground(rng, stock, wide, depth))
    if rng.random() < 0.6:
        design = stock.catalogue.facades[rng.integers(len(stock.catalogue.facades))]
        size = (wide * rng.uniform(0.5, 0.9), 10.0, rng.uniform(4, 9))
        parts.append(
            buildings.building(
                rng,
                stock.materials,
                design,
                size,
                (0.05 * wide, rng.uniform(7, 14), 0),
                bool(rng.random() < 0.3),
            )
        )
    return parts + _plants(rng, stock, (0, wide), (1.5, 10), int(rng.integers(0, 4)), 0.5)


def _parking(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    parts = [
        rect((0, wide), (0.5, min(depth, 18.0)), 0.0, ids.ROAD, stock.road),
        rect((0, wide), (0.0, 0.5), 0.005, ids.SIDEWALK, int(rng.choice(stock.walks))),
    ]
    for row in (4.0, 12.0):
        for x in np.arange(1.8, wide - 1.5, 2.7):
            if rng.random() < 0.6:
                car = stock.cars[rng.integers(len(stock.cars))]
                parts.append(
                    moved(
                        car,
                        (x, row + rng.normal(0, 0.3), 0),
                        float(rng.choice([-1, 1])) * np.pi / 2,
                    )
                )
    if rng.random() < 0.4:
        parts += _border(rng, stock, wide)
    return parts


def _plaza(
    rng: np.random.Generator, stock: Stock, wide: float, depth: float, storeys: float
) -> list[Mesh]:
    walk = int(rng.choice(stock.walks))
    parts = [rect((0, wide), (0, 22), 0.002, ids.SIDEWALK, walk)]
    design = stock.catalogue.facades[rng.integers(len(stock.catalogue.facades))]
    parts.append(
        buildings.building(
            rng, stock.materials, design, (wide, 12, storeys * 3.2), (0, 22, 0), False
        )
    )
    return parts + _plants(rng, stock, (1, wide - 1), (3, 18), int(rng.integers(0, 6)), 0.8)


_LOTS = {
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
    for _ in range(count):
        at = (rng.uniform(*x), rng.uniform(y[0], max(y[0] + 0.1, y[1])), 0.0)
        if rng.random() < tree_share:
            tree = stock.trees[rng.integers(len(stock.trees))]
            parts.append(moved(tree, at, rng.uniform(0, 6.28), rng.uniform(0.6, 1.25)))
        else:
            green = stock.greens[rng.integers(len(stock.greens))]
            parts.append(moved(bush(rng, green, rng.uniform(0.5, 2.2)), at))
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
    kind = str(rng.choice(kinds, p=[0.2, 0.4, 0.4, 0.0] if always else [0.22, 0.2, 0.4, 0.18]))
    if kind == 'none':
        return []
    spans = [(0.0, wide)] if gap is None else [(0.0, gap[0]), (gap[1], wide)]
    tall, neat = rng.uniform(0.6, 2.2), rng.random()
    green = stock.greens[rng.integers(len(stock.greens))]
    wall, coping = int(rng.choice(stock.walls)), int(rng.choice(stock.walls))
    fence, style = (
        int(rng.choice(stock.fences)),
        str(rng.choice(['bars', 'boards', 'rails', 'mesh'], p=[0.35, 0.35, 0.15, 0.15])),
    )
    seed = int(rng.integers(1 << 30))
    parts = []
    for start, end in spans:
        if end - start < 0.6:
            continue
        same = np.random.default_rng(seed)
        if kind == 'hedge':
            piece = hedge(end - start, rng.uniform(0.5, 0.9), tall, green, same, neat)
        elif kind == 'wall':
            piece = buildings.wall(same, wall, coping, end - start)
        else:
            piece = buildings.fence(same, style, fence, end - start)
        parts.append(moved(piece, (start, 0.35, 0)))
    return parts


def backdrop(rng: np.random.Generator, stock: Stock) -> list[Mesh]:
    """Return far buildings and trees that close the horizon, in world coordinates."""
    parts: list[Mesh] = []
    far = stock.materials.add(mat.GRASS, [palette.soil(rng), palette.soil(rng)], [9.0, 0.3, 0.4])
    size = 420.0
    parts.append(rect((-size, size), (-size, size), -0.25, ids.TERRAIN, far, 120.0))
    urban = rng.random()
    for _ in range(int(rng.integers(20, 70))):
        angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(115, 260)
        at = (reach * np.cos(angle), reach * np.sin(angle), -0.2)
        if rng.random() < urban:
            design = stock.catalogue.facades[rng.integers(len(stock.catalogue.facades))]
            tall = rng.uniform(5, 32)
            house = buildings.building(
                rng, stock.materials, design, (rng.uniform(12, 40), 14, tall), (0, 0, 0), tall < 12
            )
            parts.append(moved(house, at, rng.uniform(0, 6.28)))
        else:
            tree = stock.trees[rng.integers(len(stock.trees))]
            parts.append(moved(tree, at, rng.uniform(0, 6.28), rng.uniform(1.0, 1.8)))
    return parts
