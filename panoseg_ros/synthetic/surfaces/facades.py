"""Procedural facades: wall, windows, doors, shop fronts, bands and pipes, compiled.

Convention: u counts window bays along the wall and v storeys above the ground, both
starting at 0. Row 0 is the ground floor.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import lattice, value_noise
from panoseg_ros.synthetic.surfaces.textures import blend, fade, scaled
from panoseg_ros.synthetic.surfaces.walls import wall
from panoseg_ros.synthetic.surfaces.windows import (
    cover,
    door,
    inside_opening,
    shop,
    slats,
    window,
)

# Columns of a FACADE material's params; COATED is what a pane mirrors beyond bare glass.
BAY_M, STOREY_M, WIN_W, WIN_H, SILL, WALL, GROUND, BAND, FRAME, PANES, DOORS, RIBBON = range(12)
SHAPE, SHUTTERS, SURROUND, STAINS, SPRAYED, LIT, PLINTH_M, PIPES, BLANK, COATED = range(12, 22)
GROUND_SAME, GROUND_SHOP, GROUND_PLAIN, GROUND_GARAGE, GROUND_ARCADE = range(5)


@njit(nogil=True)
def _ground_floor(x, y, own, foot, c, p, night, seed):  # type: ignore[no-untyped-def]  # noqa: PLR0911
    """Return (found, colour, glass, emission) of what replaces windows in row 0."""
    bay, storey, kind = p[BAY_M], p[STOREY_M], int(p[GROUND])
    none = (0.0, 0.0, 0.0)
    if own < p[DOORS] and kind != GROUND_ARCADE:
        half = min(0.45 + 0.5 * own, 0.42 * bay)
        tall = min(2.1 + 0.4 * own, 0.85 * storey)
        if abs(x) < half and y < tall:
            color, glass, glow = door(x, y, half, tall, foot, c, own / p[DOORS], night, seed)
            return True, color, glass, glow
        if abs(x) < half + 0.35 and kind != GROUND_SHOP:
            return True, none, -1.0, 0.0
    if kind == GROUND_SHOP and abs(x) < 0.46 * bay:
        if lattice(seed, 3, int(own * 4999.0)) < 0.15 and y < 0.78 * storey:
            color, glass, glow = slats(x, y, 0.46 * bay, foot, c, night, seed)
        else:
            color, glass, glow = shop(x, y, 0.46 * bay, storey, foot, c, own, night, seed)
        return True, color, glass, glow
    if kind == GROUND_GARAGE:
        half = min(0.42 * bay, 1.9)
        if abs(x) < half and y < min(2.3, 0.8 * storey):
            color, glass, glow = slats(x, y, half, foot, c, night, seed)
            return True, color, glass, glow
        return True, none, -1.0, 0.0
    if kind == GROUND_ARCADE:
        half = 0.4 * bay
        inside = inside_opening(x, y - 0.42 * storey, half, 0.42 * storey, 1)
        if inside > 0.0:
            deep = 0.03 + 0.05 * y / storey
            return True, (deep, deep, 0.95 * deep), 0.15, 0.0
        return True, none, -1.0, 0.0
    return kind == GROUND_PLAIN, none, -1.0, 0.0


@njit(nogil=True)
def _dressing(x, y, half_w, half_h, rim, foot, c, p, own, color, seed):  # type: ignore[no-untyped-def]
    """Return the wall around a window with its sill, surround, shutters and streaks."""
    below = -half_h - y
    if abs(x) < half_w + 0.1 and 0.0 < below < 0.1:
        return scaled(c[2], 0.95 + 0.05 * own)
    if p[SURROUND] > 0.0 and rim > -p[SURROUND]:
        return scaled(c[2], 0.9)
    aside = abs(x) - half_w
    if p[SHUTTERS] > own and 0.02 < aside < 0.95 * half_w and abs(y) < half_h:
        louvre = y / 0.07 - math.floor(y / 0.07)
        edge = min(aside - 0.02, 0.95 * half_w - aside, half_h - abs(y)) < 0.05
        dark = 0.75 if louvre < 0.35 and not edge else 1.0
        return scaled(c[3], 1.0 + (dark - 1.0) * fade(foot, 0.07))
    if aside < 0.0 and 0.0 < below < 1.2:
        return scaled(color, 1.0 - 0.3 * p[STAINS] * value_noise(x * 7.0, below, seed))
    return color


@njit(nogil=True)
def facade(u, v, foot, c, p, night, seed):  # type: ignore[no-untyped-def]
    """Return (colour, glass share, emission); colours: wall, its second, trim, accent.

    `night` 0..1 says how far the lamps in the rooms are lit.
    """
    column, storey = math.floor(u), math.floor(v)
    x, y = (u - column - 0.5) * p[BAY_M], (v - storey) * p[STOREY_M]
    own = lattice(int(column), int(storey), seed)
    half_w, half_h = 0.5 * p[WIN_W] * p[BAY_M], 0.5 * p[WIN_H] * p[STOREY_M]
    local = seed + 131 * int(column) + 17 * int(storey)
    if p[RIBBON] > 0.5:
        half_w = 0.5 * p[BAY_M] + 0.5 * p[FRAME]
    blank = lattice(int(column), 5, seed) < p[BLANK]
    if storey < 0.5:
        found, color, glass, glow = _ground_floor(x, y, own, foot, c, p, night, local)
        if found and glass >= 0.0:
            return color, glass, glow
        blank = blank or found
    wx = u * p[BAY_M]
    wy = v * p[STOREY_M]
    high = y - (p[SILL] * p[STOREY_M] + half_h)
    rim = -9.0 if blank else inside_opening(x, high, half_w, half_h, int(p[SHAPE]))
    share = 0.0 if blank else cover(rim, foot)
    glass, glow = 0.0, 0.0
    pane = (0.0, 0.0, 0.0)
    if share > 0.0:
        if p[SHUTTERS] > own and lattice(local, 9, 4) < 0.25:
            pane, glass, glow = slats(x, high, half_w, foot, c, night, 7)
        else:
            pane, glass, glow = window(
                x,
                high,
                half_w,
                half_h,
                rim,
                foot,
                c,
                p[PANES],
                p[FRAME],
                own,
                night,
                p[LIT],
                local,
            )
            glass *= 1.0 + p[COATED]
        if share >= 1.0:
            return pane, glass, glow
    color = wall(wx, wy, foot, c, int(p[WALL]), p[STAINS], p[SPRAYED], p[BAY_M], p[STOREY_M], seed)
    if not blank:
        color = _dressing(x, high, half_w, half_h, rim, foot, c, p, own, color, local)
    if p[BAND] > 0.0 and y < p[BAND] and storey > 0.5:
        color = scaled(c[2], 0.8 if y < 0.04 else 1.0)
    if wy < p[PLINTH_M]:
        color = scaled(blend(color, c[1], 0.8), 0.75)
    if p[PIPES] > 0.0 and 0.5 * p[BAY_M] - abs(x) < 0.06:
        between = math.floor(u + 0.5)
        if lattice(between, 6, seed) < p[PIPES]:
            off = (wx - between * p[BAY_M]) / 0.06
            color = scaled(c[1], 0.5 + 0.4 * (1.0 - abs(off + 0.3)))
    return blend(color, pane, share), glass * share, glow * share
