"""Procedural ground: asphalt, setts and bricks in patterns, loose stuff, lawns; compiled.

Convention: u along the street and v across it, in metres; `foot` as in textures.py.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise
from panoseg_ros.synthetic.surfaces.textures import blend, fade, scaled

# Kinds of SETTS and of LOOSE.
FAN, HERRINGBONE, BASKET, CRAZY, STUDS, BARS, HEXAGON = range(7)
GRAVEL, SAND, LEAVES, EARTH, SNOW = range(5)


@njit(nogil=True)
def asphalt(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return a road surface: grain, blotches, cracks, patches, oil spots and tyre marks."""
    blotch = fractal_noise(u / 6.0, v / 2.0, seed, 3)
    base = blend(c[0], c[1], p[1] * blotch)
    grain = (value_noise(u / 0.05, v / 0.05, seed + 3) - 0.5) * fade(foot, 0.05)
    middle = (value_noise(u / 0.4, v / 0.4, seed + 4) - 0.5) * fade(foot, 0.4)
    bright = 1.0 + p[0] * (grain + 0.5 * middle)
    if p[2] > 0.0:
        vein = abs(fractal_noise(u / 1.7, v / 1.7, seed + 9, 3) - 0.5)
        if vein < 0.004 * p[2] * fade(foot, 0.05):
            bright *= 0.55
    if p[3] > 0.0:  # mended rectangles with tarred seams
        iu, iv = math.floor(u / 4.3), math.floor(v / 2.7)
        pick = lattice(iu, iv, seed + 21)
        if pick < p[3]:
            du = abs(u / 4.3 - iu - 0.5) - 0.1 - 0.35 * pick / p[3]
            dv = abs(v / 2.7 - iv - 0.5) - 0.1 - 0.3 * lattice(iu, iv, seed + 22)
            if du < 0.0 and dv < 0.0:
                seam = du > -0.012 or dv > -0.012
                bright *= 0.5 if seam and foot < 0.1 else 0.72 + 0.5 * lattice(iu, iv, seed + 23)
    if p[4] > 0.0:  # oil drops along the lanes
        spot = value_noise(u / 0.5, v / 0.35, seed + 31) * value_noise(u / 3.0, v, seed + 32)
        bright *= 1.0 - 0.6 * p[4] * max(0.0, min(1.0, 6.0 * (spot - 0.55)))
    if p[5] > 0.0:  # marks of tyres, long and thin
        mark = value_noise(u / 9.0, v / 0.11, seed + 41) * value_noise(
            u / 14.0, v / 1.5, seed + 42
        )
        bright *= 1.0 - 0.45 * p[5] * max(0.0, min(1.0, 5.0 * (mark - 0.5))) * fade(foot, 0.11)
    return scaled(base, bright)


