"""Houses and blocks, walls and fences along the edge of a street.

Convention: a lot starts at the origin, runs along +x for its length and lies on the
side of +y; the street is on the side of -y. Facades face -y.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, quads, triangles, tube
from panoseg_ros.synthetic.surfaces import facades as fac
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials


class FacadeDesign(NamedTuple):
    """A facade's colours and the params of its FACADE material."""

    colors: tuple[palette.Color, ...]
    params: tuple[float, ...]


def random_facade(rng: np.random.Generator) -> FacadeDesign:
    """Draw a facade from town house to office block."""
    wall = palette.wall(rng)
    trim = (
        palette.hsv(rng, (0.0, 1.0), (0, 0.15), (0.5, 0.85))
        if rng.random() < 0.6
        else (palette.near(rng, wall, 0.4))
    )
    texture = int(
        rng.choice(
            [fac.WALL_PLASTER, fac.WALL_BRICK, fac.WALL_PANEL, fac.WALL_PLANKS],
            p=[0.45, 0.3, 0.17, 0.08],
        )
    )
    office = rng.random() < 0.2
    params = [0.0] * 12
    params[fac.BAY_M] = rng.uniform(1.6, 4.2)
    params[fac.STOREY_M] = rng.uniform(2.7, 3.9)
    params[fac.WIN_W] = rng.uniform(0.28, 0.62)
    params[fac.WIN_H] = rng.uniform(0.38, 0.66)
    params[fac.SILL] = rng.uniform(0.18, 0.30)
    params[fac.WALL] = texture
    params[fac.GROUND] = int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1]))
    params[fac.BAND] = rng.uniform(0.1, 0.3) if rng.random() < 0.4 else 0.0
    params[fac.FRAME] = rng.uniform(0.04, 0.12)
    params[fac.PANES] = int(rng.integers(1, 4))
    params[fac.DOORS] = rng.uniform(0.12, 0.4)
    params[fac.RIBBON] = float(office and rng.random() < 0.6)
    return FacadeDesign(
        (wall, palette.near(rng, wall, 0.3), trim, palette.coat(rng)), tuple(params)
    )


def _walls(
    size: tuple[float, float, float],
    foot: tuple[float, float, float],
    design: FacadeDesign,
    material: int,
) -> Mesh:
    """Return four facades around a rectangular plan, cut into whole bays and storeys."""
    (length, depth, height), (x, y, z) = size, foot
    plan = [(x, y), (x + length, y), (x + length, y + depth), (x, y + depth)]
    storeys = max(1, round(height / design.params[fac.STOREY_M]))
    parts = []
    for a, b in zip(plan, plan[1:] + plan[:1], strict=True):
        wide = float(np.hypot(b[0] - a[0], b[1] - a[1]))
        bays = max(1, round(wide / design.params[fac.BAY_M]))
        corners = [[(*a, z), (*b, z), (*b, z + height), (*a, z + height)]]
        uv = [[(0, 0), (bays, 0), (bays, storeys), (0, storeys)]]
        parts.append(quads(corners, ids.BUILDING, material, uv))
    return join(parts)


