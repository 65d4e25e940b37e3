"""Families of assets: the shapes, colours and textures that one scene draws from.

Each split owns its families, so a model is never tested on a facade, a pavement, a
kind of tree or a car shape that it was trained on. A family is a set of parameters of
the procedural assets, not a set of files.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.assets.buildings import FacadeDesign, random_facade
from panoseg_ros.synthetic.assets.people import Wardrobe, random_wardrobe
from panoseg_ros.synthetic.assets.vegetation import TreeShape, random_tree_shape
from panoseg_ros.synthetic.assets.vehicles import Fleet, random_fleet
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

GENERATOR_VERSION = '2'

FAMILIES = {'train': range(0, 2000), 'val': range(2000, 2080), 'test': range(2080, 2280)}


class Look(NamedTuple):
    """A material that is not yet in a world's table."""

    kind: int
    colors: tuple[palette.Color, ...]
    params: tuple[float, ...]

    def add_to(self, materials: Materials) -> int:
        """Add the material and return its id."""
        return materials.add(self.kind, self.colors, self.params)


class Catalogue(NamedTuple):
    """What a scene of one family may hold."""

    facades: tuple[FacadeDesign, ...]
    roads: tuple[Look, ...]
    walks: tuple[Look, ...]
    grounds: tuple[Look, ...]
    walls: tuple[Look, ...]
    fences: tuple[Look, ...]
    metals: tuple[Look, ...]
    trees: tuple[TreeShape, ...]
    fleet: Fleet
    wardrobe: Wardrobe


def family_of(split: str, seed: int) -> int:
    """Return the family of the scene with this seed in a split.

    Raises:
        SyntheticError: if the split is unknown.
    """
    if split not in FAMILIES:
        raise SyntheticError(f'unknown split {split!r}, expected {", ".join(FAMILIES)}')
    families = FAMILIES[split]
    return families[seed % len(families)]


def catalogue(family: int) -> Catalogue:
    """Return the assets of a family; the same number gives the same assets."""
    rng = np.random.default_rng([int(GENERATOR_VERSION), 77, family])
    return Catalogue(
        tuple(random_facade(rng) for _ in range(9)),
        tuple(_road(rng) for _ in range(3)),
        tuple(_walk(rng) for _ in range(5)),
        tuple(_ground(rng) for _ in range(4)),
        tuple(_wall(rng) for _ in range(5)),
        tuple(_fence(rng) for _ in range(4)),
        tuple(_metal(rng) for _ in range(4)),
        tuple(random_tree_shape(rng) for _ in range(5)),
        random_fleet(rng),
        random_wardrobe(rng),
    )


def _road(rng: np.random.Generator) -> Look:
    first = palette.asphalt(rng)
    if rng.random() < 0.12:  # cobbles
        return _tiles(rng, (0.10, 0.22), 0.02)
    return Look(
        mat.ASPHALT,
        (first, palette.near(rng, palette.asphalt(rng), 0.2)),
        (rng.uniform(0.15, 0.7), rng.uniform(0.0, 0.7), rng.choice([0.0, 1.0, 2.0])),
    )


def _tiles(rng: np.random.Generator, size: tuple[float, float], grout: float) -> Look:
    first = palette.stone(rng)
    tile = rng.uniform(*size)
    return Look(
        mat.PAVING,
        (first, palette.near(rng, first, 0.25), _grout(rng, first)),
        (
            tile * rng.uniform(1.0, 2.2),
            tile,
            float(rng.choice([0.0, 0.5])),
            grout * rng.uniform(0.5, 1.5),
            rng.uniform(0.1, 0.9),
        ),
    )


def _grout(rng: np.random.Generator, tile: palette.Color) -> palette.Color:
    shade, tone = rng.uniform(0.3, 1.4), palette.hsv(rng, (0.0, 0.3), (0.0, 0.3), (0.05, 0.4))
    return (
        palette.near(rng, (tile[0] * shade, tile[1] * shade, tile[2] * shade), 0.04)
        if (rng.random() < 0.7)
        else tone
    )


def _walk(rng: np.random.Generator) -> Look:
    kind = rng.random()
    if kind < 0.2:
        return _road(rng)
    if kind < 0.5:
        return _tiles(rng, (0.10, 0.22), 0.012)
    return _tiles(rng, (0.3, 1.6), 0.02)


def _ground(rng: np.random.Generator) -> Look:
    first = palette.soil(rng)
    return Look(
        mat.GRASS,
        (
            first,
            palette.near(rng, first, 0.3),
            palette.hsv(rng, (0.04, 0.14), (0.2, 0.6), (0.06, 0.35)),
        ),
        (rng.uniform(1.0, 6.0), rng.uniform(0.2, 0.48), rng.uniform(0.3, 0.7)),
    )


def _wall(rng: np.random.Generator) -> Look:
    color = palette.wall(rng)
    kind = rng.random()
    if kind < 0.35:
        return Look(mat.PLAIN, (color,), (rng.uniform(0.2, 0.9), rng.uniform(0.4, 2.0)))
    if kind < 0.9:
        tall = rng.uniform(0.07, 0.5)
        return Look(
            mat.PAVING,
            (color, palette.near(rng, color, 0.3), palette.stone(rng)),
            (tall * rng.uniform(1.2, 3.2), tall, 0.5, 0.015, rng.uniform(0.3, 1.0)),
        )
    return Look(mat.POSTER, (color, palette.wall(rng), palette.near(rng, color)), (0.22,))


def _fence(rng: np.random.Generator) -> Look:
    color = palette.metal(rng) if rng.random() < 0.5 else palette.stone(rng)
    return Look(mat.PLAIN, (color,), (rng.uniform(0.2, 0.7), 0.3))


def _metal(rng: np.random.Generator) -> Look:
    return Look(mat.PLAIN, (palette.metal(rng),), (rng.uniform(0.1, 0.5), 0.4))