@njit(nogil=True)
def _cell(u, v, kind, size):  # type: ignore[no-untyped-def]
    """Return (column, row, distance to the joint in metres) of a stone in a pattern."""
    if kind == FAN:
        wide = 11.0 * size
        column = math.floor(u / wide)
        x, radius = u - (column + 0.5) * wide, 0.72 * wide
        row_at = (v - math.sqrt(radius * radius - x * x)) / size
        row = math.floor(row_at)
        along = math.asin(x / radius) * radius / size + 0.5 * (row % 2)
        stone = math.floor(along)
        fu, fv = along - stone, row_at - row
        return stone + 31 * column, row, min(fu, 1.0 - fu, fv, 1.0 - fv) * size
    if kind == HERRINGBONE:
        x, y = u / size, v / size
        i, j = math.floor(x), math.floor(y)
        k = (i - j) % 4
        if k < 2:
            fx, fy = (x - i + k) * 0.5, y - j
            return i - k, j, min(min(fx, 1.0 - fx) * 2.0, fy, 1.0 - fy) * size
        upper = 1 if k == 2 else 0
        fx, fy, below = x - i, (y - j + upper) * 0.5, j - upper
        return i, below + 7919, min(fx, 1.0 - fx, min(fy, 1.0 - fy) * 2.0) * size
    if kind == BASKET:
        x, y = u / (2.0 * size), v / (2.0 * size)
        i, j = math.floor(x), math.floor(y)
        fx, fy = x - i, y - j
        if (i + j) % 2 == 0:
            fx, fy = fy, fx
        half = math.floor(2.0 * fx)
        inner = 2.0 * fx - half
        return 2 * i + half, j, min(inner, 1.0 - inner, min(fy, 1.0 - fy) * 2.0) * size
    if kind == HEXAGON:  # of two staggered grids of centres, the nearer one
        x, y = u / size, v / size
        i, j = math.floor(x), math.floor(y / 1.7320508)
        ax, ay = x - i - 0.5, y - (j + 0.5) * 1.7320508
        i2, j2 = math.floor(x + 0.5), math.floor(y / 1.7320508 + 0.5)
        cx, cy = x - i2, y - j2 * 1.7320508
        if cx * cx + cy * cy < ax * ax + ay * ay:
            i, j, ax, ay = i2 + 4999, j2, cx, cy
        return i, j, (0.5 - max(abs(ax), 0.5 * abs(ax) + 0.8660254 * abs(ay))) * size
    bx = u + 0.5 * size * (value_noise(u / size, v / size, 5) - 0.5)
    by = v + 0.6 * size * (value_noise(u / size + 9.0, v / size, 6) - 0.5)
    row = math.floor(by / size)
    wide = size * (0.8 + 0.9 * lattice(int(row), 5, 7))
    shifted = bx / wide + 0.7 * lattice(int(row), 6, 7)
    column = math.floor(shifted)
    fu, fv = (shifted - column) * wide, by - row * size
    return column, row, min(fu, wide - fu, fv, size - fv)