def _gable(
    size: tuple[float, float, float],
    foot: tuple[float, float, float],
    rise: float,
    across: bool,
    roof: int,
    wall: int,
) -> Mesh:
    """Return a saddle roof; its ridge runs along x, or along y if `across`."""
    (lx, ly, _), (x, y, z) = size, foot
    over = 0.35
    if not across:
        a, b = (x - over, y - over), (x + lx + over, y + ly + over)
        ridge = 0.5 * (a[1] + b[1])
        slopes = [
            [(a[0], a[1], z), (b[0], a[1], z), (b[0], ridge, z + rise), (a[0], ridge, z + rise)],
            [(b[0], b[1], z), (a[0], b[1], z), (a[0], ridge, z + rise), (b[0], ridge, z + rise)],
        ]
        ends = [
            [(x, y + ly, z), (x, y, z), (x, y + 0.5 * ly, z + rise)],
            [(x + lx, y, z), (x + lx, y + ly, z), (x + lx, y + 0.5 * ly, z + rise)],
        ]
    else:
        a, b = (x - over, y - over), (x + lx + over, y + ly + over)
        ridge = 0.5 * (a[0] + b[0])
        slopes = [
            [(b[0], a[1], z), (b[0], b[1], z), (ridge, b[1], z + rise), (ridge, a[1], z + rise)],
            [(a[0], b[1], z), (a[0], a[1], z), (ridge, a[1], z + rise), (ridge, b[1], z + rise)],
        ]
        ends = [
            [(x, y, z), (x + lx, y, z), (x + 0.5 * lx, y, z + rise)],
            [(x + lx, y + ly, z), (x, y + ly, z), (x + 0.5 * lx, y + ly, z + rise)],
        ]
    return join([quads(slopes, ids.BUILDING, roof), triangles(ends, ids.BUILDING, wall)])


def building(
    rng: np.random.Generator,
    materials: Materials,
    design: FacadeDesign,
    size: tuple[float, float, float],
    foot: tuple[float, float, float],
    pitched: bool,
) -> Mesh:
    """Return a building of size (length, depth, height) with its front corner at foot."""
    tinted = (palette.near(rng, design.colors[0], 0.15), *design.colors[1:])
    params = list(design.params)
    storeys = max(1, round(size[2] / params[fac.STOREY_M]))
    bays = max(1, round(size[0] / params[fac.BAY_M]))
    params[fac.STOREY_M], params[fac.BAY_M] = size[2] / storeys, size[0] / bays
    material = materials.add(mat.FACADE, tinted, params)
    plain = materials.add(mat.PLAIN, [tinted[1]], [0.3, 1.5])
    trim = materials.add(mat.PLAIN, [tinted[2]], [0.25, 0.8])
    parts = [_walls(size, foot, design, material)]
    top = (foot[0], foot[1], foot[2] + size[2])
    if pitched:
        roof_color = palette.hsv(rng, (0.0, 0.12), (0.1, 0.75), (0.05, 0.4))
        roof = materials.add(
            mat.PAVING,
            [roof_color, palette.near(rng, roof_color, 0.4), (0.03, 0.03, 0.03)],
            [0.3, 0.25, 0.5, 0.02, 0.8],
        )
        across = bool(rng.random() < 0.35)
        parts.append(_gable(size, top, rng.uniform(1.5, 4.0), across, roof, plain))
        if rng.random() < 0.6:
            parts.append(
                box(
                    (0.7, 0.7, 2.0),
                    (foot[0] + rng.uniform(1, size[0] - 1), foot[1] + 0.6 * size[1], top[2] + 1.0),
                    ids.BUILDING,
                    plain,
                )
            )
    else:
        parts.append(
            box(
                (size[0], size[1], 0.05),
                (top[0] + 0.5 * size[0], top[1] + 0.5 * size[1], top[2]),
                ids.BUILDING,
                plain,
            )
        )
        if rng.random() < 0.6:
            parts.append(
                box(
                    (size[0] + 0.4, 0.5, rng.uniform(0.25, 0.7)),
                    (top[0] + 0.5 * size[0], top[1] + 0.05, top[2] - 0.3),
                    ids.BUILDING,
                    trim,
                )
            )
    parts += _details(rng, materials, design, size, foot, storeys, bays, trim)
    return join(parts)


