"""What stands and hangs in rooms without belonging to one of the eight classes.

Convention: an asset stands on z = 0 around the origin and faces +x.
"""

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor import surfaces as srf
from panoseg_ros.synthetic.indoor.looks import Kit, add, covering
from panoseg_ros.synthetic.indoor.shapes import disc, four_legs, pillow, sheet
from panoseg_ros.synthetic.mesh import Mesh, ball, box, boxes, join, moved, quads, tube
from panoseg_ros.synthetic.surfaces import palette

OTHER = ids.OTHER


def shelf(rng: np.random.Generator, kit: Kit, wide: float, high: float, deep: float) -> Mesh:
    """Return a bookcase with a back, boards and rows of books."""
    wood = pick(rng, kit.woods)
    count = max(2, int(high / rng.uniform(0.28, 0.42)))
    pitch = (high - 0.02) / count
    colors = [palette.cloth(rng), covering(rng), palette.cloth(rng), palette.stone(rng)]
    books = add(kit.materials, srf.BOOKS, colors, [rng.uniform(0.02, 0.06), pitch])
    sizes = [(deep, 0.02, high)] * 2
    feet = [(0.0, -0.5 * wide, 0.0), (0.0, 0.5 * wide, 0.0)]
    for k in range(count + 1):
        sizes.append((deep, wide, 0.02))
        feet.append((0.0, 0.0, k * pitch))
    front = sheet((wide, high), (rng.uniform(-0.1, 0.35) * deep, 0, 0.5 * high), OTHER, books)
    back = box((0.01, wide, high), (-0.5 * deep, 0, 0), OTHER, wood)
    return join([boxes(sizes, feet, OTHER, wood), front, back])


def cabinet(rng: np.random.Generator, kit: Kit, wide: float, high: float, deep: float) -> Mesh:
    """Return a cabinet, wardrobe, sideboard or locker with doors or drawers."""
    body = pick(rng, kit.woods if rng.random() < 0.6 else kit.plastics)
    face = body if rng.random() < 0.6 else pick(rng, kit.plastics)
    metal = pick(rng, kit.metals)
    parts = [box((deep - 0.02, wide, high), (-0.01, 0, 0), OTHER, body)]
    columns = max(1, round(wide / rng.uniform(0.35, 0.6)))
    rows = max(1, round(high / rng.uniform(0.2, 1.0)))
    w, h = wide / columns, (high - 0.08) / rows
    feet = [
        (0.5 * deep, (c + 0.5) * w - 0.5 * wide, 0.07 + r * h)
        for c in range(columns)
        for r in range(rows)
    ]
    parts.append(boxes([(0.02, w - 0.012, h - 0.012)] * len(feet), feet, OTHER, face))
    grips = [(x + 0.02, y + 0.35 * w, z + 0.5 * h) for x, y, z in feet]
    tall = 0.12 if h > 0.4 else 0.02
    parts.append(boxes([(0.02, 0.02 if h > 0.4 else 0.1, tall)] * len(feet), grips, OTHER, metal))
    return join(parts)


def bed(rng: np.random.Generator, kit: Kit, wide: float) -> Mesh:
    """Return a bed 2 m long with its head at -x."""
    frame = pick(rng, kit.woods if rng.random() < 0.6 else kit.cloths)
    cover, linen = pick(rng, kit.cloths), add(kit.materials, srf.CLOTH, [covering(rng)], [0.2])
    high = rng.uniform(0.25, 0.4)
    parts = [
        box((2.05, wide, high - 0.08), (0, 0, 0.08), OTHER, frame),
        pillow((2.0, wide - 0.04, 0.2), (0, 0, high), OTHER, linen, 0.05),
        pillow((1.5, wide + 0.04, 0.16), (0.27, 0, high + 0.08), OTHER, cover, 0.06),
        box((0.06, wide + 0.06, rng.uniform(0.7, 1.3)), (-1.03, 0, 0), OTHER, frame),
    ]
    count = 2 if wide > 1.1 else 1
    for k in range(count):
        y = (k + 0.5) * wide / count - 0.5 * wide
        parts.append(pillow((0.4, 0.6, 0.16), (-0.75, y, high + 0.18), OTHER, linen, 0.07))
    return join(parts)


def plant(rng: np.random.Generator, kit: Kit, high: float) -> Mesh:
    """Return a plant in a pot."""
    pot = rng.uniform(0.1, 0.22)
    parts = [tube((0, 0, 0), (0, 0, 1.6 * pot), (0.75 * pot, pot), OTHER, pick(rng, kit.plastics))]
    count = int(rng.integers(18, 45))
    angle, reach = rng.uniform(0, 2 * np.pi, count), rng.uniform(0.3, 1.0, count) * 0.4 * high
    z = 1.6 * pot + rng.uniform(0.05, 1.0, count) * (high - 1.6 * pot)
    out = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], 1)
    side = np.stack([-np.sin(angle), np.cos(angle), np.zeros(count)], 1)
    foot = np.column_stack([0.2 * reach[:, None] * out[:, :2], 0.5 * z])
    tip = np.column_stack([reach[:, None] * out[:, :2], z])
    wide = rng.uniform(0.02, 0.09, count)[:, None] * side * (0.5 + high)
    middle = 0.6 * tip + 0.4 * foot + [0, 0, 0.05]
    leaves = np.stack([foot, middle + wide, tip, middle - wide], 1)
    return join([*parts, quads(leaves, OTHER, kit.leaves)])


