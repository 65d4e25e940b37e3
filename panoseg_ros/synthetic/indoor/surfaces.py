"""Procedural surfaces of rooms, compiled: floors, wall coverings, cloth, wood, prints.

Every function takes texture coordinates in metres and `foot`, the size in metres that a
picture element covers there, and fades detail that is finer than `foot`.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise
from panoseg_ros.synthetic.surfaces.textures import blend, fade, scaled

# Kinds of material; params[GLOSS] is the reflectance at grazing incidence of every kind.
PLASTER = 40  # params: dirt, scale_m
TILES = 41  # params: tile_u_m, tile_v_m, bond, joint_m, variation
BOARDS = 42  # params: width_m, length_m, variation
HERRINGBONE = 43  # params: width_m, variation
CARPET = 44  # params: pile, tile_m (0 = none), pattern
PAPER = 45  # params: period_m, design (0 stripes, 1 dots, 2 leaves)
PANELS = 46  # params: panel_u_m, panel_v_m, joint_m
CLOTH = 47  # params: weave, folds_m (0 = none)
WOOD = 48  # params: grain, direction
STONE = 49  # params: scale_m, veins
PRINT = 50  # params: cell_m
BOOKS = 51  # params: width_m, height_m
CEILING_TILES = 52  # params: tile_m, holes
LEAVES = 53  # params: gap
PLAIN = 54  # params: none
PANE = 55  # glass; colors[0] is what passes, params: frost
LAMP = 56  # params: radiance; colours are those of the light

GLOSS = 15


@njit(nogil=True)
def _plaster(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    scale = max(p[1], 0.05)
    dirt = fractal_noise(u / scale, v / scale, seed, 3) - 0.5
    fine = (value_noise(u / 0.015, v / 0.015, seed + 5) - 0.5) * fade(foot, 0.015)
    return scaled(c[0], 1.0 + p[0] * (0.8 * dirt + 0.4 * fine))


@njit(nogil=True)
def _tiles(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    row = math.floor(v / p[1])
    shifted = u / p[0] + p[2] * (row % 2.0)
    column = math.floor(shifted)
    shade = lattice(int(column), int(row), seed)
    tile = blend(c[0], c[1], p[4] * (0.5 + (shade - 0.5) * fade(foot, min(p[0], p[1]))))
    fu, fv = (shifted - column) * p[0], v - row * p[1]
    edge = min(fu, p[0] - fu, fv, p[1] - fv)
    if edge < 0.5 * p[3]:
        tile = blend(tile, c[2], fade(foot, max(2.0 * p[3], 0.01)))
    return scaled(tile, 0.9 + 0.2 * fractal_noise(u / 0.3, v / 0.3, seed + 7, 3))


@njit(nogil=True)
def _grain(across, along, foot, seed):  # type: ignore[no-untyped-def]
    """Return the lightness of wood along its fibres, about -0.5 to 0.5."""
    wave = across / 0.03 + 1.5 * value_noise(across / 0.12, along / 0.9, seed)
    fine = value_noise(across / 0.004, along / 0.15, seed + 1) - 0.5
    broad = value_noise(wave, along / 0.5, seed + 2) - 0.5
    return broad * fade(foot, 0.03) + 0.5 * fine * fade(foot, 0.006)


@njit(nogil=True)
def _boards(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    board = math.floor(u / p[0])
    shifted = v / p[1] + lattice(int(board), 1, seed)
    piece = math.floor(shifted)
    shade = (lattice(int(board), int(piece), seed + 1) - 0.5) * fade(foot, p[0])
    tone = blend(c[0], c[1], 0.5 + shade * p[2])
    inside, along = u - board * p[0], (shifted - piece) * p[1]
    seam = min(inside, p[0] - inside, along, p[1] - along)
    dark = 1.0 - (0.5 * fade(foot, 0.006) if seam < 0.0025 else 0.0)
    own = int(board) * 31 + int(piece)
    return scaled(tone, dark * (1.0 + 0.4 * p[2] * _grain(u, v, foot, seed + own % 97)))


@njit(nogil=True)
def _herringbone(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Lay bricks of 1 x 4 alternately along both axes: the classical parquet of squares."""
    size = 4.0 * p[0]
    cu, cv = math.floor(u / size), math.floor(v / size)
    flip = (cu + cv) % 2.0 > 0.5
    across, along = (u, v) if flip else (v, u)
    stave = math.floor(across / p[0])
    shade = (lattice(int(stave), int(cu * 7 + cv * 13), seed) - 0.5) * fade(foot, p[0])
    inside = across - stave * p[0]
    end = along - math.floor(along / size) * size
    seam = min(inside, p[0] - inside, end, size - end)
    dark = 1.0 - (0.45 * fade(foot, 0.006) if seam < 0.002 else 0.0)
    tone = blend(c[0], c[1], 0.5 + shade * p[1])
    return scaled(tone, dark * (1.0 + 0.3 * _grain(across, along, foot, seed)))


