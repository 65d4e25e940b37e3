"""Chairs, stools, benches, armchairs and sofas.

Convention: an asset stands on z = 0 at the origin; who sits on it looks along +x.
"""

import numpy as np

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor.looks import ChairShape, Kit, SofaShape
from panoseg_ros.synthetic.indoor.shapes import disc, four_legs, pillow, sled, star
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, loft, moved, tube


def chair(shape: ChairShape, frame: int, cover: int) -> Mesh:
    """Return a chair with a frame and a seat of two materials."""
    wide, deep, high = 0.5 * shape.width_m, 0.5 * shape.depth_m, shape.seat_m
    parts = [_chair_legs(shape, frame)]
    seat = (shape.depth_m, shape.width_m, max(shape.padding_m, shape.thick_m))
    parts.append(pillow(seat, (0, 0, high), ids.CHAIR, cover, 0.4 * seat[2]))
    back = moved(_back(shape, frame, cover), (-deep + 0.02, 0, high + 0.02))
    parts.append(back)
    if shape.arms:
        for y in (-wide - 0.02, wide + 0.02):
            parts.append(box((0.3, 0.05, 0.03), (0.0, y, high + 0.2), ids.CHAIR, frame))
            feet = [(0.1, y, high), (-0.12, y, high)]
            parts.append(boxes([(0.03, 0.03, 0.2)] * 2, feet, ids.CHAIR, frame))
    return join(parts)


def _chair_legs(shape: ChairShape, frame: int) -> Mesh:
    half = (0.5 * shape.depth_m - 0.03, 0.5 * shape.width_m - 0.03)
    high, thick = shape.seat_m, shape.thick_m
    if shape.legs == 'star':
        return star(0.3, high, ids.CHAIR, frame)
    if shape.legs == 'pedestal':
        foot = disc(0.23, 0.02, 0.0, ids.CHAIR, frame, 12)
        pole = tube((0, 0, 0), (0, 0, high), (0.03, 0.03), ids.CHAIR, frame, 6)
        return join([foot, pole])
    if shape.legs == 'sled':
        return sled(half, high, 0.6 * thick, ids.CHAIR, frame)
    if shape.legs == 'round':
        return four_legs(half, high, thick, ids.CHAIR, frame, 0.15, 6)
    return four_legs(half, high, thick, ids.CHAIR, frame)


def _back(shape: ChairShape, frame: int, cover: int) -> Mesh:
    """Return a back that rises from the origin and leans towards -x."""
    wide, high = shape.width_m, shape.back_m
    if shape.back == 'shell':
        angle = np.linspace(-0.5, 0.5, 5)
        inner = np.stack([0.12 - 0.12 * np.cos(2 * angle), np.sin(angle) * wide], 1)
        outline = np.concatenate([inner, (inner - np.array([0.025, 0.0]))[::-1]])
        rings = [
            np.column_stack([outline[:, 0] - shape.lean * z, outline[:, 1] * s, np.full(10, z)])
            for z, s in ((0.0, 1.0), (0.7 * high, 1.0), (high, 0.75))
        ]
        return loft(np.stack(rings), ids.CHAIR, cover, caps=False)
    if shape.back == 'solid':
        thick = max(shape.padding_m, 0.03)
        foot = 0.12 if shape.legs == 'star' else 0.0
        parts = [pillow((thick, wide, high - foot), (0, 0, foot), ids.CHAIR, cover, 0.4 * thick)]
        if foot:
            parts.append(box((0.03, 0.1, 0.3), (-0.03, 0, 0), ids.CHAIR, frame))
    else:
        t = shape.thick_m
        sizes = [(t, t, high)] * 2 + [(t, wide, 0.07)]
        feet = [(0, -0.5 * wide, 0), (0, 0.5 * wide, 0), (0, 0, high - 0.07)]
        bars = 4 if shape.back == 'slats' else 0
        for k in range(bars):
            sizes.append((0.6 * t, 0.035, high - 0.05))
            feet.append((0, wide * ((k + 1) / (bars + 1) - 0.5), 0))
        parts = [boxes(sizes, feet, ids.CHAIR, frame)]
        if not bars:
            parts.append(box((0.02, wide, 0.12), (0, 0, 0.4 * high), ids.CHAIR, cover))
    mesh = join(parts)
    shear = np.array([[1, 0, 0], [0, 1, 0], [-shape.lean, 0, 1]], np.float32)
    return mesh._replace(corners=mesh.corners @ shear)


