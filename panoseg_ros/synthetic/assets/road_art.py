"""Shapes that are painted on roads: arrows, bicycles, words, numbers, hatching.

Convention: metres on the ground, x along the way of driving, y to the left, the middle at
the origin; each shape is a set of quads (N, 4, 2), counter-clockwise seen from above.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.synthetic.chance import pick

F64 = NDArray[np.float64]
Rng = np.random.Generator

_TURNS: tuple[tuple[int, ...], ...] = ((), (1,), (-1,), (1, -1))
# Strokes of letters on a grid 2 wide and 4 high: (x, y) to (x, y).
_GLYPHS: dict[str, list[tuple[float, float, float, float]]] = {
    'A': [(0, 0, 1, 4), (2, 0, 1, 4), (0.5, 2, 1.5, 2)],
    'E': [(0, 0, 0, 4), (0, 4, 2, 4), (0, 2, 1.5, 2), (0, 0, 2, 0)],
    'H': [(0, 0, 0, 4), (2, 0, 2, 4), (0, 2, 2, 2)],
    'K': [(0, 0, 0, 4), (0, 2, 2, 4), (0, 2, 2, 0)],
    'L': [(0, 0, 0, 4), (0, 0, 2, 0)],
    'N': [(0, 0, 0, 4), (0, 4, 2, 0), (2, 0, 2, 4)],
    'O': [(0, 0, 0, 4), (0, 4, 2, 4), (2, 4, 2, 0), (2, 0, 0, 0)],
    'P': [(0, 0, 0, 4), (0, 4, 2, 4), (2, 4, 2, 2), (2, 2, 0, 2)],
    'S': [(2, 4, 0, 4), (0, 4, 0, 2), (0, 2, 2, 2), (2, 2, 2, 0), (2, 0, 0, 0)],
    'T': [(1, 0, 1, 4), (0, 4, 2, 4)],
    'U': [(0, 4, 0, 0), (0, 0, 2, 0), (2, 0, 2, 4)],
    'X': [(0, 0, 2, 4), (0, 4, 2, 0)],
    '0': [(0, 0, 0, 4), (0, 4, 2, 4), (2, 4, 2, 0), (2, 0, 0, 0)],
    '3': [(0, 4, 2, 4), (0.5, 2, 2, 2), (0, 0, 2, 0), (2, 0, 2, 4)],
    '5': [(2, 4, 0, 4), (0, 4, 0, 2), (0, 2, 2, 2), (2, 2, 2, 0), (2, 0, 0, 0)],
}


def strokes(starts: ArrayLike, ends: ArrayLike, wide: float) -> F64:
    """Return bars (N, 4, 2) from starts to ends (N, 2), a little longer than that."""
    a, b = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
    way = (b - a) / (np.linalg.norm(b - a, axis=1, keepdims=True) + 1e-9) * 0.5 * wide
    side = np.column_stack([-way[:, 1], way[:, 0]])
    a, b = a - way, b + way
    return np.stack([a - side, b - side, b + side, a + side], 1)


def _head(tip: tuple[float, float], way: tuple[float, float], size: float) -> F64:
    """Return the head of an arrow as one quad whose last corner lies on its base."""
    t, w = np.asarray(tip, np.float64), np.asarray(way, np.float64)
    w = w / np.linalg.norm(w)
    side, base = np.array([-w[1], w[0]]), t - 1.6 * size * w
    return np.array([[base - 0.8 * size * side, t, base + 0.8 * size * side, base]])


def arrow(ahead: bool, turns: tuple[int, ...]) -> F64:
    """Return an arrow 5 m long that points ahead, to the left (1), to the right (-1)."""
    parts = [strokes([(-2.5, 0.0)], [(1.2 if ahead else 0.3, 0.0)], 0.16)]
    if ahead:
        parts.append(_head((2.5, 0.0), (1.0, 0.0), 0.55))
    for k in turns:
        parts.append(strokes([(0.2, 0.0)], [(0.9, 0.45 * k)], 0.16))
        parts.append(_head((1.5, 1.0 * k), (1.0, 0.75 * k), 0.45))
    return np.concatenate(parts)


def bicycle(scale: float = 1.0) -> F64:
    """Return a bicycle seen from its side, 1.7 m long, its wheels towards the driver."""
    angle = np.linspace(0, 2 * np.pi, 9)
    ring = 0.33 * np.column_stack([np.cos(angle), np.sin(angle)])
    wheels = [strokes((ring + m)[:-1], (ring + m)[1:], 0.07) for m in ((0, 0.52), (0, -0.52))]
    frame = np.array(
        [
            *[(0, 0.52, 0.45, 0.15), (0.45, 0.15, 0.45, -0.32), (0, -0.52, 0.6, -0.3)],
            *[(0, 0.05, 0.45, -0.32), (0, 0.05, 0.55, 0.2), (0, 0.52, 0, 0.05)],
            *[(0.6, -0.3, 0.6, -0.48), (0.56, 0.1, 0.56, 0.3)],
        ]
    )
    return scale * np.concatenate([*wheels, strokes(frame[:, :2], frame[:, 2:], 0.07)])


def word(text: str, high: float, wide: float) -> F64:
    """Return letters `high` m long along the road and `wide` m broad, read by the driver."""
    lines = np.array(
        [
            (
                y0 * 0.25 * high,
                -(3.0 * k + x0) * wide / 2,
                y1 * 0.25 * high,
                -(3 * k + x1) * wide / 2,
            )
            for k, letter in enumerate(text)
            for x0, y0, x1, y1 in _GLYPHS[letter]
        ]
    )
    lines -= np.tile(0.5 * (lines.reshape(-1, 2).max(0) + lines.reshape(-1, 2).min(0)), 2)
    return strokes(lines[:, :2], lines[:, 2:], 0.3 * wide)


def hatching(long: float, wide: float, pitch: float) -> F64:
    """Return an outlined field of slanting bars."""
    x0, y0 = 0.5 * long, 0.5 * wide
    corners = np.array([(-x0, -y0), (x0, -y0), (x0, y0), (-x0, y0)])
    rim = strokes(corners, np.roll(corners, -1, 0), 0.12)
    x = np.arange(-x0 + 0.3, x0 - wide, pitch)
    low, high = np.column_stack([x, 0 * x - y0]), np.column_stack([x + wide, 0 * x + y0])
    return np.concatenate([rim, strokes(low, high, min(0.4, 0.4 * pitch))])


def random_road_art(rng: Rng, wide: float) -> F64:
    """Draw a shape for a lane of this width in metres."""
    kind = rng.random()
    if kind < 0.5:
        turns = pick(rng, _TURNS)
        return arrow(not turns or rng.random() < 0.5, turns)
    if kind < 0.64:
        return bicycle(float(rng.uniform(0.8, 1.6)))
    if kind < 0.76:
        number = str(rng.choice(['30', '50', '3', '5']))
        return word(number, rng.uniform(1.5, 4.0), 0.2 * wide)
    if kind < 0.9:
        text = ''.join(rng.choice(list('AEHKLNOPSTUX'), int(rng.integers(3, 6))))
        return word(text, rng.uniform(1.2, 3.5), 0.55 * wide / len(text))
    return hatching(rng.uniform(4.0, 12.0), 0.8 * wide, rng.uniform(0.6, 1.6))
