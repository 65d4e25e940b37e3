"""Procedural albedo of tiles, leaves, paint, cloth, wood, sheet and bark, compiled.

Every function takes texture coordinates in metres and `foot`, the size in metres
that a picture element covers there, and fades detail that is finer than `foot`.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise


@njit(nogil=True, inline='always')
def fade(foot, detail_m):  # type: ignore[no-untyped-def]
    """Return how visible a detail is: 1 when coarser than the footprint, 0 when finer."""
    return min(1.0, max(0.0, 1.6 - 0.8 * foot / detail_m))


@njit(nogil=True, inline='always')
def blend(a, b, share):  # type: ignore[no-untyped-def]
    """Return colour a moved towards colour b."""
    return (
        a[0] + (b[0] - a[0]) * share,
        a[1] + (b[1] - a[1]) * share,
        a[2] + (b[2] - a[2]) * share,
    )


@njit(nogil=True, inline='always')
def scaled(a, factor):  # type: ignore[no-untyped-def]
    """Return colour a times a factor."""
    return (a[0] * factor, a[1] * factor, a[2] * factor)


@njit(nogil=True)
def plain(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return a painted or cast surface with clouds of dirt."""
    scale = max(p[1], 0.05)
    dirt = fractal_noise(u / scale, v / scale, seed, 3) - 0.5
    fine = (value_noise(u / 0.06, v / 0.06, seed + 5) - 0.5) * fade(foot, 0.06)
    return scaled(c[0], 1.0 + p[0] * (1.6 * dirt + 0.5 * fine))


