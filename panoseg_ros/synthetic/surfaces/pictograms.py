"""Faces of signs: rings, arrows, figures, numbers, letters and displays, compiled.

Convention: u to the right and v up on [-1, 1] squared; `foot` as in textures.py, here in
units of half the sign's height.
"""

import math

from numba import njit

from panoseg_ros.synthetic.surfaces.noise import lattice
from panoseg_ros.synthetic.surfaces.textures import blend, fade, scaled

RING, FIELD, BAR, TEXT, ARROW, NUMBER, CHEVRON, SLASH, GUIDE, LETTER, DOTS, FIGURE = range(12)


@njit(nogil=True)
def letters(u, v, seed):  # type: ignore[no-untyped-def]
    """Return whether a point of a line of text is ink; u in letter widths, v 0..1."""
    column = math.floor(u)
    code = lattice(int(column), 7, seed)
    if code < 0.16 or v < 0.12 or v > 0.88:
        return False
    gx, gy = (u - column) * 1.35, (v - 0.12) / 0.76
    if gx > 1.0:
        return False
    stem = gx < 0.24 or (gx > 0.76 and code > 0.45)
    pick = int(code * 97.0)
    bar = (
        (gy < 0.17 and pick % 2 == 0)
        or (abs(gy - 0.5) < 0.09 and pick % 3 != 0)
        or (gy > 0.83 and pick % 5 != 0)
    )
    return stem or bar


@njit(nogil=True)
def _arrow(u, v, seed):  # type: ignore[no-untyped-def]
    """Return whether a point lies on an arrow that points up, left, right or aslant."""
    turn = math.floor(8.0 * lattice(seed, 1, 2)) * 0.7853981634
    c, s = math.cos(turn), math.sin(turn)
    x, y = c * u - s * v, s * u + c * v
    shaft = abs(x) < 0.12 and -0.6 < y < 0.2
    return shaft or (0.1 < y < 0.62 and abs(x) < 0.75 * (0.62 - y))


@njit(nogil=True)
def _figure(u, v, seed):  # type: ignore[no-untyped-def]
    """Return whether a point lies on a walker, a bicycle or a car drawn from the side."""
    kind = lattice(seed, 3, 4)
    if kind < 0.4:
        head = u * u + (v - 0.45) * (v - 0.45) < 0.02
        body = abs(u) < 0.14 and -0.05 < v < 0.3
        legs = -0.6 < v <= -0.05 and abs(abs(u) - 0.35 * (-0.05 - v)) < 0.08
        return head or body or legs
    wheel = math.sqrt((abs(u) - 0.38) ** 2 + (v + 0.2) ** 2)
    if kind < 0.7:
        frame = abs(v + 0.2 - 0.9 * (0.38 - abs(u))) < 0.06 and abs(u) < 0.4
        return abs(wheel - 0.24) < 0.05 or frame
    return wheel < 0.13 or (abs(u) < 0.6 and -0.2 < v < 0.05) or (abs(u) < 0.35 and 0 < v < 0.28)


@njit(nogil=True)
def _ink(u, v, design, seed):  # type: ignore[no-untyped-def]  # noqa: PLR0911
    """Return whether a point of a sign's field carries its mark."""
    if design == BAR:
        return abs(v) < 0.22 and abs(u) < 0.7
    if design == TEXT:
        rows = 2.0 + math.floor(3.0 * lattice(seed, 8, 1))
        line = (v + 1.0) * 0.5 * rows
        row = math.floor(line)
        end = 0.2 + 0.7 * lattice(int(row), 5, seed)
        return -0.88 < u < end and letters((u + 1.0) * 2.6 * rows / 2.0, line - row, seed + row)
    if design == ARROW:
        return _arrow(u, v, seed)
    if design == NUMBER:
        return abs(u) < 0.6 and letters((u + 0.6) / 0.6, (v + 0.5), seed)
    if design == CHEVRON:
        return math.floor(2.4 * (u + abs(v))) % 2 == 0
    if design == SLASH:
        return abs(u + v) < 0.2
    if design == GUIDE:
        if u > 0.55:
            return _arrow((u - 0.76) * 4.0, v * 1.4, seed)
        line = (v + 1.0) * 1.5
        row = math.floor(line)
        return u > -0.9 and letters((u + 1.0) * 4.5, line - row, seed + row)
    if design == LETTER:
        return abs(u) < 0.45 and letters((u + 0.45) / 0.9, v * 0.62 + 0.5, seed)
    if design == FIGURE:
        return _figure(u * 1.1, v * 1.1, seed)
    cell = lattice(math.floor(abs(u) * 4.0), math.floor((v + 1.0) * 4.0), seed)
    return cell > 0.55 and max(abs(u), abs(v)) < 0.6


@njit(nogil=True)
def sign_face(u, v, foot, c, p, seed):  # type: ignore[no-untyped-def]
    """Return a sign's colour; colours: border, field, mark, second mark.

    Params: design (see above), width of the border.
    """
    design = int(p[0])
    round_face = design in (RING, BAR, NUMBER, SLASH)
    radius = math.sqrt(u * u + v * v) if round_face else max(abs(u), abs(v))
    rim = min(1.0, max(0.0, 0.5 + (radius - 1.0 + p[1]) / max(foot, 0.01)))
    field = (c[1][0], c[1][1], c[1][2])
    if design == DOTS:
        du, dv = u * 24.0 - math.floor(u * 24.0) - 0.5, v * 12.0 - math.floor(v * 12.0) - 0.5
        line = (v + 1.0) * 1.5
        row = math.floor(line)
        on = letters((u + 0.9) * 5.0, line - row, seed + row) and du * du + dv * dv < 0.2
        return blend(scaled(c[2], 1.0) if on else field, c[0], rim)
    face = field
    if _ink(u, v, design, seed):
        thin = design in (TEXT, GUIDE)
        share = fade(foot, 0.12) if thin else fade(foot, 0.4)
        face = blend(field, c[2], 0.35 + 0.65 * share)
    if design == SLASH and not abs(u + v) < 0.2 and abs(u - v) < 0.16:
        face = blend(field, c[3], 1.0)
    return blend(face, c[0], rim)
