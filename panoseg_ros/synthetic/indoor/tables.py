"""Tables, desks, counters.

Convention: an asset stands on z = 0 around the origin; a desk's user sits at +x.
"""

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor.looks import Kit, TableShape
from panoseg_ros.synthetic.indoor.shapes import disc, four_legs, pillow, sled
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, tube


def table(shape: TableShape, size: tuple[float, float, float], frame: int, top: int) -> Mesh:
    """Return a rectangular table of size x, y and height."""
    x, y, high = size
    under = high - shape.top_m
    half = (0.5 * x - shape.inset_m - 0.04, 0.5 * y - shape.inset_m - 0.04)
    parts = [pillow((x, y, shape.top_m), (0, 0, under), ids.TABLE, top, 0.008)]
    parts.append(_support(shape, half, under, frame))
    if shape.apron and shape.legs in ('straight', 'round'):
        sizes = [(2 * half[0], 0.02, 0.08)] * 2 + [(0.02, 2 * half[1], 0.08)] * 2
        z = under - 0.08
        feet = [(0, -half[1], z), (0, half[1], z), (-half[0], 0, z), (half[0], 0, z)]
        parts.append(boxes(sizes, feet, ids.TABLE, frame))
    return join(parts)


def _support(shape: TableShape, half: tuple[float, float], under: float, frame: int) -> Mesh:
    x, y, thick = half[0], half[1], shape.leg_m
    if shape.legs == 'round':
        return four_legs(half, under, 1.3 * thick, ids.TABLE, frame, 0.06, 6)
    if shape.legs == 'sled':
        return sled(half, under, 0.7 * thick, ids.TABLE, frame)
    if shape.legs == 'sides':
        feet = [(0, -y, 0), (0, y, 0)]
        return boxes([(2 * x, 0.03, under)] * 2, feet, ids.TABLE, frame)
    if shape.legs == 'pedestal':
        count = 2 if max(x, y) > 0.8 else 1
        spots = [0.0] if count == 1 else [-0.6 * y, 0.6 * y]
        parts = []
        for s in spots:
            parts.append(tube((0, s, 0), (0, s, under), (0.05, 0.05), ids.TABLE, frame, 8))
            parts.append(box((1.4 * x, 0.08, 0.04), (0, s, 0), ids.TABLE, frame))
            parts.append(box((0.08, 0.5, 0.04), (0, s, 0), ids.TABLE, frame))
        return join(parts)
    if shape.legs == 'trestle':
        parts = [
            tube((sx * 1.1 * x, sy, 0), (0.3 * sx * x, sy, under), (thick / 2, thick / 2),
                 ids.TABLE, frame, 4)
            for sx in (-1, 1)
            for sy in (-0.8 * y, 0.8 * y)
        ]  # fmt: skip
        return join([*parts, box((0.05, 1.6 * y, 0.05), (0, 0, under - 0.05), ids.TABLE, frame)])
    return four_legs(half, under, thick, ids.TABLE, frame)


def round_table(shape: TableShape, radius: float, high: float, frame: int, top: int) -> Mesh:
    """Return a round table on a column or on legs."""
    parts = [disc(radius, shape.top_m, high - shape.top_m, ids.TABLE, top, 24)]
    under = high - shape.top_m
    if shape.legs in ('straight', 'round', 'trestle'):
        reach = 0.6 * radius
        parts.append(four_legs((reach, reach), under, shape.leg_m, ids.TABLE, frame, 0.1, 6))
    else:
        parts.append(tube((0, 0, 0), (0, 0, under), (0.05, 0.04), ids.TABLE, frame, 8))
        parts.append(disc(0.55 * radius, 0.025, 0, ids.TABLE, frame, 16))
    return join(parts)


def counter(length: float, depth: float, high: float, body: int, top: int) -> Mesh:
    """Return a counter or kitchen island along y with a top that stands over."""
    return join(
        [
            box((depth - 0.1, length - 0.06, high - 0.05), (-0.02, 0, 0), ids.TABLE, body),
            pillow((depth, length, 0.05), (0, 0, high - 0.05), ids.TABLE, top, 0.01),
        ]
    )


def random_table(rng: np.random.Generator, kit: Kit, size: tuple[float, float, float]) -> Mesh:
    """Return one of the family's tables in a size x, y and height."""
    shape = pick(rng, kit.family.tables)
    frame = pick(rng, kit.metals if rng.random() < 0.5 else kit.woods)
    top = pick(rng, kit.woods if rng.random() < 0.75 else kit.plastics)
    if shape.glass and size[2] < 0.6:
        top = kit.pane
    if abs(size[0] - size[1]) < 0.02 and rng.random() < 0.5:
        return round_table(shape, 0.5 * size[0], size[2], frame, top)
    return table(shape, size, frame, top)
