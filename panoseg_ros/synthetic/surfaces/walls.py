"""Procedural walls of buildings and gardens: masonry, boards, sheet, stains, paint sprays.

Convention: x along the wall and y up from its foot, in metres; `foot` as in textures.py.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise
from panoseg_ros.synthetic.surfaces.textures import blend, fade, scaled

(
    PLASTER,
    BRICK,
    PANEL,
    BOARDS,
    RUBBLE,
    TIMBER,
    TILES,
    SHEET,
    CONCRETE,
    ASHLAR,
    SHINGLE,
) = range(11)

# Length, height, shift of every second row, joint and variation of masonry, metres.
_BRICK = (0.24, 0.075, 0.5, 0.014, 0.9)
_PANEL = (1.4, 1.1, 0.0, 0.03, 0.5)
_TILES = (0.15, 0.15, 0.0, 0.008, 0.6)
_ASHLAR = (0.85, 0.38, 0.5, 0.03, 0.45)
_CONCRETE = (2.4, 1.2, 0.0, 0.015, 0.12)


@njit(nogil=True)
def _masonry(x, y, foot, c, size, seed):  # type: ignore[no-untyped-def]
    """Return rows of stones, each with its own shade, with joints of colour 2."""
    row = math.floor(y / size[1])
    shifted = x / size[0] + size[2] * (row % 2.0)
    column = math.floor(shifted)
    shade = lattice(int(column), int(row), seed) - 0.5
    seen = fade(foot, size[1])
    stone = blend(c[0], c[1], (0.5 + shade * seen) * size[4])
    fu, fv = (shifted - column) * size[0], y - row * size[1]
    edge = min(fu, size[0] - fu, fv, size[1] - fv)
    cover = min(1.0, max(0.0, 0.5 + (0.5 * size[3] - edge) / max(foot, 0.003)))
    share = size[3] * (1.0 / size[0] + 1.0 / size[1])
    cover = share + (cover - share) * seen
    return scaled(blend(stone, c[2], 0.8 * cover), 1.0 + 0.25 * shade * seen)


@njit(nogil=True)
def _rubble(x, y, foot, c, seed):  # type: ignore[no-untyped-def]
    """Return stones of all sizes in mortar: masonry with bent joints and uneven rows."""
    bx = x + 0.16 * (value_noise(x / 0.3, y / 0.3, seed) - 0.5)
    by = y + 0.2 * (value_noise(x / 0.35 + 9.0, y / 0.35, seed + 1) - 0.5)
    row = math.floor(by / 0.24)
    wide = 0.22 + 0.3 * lattice(int(row), 5, seed)
    shifted = bx / wide + 0.7 * lattice(int(row), 6, seed)
    column = math.floor(shifted)
    shade = lattice(int(column), int(row), seed + 2)
    fu, fv = (shifted - column) * wide, by - row * 0.24
    edge = min(fu, wide - fu, fv, 0.24 - fv)
    seen = fade(foot, 0.2)
    joint = 1.0 if edge < 0.018 else 0.0
    stone = blend(c[0], c[1], 0.5 + (shade - 0.5) * seen)
    return scaled(
        blend(stone, c[2], (0.12 + (joint - 0.12) * seen) * 0.8), 1.0 + 0.5 * (shade - 0.5) * seen
    )


@njit(nogil=True)
def _boards(x, y, foot, c, seed):  # type: ignore[no-untyped-def]
    """Return lapped boards, lying or, for half of the seeds, upright."""
    across, along = (y, x) if seed % 2 == 0 else (x, y)
    wide = 0.12 + 0.1 * lattice(seed, 3, 8)
    board = math.floor(across / wide)
    inside = across / wide - board
    shade = lattice(int(board), math.floor(along / 3.1), seed) - 0.5
    seen = fade(foot, wide)
    gap = 0.5 if inside < 0.08 else 1.0
    grain = (value_noise(across / 0.02, along / 0.5, seed + 2) - 0.5) * fade(foot, 0.04)
    bright = (1.0 + 0.3 * shade + 0.25 * grain) * gap * (0.92 + 0.16 * inside)
    return scaled(c[0], 1.0 + (bright - 1.0) * seen)


@njit(nogil=True)
def _shingle(x, y, foot, c, seed):  # type: ignore[no-untyped-def]
    """Return rounded shingles in overlapping rows."""
    row = math.floor(y / 0.16)
    shifted = x / 0.2 + 0.5 * (row % 2.0)
    column = math.floor(shifted)
    fu, fv = shifted - column - 0.5, y / 0.16 - row
    shade = lattice(int(column), int(row), seed) - 0.5
    seen = fade(foot, 0.16)
    rim = 0.6 if fv < 1.2 * fu * fu else 1.0
    return scaled(c[0], 1.0 + ((1.0 + 0.4 * shade) * rim - 1.0) * seen)


@njit(nogil=True)
def _timber(x, y, foot, c, bay_m, storey_m, seed):  # type: ignore[no-untyped-def]
    """Return plaster between beams of colour 1: posts, rails and some braces."""
    column, row = math.floor(x / bay_m), math.floor(y / storey_m)
    fx, fy = x - column * bay_m, y - row * storey_m
    edge = min(fx, bay_m - fx, fy, storey_m - fy, abs(fx - 0.5 * bay_m))
    if lattice(int(column), int(row), seed) < 0.4:
        lean = fy * bay_m / storey_m
        way = lean if lattice(int(column), int(row), seed + 1) < 0.5 else bay_m - lean
        edge = min(edge, abs(fx - way) * 0.8)
    cover = min(1.0, max(0.0, 0.5 + (0.09 - edge) / max(foot, 0.01)))
    grain = 1.0 + 0.3 * (value_noise(x / 0.04, y / 0.04, seed + 3) - 0.5) * fade(foot, 0.05)
    return scaled(blend(c[0], c[1], cover), grain)


@njit(nogil=True)
def _sheet(x, y, foot, c, seed):  # type: ignore[no-untyped-def]
    """Return folded sheet metal, upright or lying, with seams."""
    across, along = (x, y) if seed % 3 else (y, x)
    pitch = 0.1 + 0.25 * lattice(seed, 4, 8)
    phase = across / pitch - math.floor(across / pitch)
    rib = 1.12 if phase < 0.35 else (0.72 if phase < 0.45 else 1.0)
    seam = 0.8 if along / 3.0 - math.floor(along / 3.0) < 0.01 else 1.0
    return scaled(c[0], 1.0 + (rib * seam - 1.0) * fade(foot, 0.5 * pitch))


@njit(nogil=True)
def _concrete(x, y, foot, c, seed):  # type: ignore[no-untyped-def]
    """Return cast slabs with tie holes."""
    base = _masonry(x, y, foot, c, _CONCRETE, seed)
    hx, hy = x / 1.2 - math.floor(x / 1.2) - 0.5, y / 0.6 - math.floor(y / 0.6) - 0.5
    hole = hx * hx * 1.44 + hy * hy * 0.36 < 0.0006 and foot < 0.04
    return scaled(base, 0.5 if hole else 1.0)


@njit(nogil=True)
def _bare(x, y, foot, c, kind, bay_m, storey_m, seed):  # type: ignore[no-untyped-def]  # noqa: PLR0911
    if kind == BRICK:
        return _masonry(x, y, foot, c, _BRICK, seed)
    if kind == PANEL:
        return _masonry(x, y, foot, c, _PANEL, seed)
    if kind == BOARDS:
        return _boards(x, y, foot, c, seed)
    if kind == RUBBLE:
        return _rubble(x, y, foot, c, seed)
    if kind == TIMBER:
        return _timber(x, y, foot, c, bay_m, storey_m, seed)
    if kind == TILES:
        return _masonry(x, y, foot, c, _TILES, seed)
    if kind == SHEET:
        return _sheet(x, y, foot, c, seed)
    if kind == CONCRETE:
        return _concrete(x, y, foot, c, seed)
    if kind == ASHLAR:
        return _masonry(x, y, foot, c, _ASHLAR, seed)
    if kind == SHINGLE:
        return _shingle(x, y, foot, c, seed)
    fine = (value_noise(x / 0.06, y / 0.06, seed + 1) - 0.5) * fade(foot, 0.06)
    return scaled(c[0], 1.0 + 0.16 * fine)


@njit(nogil=True)
def graffiti(x, y, share, seed):  # type: ignore[no-untyped-def]
    """Return (colour, cover) of sprayed paint below 2.2 m on a share of the wall."""
    spot = lattice(math.floor(x / 3.5), 41, seed)
    if spot > share or y < 0.15 or y > 2.2:
        return (0.0, 0.0, 0.0), 0.0
    pick = int(1000.0 * spot / share)
    line = abs(fractal_noise(x / 0.9, y / 0.6, seed + pick, 2) - 0.5)
    if line > 0.05:
        return (0.0, 0.0, 0.0), 0.0
    tone = lattice(pick, 42, seed)
    color = (
        0.04 + 0.6 * lattice(pick, 43, seed) * (tone > 0.3),
        0.04 + 0.5 * lattice(pick, 44, seed) * (tone > 0.4),
        0.05 + 0.6 * lattice(pick, 45, seed) * (tone > 0.2),
    )
    return color, 0.9


@njit(nogil=True)
def wall(x, y, foot, c, kind, stains, sprayed, bay_m, storey_m, seed):  # type: ignore[no-untyped-def]
    """Return the colour of a wall; colours: wall, its second tone, joints.

    `stains` 0..1 says how much dirt runs down, `sprayed` which share carries graffiti.
    """
    base = _bare(x, y, foot, c, kind, bay_m, storey_m, seed)
    cloud = fractal_noise(x / 3.0, y / 2.0, seed + 11, 3) - 0.5
    streak = value_noise(x / 0.25, y / 3.5, seed + 15)
    damp = max(0.0, 1.0 - y / (0.3 + 0.8 * cloud + 0.4))
    bright = 1.0 + 0.3 * cloud
    bright -= stains * (0.6 * max(0.0, streak - 0.6) + 0.35 * damp)
    color = scaled(base, max(0.15, bright))
    if sprayed > 0.0 and y < 2.2:
        spray, cover = graffiti(x, y, sprayed, seed + 21)
        if cover > 0.0:
            color = blend(color, spray, cover * fade(foot, 0.2))
    return color