def screen(rng: np.random.Generator, kit: Kit, wide: float, stand: bool) -> Mesh:
    """Return a screen (its lower edge at z = 0.1 on a stand, else around the origin)."""
    case = (
        kit.mirror if rng.random() < 0.2 else add(kit.materials, srf.PLAIN, [(0.02,) * 3], [], 0.6)
    )
    high = 0.58 * wide
    face = case
    if rng.random() < 0.5:
        colors = [covering(rng), palette.cloth(rng), palette.stone(rng)]
        face = add(kit.materials, srf.PRINT, colors, [0.2 * wide])
    z = 0.12 if stand else -0.5 * high
    parts = [
        box((0.03, wide, high), (-0.02, 0, z), OTHER, case),
        sheet((wide - 0.03, high - 0.03), (0.0, 0, z + 0.5 * high), OTHER, face),
    ]
    if stand:
        parts.append(
            boxes(
                [(0.03, 0.06, 0.2), (0.18, 0.24, 0.01)],
                [(-0.04, 0, 0), (-0.04, 0, 0)],
                OTHER,
                case,
            )
        )
    return join(parts)


def board(rng: np.random.Generator, kit: Kit, wide: float, high: float) -> Mesh:
    """Return a picture, poster, white or black board around the origin."""
    kind = rng.random()
    if kind < 0.6:
        colors = [covering(rng), palette.cloth(rng), palette.near(rng, palette.stone(rng))]
        face = add(
            kit.materials, srf.PRINT, colors, [rng.uniform(0.05, 0.4)], rng.choice([0.0, 0.4])
        )
    else:
        tone = [(0.75, 0.76, 0.75), (0.03, 0.06, 0.045), (0.3, 0.2, 0.1)][rng.integers(3)]
        face = add(kit.materials, srf.PLASTER, [palette.near(rng, tone)], [0.15, 0.4], 0.2)
    frame = pick(rng, kit.woods if rng.random() < 0.5 else kit.metals)
    rim = float(rng.uniform(0.005, 0.04))
    parts = [
        box((0.025, wide, high), (0.012, 0, -0.5 * high), OTHER, frame),
        sheet((wide - 2 * rim, high - 2 * rim), (0.027, 0, 0), OTHER, face),
    ]
    return join(parts)


def person(rng: np.random.Generator, kit: Kit, sits: bool) -> Mesh:
    """Return someone who stands, or sits on a seat 0.45 m high."""
    skin = add(kit.materials, srf.PLAIN, [palette.skin(rng)], [])
    hair = add(
        kit.materials, srf.PLAIN, [palette.hsv(rng, (0, 0.12), (0.1, 0.7), (0.01, 0.3))], []
    )
    top, legs = pick(rng, kit.cloths), pick(rng, kit.cloths)
    k = float(rng.uniform(0.9, 1.08))
    hip = 0.53 if sits else 0.92 * k
    parts = [
        pillow((0.22, 0.36 * k, 0.55 * k), (0, 0, hip - 0.05), OTHER, top, 0.09),
        ball((0.02, 0, hip + 0.68 * k), (0.1, 0.085, 0.13), OTHER, skin),
        ball((-0.02, 0, hip + 0.72 * k), (0.1, 0.095, 0.12), OTHER, hair),
    ]
    for side in (-1, 1):
        y = 0.1 * side
        if sits:
            parts.append(tube((0, y, hip), (0.45, y, hip - 0.02), (0.09, 0.07), OTHER, legs, 6))
            parts.append(tube((0.45, y, hip), (0.48, y, 0.05), (0.065, 0.05), OTHER, legs, 6))
        else:
            step = float(rng.uniform(-0.15, 0.15))
            parts.append(tube((0, y, hip), (step, y, 0.05), (0.09, 0.05), OTHER, legs, 6))
        hand = (rng.uniform(-0.1, 0.35), y * 2.2, hip + rng.uniform(-0.05, 0.2))
        parts.append(tube((0, y * 2.0, hip + 0.45 * k), hand, (0.05, 0.035), OTHER, top, 5))
    return join(parts)


