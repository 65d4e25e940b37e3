"""Families of assets: the shapes, colours and textures that one scene draws from.

Each split owns its families, so a model is never tested on a facade, a pavement, a
kind of tree or a car shape that it was trained on. A family is a set of parameters of
the procedural assets, not a set of files.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.assets.people import Wardrobe, random_wardrobe
from panoseg_ros.synthetic.assets.skins import FacadeDesign, random_facade
from panoseg_ros.synthetic.assets.vegetation import TreeShape, random_tree_shape
from panoseg_ros.synthetic.assets.vehicles import Fleet, random_fleet
from panoseg_ros.synthetic.surfaces.looks import (
    Look,
    random_fence,
    random_ground,
    random_metal,
    random_road,
    random_walk,
    random_wall,
)

GENERATOR_VERSION = '2'

FAMILIES = {'train': range(0, 2000), 'val': range(2000, 2080), 'test': range(2080, 2280)}


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
        tuple(random_road(rng) for _ in range(3)),
        tuple(random_walk(rng) for _ in range(5)),
        tuple(random_ground(rng) for _ in range(4)),
        tuple(random_wall(rng) for _ in range(5)),
        tuple(random_fence(rng) for _ in range(4)),
        tuple(random_metal(rng) for _ in range(4)),
        tuple(random_tree_shape(rng) for _ in range(5)),
        random_fleet(rng),
        random_wardrobe(rng),
    )