def _details(
    rng: np.random.Generator,
    materials: Materials,
    design: FacadeDesign,
    size: tuple[float, float, float],
    foot: tuple[float, float, float],
    storeys: int,
    bays: int,
    trim: int,
) -> list[Mesh]:
    """Return balconies, awnings and pilasters in front of the facade."""
    parts: list[Mesh] = []
    bay, storey = size[0] / bays, size[2] / storeys
    if storeys > 2 and rng.random() < 0.3:
        columns = rng.random(bays) < 0.4
        feet = [
            (foot[0] + (i + 0.5) * bay, foot[1] - 0.55, foot[2] + j * storey + 0.15)
            for i in range(bays)
            if columns[i]
            for j in range(1, storeys)
        ]
        if feet:
            rail = [(bay * 0.85, 1.1, rng.choice([0.12, 1.0]))] * len(feet)
            parts.append(boxes(rail, feet, ids.BUILDING, trim))
    if design.params[fac.GROUND] == fac.GROUND_SHOP and rng.random() < 0.5:
        first = palette.coat(rng)
        cloth = materials.add(
            mat.STRIPES, [first, (0.7, 0.68, 0.62)], [0.5, rng.uniform(0.4, 1), 0.0]
        )
        z, reach = foot[2] + 0.82 * storey, rng.uniform(0.8, 1.6)
        x0, x1 = foot[0] + 0.1, foot[0] + size[0] - 0.1
        y = foot[1]
        parts.append(
            quads(
                [[(x0, y - reach, z - 0.5), (x1, y - reach, z - 0.5), (x1, y, z), (x0, y, z)]],
                ids.BUILDING,
                cloth,
            )
        )
    if rng.random() < 0.2:
        feet = [(foot[0] + i * bay, foot[1] - 0.05, foot[2]) for i in range(bays + 1)]
        parts.append(boxes([(0.3, 0.2, size[2])] * len(feet), feet, ids.BUILDING, trim))
    return parts


def wall(rng: np.random.Generator, material: int, coping: int, length: float) -> Mesh:
    """Return a free-standing wall along x from the origin."""
    height, thick = rng.uniform(0.7, 2.8), rng.uniform(0.18, 0.45)
    parts = [box((length, thick, height), (0.5 * length, 0, 0), ids.WALL, material)]
    if rng.random() < 0.6:
        parts.append(
            box((length, thick + 0.12, 0.09), (0.5 * length, 0, height), ids.WALL, coping)
        )
    if rng.random() < 0.35:
        posts = np.arange(0.0, length + 0.1, rng.uniform(2.2, 4.0))
        parts.append(
            boxes(
                [(0.4, thick + 0.14, height + 0.15)] * len(posts),
                [(x, 0, 0) for x in posts],
                ids.WALL,
                material,
            )
        )
    return join(parts)


def fence(rng: np.random.Generator, kind: str, material: int, length: float) -> Mesh:
    """Return a fence along x from the origin; one sees through all but boards.

    Kinds: bars, boards, rails, mesh.
    """
    height = rng.uniform(0.8, 2.0)
    spacing = {'bars': 0.13, 'boards': 0.17, 'rails': 2.2, 'mesh': 0.22}[kind]
    x = np.arange(0.0, length, spacing * rng.uniform(0.9, 1.2))
    wide = {'bars': 0.045, 'boards': 0.145, 'rails': 0.12, 'mesh': 0.03}[kind]
    thick = 0.03 if kind != 'rails' else 0.12
    feet = np.stack([x, 0 * x, 0 * x + (0.05 if kind == 'boards' else 0.0)], 1)
    parts = [boxes([(wide, thick, height)] * len(x), feet, ids.FENCE, material)]
    levels = {
        'bars': (0.12, height - 0.15),
        'boards': (0.3, height - 0.3),
        'rails': tuple(np.linspace(0.35, height - 0.15, 3)),
        'mesh': tuple(np.arange(0.1, height, 0.22)),
    }[kind]
    bar = {'rails': 0.14, 'mesh': 0.03}.get(kind, 0.06)
    for z in levels:
        parts.append(box((length, 0.04, bar), (0.5 * length, 0.02, float(z)), ids.FENCE, material))
    if kind in ('mesh', 'bars'):
        posts = np.arange(0.0, length + 0.1, 2.5)
        parts += [
            tube((p, 0, 0), (p, 0, height + 0.1), (0.04, 0.04), ids.FENCE, material, 5)
            for p in posts
        ]
    return join(parts)
