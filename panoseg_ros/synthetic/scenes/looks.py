"""Which of a family's surfaces the ground of one scene shows."""

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.scenes.ground import GroundLook
from panoseg_ros.synthetic.scenes.stock import Stock
from panoseg_ros.synthetic.surfaces import grounds, palette
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.looks import random_tactile

Rng = np.random.Generator


def random_look(rng: Rng, stock: Stock, dirt: bool = False) -> GroundLook:
    """Draw the surfaces of road, pavements, verges and paint; a dirt road has no pavement."""
    first = stock.catalogue.roads[0].colors[0]
    road, walk = stock.roads[0], pick(rng, stock.walks)
    if dirt:
        first = _earth(rng)
        road = _strewn(rng, stock, first)
    return GroundLook(
        road=road,
        cross_road=pick(rng, stock.roads) if not dirt and rng.random() < 0.5 else road,
        bus=_coloured(rng, stock, road, 0.5),
        cycle=_coloured(rng, stock, walk if rng.random() < 0.3 else road, 0.6),
        track=pick(rng, (*stock.roads, *stock.walks)) if rng.random() < 0.6 else road,
        rail=stock.materials.add(
            mat.GLOSS, [palette.hsv(rng, (0, 0.7), (0, 0.2), (0.1, 0.4))], [0.4]
        ),
        patch=_strewn(rng, stock, first) if dirt else _patch(rng, stock, first),
        walk=walk,
        plaza=pick(rng, stock.walks),
        kerb=_kerb(rng, stock),
        verge=pick(rng, stock.grounds),
        paint=_paint(rng, stock, first),
        tactile=random_tactile(rng).add_to(stock.materials),
    )


def dry(rng: Rng, stock: Stock) -> Stock:
    """Return the stock with grounds of sand, gravel, bare earth and dry grass."""
    first = _earth(rng)
    grounds = [_strewn(rng, stock, palette.near(rng, first, 0.15)) for _ in range(2)]
    grass = [palette.near(rng, first, 0.2), palette.hsv(rng, (0.1, 0.2), (0.2, 0.55), (0.2, 0.5))]
    params = [rng.uniform(1.0, 5.0), rng.uniform(0.3, 0.7), rng.uniform(0.3, 0.8)]
    grounds.append(stock.materials.add(mat.GRASS, [*grass, first], params))
    return stock._replace(grounds=tuple(grounds))


def _earth(rng: Rng) -> palette.Color:
    return palette.hsv(rng, (0.02, 0.15), (0.08, 0.55), (0.14, 0.55))


def _strewn(rng: Rng, stock: Stock, first: palette.Color) -> int:
    """Return loose gravel, sand or trodden earth of about one colour."""
    kind = int(rng.choice([grounds.GRAVEL, grounds.SAND, grounds.EARTH]))
    own = palette.near(rng, first, 0.08)
    colors = [own, palette.near(rng, own, 0.15), palette.near(rng, own, 0.25)]
    grain = {grounds.GRAVEL: (0.015, 0.06), grounds.SAND: (0.01, 0.03)}.get(kind, (0.03, 0.15))
    return stock.materials.add(
        mat.LOOSE, colors, [kind, rng.uniform(*grain), rng.uniform(0.3, 0.7)]
    )


def _coloured(rng: Rng, stock: Stock, plain: int, share: float) -> int:
    """Return a red, green or blue road surface, or now and then the plain one."""
    if rng.random() > share:
        return plain
    hue = float(rng.choice([0.02, 0.03, 0.38, 0.6]))
    color = palette.hsv(rng, (hue - 0.02, hue + 0.03), (0.25, 0.7), (0.12, 0.4))
    colors = [color, palette.near(rng, color, 0.25)]
    return stock.materials.add(mat.ASPHALT, colors, [rng.uniform(0.15, 0.5), 0.4, 0.5])


def _patch(rng: Rng, stock: Stock, road: palette.Color) -> int:
    shade = rng.uniform(0.45, 1.6)
    color = palette.near(rng, (road[0] * shade, road[1] * shade, road[2] * shade), 0.06)
    return stock.materials.add(mat.ASPHALT, [color], [rng.uniform(0.2, 0.6), 0.0, 0.0])


def _kerb(rng: Rng, stock: Stock) -> int:
    colors = [palette.stone(rng), palette.stone(rng), (0.05, 0.05, 0.05)]
    if rng.random() < 0.07:  # painted in turns
        pair = [palette.hsv(rng, (0.0, 1.0), (0.0, 0.9), (0.3, 0.7)), (0.75, 0.75, 0.7)]
        return stock.materials.add(mat.STRIPES, pair, [rng.uniform(1.0, 2.4), 0.5, 0.0])
    return stock.materials.add(mat.PAVING, colors, [rng.uniform(0.6, 1.2), 5.0, 0.0, 0.012, 0.3])


def _paint(rng: Rng, stock: Stock, road: palette.Color) -> int:
    tone = (0.75, 0.75, 0.72) if rng.random() < 0.82 else (0.75, 0.5, 0.06)
    colors = [palette.near(rng, tone, 0.08), road]
    return stock.materials.add(mat.PAINT, colors, [rng.uniform(0.2, 0.9)])