@njit(nogil=True)
def setts(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return stones in fans, herringbone, basket weave, hexagons or at random; or studs.

    Params: kind, size of a stone in metres, joint in metres, variation, moss 0..1.
    """
    kind, size = int(p[0]), p[1]
    seen = fade(foot, size)
    dirt = fractal_noise(u / 2.2, v / 2.2, seed + 7, 3) - 0.5
    if kind in (STUDS, BARS):  # tactile paving: domes or bars that stand out
        x = (u / size - math.floor(u / size) - 0.5) if kind == STUDS else 0.0
        y = v / size - math.floor(v / size) - 0.5
        r = math.sqrt(x * x + y * y)
        bump = (1.25 if y + x > 0.1 else 0.8) if r < 0.3 else 0.95
        return scaled(c[0], (1.0 + (bump - 1.0) * seen) * (1.0 + 0.3 * dirt))
    column, row, edge = _cell(u, v, kind, size)
    shade = lattice(int(column), int(row), seed)
    stone = blend(c[0], c[1], p[3] * (0.5 + (shade - 0.5) * seen))
    cover = min(1.0, max(0.0, 0.5 + (0.5 * p[2] - edge) / max(foot, 0.003)))
    per_joint = 1.6 if kind in (FAN, HEXAGON) else 1.3  # joints around a square, or a brick
    mean = min(0.6, per_joint * p[2] / size)
    joint = c[2]
    tint = (joint[0], joint[1], joint[2])
    if p[4] > 0.0:
        green = p[4] * min(1.0, max(0.0, 3.0 * (dirt + 0.1)))
        tint = blend(tint, (0.07, 0.11, 0.03), green)
    stone = blend(stone, tint, mean + (cover - mean) * seen)
    crown = 1.0 + (0.2 * min(1.0, 4.0 * edge / size) - 0.14) * seen
    fine = (value_noise(u / 0.03, v / 0.03, seed + 8) - 0.5) * fade(foot, 0.03)
    return scaled(stone, crown * (1.0 + 0.35 * dirt + 0.2 * fine + 0.25 * (shade - 0.5) * seen))


@njit(nogil=True)
def _leaf(u, v, size, seed, dense):  # type: ignore[no-untyped-def]
    """Return (shade, 1 or 0) of the leaf that lies, or not, in a cell of the ground."""
    i, j = math.floor(u / size), math.floor(v / size)
    own = lattice(i, j, seed + 4)
    if lattice(i, j, seed + 5) > dense:
        return own, 0.0
    x = u / size - i - 0.35 - 0.3 * own
    y = v / size - j - 0.35 - 0.3 * lattice(i, j, seed + 6)
    turn = 6.2831853 * lattice(i, j, seed + 7)
    c, s = math.cos(turn), math.sin(turn)
    long, wide = c * x + s * y, c * y - s * x
    return own, 1.0 if long * long * 3.5 + wide * wide * 11.0 < 1.0 else 0.0


@njit(nogil=True)
def loose(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return gravel, sand, fallen leaves, trodden earth or snow.

    Params: kind, size of a grain in metres, cover of the first over the third colour.
    """
    kind, size = int(p[0]), max(p[1], 0.01)
    patch = fractal_noise(u / 2.3, v / 1.7, seed, 3)
    near = fade(foot, size)
    grain = lattice(math.floor(u / size), math.floor(v / size), seed + 2)
    soft = value_noise(u / size, v / size, seed + 3)
    if kind == LEAVES:
        own, there = _leaf(u, v, size, seed, p[2] * (0.5 + patch))
        if there < 0.5:
            own, there = _leaf(u + 0.37, v + 0.71, 1.3 * size, seed + 9, p[2] * (0.5 + patch))
        share = p[2] + (there - p[2]) * near
        tone = scaled(blend(c[0], c[1], own), 0.7 + 0.6 * own)
        under = scaled(c[2], 0.7 + 0.5 * soft)
        return scaled(blend(under, tone, share), 0.8 + 0.4 * patch)
    base = blend(c[0], c[1], 0.5 + (grain - 0.5) * near if kind == GRAVEL else patch)
    bare = min(1.0, max(0.0, 4.0 * (patch - p[2])))
    base = blend(base, c[2], bare)
    rough = 0.4
    if kind == GRAVEL:
        rough = 0.9
    elif kind == SAND:
        rough = 0.18
    elif kind == SNOW:
        rough = 0.08
    ripple = 0.1 * math.sin(14.0 * (v + 0.5 * patch)) * fade(foot, 0.25) if kind == SAND else 0.0
    return scaled(base, 1.0 + rough * (soft - 0.5) * near + 0.3 * (patch - 0.5) + ripple)


@njit(nogil=True)
def grass(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return lawn or meadow in patches over soil, mown in stripes, with flowers or leaves.

    Params: patch in metres, share of soil, detail, stripes, flowers (of colour 3).
    """
    patch = fractal_noise(u / p[0], v / p[0], seed, 3)
    tuft = value_noise(u / 0.35, v / 0.35, seed + 4)
    blade = (value_noise(u / 0.08, v / 0.05, seed + 5) - 0.5) * fade(foot, 0.06)
    base = blend(c[0], c[1], min(1.0, max(0.0, 1.8 * patch - 0.4)))
    bare = fractal_noise(u / 1.9, v / 1.9, seed + 8, 2)
    if bare < p[1]:
        base = blend(base, c[2], min(1.0, 8.0 * (p[1] - bare)))
    bright = 0.75 + p[2] * (0.5 * tuft * fade(foot, 0.3) + 0.9 * blade)
    if p[3] > 0.0:
        row = (u + v * 0.3) / 0.9
        bright *= 1.0 + p[3] * (0.12 if row - math.floor(row) < 0.5 else -0.12)
    if p[4] > 0.0 and foot < 0.12:
        spot = lattice(math.floor(u / 0.06), math.floor(v / 0.06), seed + 11)
        if spot < 0.1 * p[4] * patch:
            return scaled(c[3], 1.0)
    return scaled(base, bright)
