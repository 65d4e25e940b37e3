"""What people wear: per family a wardrobe, from it an outfit for everyone."""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

HAIR_STYLES = ('short', 'long', 'tail', 'bun', 'round', 'bald')
HATS = ('cap', 'beanie', 'brim', 'scarf')
BAGS = ('rucksack', 'shoulder', 'hand', 'shopping', 'case')


class Wardrobe(NamedTuple):
    """The clothes of a family's people: colours and how often a garment occurs (0..1)."""

    colors: tuple[palette.Color, ...]
    bottoms: tuple[palette.Color, ...]  # of trousers and skirts
    shoes: tuple[palette.Color, ...]
    skins: tuple[palette.Color, ...]
    hairs: tuple[palette.Color, ...]
    warmth: float  # 0 summer .. 1 winter
    prints: float
    skirts: float
    hats: float
    bags: float
    vests: float  # high-visibility
    beards: float
    children: float
    girth: tuple[float, float]  # mean and spread of the builds
    height: tuple[float, float]  # metres, adults
    hair_weights: tuple[float, ...]
    bag_weights: tuple[float, ...]


class Outfit(NamedTuple):
    """Material ids and cuts of one person; -1 where there is none."""

    skin: int
    hair: int
    top: int
    legs: int
    shoes: int
    bag: int
    hair_style: str = 'short'
    hat: str = ''
    sleeves: str = 'long'  # long, short
    cut: str = 'trousers'  # trousers, wide, tight, shorts, skirt
    hem: float = 0.0  # how far a coat or skirt reaches below the hips, share of the height
    puff: float = 1.0  # how thick the top is
    hood: bool = False
    vest: int = -1
    shirt: int = -1  # seen between the open halves of a jacket
    beard: bool = False
    baggage: str = ''
    girth: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0


def random_wardrobe(rng: np.random.Generator) -> Wardrobe:
    """Draw the clothes and builds of a family's people."""
    hair_weights = rng.dirichlet([4.0, 1.8, 1.0, 0.7, 0.7, 0.7])
    bag_weights = rng.dirichlet([2.0, 2.0, 1.0, 1.0, 0.5])
    return Wardrobe(
        tuple(_cloth(rng, 0.35) for _ in range(int(rng.integers(6, 15)))),
        tuple(_cloth(rng, 0.12) for _ in range(int(rng.integers(3, 8)))),
        tuple(_cloth(rng, 0.12) for _ in range(4)),
        tuple(palette.skin(rng) for _ in range(4)),
        tuple(_hair(rng) for _ in range(4)),
        float(rng.random()),
        float(rng.uniform(0.05, 0.5)),
        float(rng.uniform(0.05, 0.35)),
        float(rng.uniform(0.03, 0.45)),
        float(rng.uniform(0.2, 0.7)),
        float(rng.uniform(0.01, 0.1)),
        float(rng.uniform(0.03, 0.3)),
        float(rng.uniform(0.05, 0.25)),
        (float(rng.uniform(0.95, 1.15)), float(rng.uniform(0.05, 0.2))),
        (float(rng.uniform(1.64, 1.76)), float(rng.uniform(0.05, 0.10))),
        tuple(map(float, hair_weights)),
        tuple(map(float, bag_weights)),
    )


def _cloth(rng: np.random.Generator, bright: float) -> palette.Color:
    """Draw a cloth: dark, pale, blue, or in this share of any hue."""
    kind = (rng.random() - bright) / (1.0 - bright)
    if kind < 0.0:
        return palette.cloth(rng)
    if kind < 0.5:
        return palette.hsv(rng, (0.0, 1.0), (0.0, 0.3), (0.01, 0.09))
    if kind < 0.75:
        return palette.hsv(rng, (0.05, 0.17), (0.0, 0.35), (0.12, 0.8))
    return palette.hsv(rng, (0.55, 0.66), (0.2, 0.75), (0.02, 0.35))


def _hair(rng: np.random.Generator) -> palette.Color:
    kind = rng.random()
    if kind < 0.8:
        return palette.hsv(rng, (0.03, 0.12), (0.1, 0.7), (0.008, 0.35))
    if kind < 0.95:
        return palette.hsv(rng, (0.05, 0.13), (0.0, 0.25), (0.25, 0.75))
    return palette.hsv(rng, (0.0, 1.0), (0.4, 0.9), (0.1, 0.5))


