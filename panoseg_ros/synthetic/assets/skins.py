"""What a building is clad with: facade designs of a family and the materials of one house."""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.surfaces import facades as fac
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette, walls
from panoseg_ros.synthetic.surfaces import windows as win
from panoseg_ros.synthetic.surfaces.materials import Materials

_WALL_KINDS = {
    walls.PLASTER: 0.32,
    walls.BRICK: 0.2,
    walls.PANEL: 0.09,
    walls.BOARDS: 0.06,
    walls.RUBBLE: 0.06,
    walls.TIMBER: 0.05,
    walls.TILES: 0.04,
    walls.SHEET: 0.03,
    walls.CONCRETE: 0.06,
    walls.ASHLAR: 0.06,
    walls.SHINGLE: 0.03,
}
_ROOF_KINDS = (walls.SHINGLE, walls.BRICK, walls.TILES, walls.SHEET, walls.PLASTER, walls.BOARDS)


class FacadeDesign(NamedTuple):
    """A facade's colours (wall, second, trim, accent) and params of its FACADE material."""

    colors: tuple[palette.Color, ...]
    params: tuple[float, ...]


class Skin(NamedTuple):
    """Material ids of one building, and the measures of its bays and storeys in metres."""

    facade: int
    plain: int
    trim: int
    accent: int
    roof: int
    stack: int
    metal: int
    glass: int
    bay_m: float
    storey_m: float


def random_facade(rng: np.random.Generator) -> FacadeDesign:
    """Draw a facade from cottage and town house to office block and glass front."""
    wall = palette.wall(rng)
    pale = palette.hsv(rng, (0.0, 1.0), (0, 0.15), (0.5, 0.85))
    trim = pale if rng.random() < 0.5 else palette.near(rng, wall, 0.4)
    if rng.random() < 0.15:
        trim = palette.hsv(rng, (0.0, 1.0), (0.0, 0.5), (0.02, 0.2))
    kinds, weights = zip(*_WALL_KINDS.items(), strict=True)
    params = [0.0] * mat.PARAMS
    params[fac.WALL] = float(rng.choice(kinds, p=weights))
    params[fac.BAY_M] = rng.uniform(1.6, 4.2)
    params[fac.STOREY_M] = rng.uniform(2.6, 4.0)
    params[fac.WIN_W] = rng.uniform(0.26, 0.66)
    params[fac.WIN_H] = rng.uniform(0.36, 0.68)
    params[fac.SILL] = rng.uniform(0.04, 0.32)
    params[fac.GROUND] = float(rng.choice(5, p=[0.36, 0.32, 0.14, 0.1, 0.08]))
    params[fac.BAND] = rng.uniform(0.08, 0.35) if rng.random() < 0.35 else 0.0
    params[fac.FRAME] = rng.uniform(0.03, 0.12)
    params[fac.PANES] = float(rng.integers(1, 5))
    params[fac.DOORS] = rng.uniform(0.1, 0.4)
    params[fac.SHAPE] = float(
        rng.choice([win.RECT, win.ARCH, win.SEGMENT, win.ROUND], p=[0.74, 0.12, 0.12, 0.02])
    )
    params[fac.SHUTTERS] = rng.uniform(0.3, 1.0) if rng.random() < 0.22 else 0.0
    params[fac.SURROUND] = rng.uniform(0.06, 0.22) if rng.random() < 0.35 else 0.0
    params[fac.STAINS] = rng.uniform(0.0, 1.0) ** 2
    params[fac.SPRAYED] = rng.uniform(0.2, 0.9) if rng.random() < 0.22 else 0.0
    params[fac.LIT] = rng.uniform(0.1, 0.75)
    params[fac.PLINTH_M] = rng.uniform(0.2, 1.1) if rng.random() < 0.45 else 0.0
    params[fac.PIPES] = rng.uniform(0.1, 0.6) if rng.random() < 0.5 else 0.0
    params[fac.BLANK] = rng.uniform(0.1, 0.5) if rng.random() < 0.3 else 0.0
    if rng.random() < 0.24:
        _office(rng, params)
    if params[fac.WALL] == walls.TIMBER:
        params[fac.WIN_W], params[fac.SHAPE], params[fac.BAND] = 0.36, win.RECT, 0.0
    second = palette.near(rng, wall, 0.3)
    if params[fac.WALL] == walls.TIMBER:  # beams stand out from the plaster
        second = palette.hsv(rng, (0.02, 0.12), (0.2, 0.7), (0.02, 0.12))
    return FacadeDesign((wall, second, trim, palette.coat(rng)), tuple(map(float, params)))


