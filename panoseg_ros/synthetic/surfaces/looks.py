"""Random surfaces of roads, pavements, open ground, garden walls, fences and metal.

The same textures occur on roads, pavements and squares, so that none tells the class.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.surfaces import grounds, palette, walls
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials

Rng = np.random.Generator


class Look(NamedTuple):
    """A material that is not yet in a world's table."""

    kind: int
    colors: tuple[palette.Color, ...]
    params: tuple[float, ...]

    def add_to(self, materials: Materials) -> int:
        """Add the material and return its id."""
        return materials.add(self.kind, self.colors, self.params)


def random_road(rng: Rng) -> Look:
    """Draw asphalt of any age, concrete slabs, setts or, rarely, gravel or snow."""
    kind = rng.random()
    if kind < 0.1:
        return _setts(rng)
    if kind < 0.15:
        return _slabs(rng, (2.5, 5.0), 0.02)
    if kind < 0.18:
        return _loose(rng)
    first = palette.asphalt(rng)
    worn = rng.random() ** 1.5
    return Look(
        mat.ASPHALT,
        (first, palette.near(rng, palette.asphalt(rng), 0.2)),
        (
            float(rng.uniform(0.1, 0.7)),
            float(rng.uniform(0.0, 0.7)),
            float(rng.choice([0.0, 1.0, 2.0]) * worn),
            float(worn * rng.uniform(0.0, 0.35)) if rng.random() < 0.6 else 0.0,
            float(rng.uniform(0.0, 1.0)) if rng.random() < 0.5 else 0.0,
            float(rng.uniform(0.0, 1.0)) if rng.random() < 0.4 else 0.0,
        ),
    )


def random_walk(rng: Rng) -> Look:
    """Draw what pavements are made of: slabs, bricks, setts, asphalt, gravel, brick patterns."""
    kind = rng.random()
    if kind < 0.2:
        return random_road(rng)
    if kind < 0.42:
        return _setts(rng)
    if kind < 0.58:
        return _slabs(rng, (0.10, 0.22), 0.012)
    if kind < 0.95:
        return _slabs(rng, (0.3, 1.6), 0.02)
    return _loose(rng)


def random_ground(rng: Rng) -> Look:
    """Draw open ground: lawn, meadow, gravel, sand, leaves, earth, rarely snow."""
    if rng.random() < 0.28:
        return _loose(rng)
    first = palette.soil(rng)
    flower = palette.hsv(rng, (0.0, 1.0), (0.1, 0.9), (0.4, 0.8))
    return Look(
        mat.GRASS,
        (
            first,
            palette.near(rng, first, 0.25),
            palette.hsv(rng, (0.04, 0.14), (0.2, 0.6), (0.06, 0.35)),
            flower,
        ),
        (
            float(rng.uniform(1.0, 6.0)),
            float(rng.uniform(0.15, 0.48)),
            float(rng.uniform(0.3, 0.8)),
            float(rng.uniform(0.3, 1.0)) if rng.random() < 0.2 else 0.0,
            float(rng.uniform(0.1, 1.0)) if rng.random() < 0.25 else 0.0,
        ),
    )


def random_wall(rng: Rng) -> Look:
    """Draw a garden wall of any masonry, plaster, boards or sheet, some sprayed."""
    color = palette.wall(rng)
    kind = float(
        rng.choice(
            [walls.PLASTER, walls.BRICK, walls.RUBBLE, walls.ASHLAR, walls.CONCRETE, walls.TILES],
            p=[0.26, 0.24, 0.2, 0.1, 0.16, 0.04],
        )
    )
    sprayed = float(rng.uniform(0.2, 0.9)) if rng.random() < 0.3 else 0.0
    return Look(
        mat.MASONRY,
        (color, palette.near(rng, color, 0.25), palette.stone(rng)),
        (kind, float(rng.uniform(0.0, 1.0)), sprayed),
    )


def random_fence(rng: Rng) -> Look:
    """Draw bare or painted metal, wood, sheet or a printed hoarding."""
    kind = rng.random()
    color = palette.metal(rng) if kind < 0.55 else palette.stone(rng)
    if kind < 0.75:
        return Look(mat.PLAIN, (color,), (float(rng.uniform(0.2, 0.7)), 0.3))
    if kind < 0.92:
        return Look(
            mat.PLANKS, (color,), (float(rng.uniform(0.08, 0.16)), float(rng.uniform(0.2, 0.6)))
        )
    return Look(mat.CORRUGATED, (palette.coat(rng),), (float(rng.uniform(0.1, 0.25)), 0.4, 0.0))


