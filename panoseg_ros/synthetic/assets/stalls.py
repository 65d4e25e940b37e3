"""Large things on pavements and squares: shelters, kiosks, columns, containers, stalls.

Convention: standing on z = 0 around the origin, the front faces +x. Shelters and kiosks
are buildings, as in Cityscapes' definition (structures that shelter humans); the other
things have no class (label 255).
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.signs import SIGN_UV
from panoseg_ros.synthetic.chance import any_yaw
from panoseg_ros.synthetic.mesh import (
    Mesh,
    ball,
    box,
    boxes,
    join,
    lathe,
    loft,
    moved,
    quads,
    tube,
    upright,
)
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials
from panoseg_ros.synthetic.surfaces.pictograms import TEXT

Builder = Callable[[np.random.Generator, Materials], Mesh]


def painted(rng: np.random.Generator, materials: Materials) -> int:
    """Return a new coat of paint or bare metal."""
    color = palette.metal(rng) if rng.random() < 0.5 else palette.coat(rng)
    return materials.add(mat.PLAIN, [color], [rng.uniform(0.1, 0.7), rng.uniform(0.2, 1.0)])


def printed(rng: np.random.Generator, materials: Materials) -> int:
    """Return a new poster."""
    colors = [palette.coat(rng), palette.cloth(rng), palette.wall(rng)]
    return materials.add(mat.POSTER, colors, [rng.uniform(0.04, 0.3)])


def fabric(rng: np.random.Generator, materials: Materials) -> int:
    """Return a new awning cloth, plain or striped."""
    first = palette.coat(rng)
    second = palette.near(rng, (0.7, 0.68, 0.62)) if rng.random() < 0.6 else first
    return materials.add(mat.STRIPES, [first, second], [rng.uniform(0.2, 0.8), 0.5, 0.0])


def pane(rng: np.random.Generator, materials: Materials) -> int:
    """Return a new glass."""
    return materials.add(mat.GLASS, [palette.hsv(rng, (0.4, 0.7), (0, 0.4), (0.02, 0.2))], [0.9])


def _bars(
    points: NDArray[np.float64], low: float, high: float, thick: float, label: int, material: int
) -> Mesh:
    """Return square posts on points (N, 2) between two heights."""
    feet = np.column_stack([points, np.full(len(points), low)])
    return boxes([(thick, thick, high - low)] * len(points), feet, label, material)


def shelter(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a bus shelter; some panes are so clear that only their frames stand."""
    long, deep, tall = rng.uniform(2.4, 7.0), rng.uniform(1.1, 1.9), rng.uniform(2.2, 2.8)
    frame, glass, back = painted(rng, materials), pane(rng, materials), -0.5 * deep
    count = max(2, round(long / rng.uniform(1.1, 1.8)))
    y = np.linspace(-0.5 * long, 0.5 * long, count + 1)
    posts = np.column_stack([np.full(len(y), back), y])
    fronts = np.array([(back + 0.75 * deep, y[0]), (back + 0.75 * deep, y[-1])])
    kind = ids.BUILDING
    parts = [
        _bars(np.concatenate([posts, fronts]), 0.0, tall, 0.07, kind, frame),
        box((deep + 0.2, long + 0.3, rng.uniform(0.06, 0.3)), (0, 0, tall), kind, frame),
        box((0.05, long, 0.07), (back, 0, 0.25), kind, frame),
        box((0.38, 0.7 * long, 0.05), (back + 0.3, 0, 0.47), kind, frame),
        boxes(
            [(0.05, 0.05, 0.47)] * 2,
            [(back + 0.3, s * 0.3 * long, 0) for s in (-1, 1)],
            kind,
            frame,
        ),
    ]
    clear = rng.random() < 0.5
    for a, b in pairwise(y):
        if not clear:
            parts.append(box((0.02, b - a, tall - 0.5), (back, 0.5 * (a + b), 0.3), kind, glass))
        elif rng.random() < 0.5:  # a band of film on the clear pane
            parts.append(box((0.02, b - a, 0.12), (back, 0.5 * (a + b), 1.4), kind, glass))
    if rng.random() < 0.7:
        poster = printed(rng, materials)
        parts.append(box((1.2, 0.12, 1.9), (0.0, y[0], 0.25), kind, frame))
        parts.append(box((1.05, 0.14, 1.7), (0.0, y[0], 0.35), kind, poster))
    return join(parts)