def _office(rng: np.random.Generator, params: list[float]) -> None:
    """Turn params into an office front: bands of windows or glass from floor to floor."""
    params[fac.SHAPE], params[fac.SHUTTERS], params[fac.SURROUND] = win.RECT, 0.0, 0.0
    params[fac.RIBBON] = float(rng.random() < 0.7)
    params[fac.PANES] = float(rng.integers(1, 3))
    params[fac.BLANK] = 0.0
    params[fac.COATED] = rng.uniform(0.0, 2.8) if rng.random() < 0.7 else 0.0
    if rng.random() < 0.45:  # curtain wall
        params[fac.WIN_H], params[fac.SILL] = rng.uniform(0.78, 0.96), 0.02
        params[fac.BAY_M], params[fac.FRAME] = rng.uniform(1.0, 2.4), rng.uniform(0.03, 0.07)
        params[fac.WIN_W], params[fac.BAND] = 0.96, 0.0


def skin_of(
    rng: np.random.Generator,
    materials: Materials,
    design: FacadeDesign,
    wide: float,
    tall: float,
) -> Skin:
    """Add the materials of one house of a design; its tints vary from house to house.

    Its walls, `wide` by `tall` metres, are cut into whole bays and storeys.
    """
    bay_m = wide / max(1, round(wide / design.params[fac.BAY_M]))
    storey_m = tall / max(1, round(tall / design.params[fac.STOREY_M]))
    wall, second, trim, accent = design.colors
    tinted = palette.near(rng, wall, 0.15)
    params = list(design.params)
    params[fac.BAY_M], params[fac.STOREY_M] = bay_m, storey_m
    kind, stains, sprayed = params[fac.WALL], params[fac.STAINS], params[fac.SPRAYED]
    side = kind if rng.random() < 0.7 else float(rng.choice([walls.PLASTER, walls.BRICK]))
    tile = palette.hsv(rng, (0.0, 0.12), (0.1, 0.75), (0.05, 0.4))
    if rng.random() < 0.4:
        tile = palette.hsv(rng, (0.0, 1.0), (0.0, 0.3), (0.03, 0.3))
    colors = [tinted, second, trim, palette.near(rng, accent, 0.2)]
    return Skin(
        materials.add(mat.FACADE, colors, params),
        materials.add(
            mat.MASONRY, [tinted, second, trim], [side, stains, sprayed, bay_m, storey_m]
        ),
        materials.add(mat.PLAIN, [trim], [0.25, 0.8]),
        materials.add(mat.PLAIN, [colors[3]], [0.25, 0.8]),
        materials.add(
            mat.MASONRY,
            [tile, palette.near(rng, tile, 0.35), (0.03, 0.03, 0.03)],
            [float(rng.choice(_ROOF_KINDS, p=[0.4, 0.2, 0.1, 0.15, 0.1, 0.05])), 0.3],
        ),
        materials.add(
            mat.MASONRY,
            [palette.wall(rng), palette.stone(rng), palette.stone(rng)],
            [walls.BRICK if rng.random() < 0.6 else walls.PLASTER, 0.6],
        ),
        materials.add(mat.PLAIN, [palette.metal(rng)], [0.4, 0.5]),
        materials.add(
            mat.GLASS,
            [(0.03, 0.035, 0.04), trim, (0.8, 0.65, 0.45)],
            [rng.uniform(0.8, 2.2), 1.1, 0.04, rng.choice([0.0, 0.2])],
        ),
        bay_m,
        storey_m,
    )