def small_things(rng: np.random.Generator, kit: Kit, x: float, y: float, count: int) -> Mesh:
    """Return books, cups, boxes and paper on a surface x by y at z = 0."""
    parts = []
    for _ in range(count):
        at = (rng.uniform(-0.42, 0.42) * x, rng.uniform(-0.42, 0.42) * y, 0.0)
        color = pick(rng, kit.plastics + kit.cloths)
        kind = rng.random()
        if kind < 0.4:
            size = (rng.uniform(0.15, 0.3), rng.uniform(0.1, 0.3), rng.uniform(0.003, 0.05))
            parts.append(moved(box(size, (0, 0, 0), OTHER, color), at, rng.uniform(0, 3.0)))
        elif kind < 0.75:
            r = rng.uniform(0.025, 0.07)
            parts.append(
                moved(tube((0, 0, 0), (0, 0, rng.uniform(0.06, 0.3)), (r, r), OTHER, color, 8), at)
            )
        else:
            parts.append(moved(plant(rng, kit, 0.3), at, 0.0, 0.8))
    return join(parts)


def box_of_things(rng: np.random.Generator, kit: Kit) -> Mesh:
    """Return a bin, carton, case or bag on the floor."""
    color = pick(rng, kit.plastics + kit.cloths)
    kind = rng.integers(3)
    if kind == 0:
        r = rng.uniform(0.12, 0.2)
        return tube((0, 0, 0), (0, 0, rng.uniform(0.3, 0.65)), (0.85 * r, r), OTHER, color, 12)
    size = rng.uniform([0.2, 0.25, 0.2], [0.45, 0.6, 0.6])
    if kind == 1:
        return box(size, (0, 0, 0), OTHER, color)
    return pillow(size, (0, 0, 0), OTHER, color, 0.08)


def floor_lamp(rng: np.random.Generator, kit: Kit) -> Mesh:
    """Return a lamp on a stand, its shade not shining."""
    high, r = rng.uniform(1.3, 1.8), rng.uniform(0.14, 0.25)
    metal, cloth = pick(rng, kit.metals), pick(rng, kit.cloths)
    parts = [
        disc(0.15, 0.02, 0, OTHER, metal, 12),
        tube((0, 0, 0), (0, 0, high), (0.012, 0.012), OTHER, metal, 5),
        tube((0, 0, high - 0.15), (0, 0, high + 0.12), (r, 0.75 * r), OTHER, cloth, 12),
    ]
    return join(parts)


def kitchen_row(rng: np.random.Generator, kit: Kit, wide: float) -> Mesh:
    """Return kitchen units with a worktop (a table), wall cupboards and an oven."""
    face, top = pick(rng, kit.plastics + kit.woods), pick(rng, kit.woods + kit.plastics)
    metal = pick(rng, kit.metals)
    count = max(1, round(wide / 0.6))
    w = wide / count
    parts = [
        box((0.56, wide, 0.86), (-0.01, 0, 0), OTHER, face),
        pillow((0.62, wide + 0.02, 0.04), (0.0, 0, 0.86), ids.TABLE, top, 0.008),
    ]
    y = (np.arange(count) + 0.5) * w - 0.5 * wide
    fronts = np.column_stack([np.full(count, 0.28), y, np.full(count, 0.1)])
    parts.append(boxes([(0.02, w - 0.008, 0.74)] * count, fronts, OTHER, face))
    grips = fronts + np.array([0.02, 0, 0.66])
    parts.append(boxes([(0.02, 0.2, 0.015)] * count, grips, OTHER, metal))
    oven = int(rng.integers(count))
    dark = kit.mirror
    parts.append(box((0.02, w - 0.04, 0.5), (0.285, float(y[oven]), 0.22), OTHER, dark))
    parts.append(box((0.45, w - 0.08, 0.008), (0.0, float(y[oven]), 0.9), OTHER, dark))
    sink = float(y[(oven + 2) % count])
    parts.append(tube((-0.2, sink, 0.9), (-0.2, sink, 1.15), (0.015, 0.012), OTHER, metal, 6))
    parts.append(tube((-0.2, sink, 1.15), (-0.02, sink, 1.12), (0.012, 0.012), OTHER, metal, 6))
    if rng.random() < 0.75:
        upper = [k for k in range(count) if k != oven] or [0]
        feet = np.column_stack([np.full(len(upper), -0.13), y[upper], np.full(len(upper), 1.45)])
        parts.append(boxes([(0.34, w - 0.008, 0.7)] * len(upper), feet, OTHER, face))
        parts.append(box((0.4, w, 0.25), (-0.1, float(y[oven]), 1.6), OTHER, metal))
    return join(parts)


def column(rng: np.random.Generator, kit: Kit, high: float, material: int) -> Mesh:
    """Return a column from floor to ceiling."""
    size = float(rng.uniform(0.25, 0.6))
    if rng.random() < 0.5:
        return box((size, size, high), (0, 0, 0), OTHER, material)
    return tube((0, 0, 0), (0, 0, high), (0.5 * size, 0.5 * size), OTHER, material, 16)


def screen_wall(wide: float, high: float, cover: int, frame: int) -> Mesh:
    """Return a movable partition along y, as between desks."""
    feet = four_legs((0.12, 0.5 * wide - 0.1), 0.06, 0.05, OTHER, frame)
    return join([box((0.04, wide, high - 0.05), (0, 0, 0.05), OTHER, cover), feet])
