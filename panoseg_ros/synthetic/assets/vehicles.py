"""Cars, vans, trucks, buses and trams, built from a few measures.

Convention: the vehicle stands on z = 0, centred on the origin, facing +x.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, loft, quads, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials


class CarShape(NamedTuple):
    """Measures of a car in metres; fractions are of its length, from the rear."""

    length: float
    width: float
    height: float
    belt: float  # height of the lower edge of the windows
    clearance: float
    cabin: tuple[float, float, float, float]  # rear foot, rear top, front top, front foot
    nose: float  # height of the bonnet's front edge
    tumble: float  # how much narrower the roof is than the body, 0..1


def random_car_shape(rng: np.random.Generator) -> CarShape:
    """Draw a saloon, hatchback, estate, off-roader, van or pickup."""
    kind = rng.choice(
        ['saloon', 'hatch', 'estate', 'suv', 'van', 'pickup'],
        p=[0.24, 0.28, 0.16, 0.18, 0.09, 0.05],
    )
    lengths = {'saloon': 4.7, 'hatch': 4.0, 'estate': 4.65, 'suv': 4.5, 'van': 5.0, 'pickup': 5.2}
    heights = {'saloon': 1.44, 'hatch': 1.48, 'estate': 1.5, 'suv': 1.7, 'van': 2.0, 'pickup': 1.8}
    cabins = {
        'saloon': (0.16, 0.30, 0.56, 0.72),
        'hatch': (0.02, 0.12, 0.55, 0.73),
        'estate': (0.01, 0.07, 0.56, 0.71),
        'suv': (0.01, 0.09, 0.58, 0.72),
        'van': (0.0, 0.02, 0.74, 0.90),
        'pickup': (0.36, 0.38, 0.58, 0.70),
    }
    length, height = (
        lengths[kind] * rng.uniform(0.92, 1.08),
        heights[kind] * rng.uniform(0.95, 1.05),
    )
    cabin = tuple(float(c + rng.normal(0, 0.012)) for c in cabins[kind])
    return CarShape(
        float(length),
        float(rng.uniform(1.65, 1.92) + (0.1 if kind == 'van' else 0.0)),
        float(height),
        float(height * rng.uniform(0.56, 0.64)),
        float(rng.uniform(0.14, 0.26)),
        (cabin[0], cabin[1], cabin[2], cabin[3]),
        float(height * rng.uniform(0.42, 0.55)),
        float(rng.uniform(0.70, 0.86)),
    )


class CarPaint(NamedTuple):
    """Material ids shared by all vehicles of a world."""

    glass: int
    tyre: int
    rim: int
    trim: int
    front_light: int
    rear_light: int
    plate: int


def car_paint(materials: Materials, rng: np.random.Generator) -> CarPaint:
    """Add the materials that vehicles share."""
    dark = palette.hsv(rng, (0.5, 0.7), (0.0, 0.3), (0.01, 0.06))
    return CarPaint(
        materials.add(mat.GLASS, [dark], [rng.uniform(0.6, 1.0)]),
        materials.add(mat.PLAIN, [(0.02, 0.02, 0.02)], [0.3, 0.3]),
        materials.add(mat.GLOSS, [palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.1, 0.6))], [0.3]),
        materials.add(mat.PLAIN, [(0.03, 0.03, 0.035)], [0.2, 0.5]),
        materials.add(mat.EMIT, [(0.75, 0.75, 0.72)], [0.15]),
        materials.add(mat.EMIT, [(0.45, 0.02, 0.02)], [0.1]),
        materials.add(mat.PLAIN, [(0.75, 0.75, 0.65)], [0.1, 0.2]),
    )


def car(shape: CarShape, body: int, paint: CarPaint, label: int = ids.CAR) -> Mesh:
    """Return a car whose body has the material `body`."""
    s, half = shape, 0.5 * shape.width
    x = [(f - 0.5) * s.length for f in (0.0, *s.cabin, 1.0)]
    deck = s.belt if s.cabin[0] < 0.1 else s.belt * 0.97
    outline = [  # side view of the lower body: (x, top height)
        (x[0], deck * 0.80),
        (x[0] + 0.03, deck),
        (x[1] + 0.02, s.belt),
        (x[4], s.belt),
        (x[5] - 0.25 * (x[5] - x[4]), s.nose + 0.6 * (s.belt - s.nose)),
        (x[5] - 0.08, s.nose),
        (x[5], s.nose * 0.75),
    ]
    inset = np.array([0.05, 0.03, 0.0, 0.0, 0.01, 0.04, 0.08]) * s.width
    rings = [
        [
            (px, -half + d, s.clearance + 0.04),
            (px, -half + d * 0.5, 0.55 * top),
            (px, -half + d + 0.03, top),
            (px, half - d - 0.03, top),
            (px, half - d * 0.5, 0.55 * top),
            (px, half - d, s.clearance + 0.04),
        ]
        for (px, top), d in zip(outline, inset, strict=True)
    ]
    parts = [loft(np.array(rings)[:, ::-1], label, body)]
    parts += _cabin(s, x, body, paint, label)
    parts += _wheels(s.length, s.width, 0.5 * min(0.72, 0.44 * s.height), paint, label)
    parts += _lights(s, paint, label)
    return join(parts)


def _cabin(s: CarShape, x: list[float], body: int, paint: CarPaint, label: int) -> list[Mesh]:
    half, top_half = 0.5 * s.width - 0.04, 0.5 * s.width * s.tumble
    low, high = s.belt - 0.01, s.height
    feet = [(x[1], -half), (x[4], -half), (x[4], half), (x[1], half)]
    tops = [(x[2], -top_half), (x[3], -top_half), (x[3], top_half), (x[2], top_half)]
    foot = np.array([(*p, low) for p in feet])
    rail = np.array([(*p, high - 0.09) for p in tops])
    glass = loft(np.stack([foot, rail]), label, paint.glass, caps=False)
    crown = np.array([(*p, high) for p in tops]) * [0.93, 0.9, 1.0]
    roof = loft(np.stack([rail, crown]), label, body)
    pillars = []
    for i in range(4):
        pillars.append(tube(foot[i], rail[i], (0.055, 0.045), label, body, 4))
    for share in (0.36, 0.68):
        for a, b in ((0, 1), (3, 2)):
            low_point = foot[a] + (foot[b] - foot[a]) * share
            high_point = rail[a] + (rail[b] - rail[a]) * share
            pillars.append(tube(low_point, high_point, (0.045, 0.04), label, body, 4))
    return [glass, roof, *pillars]


def _wheels(
    length: float,
    width: float,
    radius: float,
    paint: CarPaint,
    label: int,
    shares: tuple[float, ...] = (0.18, 0.80),
) -> list[Mesh]:
    parts = []
    for share in shares:
        for side in (-1, 1):
            px, py = (share - 0.5) * length, side * (0.5 * width - 0.10)
            out = py + side * 0.115
            parts.append(
                tube(
                    (px, py - 0.11, radius),
                    (px, py + 0.11, radius),
                    (radius, radius),
                    label,
                    paint.tyre,
                    12,
                )
            )
            parts.append(
                tube(
                    (px, out - side * 0.02, radius),
                    (px, out, radius),
                    (0.62 * radius, 0.55 * radius),
                    label,
                    paint.rim,
                    8,
                )
            )
    return parts


def _lights(s: CarShape, paint: CarPaint, label: int) -> list[Mesh]:
    front, rear = 0.5 * s.length, -0.5 * s.length
    y = 0.33 * s.width
    return [
        boxes(
            [(0.08, 0.34, 0.13)] * 2,
            [(front - 0.02, v, 0.72 * s.nose) for v in (-y, y)],
            label,
            paint.front_light,
        ),
        boxes(
            [(0.06, 0.22, 0.20)] * 2,
            [(rear + 0.01, v * 1.1, 0.66 * s.belt) for v in (-y, y)],
            label,
            paint.rear_light,
        ),
        boxes(
            [(0.03, 0.5, 0.11)] * 2,
            [(front + 0.01, 0, 0.42), (rear - 0.01, 0, 0.5)],
            label,
            paint.plate,
        ),
        box((0.9, s.width * 0.94, 0.22), (front - 0.43, 0, s.clearance), label, paint.trim),
        box((0.9, s.width * 0.94, 0.22), (rear + 0.43, 0, s.clearance), label, paint.trim),
        boxes(
            [(0.12, 0.18, 0.14)] * 2,
            [
                ((s.cabin[3] - 0.55) * s.length, v * (0.5 * s.width + 0.07), s.belt)
                for v in (-1, 1)
            ],
            label,
            paint.trim,
        ),
    ]


def truck(rng: np.random.Generator, materials: Materials, paint: CarPaint) -> Mesh:
    """Return a lorry: a cab and a box, tank, tarpaulin or open bed behind it."""
    cab_color, load_color = palette.coat(rng), palette.coat(rng)
    body = materials.add(mat.GLOSS, [cab_color], [0.3])
    load = materials.add(
        *[
            (mat.PLAIN, [load_color], [0.3, 1.0]),
            (mat.STRIPES, [load_color, palette.near(rng, load_color, 0.3)], [0.4, 0.5, 0.0]),
            (mat.POSTER, [load_color, palette.coat(rng), load_color], [0.35]),
        ][rng.integers(3)]
    )
    length, width, height = rng.uniform(6.0, 11.0), rng.uniform(2.2, 2.5), rng.uniform(2.8, 3.8)
    cab = rng.uniform(1.6, 2.2)
    front, rear, cab_top = 0.5 * length, -0.5 * length, min(height, rng.uniform(2.5, 3.2))
    deck = rng.uniform(0.85, 1.15)
    ring = [
        (-0.5 * width, 0.45),
        (0.5 * width, 0.45),
        (0.5 * width, cab_top),
        (-0.5 * width, cab_top),
    ]
    back = np.array([(front - cab, y, z) for y, z in ring])
    face = np.array([(front - (0.25 if z > 2 else 0.0), y, z) for y, z in ring])
    parts = [loft(np.stack([back, face]), ids.TRUCK, body)]
    low, high = 0.55 * cab_top, 0.88 * cab_top
    slope = 0.25 * (high - low) / (cab_top - 0.45)
    x0 = front + 0.02 - 0.25 * (low - 0.45) / (cab_top - 0.45)
    w = 0.44 * width
    parts.append(
        quads(
            [[(x0, -w, low), (x0, w, low), (x0 - slope, w, high), (x0 - slope, -w, high)]],
            ids.TRUCK,
            paint.glass,
        )
    )
    for side in (-1, 1):
        y = side * (0.5 * width + 0.01)
        door = [
            (front - 1.25, y, low),
            (front - 0.35, y, low),
            (front - 0.45, y, high),
            (front - 1.25, y, high),
        ]
        parts.append(quads([door], ids.TRUCK, paint.glass))
    bed = front - cab - 0.25 - rear
    kind = rng.choice(['box', 'tank', 'open'], p=[0.65, 0.15, 0.2])
    if kind == 'box':
        parts.append(
            box((bed, width, height - deck), (rear + 0.5 * bed, 0, deck), ids.TRUCK, load)
        )
    elif kind == 'tank':
        z = deck + 0.5 * width
        parts.append(
            tube((rear, 0, z), (rear + bed, 0, z), (0.48 * width,) * 2, ids.TRUCK, load, 14)
        )
    else:
        parts.append(box((bed, width, 0.15), (rear + 0.5 * bed, 0, deck), ids.TRUCK, load))
        side_h = rng.uniform(0.4, 0.9)
        for y in (-0.5 * width, 0.5 * width):
            parts.append(box((bed, 0.06, side_h), (rear + 0.5 * bed, y, deck), ids.TRUCK, load))
        parts.append(box((0.06, width, side_h), (rear, 0, deck), ids.TRUCK, load))
    parts.append(box((length - 1.0, 0.9, 0.35), (-0.3, 0, 0.5), ids.TRUCK, paint.trim))
    parts += _wheels(length, width, 0.48, paint, ids.TRUCK, (0.14, 0.26, 0.86))
    y = 0.36 * width
    parts.append(
        boxes(
            [(0.06, 0.3, 0.18)] * 2,
            [(front + 0.01, v, 0.7) for v in (-y, y)],
            ids.TRUCK,
            paint.front_light,
        )
    )
    parts.append(
        boxes(
            [(0.06, 0.25, 0.15)] * 2,
            [(rear - 0.01, v, 0.75) for v in (-y, y)],
            ids.TRUCK,
            paint.rear_light,
        )
    )
    return join(parts)


def bus(
    rng: np.random.Generator, materials: Materials, paint: CarPaint, tram: bool = False
) -> Mesh:
    """Return a bus, or a tram of several cars, with bands of windows."""
    label = ids.TRAIN if tram else ids.BUS
    color = palette.coat(rng)
    body = materials.add(mat.GLOSS, [color], [0.3])
    skirt = materials.add(mat.PLAIN, [palette.coat(rng)], [0.2, 1.0])
    band = materials.add(
        mat.GLASS,
        [(0.03, 0.035, 0.04), color],
        [0.8, rng.uniform(1.0, 1.8), rng.uniform(0.04, 0.12)],
    )
    width, height = rng.uniform(2.4, 2.6), rng.uniform(2.9, 3.5)
    length = rng.uniform(7, 10) if tram else rng.uniform(9, 13)
    floor, low, high = 0.35, rng.uniform(1.0, 1.4), rng.uniform(0.78, 0.88) * height
    sections = rng.integers(2, 5) if tram else 1
    parts: list[Mesh] = []
    for index in range(sections):
        middle = (index - 0.5 * (sections - 1)) * (length + 0.5)
        parts.append(box((length, width, low - floor), (middle, 0, floor), label, skirt))
        parts.append(box((length, width, height - low), (middle, 0, low), label, body))
        parts.append(box((length - 0.5, width + 0.03, high - low), (middle, 0, low), label, band))
        if index:
            parts.append(
                box(
                    (0.6, width - 0.4, height - 0.7),
                    (middle - 0.5 * length - 0.25, 0, 0.4),
                    label,
                    paint.trim,
                )
            )
        wheels = _wheels(length, width - 0.1, 0.45, paint, label, (0.2, 0.76))
        parts += [
            w._replace(corners=w.corners + np.array([middle, 0, 0], np.float32)) for w in wheels
        ]
    end = 0.5 * sections * length + 0.25 * (sections - 1)
    for side in (-1, 1):
        parts.append(
            box(
                (0.05, width * 0.88, high - low), (side * (end + 0.01), 0, low), label, paint.glass
            )
        )
        light = paint.front_light if side > 0 or tram else paint.rear_light
        parts.append(
            boxes(
                [(0.05, 0.3, 0.18)] * 2,
                [(side * (end + 0.01), v, 0.65) for v in (-0.9, 0.9)],
                label,
                light,
            )
        )
        parts.append(
            box(
                (0.05, 0.6 * width, 0.25), (side * (end + 0.01), 0, high + 0.05), label, paint.trim
            )
        )
    return join(parts)