def stool(shape: ChairShape, frame: int, cover: int, height: float) -> Mesh:
    """Return a stool without a back."""
    if shape.legs in ('star', 'pedestal'):
        foot = disc(0.2, 0.02, 0.0, ids.CHAIR, frame, 12)
        legs = join([foot, tube((0, 0, 0), (0, 0, height), (0.03, 0.03), ids.CHAIR, frame, 6)])
    else:
        legs = four_legs((0.12, 0.12), height, shape.thick_m, ids.CHAIR, frame, 0.3, 5)
    seat = disc(0.19, max(0.03, shape.padding_m), height, ids.CHAIR, cover, 14)
    return join([legs, seat])


def bench(length: float, frame: int, cover: int, back: bool) -> Mesh:
    """Return a bench for several people, labelled chair."""
    parts = [
        four_legs((0.14, 0.5 * length - 0.15), 0.42, 0.05, ids.CHAIR, frame),
        pillow((0.4, length, 0.06), (0, 0, 0.42), ids.CHAIR, cover, 0.02),
    ]
    if back:
        parts.append(box((0.04, length, 0.35), (-0.2, 0, 0.5), ids.CHAIR, cover))
    return join(parts)


def sofa(shape: SofaShape, places: int, frame: int, cover: int, label: int = ids.SOFA) -> Mesh:
    """Return a sofa for some people; with label CHAIR and one place it is an armchair."""
    wide = places * shape.place_m
    deep, leg, bevel = shape.depth_m, shape.leg_m, shape.bevel_m
    arm = shape.arm_width_m
    x0 = -0.5 * deep
    parts = [
        four_legs((0.5 * deep - 0.08, 0.5 * wide), leg + 0.01, 0.05, label, frame),
        pillow((deep - 0.05, wide, shape.seat_m - 0.14 - leg), (0, 0, leg), label, cover, 0.02),
        pillow((0.2, wide + arm, shape.back_m - leg), (x0 + 0.1, 0, leg), label, cover, bevel),
    ]
    for y in (-0.5 * (wide + arm), 0.5 * (wide + arm)):
        size = (deep, arm, shape.arm_m - leg)
        parts.append(pillow(size, (0, y, leg), label, cover, min(bevel, 0.4 * arm)))
    for k in range(places):
        y = (k + 0.5) * shape.place_m - 0.5 * wide
        seat = (deep - 0.2, shape.place_m - 0.01, 0.15)
        parts.append(pillow(seat, (0.1, y, shape.seat_m - 0.14), label, cover, bevel))
        if shape.loose:
            size = (0.16, shape.place_m - 0.03, shape.back_m - shape.seat_m + 0.02)
            parts.append(pillow(size, (x0 + 0.27, y, shape.seat_m), label, cover, bevel))
    return join(parts)


def corner_sofa(shape: SofaShape, places: int, frame: int, cover: int) -> Mesh:
    """Return a sofa with a couch part on its left, as wide as `places` and one more."""
    main = sofa(shape, places, frame, cover)
    y = 0.5 * (places * shape.place_m) - 0.5 * shape.place_m
    reach = 0.75
    part = pillow(
        (reach, shape.place_m, shape.seat_m - shape.leg_m),
        (0.5 * shape.depth_m + 0.5 * reach - 0.05, y, shape.leg_m),
        ids.SOFA,
        cover,
        shape.bevel_m,
    )
    return join([main, part])


def sofa_size(shape: SofaShape, places: int) -> tuple[float, float]:
    """Return depth and width of a sofa."""
    return shape.depth_m, places * shape.place_m + 2 * shape.arm_width_m


def random_chair(rng: np.random.Generator, kit: Kit, swivel: bool | None = None) -> Mesh:
    """Return one of the family's chairs, on a swivel foot or not as asked."""
    shape = pick(rng, kit.family.chairs)
    if swivel is not None and (shape.legs == 'star') != swivel:
        shape = shape._replace(legs='star' if swivel else str(rng.choice(['straight', 'sled'])))
    frame = pick(rng, kit.metals if rng.random() < 0.5 or swivel else kit.woods)
    covers = kit.cloths if rng.random() < 0.6 else kit.plastics
    if shape.back == 'slats' and rng.random() < 0.7:
        covers = kit.woods
    return chair(shape, frame, pick(rng, covers))
