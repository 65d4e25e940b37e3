"""What stands out of a front: awnings, signs, bills, porticos, canopies, lamps, steps, flags.

Convention: as in buildings.py. Parts reach up to 1.6 m out of the facade.
"""

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.fronts import Dress
from panoseg_ros.synthetic.assets.signs import SIGN_UV
from panoseg_ros.synthetic.mesh import Mesh, boxes, quads, tube, upright
from panoseg_ros.synthetic.surfaces import facades as fac
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces import pictograms as pic

_BILLS = (pic.TEXT, pic.TEXT, pic.NUMBER, pic.LETTER, pic.FIGURE, pic.ARROW)


def awnings(d: Dress) -> list[Mesh]:
    """Return cloth over shop fronts, over all of them or each its own."""
    if d.design.params[fac.GROUND] != fac.GROUND_SHOP:
        return []
    front, rng = d.front, d.rng
    storey, bay = front.tall / front.storeys, front.wide / front.bays
    reach, drop = rng.uniform(0.7, 1.6), rng.uniform(0.15, 0.7)
    z, parts = 0.8 * storey, []
    first = palette.coat(rng)
    second = first if rng.random() < 0.5 else palette.near(rng, (0.7, 0.68, 0.62))
    cloth = d.materials.add(mat.STRIPES, [first, second], [rng.uniform(0.2, 0.9), 0.5, 0.0])
    spans = [(0, front.bays)] if rng.random() < 0.5 else [(i, i + 1) for i in range(front.bays)]
    for i, j in spans:
        if rng.random() < 0.25:
            continue
        a, b, y = front.x + i * bay + 0.1, front.x + j * bay - 0.1, front.y
        low = z - drop
        faces = [
            [(a, y - reach, low), (b, y - reach, low), (b, y, z), (a, y, z)],
            upright((a, y - reach), (b, y - reach), low - 0.2, low),
        ]
        parts.append(quads(faces, ids.BUILDING, cloth))
    return parts


def shop_signs(d: Dress) -> list[Mesh]:
    """Return lettered boards that stand out of the wall, some of them lit at night."""
    front, rng = d.front, d.rng
    storey = front.tall / front.storeys
    parts = []
    for _ in range(int(rng.integers(1, 6))):
        tall, out = rng.uniform(0.4, 1.6), rng.uniform(0.5, 0.9)
        x = front.x + rng.uniform(0.05, 0.95) * front.wide
        z, y = rng.uniform(0.75, 1.1) * storey, front.y
        face = d.materials.add(
            mat.SIGN,
            [palette.coat(rng), palette.coat(rng), palette.wall(rng)],
            [
                float(rng.choice([pic.TEXT, pic.TEXT, pic.LETTER, pic.FIGURE])),
                0.05,
                0.0,
                rng.uniform(0.0, 0.8),
            ],
        )
        both = [
            upright((x + s * 0.06, y - out), (x + s * 0.06, y - 0.1), z, z + tall) for s in (-1, 1)
        ]
        parts.append(quads(both, ids.BUILDING, face, [SIGN_UV] * 2))
        core = boxes(
            [(0.1, out - 0.1, tall)], [(x, y - 0.5 * (out + 0.1), z)], ids.BUILDING, d.skin.metal
        )
        parts.append(core)
    return parts


def columns(d: Dress) -> list[Mesh]:
    """Return a portico: round or square columns under a slab before the entrance."""
    front, rng = d.front, d.rng
    storey = front.tall / front.storeys
    tall = storey * (2 if front.storeys > 3 and rng.random() < 0.3 else 1) - 0.3
    wide = min(front.wide * rng.uniform(0.3, 1.0), 12.0)
    count, out, y = max(2, round(wide / 2.6)), rng.uniform(0.9, 1.5), front.y
    middle = front.x + 0.5 * front.wide
    x = middle + np.linspace(-0.5 * wide + 0.3, 0.5 * wide - 0.3, count)
    radius = rng.uniform(0.12, 0.28)
    parts = [
        boxes([(wide, out + 0.2, 0.3)], [(middle, y - 0.5 * out, tall)], ids.BUILDING, d.skin.trim)
    ]
    if rng.random() < 0.5:
        parts += [
            tube(
                (k, y - out, 0),
                (k, y - out, tall),
                (radius, 0.85 * radius),
                ids.BUILDING,
                d.skin.trim,
                8,
            )
            for k in x
        ]
    else:
        feet = np.column_stack([x, np.full(count, y - out), np.zeros(count)])
        parts.append(
            boxes([(2 * radius, 2 * radius, tall)] * count, feet, ids.BUILDING, d.skin.trim)
        )
    return parts


def lamps(d: Dress) -> list[Mesh]:
    """Return small lamps beside doors and over shop fronts that light up at night."""
    front, rng = d.front, d.rng
    glow = d.materials.add(mat.EMIT, [(0.9, 0.75, 0.5)], [0.1, rng.uniform(0.05, 0.3)])
    x = front.x + rng.uniform(0.1, 0.9, int(rng.integers(1, 4))) * front.wide
    feet = np.column_stack([x, np.full(len(x), front.y - 0.12), np.full(len(x), 2.3)])
    return [boxes([(0.16, 0.2, 0.25)] * len(x), feet, ids.BUILDING, glow)]