@njit(nogil=True)
def _carpet(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    pile = (value_noise(u / 0.008, v / 0.008, seed) - 0.5) * fade(foot, 0.008)
    wear = fractal_noise(u / 1.3, v / 1.3, seed + 2, 3) - 0.5
    tone = (c[0][0], c[0][1], c[0][2])
    if p[2] > 0.0:
        pattern = value_noise(u / p[2], v / p[2], seed + 3)
        tone = blend(tone, c[1], fade(foot, p[2]) if pattern > 0.55 else 0.0)
    bright = 1.0 + p[0] * (0.7 * pile + 0.5 * wear)
    if p[1] > 0.0:
        iu, iv = math.floor(u / p[1]), math.floor(v / p[1])
        bright *= 0.93 + 0.14 * lattice(int(iu), int(iv), seed + 4)
    return scaled(tone, bright)


@njit(nogil=True)
def _paper(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    seen, on = fade(foot, 0.4 * p[0]), False
    if p[1] < 0.5:
        on = u / p[0] - math.floor(u / p[0]) < 0.5
    elif p[1] < 1.5:
        fu = u / p[0] - math.floor(u / p[0]) - 0.5
        fv = v / p[0] - math.floor(v / p[0]) - 0.5
        on = fu * fu + fv * fv < 0.06
    else:
        bend = 0.25 * math.sin(6.2831853 * v / (2.0 * p[0]))
        on = value_noise(u / (0.5 * p[0]) + bend, v / p[0], seed) > 0.58
    tone = blend(c[0], c[1], (1.0 if on else 0.0) * seen + 0.35 * (1.0 - seen))
    return scaled(tone, 0.97 + 0.06 * value_noise(u, v, seed + 1))


@njit(nogil=True)
def _panels(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    fu = u / p[0] - math.floor(u / p[0])
    fv = v / p[1] - math.floor(v / p[1])
    edge = min(fu * p[0], (1.0 - fu) * p[0], fv * p[1], (1.0 - fv) * p[1])
    own = lattice(math.floor(u / p[0]), math.floor(v / p[1]), seed)
    tone = scaled(c[0], 0.95 + 0.1 * own)
    if edge < p[2]:
        tone = blend(tone, c[1], fade(foot, 2.0 * p[2]))
    return scaled(tone, 1.0 + 0.25 * _grain(u, v, foot, seed + 3))


@njit(nogil=True)
def _cloth(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    weave = (value_noise(u / 0.006, v / 0.006, seed) - 0.5) * fade(foot, 0.006)
    soft = fractal_noise(u / 0.25, v / 0.25, seed + 1, 2) - 0.5
    bright = 1.0 + p[0] * weave + 0.18 * soft
    if p[1] > 0.0:
        phase = u / p[1] + 0.35 * value_noise(u / (2.0 * p[1]), v / 1.5, seed + 2)
        bright *= 0.72 + 0.28 * math.sin(6.2831853 * phase)
    if p[2] > 0.0:
        fu, fv = u / p[2] - math.floor(u / p[2]), v / p[2] - math.floor(v / p[2])
        on = 0.5 * (fu < 0.3) + 0.5 * (fv < 0.3)
        return scaled(blend(c[0], c[1], on * fade(foot, 0.3 * p[2])), bright)
    return scaled(c[0], bright)


@njit(nogil=True)
def _stone(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    cloud = fractal_noise(u / p[0], v / p[0], seed, 4)
    tone = blend(c[0], c[1], cloud)
    vein = abs(fractal_noise(u / (0.7 * p[0]) + cloud, v / p[0], seed + 9, 4) - 0.5)
    if p[1] > 0.0 and vein < 0.02:
        tone = blend(tone, c[2], p[1] * (1.0 - vein / 0.02) * fade(foot, 0.02))
    speck = (value_noise(u / 0.01, v / 0.01, seed + 4) - 0.5) * fade(foot, 0.01)
    return scaled(tone, 1.0 + 0.3 * speck)


@njit(nogil=True)
def _print(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    a = fractal_noise(u / p[0], v / p[0], seed, 3)
    b = value_noise(u / (1.7 * p[0]) + 3.0, v / (1.7 * p[0]), seed + 5)
    tone = blend(c[0], c[1], min(1.0, max(0.0, 4.0 * a - 1.5)))
    return blend(tone, c[2], min(1.0, max(0.0, 6.0 * b - 3.6)))


@njit(nogil=True)
def _books(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    row, slot = math.floor(v / p[1]), math.floor(u / p[0])
    pick = lattice(int(slot), int(row), seed)
    high = 0.6 + 0.35 * lattice(int(slot), int(row), seed + 1)
    if v / p[1] - row > high or lattice(int(slot) // 6, int(row), seed + 2) > 0.8:
        return scaled(c[3], 0.35)
    tone = blend(c[0], c[1], min(1.0, 2.0 * pick))
    if pick > 0.5:
        tone = blend(c[1], c[2], 2.0 * pick - 1.0)
    return scaled(tone, 0.6 + 0.8 * lattice(int(slot), int(row), seed + 3))


@njit(nogil=True)
def _ceiling_tiles(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    iu, iv = math.floor(u / p[0]), math.floor(v / p[0])
    fu, fv = u - iu * p[0], v - iv * p[0]
    edge = min(fu, p[0] - fu, fv, p[0] - fv)
    tone = scaled(c[0], 0.97 + 0.06 * lattice(int(iu), int(iv), seed))
    if edge < 0.012:
        return blend(tone, c[1], fade(foot, 0.024))
    hole = value_noise(u / 0.012, v / 0.012, seed + 1)
    if hole > 0.72:
        tone = scaled(tone, 1.0 - p[1] * fade(foot, 0.012))
    return tone


@njit(nogil=True)
def surface(kind, u, v, foot, c, p, prim, seed):  # type: ignore[no-untyped-def]  # noqa: PLR0911, PLR0912
    """Return (colour, emission) of a material at texture coordinates.

    `c` and `p` are its colours and params, `prim` is the number of the triangle, `seed` tells
    materials of one kind apart. Emission is a factor of the colour.
    """
    if kind == TILES:
        return _tiles(u, v, foot, c, p, seed), 0.0
    if kind == BOARDS:
        return _boards(u, v, foot, c, p, seed), 0.0
    if kind == HERRINGBONE:
        return _herringbone(u, v, foot, c, p, seed), 0.0
    if kind == CARPET:
        return _carpet(u, v, foot, c, p, seed), 0.0
    if kind == PAPER:
        return _paper(u, v, foot, c, p, seed), 0.0
    if kind == PANELS:
        return _panels(u, v, foot, c, p, seed), 0.0
    if kind == CLOTH:
        return _cloth(u, v, foot, c, p, seed), 0.0
    if kind == WOOD:
        across, along = (u, v) if p[1] < 0.5 else (v, u)
        return scaled(c[0], 1.0 + p[0] * _grain(across, along, foot, seed)), 0.0
    if kind == STONE:
        return _stone(u, v, foot, c, p, seed), 0.0
    if kind == PRINT:
        return _print(u, v, foot, c, p, seed), 0.0
    if kind == BOOKS:
        return _books(u, v, foot, c, p, seed), 0.0
    if kind == CEILING_TILES:
        return _ceiling_tiles(u, v, foot, c, p, seed), 0.0
    if kind == LEAVES:
        own = 0.5 + lattice(prim, 3, seed)
        return scaled(blend(c[0], c[1], value_noise(u / 0.05, v / 0.05, seed)), own), 0.0
    if kind == LAMP:
        return (c[0][0], c[0][1], c[0][2]), p[0]
    if kind == PLASTER:
        return _plaster(u, v, foot, c, p, seed), 0.0
    return (c[0][0], c[0][1], c[0][2]), 0.0