def random_metal(rng: Rng) -> Look:
    """Draw what poles are made of: wood, concrete, cast iron or metal of any colour."""
    kind = rng.random()
    if kind < 0.14:
        wood = palette.hsv(rng, (0.03, 0.12), (0.1, 0.55), (0.06, 0.35))
        return Look(mat.BARK, (wood, palette.near(rng, wood, 0.2)), (rng.uniform(0.2, 0.8), 0.0))
    if kind < 0.26:
        return Look(mat.PLAIN, (palette.stone(rng),), (float(rng.uniform(0.3, 0.7)), 0.5))
    if kind < 0.4:  # cast iron
        dark = palette.hsv(rng, (0.3, 0.45), (0.0, 0.8), (0.015, 0.09))
        return Look(mat.PLAIN, (dark,), (float(rng.uniform(0.1, 0.5)), 0.4))
    return Look(mat.PLAIN, (palette.metal(rng),), (float(rng.uniform(0.1, 0.5)), 0.4))


def random_tactile(rng: Rng) -> Look:
    """Draw paving with studs or bars for people who cannot see."""
    color = palette.stone(rng) if rng.random() < 0.5 else palette.near(rng, (0.7, 0.5, 0.08))
    kind = float(rng.choice([grounds.STUDS, grounds.BARS]))
    return Look(mat.SETTS, (color,), (kind, float(rng.uniform(0.05, 0.09)), 0.01, 0.3))


def _slabs(rng: Rng, size: tuple[float, float], grout: float) -> Look:
    first = palette.stone(rng)
    tile = rng.uniform(*size)
    return Look(
        mat.PAVING,
        (first, palette.near(rng, first, 0.2), _grout(rng, first)),
        (
            float(tile * rng.uniform(1.0, 2.2)),
            float(tile),
            float(rng.choice([0.0, 0.5, 0.33])),
            float(grout * rng.uniform(0.5, 1.5)),
            float(rng.uniform(0.1, 0.9)),
        ),
    )


def _setts(rng: Rng) -> Look:
    first = palette.stone(rng)
    kind = int(
        rng.choice(
            [grounds.FAN, grounds.HERRINGBONE, grounds.BASKET, grounds.CRAZY, grounds.HEXAGON],
            p=[0.34, 0.26, 0.12, 0.18, 0.1],
        )
    )
    low, high = {
        grounds.FAN: (0.06, 0.13),
        grounds.CRAZY: (0.12, 0.6),
        grounds.HEXAGON: (0.12, 0.4),
    }.get(kind, (0.08, 0.14))
    size = float(rng.uniform(low, high))
    return Look(
        mat.SETTS,
        (first, palette.near(rng, first, 0.3), _grout(rng, first)),
        (
            float(kind),
            size,
            float(min(size * rng.uniform(0.03, 0.16), 0.03)),
            float(rng.uniform(0.2, 1.0)),
            float(rng.uniform(0.2, 1.0)) if rng.random() < 0.3 else 0.0,
        ),
    )


def _loose(rng: Rng) -> Look:
    kind = int(
        rng.choice(
            [grounds.GRAVEL, grounds.SAND, grounds.LEAVES, grounds.EARTH, grounds.SNOW],
            p=[0.38, 0.14, 0.18, 0.25, 0.05],
        )
    )
    first = palette.stone(rng)
    if kind == grounds.LEAVES:
        first = palette.hsv(rng, (0.02, 0.15), (0.5, 0.9), (0.1, 0.5))
    if kind == grounds.SNOW:
        first = palette.hsv(rng, (0.5, 0.7), (0.0, 0.06), (0.6, 0.85))
    low, high = {grounds.LEAVES: (0.06, 0.14), grounds.GRAVEL: (0.015, 0.06)}.get(
        kind, (0.05, 0.3)
    )
    return Look(
        mat.LOOSE,
        (first, palette.near(rng, first, 0.25), palette.soil(rng)),
        (float(kind), float(rng.uniform(low, high)), float(rng.uniform(0.35, 0.8))),
    )


def _grout(rng: Rng, tile: palette.Color) -> palette.Color:
    shade, tone = rng.uniform(0.3, 1.4), palette.hsv(rng, (0.0, 0.3), (0.0, 0.3), (0.05, 0.4))
    same = (tile[0] * shade, tile[1] * shade, tile[2] * shade)
    return palette.near(rng, same, 0.04) if rng.random() < 0.7 else tone