def stoop(d: Dress) -> list[Mesh]:
    """Return steps up to a door, some under a canopy or between low walls."""
    front, rng = d.front, d.rng
    x = front.x + (int(rng.integers(front.bays)) + 0.5) * front.wide / front.bays
    count, wide = int(rng.integers(1, 6)), rng.uniform(1.3, min(5.0, max(1.4, front.wide)))
    k, rise = np.arange(count), rng.uniform(0.13, 0.18)
    sizes = np.column_stack([np.full(count, wide), 0.3 * (count - k), np.full(count, rise)])
    feet = np.column_stack([np.full(count, x), front.y - 0.15 * (count - k), rise * k])
    parts = [boxes(sizes, feet, ids.BUILDING, d.skin.trim)]
    if count > 2 and rng.random() < 0.4:
        long = 0.3 * count
        sides = [(x + h * (0.5 * wide + 0.12), front.y - 0.5 * long, 0.0) for h in (-1, 1)]
        cheek = (0.24, long, rise * count + rng.uniform(0.0, 0.7))
        parts.append(boxes([cheek] * 2, sides, ids.BUILDING, d.skin.plain))
    if rng.random() < 0.5:
        out = rng.uniform(0.8, 1.5)
        low = 2.6 + rise * count
        roof = [(wide + 0.4, out, rng.uniform(0.06, 0.3))]
        parts.append(boxes(roof, [(x, front.y - 0.5 * out, low)], ids.BUILDING, d.skin.accent))
    return parts


def canopy(d: Dress) -> list[Mesh]:
    """Return a slab over the pavement along the whole front or a part of it."""
    front, rng = d.front, d.rng
    wide = front.wide * rng.uniform(0.4, 1.0)
    middle = front.x + 0.5 * wide + rng.uniform(0.0, 1.0) * (front.wide - wide)
    low, out = rng.uniform(2.5, 4.2), rng.uniform(1.0, 1.6)
    slab = (wide, out, rng.uniform(0.08, 0.5))
    look = _pale(d) if rng.random() < 0.6 else d.skin.accent
    parts = [boxes([slab], [(middle, front.y - 0.5 * out, low)], ids.BUILDING, look)]
    if rng.random() < 0.4:
        count = max(2, round(wide / rng.uniform(2.0, 4.5)))
        x = np.linspace(middle - 0.5 * wide + 0.1, middle + 0.5 * wide - 0.1, count)
        feet = np.column_stack([x, np.full(count, front.y - out + 0.1), np.zeros(count)])
        parts.append(boxes([(0.1, 0.1, low)] * count, feet, ids.BUILDING, d.skin.metal))
    return parts


def eaves(d: Dress) -> list[Mesh]:
    """Return a roof slab that reaches far over the wall."""
    front, rng = d.front, d.rng
    out, thick = rng.uniform(0.7, 1.6), rng.uniform(0.1, 0.45)
    slab = (front.wide + rng.uniform(0.0, 0.8), out + 0.3, thick)
    at = (front.x + 0.5 * front.wide, front.y - 0.5 * out + 0.15, front.tall - 0.5 * thick)
    return [boxes([slab], [at], ids.BUILDING, _pale(d) if rng.random() < 0.7 else d.skin.trim)]


def _pale(d: Dress) -> int:
    """Add a white or pale grey paint."""
    return d.materials.add(mat.PLAIN, [palette.hsv(d.rng, (0, 1), (0, 0.08), (0.5, 0.85))], [0.2])


def posters(d: Dress) -> list[Mesh]:
    """Return framed boards on the wall: bills, menus, lettered and coloured plates."""
    front, rng = d.front, d.rng
    parts = []
    for _ in range(int(rng.integers(1, 6))):
        tall = rng.uniform(0.25, 1.9)
        wide = tall * rng.uniform(0.5, 1.5)
        x, y = front.x + rng.uniform(0.03, 0.97) * front.wide, front.y
        z = rng.uniform(0.7, 3.2)
        colors = [palette.coat(rng), palette.cloth(rng), palette.wall(rng)]
        if rng.random() < 0.4:
            face = d.materials.add(mat.POSTER, colors, [rng.uniform(0.03, 0.25)])
            ends, low, high = (0.0, wide), 0.0, tall
        else:
            design = float(rng.choice(_BILLS))
            face = d.materials.add(mat.SIGN, colors, [design, 0.05, 0.0, rng.uniform(0.0, 0.5)])
            ends, low, high = (-wide / tall, wide / tall), -1.0, 1.0
        a, b, front_y = x - 0.5 * wide, x + 0.5 * wide, y - 0.09
        sheet = upright((a, front_y), (b, front_y), z, z + tall)
        uv = [[(ends[0], low), (ends[1], low), (ends[1], high), (ends[0], high)]]
        parts.append(quads([sheet], ids.BUILDING, face, uv))
        frame = (wide + 0.1, 0.07, tall + 0.1)
        parts.append(boxes([frame], [(x, y - 0.05, z - 0.05)], ids.BUILDING, d.skin.metal))
    return parts


def flags(d: Dress) -> list[Mesh]:
    """Return flags or banners on the wall."""
    front, rng = d.front, d.rng
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        x, z = front.x + rng.uniform(0.1, 0.9) * front.wide, rng.uniform(0.4, 0.8) * front.tall
        out, tall = rng.uniform(0.6, 1.4), rng.uniform(0.7, 2.5)
        cloth = d.materials.add(
            mat.STRIPES, [palette.coat(rng), palette.coat(rng)], [tall / 3.0, 0.5, 1.0]
        )
        sheet = upright((x, front.y - out), (x, front.y - 0.1), z, z + tall)
        parts.append(quads([sheet], ids.BUILDING, cloth))
    return parts
