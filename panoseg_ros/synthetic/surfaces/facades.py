"""Procedural facades: wall, windows, doors, shop fronts and bands, compiled.

Convention: u counts window bays along the wall and v storeys above the ground, both
starting at 0. Row 0 is the ground floor.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise
from panoseg_ros.synthetic.surfaces.textures import blend, fade, paving, planks, scaled

# Columns of a FACADE material's params.
BAY_M, STOREY_M, WIN_W, WIN_H, SILL, WALL, GROUND, BAND, FRAME, PANES, DOORS, RIBBON = range(12)
GROUND_SAME, GROUND_SHOP, GROUND_PLAIN, GROUND_GARAGE = range(4)
WALL_PLASTER, WALL_BRICK, WALL_PANEL, WALL_PLANKS = range(4)

# Brickwork, wall panels and planks in metres, in the layout of the PAVING params.
_BRICK = (0.24, 0.075, 0.5, 0.014, 0.9)
_PANEL = (1.4, 1.1, 0.0, 0.03, 0.5)
_BOARD = (0.18, 0.35, 1.0)


@njit(nogil=True)
def _wall(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    x, y = u * p[BAY_M], v * p[STOREY_M]
    kind = int(p[WALL])
    if kind == WALL_BRICK:
        return paving(x, y, foot, c, _BRICK, seed)
    if kind == WALL_PANEL:
        return paving(x, y, foot, c, _PANEL, seed)
    if kind == WALL_PLANKS:
        return planks(x, y, foot, c, _BOARD, seed)
    dirt = fractal_noise(x / 3.0, y / 1.2, seed, 4) - 0.5
    fine = (value_noise(x / 0.08, y / 0.08, seed + 1) - 0.5) * fade(foot, 0.08)
    return scaled(c[0], 1.0 + 0.35 * dirt + 0.15 * fine)


@njit(nogil=True)
def _opening(x, y, half_w, half_h, foot, c, p, dark, seed):  # type: ignore[no-untyped-def]
    """Return a window's colour at (x, y) metres from its centre, and how glassy it is."""
    frame = p[FRAME]
    if abs(x) > half_w - frame or abs(y) > half_h - frame:
        return (c[2][0], c[2][1], c[2][2]), 0.0
    panes = max(1.0, p[PANES])
    cell = (x + half_w) / (2.0 * half_w) * panes
    bar = abs(cell - math.floor(cell + 0.5)) * 2.0 * half_w / panes
    if panes > 1.0 and bar < 0.5 * frame and foot < 0.15:
        return (c[2][0], c[2][1], c[2][2]), 0.0
    curtain = value_noise(x * 4.0, 0.5 * y, seed)
    shade = 0.02 + 0.10 * dark
    if dark > 0.6 and abs(x) > half_w * (1.3 - dark):
        return (0.5 + 0.3 * curtain, 0.48 + 0.3 * curtain, 0.42 + 0.3 * curtain), 0.25
    return (shade, shade * 1.1, shade * 1.2), 0.85


@njit(nogil=True)
def facade(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]  # noqa: PLR0911, PLR0912
    """Return (colour, glass share) of a facade; colours: wall, wall's second, trim, accent."""
    column, storey = math.floor(u), math.floor(v)
    x, y = (u - column - 0.5) * p[BAY_M], (v - storey) * p[STOREY_M]
    own = lattice(int(column), int(storey), seed)
    half_w, half_h = 0.5 * p[WIN_W] * p[BAY_M], 0.5 * p[WIN_H] * p[STOREY_M]
    centre = p[SILL] * p[STOREY_M] + half_h
    if storey < 0.5 and p[GROUND] != GROUND_SAME:
        if p[GROUND] == GROUND_PLAIN:
            half_w = 0.0
        if p[GROUND] == GROUND_SHOP:
            half_w, half_h, centre = 0.44 * p[BAY_M], 0.36 * p[STOREY_M], 0.48 * p[STOREY_M]
            if y > 0.86 * p[STOREY_M]:
                sign = lattice(math.floor(u * p[BAY_M] * 3.0), int(column), seed + 5)
                lettered = sign > 0.6 and y < 0.95 * p[STOREY_M]
                return (
                    (c[2][0], c[2][1], c[2][2]) if lettered else (c[3][0], c[3][1], c[3][2])
                ), 0.0
        if p[GROUND] == GROUND_GARAGE:
            half_w, half_h, centre = 0.40 * p[BAY_M], 0.40 * p[STOREY_M], 0.40 * p[STOREY_M]
            if abs(x) < half_w and y < 2.0 * half_h:
                groove = 0.8 if (y / 0.3 - math.floor(y / 0.3)) < 0.12 else 1.0
                return scaled(c[3], groove), 0.0
    if storey < 0.5 and lattice(int(column), 77, seed) < p[DOORS]:
        half_door = min(0.55, 0.42 * p[BAY_M])
        if abs(x) < half_door and y < 2.15:
            if abs(x) > half_door - 0.08 or y > 2.07:
                return (c[2][0], c[2][1], c[2][2]), 0.0
            return scaled(c[3], 0.7 if abs(x) < 0.03 else 1.0), 0.1
        half_w = half_w if half_door < 0.3 * p[BAY_M] else 0.0
    if p[RIBBON] > 0.5:
        half_w = 0.5 * p[BAY_M]
    if abs(x) < half_w and abs(y - centre) < half_h:
        color, glass = _opening(x, y - centre, half_w, half_h, foot, c, p, own, seed + 3)
        return color, glass
    wall = _wall(u, v, foot, c, p, seed)
    if p[BAND] > 0.0 and y < p[BAND] and storey > 0.5:
        return (c[2][0], c[2][1], c[2][2]), 0.0
    below = centre - half_h - y
    if abs(x) < half_w + 0.1 and 0.0 < below < 0.12:
        return (c[2][0], c[2][1], c[2][2]), 0.0
    if abs(x) < half_w and below > 0.0:
        return scaled(wall, 0.9 + 0.1 * value_noise(x * 6.0, 1.0, seed)), 0.0  # rain streaks
    return blend(wall, (0.0, 0.0, 0.0), 0.0), 0.0
