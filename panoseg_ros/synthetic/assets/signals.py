"""Traffic lights for vehicles, walkers and cyclists, on posts, arms and wires.

Convention: standing on z = 0 at the origin; the side that drivers look at faces +x, arms
reach over the road on the side of -y.
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.rods import rods
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, moved, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

Rng = np.random.Generator
_RED, _AMBER, _GREEN = (0.95, 0.03, 0.02), (0.95, 0.45, 0.02), (0.04, 0.85, 0.32)
_LENSES = {3: (_RED, _AMBER, _GREEN), 2: (_RED, _GREEN), 1: (_AMBER,)}


class Style:
    """What the heads of one crossing have in common; all are on or all are off."""

    def __init__(self, rng: Rng, materials: Materials) -> None:
        tone = palette.hsv(rng, (0.1, 0.7), (0.0, 0.5), (0.01, 0.1))
        if rng.random() < 0.2:
            tone = palette.hsv(rng, (0.1, 0.16), (0.5, 0.95), (0.3, 0.6))  # yellow cases
        self.case = materials.add(mat.PLAIN, [tone], [0.2, 0.3])
        self.rim = materials.add(mat.PLAIN, [(0.75, 0.75, 0.72)], [0.1, 0.3])
        self.on = bool(rng.random() < 0.92)
        self.board = bool(rng.random() < 0.3)
        self.hoods = bool(rng.random() < 0.75)
        self.materials = materials


def _head(rng: Rng, style: Style, lights: int, radius: float, flat: bool = False) -> Mesh:
    """Return a case with its lenses around the origin, facing +x; `flat` lies along y."""
    pitch, lit = 2.35 * radius, int(rng.integers(lights)) if style.on else -1
    tall = lights * pitch + 0.06
    size = (0.2, tall, 2.7 * radius) if flat else (0.2, 2.7 * radius, tall)
    parts = [box(size, (-0.1, 0, -0.5 * size[2]), ids.LIGHT, style.case)]
    if style.board:
        wide = (0.02, size[1] + 0.25, size[2] + 0.3)
        parts.append(box(wide, (-0.15, 0, -0.5 * wide[2]), ids.LIGHT, style.case))
        rim = (0.015, wide[1] + 0.05, wide[2] + 0.05)
        if rng.random() < 0.5:
            parts.append(box(rim, (-0.165, 0, -0.5 * rim[2]), ids.LIGHT, style.rim))
    square = lights == 2 and rng.random() < 0.5
    for index, tint in enumerate(_LENSES[lights]):
        off = 0.5 * lights * pitch - (index + 0.5) * pitch
        y, z = (off, 0.0) if flat else (0.0, off)
        parts.append(_lens(style, tint, index == lit, (y, z), radius, square))
        if style.hoods:
            parts.append(
                boxes(
                    [(0.17, 2.0 * radius, 0.015), (0.12, 0.015, radius), (0.12, 0.015, radius)],
                    [(0.08, y, z + radius), (0.06, y - radius, z), (0.06, y + radius, z)],
                    ids.LIGHT,
                    style.case,
                )
            )
    return join(parts)


def _lens(
    style: Style,
    tint: palette.Color,
    lit: bool,
    at: tuple[float, float],
    radius: float,
    square: bool,
) -> Mesh:
    """Return a round or square lens, bright or dark, at (y, z)."""
    y, z = at
    dim = 1.0 if lit else 0.07
    color = (tint[0] * dim, tint[1] * dim, tint[2] * dim)
    glass = style.materials.add(mat.EMIT, [color], [2.5 if lit else 0.02])
    if square:
        return box(
            (0.02, 1.8 * radius, 1.8 * radius), (0.01, y, z - 0.9 * radius), ids.LIGHT, glass
        )
    return tube((0.0, y, z), (0.03, y, z), (radius, radius), ids.LIGHT, glass, 10)


def traffic_light(rng: Rng, materials: Materials, metal: int) -> Mesh:
    """Return a signal post with one to five heads, some on an arm or a wire over the road."""
    style, kind = Style(rng, materials), rng.random()
    radius = float(rng.choice([0.1, 0.105, 0.15]))
    if kind < 0.1:
        return _walkers_post(rng, style, metal)
    height = rng.uniform(2.6, 3.8)
    foot = rng.uniform(0.05, 0.09)
    parts = [
        tube((0, 0, 0), (0, 0, height), (foot, 0.9 * foot), ids.POLE, metal, 7),
        moved(_head(rng, style, 3, radius), (0.2, 0, height - 0.45)),
    ]
    if rng.random() < 0.3:  # for cyclists, low on the post
        parts.append(moved(_head(rng, style, 3, 0.04), (0.14, 0, 1.6)))
    if rng.random() < 0.2:  # an arrow beside the main head
        parts.append(moved(_head(rng, style, 1, radius), (0.2, 0.34, height - 0.75)))
    if rng.random() < 0.6:  # for walkers who cross this road
        parts.append(moved(_head(rng, style, 2, 0.1), (0, 0.2, 2.3), np.pi / 2))
    if rng.random() < 0.25:
        parts.append(box((0.1, 0.1, 0.16), (0.08, 0, 1.05), ids.LIGHT, style.case))  # push button
    if kind > 0.52:
        over = _wire if kind > 0.93 else _arm
        parts.append(over(rng, style, radius, metal))
    return join(parts)


def _arm(rng: Rng, style: Style, radius: float, metal: int) -> Mesh:
    """Return a tall post with an arm and one or two heads, upright or lying."""
    reach, high = rng.uniform(2.2, 6.0), rng.uniform(5.0, 6.2)
    rise, flat = rng.uniform(-0.1, 0.6), rng.random() < 0.3
    parts = [
        tube((0, 0, 0), (0, 0, high), (0.11, 0.09), ids.POLE, metal, 7),
        tube((0, 0, high), (0, -reach, high + rise), (0.07, 0.045), ids.POLE, metal, 6),
    ]
    count = 2 if reach > 4.0 and rng.random() < 0.5 else 1
    for index in range(count):
        y = -reach + 0.25 + 2.4 * index
        z = high + rise * -y / reach + (0.0 if rng.random() < 0.5 else -0.45)
        parts.append(moved(_head(rng, style, 3, radius, flat), (0.18, y, z)))
    return join(parts)


def _wire(rng: Rng, style: Style, radius: float, metal: int) -> Mesh:
    """Return a tall post with a wire across the road from which heads hang."""
    high, span = rng.uniform(5.5, 6.5), rng.uniform(9.0, 14.0)
    line = np.array([(0, 0, high), (0, -0.5 * span, high - 0.35), (0, -span, high)])
    parts = [
        tube((0, 0, 0), (0, 0, high + 0.2), (0.12, 0.1), ids.POLE, metal, 7),
        rods(line[:-1], line[1:], 0.015, 0.015, UNLABELLED, metal),
    ]
    for y in rng.uniform(0.25, 0.6, int(rng.integers(1, 3))) * -span:
        parts.append(moved(_head(rng, style, 3, radius), (0.1, y, high - 0.9)))
    return join(parts)


def _walkers_post(rng: Rng, style: Style, metal: int) -> Mesh:
    """Return a post with lights for walkers only."""
    height = rng.uniform(2.3, 3.0)
    return join(
        [
            tube((0, 0, 0), (0, 0, height), (0.055, 0.05), ids.POLE, metal, 6),
            moved(_head(rng, style, 2, 0.1), (0, 0.18, height - 0.35), np.pi / 2),
            box((0.12, 0.1, 0.18), (0, 0.08, 1.05), ids.LIGHT, style.case),
        ]
    )