@njit(nogil=True)
def paving(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return tiles, bricks or cobbles in rows, each with its own shade."""
    row = math.floor(v / p[1])
    shifted = u / p[0] + p[2] * (row % 2.0)
    column = math.floor(shifted)
    shade = lattice(int(column), int(row), seed)
    seen = fade(foot, min(p[0], p[1]))
    tile = blend(c[0], c[1], (0.5 + (shade - 0.5) * seen) * p[4])
    fu, fv = (shifted - column) * p[0], v - row * p[1]
    edge = min(fu, p[0] - fu, fv, p[1] - fv)
    thin = fade(foot, max(2.0 * p[3], 0.02))
    if edge < 0.5 * p[3]:
        tile = blend(tile, c[2], thin)
    dirt = fractal_noise(u / 2.5, v / 2.5, seed + 7, 3)
    fine = (value_noise(u / 0.07, v / 0.07, seed + 8) - 0.5) * fade(foot, 0.07)
    return scaled(tile, 0.82 + 0.36 * dirt + 0.25 * fine)


@njit(nogil=True)
def foliage(u, v, foot, c, p, prim, seed):  # type: ignore[no-untyped-def]
    """Return leaves: a shade per card, darker in the gaps between leaves."""
    own = lattice(prim, 3, seed)
    coarse = value_noise(u / 0.21, v / 0.21, seed + 2)
    small = value_noise(u / 0.07, v / 0.07, seed + 3)
    near, far, close = fade(foot, 0.07), fade(foot, 0.21), fade(foot, 0.025)
    leaf = 0.5 + (0.55 * (coarse - 0.5) + 0.45 * (small - 0.5) * near) * 1.5
    if close > 0.0:  # single leaves, each with its own shade
        own_leaf = lattice(math.floor(u / 0.06 + 2.0 * small), math.floor(v / 0.045), seed + 6)
        leaf += 0.8 * (own_leaf - 0.5) * close
    clump = 0.7 + 0.6 * value_noise(u / 0.7, v / 0.7, seed + 4)
    base = scaled(blend(c[0], c[1], min(1.0, p[0] * own + 0.3 * coarse)), clump)
    gap = 0.55 + 0.85 * leaf if leaf > p[1] + 0.12 else 0.3
    return scaled(base, 0.85 + (gap - 0.85) * far)


@njit(nogil=True)
def paint(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return road paint, worn through to the asphalt of the second colour."""
    worn = fractal_noise(u / 0.35, v / 0.35, seed, 4)
    share = min(1.0, max(0.0, 5.0 * (p[0] - worn) + 0.1))
    grain = (value_noise(u / 0.05, v / 0.05, seed + 3) - 0.5) * fade(foot, 0.05)
    return scaled(blend(c[0], c[1], share), 1.0 + 0.4 * grain)


@njit(nogil=True)
def gloss(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return lacquer under dust and splashes (p[1]), and how much of it still shines."""
    if p[1] <= 0.0:
        return scaled(c[0], 0.93 + 0.14 * value_noise(u, v, seed)), 1.0
    film = 1.5 * fractal_noise(u / 0.9, v / 0.35, seed, 3) - 0.25
    splash = max(0.0, value_noise(u / 0.05, v / 0.05, seed + 3) - 0.6) * fade(foot, 0.05)
    share = min(0.92, max(0.0, p[1] * (film + 1.5 * splash)))
    tone = 0.08 + 0.2 * lattice(seed, 5, 9)
    return blend(scaled(c[0], 1.0), (tone, 0.92 * tone, 0.8 * tone), share), 1.0 - share


@njit(nogil=True)
def glass(u, v, c, p, night, seed):  # type: ignore[no-untyped-def]
    """Return (colour, mirror share, emission) of panes between posts of the second colour.

    The third colour is that of a lit room behind them.
    """
    if p[1] > 0.0:
        cell = u / p[1]
        if abs(cell - math.floor(cell + 0.5)) * p[1] < p[2]:
            return (c[1][0], c[1][1], c[1][2]), 0.0, 0.0
    if night > 0.0 and p[3] > 0.0:
        room = 0.55 + 0.6 * value_noise(u / 0.5, v / 0.4, seed)
        return scaled(blend(c[0], c[2], night), room), 0.6 * p[0], night * p[3]
    return (c[0][0], c[0][1], c[0][2]), p[0], 0.0


@njit(nogil=True)
def stripes(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return two colours in stripes along u or v."""
    along = u if p[2] < 0.5 else v
    phase = along / p[0] - math.floor(along / p[0])
    thin = fade(foot, p[0])
    first = 1.0 if phase < p[1] else 0.0
    share = p[1] + (first - p[1]) * thin
    dirt = 0.85 + 0.3 * fractal_noise(u / 1.5, v / 1.5, seed, 3)
    return scaled(blend(c[1], c[0], share), dirt)


@njit(nogil=True)
def poster(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return blocks of colour as on billboards, graffiti and printed cloth."""
    iu, iv = math.floor(u / p[0]), math.floor(v / p[0])
    pick = lattice(iu // 3, iv // 3, seed) * 0.6 + 0.4 * value_noise(u / p[0], v / p[0], seed + 1)
    if pick < 0.4:
        return (c[0][0], c[0][1], c[0][2])
    if pick < 0.55:
        return (c[1][0], c[1][1], c[1][2])
    return (c[2][0], c[2][1], c[2][2])


@njit(nogil=True)
def planks(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return boards side by side, with grain along them."""
    across, along = (u, v) if p[2] < 0.5 else (v, u)
    board = math.floor(across / p[0])
    shade = lattice(int(board), 1, seed) - 0.5
    grain = value_noise(across / 0.02, along / 0.6, seed + 2) - 0.5
    inside = across / p[0] - board
    seam = 0.45 if inside < 0.06 else 1.0
    seen = fade(foot, p[0])
    bright = (1.0 + p[1] * (shade + 0.6 * grain * fade(foot, 0.04))) * seam
    return scaled(c[0], 1.0 + (bright - 1.0) * seen)


@njit(nogil=True)
def corrugated(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return folded sheet metal: bright and dark flanks of ribs, rust running down."""
    across = u if p[2] < 0.5 else v
    wave = math.sin(6.2831853 * across / p[0]) * fade(foot, 0.5 * p[0])
    rust = fractal_noise(u / 0.7, v / 2.5, seed, 3) - 0.5
    return scaled(c[0], 1.0 + 0.3 * wave + p[1] * rust)


@njit(nogil=True)
def bark(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return fissures along a trunk, or the dark bands of a birch (p[1] > 0)."""
    if p[1] > 0.5:
        band = value_noise(u / 0.25, v / 0.03, seed) * value_noise(u / 0.4, v / 0.5, seed + 1)
        dark = 1.0 if band > 0.42 else 0.0
        seen = fade(foot, 0.05)
        return blend(c[0], c[1], 0.12 + (dark - 0.12) * seen)
    rib = value_noise(u / 0.035, v / 0.3, seed) - 0.5
    cloud = value_noise(u / 0.5, v / 0.9, seed + 2)
    base = blend(c[0], c[1], cloud)
    return scaled(base, 1.0 + p[0] * (1.1 * rib * fade(foot, 0.035) + 0.4 * (cloud - 0.5)))