def kiosk(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a news or food stand with a counter, goods, an awning and a sign."""
    long, deep, tall = rng.uniform(2.0, 4.5), rng.uniform(1.8, 3.0), rng.uniform(2.3, 3.0)
    skin, trim = painted(rng, materials), painted(rng, materials)
    kind, front = ids.BUILDING, 0.5 * deep
    low, high = rng.uniform(0.7, 1.1), tall - 0.45
    goods = printed(rng, materials)
    parts = [
        box((deep, long, tall), (0, 0, 0), kind, skin),
        box((deep + 0.5, long + 0.5, rng.uniform(0.1, 0.4)), (0, 0, tall), kind, trim),
        box((0.04, 0.8 * long, high - low), (front, 0, low), kind, goods),
        box((0.35, 0.85 * long, 0.05), (front + 0.15, 0, low - 0.05), kind, trim),
    ]
    if rng.random() < 0.6:
        sign = materials.add(
            mat.SIGN, [palette.coat(rng), palette.coat(rng), palette.wall(rng)], [TEXT, 0.06]
        )
        x, half = front + 0.03, 0.45 * long
        board = upright((x, -half), (x, half), tall - 0.4, tall)
        parts.append(quads([board], kind, sign, [SIGN_UV]))
    if rng.random() < 0.6:
        reach, top = rng.uniform(0.8, 1.5), tall - 0.05
        cloth = fabric(rng, materials)
        flap = [
            (front + reach, -0.5 * long, top - 0.45),
            (front + reach, 0.5 * long, top - 0.45),
            (front, 0.5 * long, top),
            (front, -0.5 * long, top),
        ]
        parts.append(quads([flap], kind, cloth))
    return join(parts)


def advertising_column(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a round column with posters, or a flat two-sided board on a foot."""
    frame, kind = painted(rng, materials), UNLABELLED
    if rng.random() < 0.5:
        radius, tall = rng.uniform(0.45, 0.75), rng.uniform(2.5, 3.6)
        paper = printed(rng, materials)
        parts = [
            tube((0, 0, 0), (0, 0, 0.35), (1.08 * radius, 1.05 * radius), kind, frame, 12),
            tube((0, 0, 0.3), (0, 0, tall), (radius, radius), kind, paper, 12),
            tube((0, 0, tall), (0, 0, tall + 0.2), (1.2 * radius, 1.15 * radius), kind, frame, 12),
        ]
        if rng.random() < 0.6:
            parts.append(ball((0, 0, tall + 0.2), (radius, radius, 0.5), kind, frame))
        return join(parts)
    wide, tall, foot = rng.uniform(1.1, 3.6), rng.uniform(1.6, 2.4), rng.uniform(0.2, 2.2)
    papers = [printed(rng, materials) for _ in range(2)]
    parts = [box((0.18, wide, tall), (0, 0, foot), kind, frame)]
    legs = 1 if wide < 1.6 and rng.random() < 0.7 else 2
    at = [(0.0, y) for y in ((0.0,) if legs == 1 else (-0.35 * wide, 0.35 * wide))]
    parts.append(_bars(np.array(at), 0.0, foot, rng.uniform(0.1, 0.3), kind, frame))
    parts += [
        box((0.02, wide - 0.14, tall - 0.14), (s * 0.1, 0, foot + 0.07), kind, paper)
        for s, paper in zip((-1, 1), papers, strict=True)
    ]
    return join(parts)


def container(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a freight container, a skip or a row of recycling bells."""
    skin, kind = painted(rng, materials), UNLABELLED
    pick = rng.random()
    if pick < 0.4:
        long = float(rng.choice([3.0, 6.06, 6.06]))
        ribs = materials.add(mat.CORRUGATED, [palette.coat(rng)], [rng.uniform(0.1, 0.28), 0.5])
        edge = np.array([(x, y) for x in (-1.2, 1.2) for y in (-0.5 * long, 0.5 * long)])
        parts = [
            box((2.38, long, 2.5), (0, 0, 0.1), kind, ribs),
            _bars(edge, 0.0, 2.62, 0.14, kind, skin),
            boxes(
                [(2.4, 0.12, 0.14)] * 2, [(0, s * 0.5 * long, 2.5) for s in (-1, 1)], kind, skin
            ),
        ]
        return join(parts)
    if pick < 0.7:
        long, deep, tall = rng.uniform(2.6, 4.2), rng.uniform(1.5, 1.9), rng.uniform(1.0, 1.7)
        plan = np.array([(0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)])
        rings = [
            np.column_stack([plan * [deep, k * long], np.full(4, z)])
            for k, z in ((0.62, 0.12), (1.0, tall))
        ]
        load = materials.add(mat.GRASS, [palette.stone(rng), palette.soil(rng)], [0.7, 0.4, 0.6])
        parts = [
            loft(rings, kind, skin, caps=False),
            box((deep * 0.96, long * 0.92, 0.05), (0, 0, tall - 0.2), kind, load),
            box((deep + 0.12, 0.1, 0.1), (0, 0.5 * long, tall - 0.1), kind, skin),
            box((deep + 0.12, 0.1, 0.1), (0, -0.5 * long, tall - 0.1), kind, skin),
        ]
        return join(parts)
    count = int(rng.integers(2, 5))
    profile = np.array([(0.52, 0.0), (0.62, 0.35), (0.6, 1.0), (0.42, 1.45), (0.12, 1.65)])
    bells = []
    for index in range(count):
        bell = loft(lathe(profile, 8), kind, painted(rng, materials))
        bells.append(moved(bell, (0, (index - 0.5 * (count - 1)) * 1.4, 0)))
    return join(bells)


def scaffold(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a scaffold of poles and decks, open or behind a net."""
    bays, rows = int(rng.integers(2, 5)), int(rng.integers(2, 5))
    bay, row, deep = rng.uniform(1.8, 2.6), 2.0, rng.uniform(0.7, 1.1)
    steel = materials.add(mat.PLAIN, [palette.metal(rng)], [0.4, 0.3])
    wood = materials.add(mat.PLANKS, [palette.stone(rng)], [0.2, 0.4, 1.0])
    y = (np.arange(bays + 1) - 0.5 * bays) * bay
    stand = np.array([(x, k) for x in (-0.5 * deep, 0.5 * deep) for k in y])
    kind, long, top = ids.BUILDING, bays * bay, rows * row
    levels = np.arange(1, rows + 1) * row
    parts = [
        _bars(stand, 0.0, top + 1.0, 0.05, kind, steel),
        boxes([(deep, long, 0.05)] * rows, [(0, 0, z - 0.05) for z in levels], kind, wood),
        boxes(
            [(0.05, long, 0.05)] * 2 * rows,
            [(0.5 * deep, 0, z + h) for z in levels for h in (0.5, 1.0)],
            kind,
            steel,
        ),
    ]
    if rng.random() < 0.4:
        net = materials.add(mat.PLAIN, [palette.coat(rng)], [0.5, 0.8])
        parts.append(box((0.01, long, top), (0.5 * deep + 0.04, 0, 0.5), kind, net))
    return join(parts)


def market_stall(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a covered table with crates of goods."""
    long, deep, tall = rng.uniform(2.0, 4.0), rng.uniform(1.6, 2.4), rng.uniform(2.0, 2.4)
    metal, cloth, kind = painted(rng, materials), fabric(rng, materials), UNLABELLED
    x, y, rise = 0.5 * deep, 0.5 * long, rng.uniform(0.3, 0.8)
    corners = np.array([(-x, -y), (x, -y), (x, y), (-x, y)])
    ridge = [(0, -y - 0.1, tall + rise), (0, y + 0.1, tall + rise)]
    roof = [
        [(x + 0.3, -y - 0.1, tall), (x + 0.3, y + 0.1, tall), ridge[1], ridge[0]],
        [(-x - 0.3, y + 0.1, tall), (-x - 0.3, -y - 0.1, tall), ridge[0], ridge[1]],
    ]
    crates = int(rng.integers(3, 8))
    at = np.column_stack(
        [
            rng.uniform(-0.2, 0.5 * x, crates),
            np.linspace(-0.85 * y, 0.85 * y, crates),
            np.full(crates, 0.82),
        ]
    )
    sizes = rng.uniform((0.4, 0.3, 0.1), (0.8, 0.6, 0.35), (crates, 3))
    parts = [
        _bars(corners, 0.0, tall, 0.05, kind, metal),
        quads(roof, kind, cloth),
        box((0.7 * deep, long, 0.06), (0, 0, 0.76), kind, metal),
        join([box(s, f, kind, painted(rng, materials)) for s, f in zip(sizes, at, strict=True)]),
    ]
    if rng.random() < 0.7:
        parts.append(box((0.02, long, 0.76), (0.35 * deep, 0, 0), kind, cloth))
    return join(parts)


def bike_rack(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a row of hoops to lock bicycles to."""
    count, pitch = int(rng.integers(3, 9)), rng.uniform(0.7, 1.1)
    metal, kind = painted(rng, materials), UNLABELLED
    wide, tall = rng.uniform(0.5, 0.9), rng.uniform(0.7, 0.95)
    y = (np.arange(count) - 0.5 * (count - 1)) * pitch
    ends = np.array([(s * 0.5 * wide, k) for k in y for s in (-1, 1)])
    parts = [
        _bars(ends, 0.0, tall, 0.05, kind, metal),
        boxes([(wide + 0.05, 0.05, 0.05)] * count, [(0, k, tall - 0.05) for k in y], kind, metal),
    ]
    return join(parts)


def cafe(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return tables with chairs, some under a parasol."""
    metal, seat = painted(rng, materials), painted(rng, materials)
    kind, count = UNLABELLED, int(rng.integers(1, 4))
    parts = []
    for index in range(count):
        shift = (0.0, (index - 0.5 * (count - 1)) * 2.1, 0.0)
        top = rng.uniform(0.3, 0.45)
        piece = [
            tube((0, 0, 0.7), (0, 0, 0.74), (top, top), kind, metal, 8),
            tube((0, 0, 0), (0, 0, 0.7), (0.05, 0.04), kind, metal, 5),
        ]
        if rng.random() < 0.5:
            cloth = fabric(rng, materials)
            piece.append(tube((0, 0, 0.7), (0, 0, 2.5), (0.025, 0.025), kind, metal, 4))
            piece.append(tube((0, 0, 2.1), (0, 0, 2.6), (1.25, 0.05), kind, cloth, 8))
        for _ in range(int(rng.integers(1, 5))):
            piece.append(moved(_chair(kind, seat), yaw=any_yaw(rng)))
        parts.append(moved(join(piece), shift))
    return join(parts)


def _chair(kind: int, material: int) -> Mesh:
    """Return a chair 0.75 m in front of the origin that looks at it."""
    x = 0.75
    legs = np.array([(x + i, j) for i in (-0.18, 0.18) for j in (-0.18, 0.18)])
    return join(
        [
            _bars(legs, 0.0, 0.45, 0.03, kind, material),
            boxes(
                [(0.42, 0.42, 0.04), (0.04, 0.42, 0.42)],
                [(x, 0, 0.44), (x + 0.2, 0, 0.46)],
                kind,
                material,
            ),
        ]
    )


LARGE: tuple[tuple[Builder, float], ...] = (
    (shelter, 0.2),
    (kiosk, 0.13),
    (advertising_column, 0.2),
    (container, 0.13),
    (scaffold, 0.05),
    (market_stall, 0.09),
    (bike_rack, 0.1),
    (cafe, 0.1),
)