def fabric(
    rng: np.random.Generator,
    materials: Materials,
    wardrobe: Wardrobe,
    colors: tuple[palette.Color, ...] | None = None,
) -> int:
    """Add a cloth, plain, striped or printed, and return its id."""
    colors = colors or wardrobe.colors
    color = palette.near(rng, pick(rng, colors), 0.15)
    if rng.random() > wardrobe.prints * (1.0 if colors is wardrobe.colors else 0.3):
        return materials.add(mat.PLAIN, [color], [rng.uniform(0.2, 0.6), rng.uniform(0.12, 0.35)])
    other = pick(rng, colors)
    if rng.random() < 0.55:
        period, share = rng.uniform(0.03, 0.35), rng.uniform(0.2, 0.8)
        across = float(rng.random() < 0.75)
        return materials.add(mat.STRIPES, [color, other], [period, share, across])
    return materials.add(mat.POSTER, [color, other, color], [rng.uniform(0.015, 0.09)])


def vest(rng: np.random.Generator, materials: Materials) -> int:
    """Add the yellow or orange cloth of road workers, with grey bands, and return its id."""
    bright = palette.near(rng, (0.55, 0.75, 0.05) if rng.random() < 0.6 else (0.9, 0.2, 0.02))
    return materials.add(mat.STRIPES, [(0.6, 0.6, 0.58), bright], [0.24, 0.22, 1.0])


def random_outfit(
    rng: np.random.Generator, materials: Materials, wardrobe: Wardrobe | None = None
) -> Outfit:
    """Draw the clothes and the build of one person."""
    w = wardrobe or random_wardrobe(rng)
    warm = rng.random() < w.warmth
    first, other = fabric(rng, materials, w), fabric(rng, materials, w, w.bottoms)
    shoe = palette.near(rng, pick(rng, w.shoes), 0.2)
    skin = palette.near(rng, pick(rng, w.skins), 0.04)
    hair = palette.near(rng, pick(rng, w.hairs), 0.05)
    cut, hem = _cut(rng, w, warm)
    shape = rng.normal(0.0, 1.0)
    return Outfit(
        materials.add(mat.PLAIN, [skin], [0.1, 0.1]),
        materials.add(mat.PLAIN, [hair], [0.5, 0.05]),
        first,
        first if rng.random() < 0.15 else other,
        materials.add(mat.PLAIN, [shoe], [0.2, 0.2]),
        fabric(rng, materials, w),
        str(rng.choice(HAIR_STYLES, p=w.hair_weights)),
        str(rng.choice(HATS)) if rng.random() < w.hats else '',
        'long' if warm or rng.random() < 0.45 else 'short',
        cut,
        hem,
        rng.uniform(1.05, 1.35) if warm else rng.uniform(0.95, 1.12),
        bool(warm and rng.random() < 0.2),
        vest(rng, materials) if rng.random() < w.vests else -1,
        fabric(rng, materials, w) if rng.random() < (0.5 if warm else 0.12) else -1,
        bool(rng.random() < w.beards),
        str(rng.choice(BAGS, p=w.bag_weights)) if rng.random() < w.bags else '',
        float(np.clip(rng.normal(*w.girth), 0.78, 1.7)),
        float(np.clip(1.0 + 0.07 * shape, 0.85, 1.18)),
        float(np.clip(1.0 - 0.06 * shape, 0.85, 1.2)),
    )


def _cut(rng: np.random.Generator, w: Wardrobe, warm: bool) -> tuple[str, float]:
    """Return the cut of trousers or skirt and how far coat or skirt reach below the hips."""
    if rng.random() < w.skirts:
        return 'skirt', rng.uniform(0.14, 0.42)
    cuts = ('trousers', 'wide', 'tight') if warm else ('trousers', 'wide', 'tight', 'shorts')
    cut = str(rng.choice(cuts))
    coat = rng.random() < (0.45 if warm else 0.08)
    return cut, rng.uniform(0.08, 0.30) if coat else 0.0
