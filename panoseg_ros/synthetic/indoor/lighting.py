"""Light of rooms: what stands outside, lamps and windows as light sources, the sun.

Rooms are lit by rectangles: windows pass the light of the sky, lamps give their own.
Radiance and irradiance are linear RGB in one arbitrary unit; irradiance is divided by pi
throughout, so that a surface's radiance is its albedo times the irradiance.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.mesh import F32
from panoseg_ros.synthetic.rendering.compiling import kernel
from panoseg_ros.synthetic.surfaces.noise import fractal_noise, lattice, value_noise

F64 = NDArray[np.float64]

MOODS = ('sunny', 'cloudy', 'mixed', 'dusk', 'night')
_SHARES = (0.36, 0.24, 0.14, 0.1, 0.16)  # how often a mood is drawn
_DAY = (1.0, 0.8, 0.5, 0.12, 0.008)  # light outside in each mood, against a sunny day's

# Columns of Daylight.view.
BASE, SKYLINE, TREES, SEED, LIT = range(5)
# Columns of a light source; direction (0, 0, 0) shines to all sides.
CENTRE, HALF_U, HALF_V, TOWARDS, COLOR = 0, 3, 6, 9, 12
COLUMNS = 15
AREA, SIZE = 15, 16  # further columns of `measured`
MAX_SOURCES = 12
_TURNED_M = 50.0  # sources that shine opposite ways count as this much farther apart, halved


class Daylight(NamedTuple):
    """What shines on and into a building, and the lamps that are on in it.

    The counterpart of `rendering.sky.Sky` for rooms.
    """

    sun_direction: F32  # (3,) towards the sun
    sun: F32  # (3,) irradiance of a surface that faces it
    colors: F32  # (5, 3) zenith, horizon, ground, facades, trees
    view: F32  # (5,) floor level (m), skyline, trees, seed, lit windows
    sources: F32  # (L, COLUMNS)
    weather: str  # one of MOODS
    lamps_on: bool


@kernel()
def outside(dx, dy, dz, colors, view, sun_direction, sun):  # type: ignore[no-untyped-def]
    """Return what is seen through a window in a direction: sky, houses, trees, ground."""
    azimuth = math.atan2(dy, dx)
    flat = math.sqrt(dx * dx + dy * dy) + 1e-6
    rise = dz / flat  # tangent of the elevation
    seed = int(view[SEED])
    block = math.floor(azimuth * 4.0)
    roof = view[SKYLINE] * (0.2 + lattice(int(block), 1, seed)) - 0.02 * view[BASE]
    leaf = view[TREES] * (0.3 + fractal_noise(azimuth * 6.0, 0.5, seed + 3, 4))
    foot = -0.03 - 0.04 * view[BASE]
    if rise < foot:
        tone = 0.8 + 0.4 * value_noise(azimuth * 5.0, 3.0 / (foot - rise + 0.2), seed + 5)
        return colors[2, 0] * tone, colors[2, 1] * tone, colors[2, 2] * tone
    if rise < leaf - 0.02 * view[BASE]:
        tone = 0.4 + fractal_noise(azimuth * 30.0, rise * 30.0, seed + 7, 3)
        return colors[4, 0] * tone, colors[4, 1] * tone, colors[4, 2] * tone
    if rise < roof:
        tone = 0.7 + 0.6 * lattice(int(block), 2, seed)
        wu, wv = azimuth * 60.0, rise * 28.0
        iu, iv = math.floor(wu), math.floor(wv)
        if wu - iu > 0.4 and wv - iv > 0.45:
            if lattice(int(iu), int(iv), seed + 9) < view[LIT]:
                return 0.9, 0.7, 0.4
            tone *= 0.4
        return colors[3, 0] * tone, colors[3, 1] * tone, colors[3, 2] * tone
    share = math.sqrt(max(0.0, dz))
    cloud = fractal_noise(dx / (dz + 0.15), dy / (dz + 0.15), seed + 11, 4)
    tone = 0.8 + 0.5 * cloud
    facing = dx * sun_direction[0] + dy * sun_direction[1] + dz * sun_direction[2]
    glow = 2.0 * max(0.0, facing) ** 60
    r = (colors[1, 0] + (colors[0, 0] - colors[1, 0]) * share) * tone + sun[0] * glow
    g = (colors[1, 1] + (colors[0, 1] - colors[1, 1]) * share) * tone + sun[1] * glow
    b = (colors[1, 2] + (colors[0, 2] - colors[1, 2]) * share) * tone + sun[2] * glow
    return r, g, b


@kernel()
def _share(sources, k, x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """Return the form factor from a point towards rectangle k, softened close to it."""
    ex, ey, ez = sources[k, CENTRE] - x, sources[k, CENTRE + 1] - y, sources[k, CENTRE + 2] - z
    d2 = ex * ex + ey * ey + ez * ez + 1e-6
    d = math.sqrt(d2)
    area, size = sources[k, AREA], sources[k, SIZE]
    here = (nx * ex + ny * ey + nz * ez) / d
    soft = 0.6 * size / (d + size)  # a wide source is seen in part from behind its centre
    here = (here + soft) / (1.0 + soft)
    if here <= 0.0:
        return 0.0
    there = 0.5
    tx, ty, tz = sources[k, TOWARDS], sources[k, TOWARDS + 1], sources[k, TOWARDS + 2]
    if tx != 0.0 or ty != 0.0 or tz != 0.0:
        there = -(tx * ex + ty * ey + tz * ez) / d
        there = (there + 0.5 * soft) / (1.0 + 0.5 * soft)
        if there <= 0.0:
            return 0.0
    return area * here * there / (math.pi * d2 + area)


@kernel()
def pick_source(sources, x, y, z, nx, ny, nz, chance, weights):  # type: ignore[no-untyped-def]
    """Return the irradiance of all sources were nothing in between, and one of them.

    A source is picked in proportion to its part; -1 where none reaches the point.
    `weights` is room for one number for each source.
    """
    r, g, b, total = 0.0, 0.0, 0.0, 0.0
    for k in range(len(sources)):
        share = _share(sources, k, x, y, z, nx, ny, nz)
        red, green, blue = sources[k, COLOR], sources[k, COLOR + 1], sources[k, COLOR + 2]
        r += share * red
        g += share * green
        b += share * blue
        weights[k] = share * (red + green + blue)
        total += weights[k]
    if total <= 0.0:
        return 0.0, 0.0, 0.0, -1
    left = chance * total
    for k in range(len(sources)):
        left -= weights[k]
        if left <= 0.0:
            return r, g, b, k
    return r, g, b, len(sources) - 1


def measured(sources: F32) -> F32:
    """Return sources (L, COLUMNS) with their area and longer half edge as further columns."""
    edges = np.linalg.norm(sources[:, HALF_U:TOWARDS].reshape(-1, 2, 3), axis=2)
    own = np.stack([4.0 * edges.prod(1), edges.max(1)], 1)
    return np.ascontiguousarray(np.concatenate([sources, own], 1), np.float32)


def merged(sources: F64, most: int = MAX_SOURCES) -> F32:
    """Return at most `most` sources (L, COLUMNS), neighbours of one direction as one.

    The colour of a merged source is scaled so that its power stays the same.
    """
    rows = [row.copy() for row in sources]
    while len(rows) > most:
        centres = np.stack([row[CENTRE:HALF_U] for row in rows])
        facing = np.stack([row[TOWARDS:COLOR] for row in rows])
        gap = np.linalg.norm(centres[:, None] - centres[None], axis=-1)
        gap += _TURNED_M * np.linalg.norm(facing[:, None] - facing[None], axis=-1)
        np.fill_diagonal(gap, np.inf)
        i, j = np.unravel_index(int(np.argmin(gap)), gap.shape)
        rows[i] = _pair(rows[i], rows[j])
        del rows[j]
    return np.array(rows, np.float32).reshape(-1, COLUMNS)


def _pair(a: F64, b: F64) -> F64:
    areas = np.array([area(a), area(b)])
    share = areas / areas.sum()
    out = a * share[0] + b * share[1]
    scale = np.sqrt(areas.sum() / areas[0])
    out[HALF_U:TOWARDS], out[TOWARDS:COLOR] = a[HALF_U:TOWARDS] * scale, a[TOWARDS:COLOR]
    return out


def random_daylight(rng: np.random.Generator, windows: F64, lamps: F64, dim: bool) -> Daylight:
    """Draw the light of a room from its windows and lamps.

    The rectangles (L, COLUMNS) carry colours relative to the light of the sky and of a
    usual lamp. Where the windows leave a room `dim`, the lamps are on.
    """
    mood = str(rng.choice(MOODS, p=_SHARES))
    day = _DAY[MOODS.index(mood)]
    direction, sun = _sun(rng, mood)
    colors = _colors(rng, mood)
    zenith, horizon, ground = colors[:3]
    view = [
        rng.choice([0.0, rng.uniform(1, 15)]),
        rng.choice([0.1, 0.5, 1.0]),
        rng.choice([0.0, 0.25, 0.5]),
        rng.integers(9999),
        0.25 if mood in ('dusk', 'night') else 0.0,
    ]
    through = (0.55 * horizon + 0.25 * zenith + 0.2 * ground) * day
    lamps_on = mood in ('dusk', 'night', 'mixed') or dim or rng.random() < 0.4
    strength = rng.uniform(1.5, 5.0) * (1.0 if mood in ('sunny', 'cloudy') else 0.6)
    tone = np.array([1.0, 0.9, 0.75]) if rng.random() < 0.5 else np.array([1.0, 0.98, 0.95])
    rows = windows * _tinted(through)
    if lamps_on:
        rows = np.concatenate([rows, lamps * _tinted(tone * strength)])
    f32 = np.float32
    return Daylight(
        direction.astype(f32),
        sun.astype(f32),
        (colors * day).astype(f32),
        np.array(view, f32),
        merged(rows),
        mood,
        bool(lamps_on),
    )


def _sun(rng: np.random.Generator, mood: str) -> tuple[F64, F64]:
    """Return direction and irradiance of the sun, black unless it is sunny."""
    azimuth, elevation = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(10, 60))
    flat = np.cos(elevation)
    direction = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
    warm = np.array([1.0, 0.9, 0.72]) * rng.uniform(0.95, 1.05, 3)
    return direction, warm * (rng.uniform(4.0, 11.0) if mood == 'sunny' else 0.0)


def _colors(rng: np.random.Generator, mood: str) -> F64:
    """Return zenith, horizon, ground, facades and trees (5, 3) as by day."""
    zenith = np.array([0.45, 0.7, 1.1]) * rng.uniform(0.8, 1.2, 3)
    grey = np.full(3, rng.uniform(0.8, 1.5))
    zenith, horizon = (zenith, 0.3 * zenith + 0.8 * grey) if mood == 'sunny' else (grey, grey)
    if mood == 'dusk':
        horizon = np.array([1.6, 0.9, 0.6]) * rng.uniform(0.6, 1.2)
    ground = np.array([0.3, 0.3, 0.25]) * rng.uniform(0.6, 1.4, 3)
    facade = rng.uniform(0.2, 0.8) * rng.uniform(0.75, 1.2, 3)
    tree = np.array([0.12, 0.2, 0.07]) * rng.uniform(0.6, 1.5, 3)
    return np.stack([zenith, horizon, ground, facade, tree])


def _tinted(color: F64) -> F64:
    return np.concatenate([np.ones(COLOR), color])


def rectangle(
    centre: F64,
    half_u: F64,
    half_v: F64,
    towards: F64,
    color: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> F64:
    """Return the row of a rectangle spanned by two half edges, shining to one side."""
    return np.concatenate([centre, half_u, half_v, towards, color]).astype(np.float64)


def stacked(rows: list[F64]) -> F64:
    """Return rows as an array (L, COLUMNS)."""
    return np.array(rows, np.float64).reshape(-1, COLUMNS)


def area(row: F64) -> float:
    """Return a source's area in square metres."""
    half_u, half_v = row[HALF_U:HALF_V], row[HALF_V:TOWARDS]
    return float(4.0 * np.linalg.norm(half_u) * np.linalg.norm(half_v))
