"""Procedural windows, doors, shop fronts and lettering, compiled.

Convention: metres; x from the middle of an opening to the right, y from its middle up.
Each function returns (colour, glass share 0..1, emission as a factor of the colour).
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import lattice, value_noise
from panoseg_ros.synthetic.surfaces.pictograms import letters
from panoseg_ros.synthetic.surfaces.textures import blend, fade, scaled

RECT, ARCH, SEGMENT, ROUND = range(4)
LAMP_LIT = 0.16  # emission of a lit room at night; a wall under a street lamp has about 0.2


@njit(nogil=True, inline='always')
def cover(inside_m, foot):  # type: ignore[no-untyped-def]
    """Return which share of a picture element lies inside an edge `inside_m` away."""
    return min(1.0, max(0.0, 0.5 + inside_m / max(foot, 0.004)))


@njit(nogil=True)
def inside_opening(x, y, half_w, half_h, shape):  # type: ignore[no-untyped-def]
    """Return the distance in metres to the rim of an opening, positive inside."""
    edge = min(half_w - abs(x), half_h - abs(y))
    if shape == ROUND:
        radius = min(half_w, half_h)
        return radius - math.sqrt(x * x + y * y)
    if shape == ARCH:
        rise = y - (half_h - half_w)
        if rise > 0.0:
            return min(edge, half_w - math.sqrt(x * x + rise * rise))
    if shape == SEGMENT:
        radius = 1.5 * half_w
        rise = y - (half_h - radius)
        if rise > 0.0:
            return min(edge, radius - math.sqrt(x * x + rise * rise))
    return edge


@njit(nogil=True)
def _room(x, y, half_w, half_h, own, night, lit, seed):  # type: ignore[no-untyped-def]
    """Return what is seen behind a pane: a dark room, curtains, blinds or a lit room."""
    fold = value_noise(x * 9.0, 0.3 * y, seed)
    glow = night if lattice(seed, 12, int(own * 9973.0)) < lit else 0.0
    up = (y + half_h) / (2.0 * half_h)
    style = lattice(seed, 13, int(own * 7919.0))
    shade = 0.012 + 0.05 * own + 0.03 * up
    color, clear = (shade, shade * 1.06, shade * 1.12), 0.9
    if style < 0.28 and abs(x) > half_w * (0.25 + 0.9 * own):  # curtains at the sides
        color, clear = (0.34 + 0.3 * fold, 0.33 + 0.29 * fold, 0.29 + 0.27 * fold), 0.45
    elif style < 0.42:  # net over the whole pane
        color, clear = (0.16 + 0.14 * fold, 0.16 + 0.14 * fold, 0.16 + 0.14 * fold), 0.6
    elif style < 0.6 and up > 0.15 + 0.8 * own:  # roller or slatted blind
        slat = 0.85 + 0.15 * math.sin(70.0 * y)
        tone = 0.3 + 0.4 * lattice(seed, 14, int(own * 997.0))
        color, clear = (tone * slat, tone * slat, 0.92 * tone * slat), 0.35
    elif style > 0.86 and up < 0.3 and value_noise(x * 8.0, y * 8.0, seed + 4) > 0.45:
        color, clear = (0.04, 0.07 + 0.08 * own, 0.03), 0.5  # plants on the sill
    if glow > 0.0:
        warm = lattice(seed, 15, int(own * 331.0))
        tint = (1.0, 0.72 + 0.2 * warm, 0.38 + 0.5 * warm)
        dim = (0.2 + 0.8 * own) * (0.55 + 0.45 * up) * (0.6 + 0.4 * fold)
        color = blend(color, scaled(tint, dim), glow)
    return color, clear, glow * LAMP_LIT


@njit(nogil=True)
def window(x, y, half_w, half_h, rim, foot, c, panes, frame, own, night, lit, seed):  # type: ignore[no-untyped-def]
    """Return a window `rim` metres inside the edge of its opening; frame of colour 2."""
    room, glass, glow = _room(x, y, half_w, half_h, own, night, lit, seed)
    wood = 1.0 - cover(rim - frame, foot)
    cell = (x + half_w) / (2.0 * half_w) * panes
    bar = abs(cell - math.floor(cell + 0.5)) * 2.0 * half_w / panes
    thin = 0.6 * frame
    if panes > 1.0:
        wood = max(wood, cover(0.5 * thin - bar, foot) * fade(foot, 0.3))
    cross = abs(y - 0.33 * half_h)
    if panes >= 2.0:
        wood = max(wood, cover(0.5 * thin - cross, foot) * fade(foot, 0.3))
    shadow = 0.45 * cover(y - half_h + 0.14, foot) * fade(foot, 0.2)  # under the lintel
    room = scaled(room, 1.0 - shadow * (1.0 - night))
    frame_color = scaled(c[2], 1.0 - shadow)
    return blend(room, frame_color, wood), glass * (1.0 - wood), glow * (1.0 - wood)


@njit(nogil=True)
def door(x, y, half_w, height, foot, c, own, night, seed):  # type: ignore[no-untyped-def]
    """Return a door; y from the ground. Its leaf has colour 3, its frame colour 2."""
    rim = min(half_w - abs(x), height - y)
    frame = 1.0 - cover(rim - 0.08, foot)
    glazed = own > 0.55
    leaf = 0.5 * half_w
    fx = abs(x) - leaf if own > 0.3 else abs(x)  # two leaves or one
    field = min(leaf * (1.0 if own > 0.3 else 1.6) - abs(fx), 1.0) > 0.1
    row = y / height * 3.0
    inner = abs(row - math.floor(row) - 0.5) < 0.36 and field
    color = scaled(c[3], 0.78 if inner and foot < 0.2 else 1.0)
    glass, glow = 0.05, 0.0
    if glazed and inner and row > 0.9:
        color, glass = (0.03, 0.035, 0.04), 0.8
        if night > 0.0 and own > 0.7:
            color, glow = (0.9, 0.7, 0.45), night * LAMP_LIT
    if own > 0.3 and abs(x) < 0.015:
        color = scaled(color, 0.4)
    return blend(color, c[2], frame), glass * (1.0 - frame), glow * (1.0 - frame)


@njit(nogil=True)
def shop(x, y, half_w, storey_m, foot, c, own, night, seed):  # type: ignore[no-untyped-def]
    """Return a shop front with goods, a door and a lettered board; y from the ground."""
    top, plinth = 0.78 * storey_m, 0.1 + 0.5 * (own > 0.6)
    if y > top:
        low, high = top + 0.1, 0.98 * storey_m
        size = 0.25 + 0.3 * own
        text = letters((x + half_w) / size, (y - low) / (high - low), seed + 5)
        on = text and abs(x) < half_w * 0.85 and foot < 0.25
        glow = night * (0.1 + 0.4 * own) * (own > 0.3)
        color = c[2] if on else c[3]
        return scaled(color, 1.0), 0.0, glow
    if y < plinth:
        return scaled(c[3], 0.8), 0.0, 0.0
    parts = 2.0 + math.floor(3.0 * own)
    cell = (x + half_w) / (2.0 * half_w) * parts
    bar = abs(cell - math.floor(cell + 0.5)) * 2.0 * half_w / parts
    wood = max(cover(0.04 - bar, foot), cover(0.05 - (top - y), foot))
    wood = max(wood, cover(0.04 - abs(y - plinth), foot)) * fade(foot, 0.5)
    shelf = math.floor((y - plinth) / 0.42)
    gx = math.floor(x / (0.18 + 0.2 * own))
    item = lattice(int(gx), int(shelf), seed)
    tall = (y - plinth) / 0.42 - shelf
    color, clear = (0.03 + 0.03 * own, 0.03 + 0.03 * own, 0.035), 0.8
    if shelf < 1.0 + 4.0 * own and tall < 0.35 + 0.5 * item and item > 0.25:
        tone = fade(foot, 0.3)
        color = (
            0.04 + 0.32 * lattice(int(gx), int(shelf), seed + 1) * tone,
            0.04 + 0.3 * lattice(int(gx), int(shelf), seed + 2) * tone,
            0.04 + 0.28 * lattice(int(gx), int(shelf), seed + 3) * tone,
        )
        clear = 0.55
    glow = 0.0
    if night > 0.0 and own > 0.25:
        color = blend(scaled(color, 1.5), (0.9, 0.8, 0.62), 0.3 * night)
        glow = (0.3 + 0.8 * own) * LAMP_LIT * night
    return blend(color, c[2], wood), clear * (1.0 - wood), glow * (1.0 - wood)


@njit(nogil=True)
def slats(x, y, half_w, foot, c, night, seed):  # type: ignore[no-untyped-def]
    """Return a garage or roller door of colour 3; y from the ground."""
    pitch = 0.12 + 0.4 * lattice(seed, 21, 3)
    groove = y / pitch - math.floor(y / pitch)
    dark = (0.7 if groove < 0.14 else 1.0) - 1.0
    edge = cover(0.05 - (half_w - abs(x)), foot)
    color = scaled(c[3], 1.0 + dark * fade(foot, 0.5 * pitch) + 0.12 * value_noise(x, y, seed))
    return blend(color, c[2], edge), 0.0, 0.0
