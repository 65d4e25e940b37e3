"""People in poses, bicycles, motorcycles and their riders.

Convention: standing on z = 0 at the origin, facing +x.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, ball, box, join, moved, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

Point = NDArray[np.float64]


def vec(x: float, y: float, z: float) -> Point:
    """Return a point or an offset in metres."""
    return np.array([x, y, z], np.float64)


class Outfit(NamedTuple):
    """Material ids of one person."""

    skin: int
    hair: int
    top: int
    legs: int
    shoes: int
    bag: int


def random_outfit(rng: np.random.Generator, materials: Materials) -> Outfit:
    """Draw clothes, plain, striped or printed."""

    def fabric() -> int:
        color = palette.cloth(rng)
        kind = rng.random()
        if kind < 0.7:
            return materials.add(mat.PLAIN, [color], [0.35, 0.3])
        if kind < 0.85:
            return materials.add(
                mat.STRIPES,
                [color, palette.cloth(rng)],
                [rng.uniform(0.05, 0.2), 0.5, float(rng.integers(2))],
            )
        return materials.add(mat.POSTER, [color, palette.cloth(rng), color], [0.06])

    def plain(color: palette.Color) -> int:
        return materials.add(mat.PLAIN, [color], [0.2, 0.2])

    hair = palette.hsv(rng, (0.03, 0.12), (0.1, 0.7), (0.01, 0.3))
    return Outfit(
        plain(palette.skin(rng)),
        plain(hair),
        fabric(),
        fabric(),
        plain(palette.cloth(rng)),
        fabric(),
    )


def _limb(points: list[Point], radii: list[float], label: int, material: int) -> list[Mesh]:
    ends = zip(pairwise(points), pairwise(radii), strict=True)
    return [tube(a, b, (ra, rb), label, material, 6) for (a, b), (ra, rb) in ends]


def _head(
    at: Point, size: float, outfit: Outfit, label: int, rng: np.random.Generator
) -> list[Mesh]:
    parts = [
        tube(at - vec(0, 0, 0.16 * size), at, (0.06 * size, 0.06 * size), label, outfit.skin, 6),
        ball(at + vec(0.01, 0, 0.09 * size), vec(0.095, 0.08, 0.12) * size, label, outfit.skin),
    ]
    style = rng.random()
    if style < 0.85:
        parts.append(
            ball(
                at + vec(-0.025, 0, 0.125) * size,
                vec(0.10, 0.092, 0.11) * size,
                label,
                outfit.hair,
            )
        )
    if style < 0.25:
        parts.append(
            tube(
                at + vec(-0.06, 0, 0.1) * size,
                at + vec(-0.08, 0, -0.22) * size,
                (0.09 * size, 0.05 * size),
                label,
                outfit.hair,
                6,
            )
        )
    if style > 0.9:
        parts.append(
            tube(
                at + vec(0.0, 0, 0.14) * size,
                at + vec(0.0, 0, 0.23) * size,
                (0.115 * size, 0.08 * size),
                label,
                outfit.bag,
                8,
            )
        )
    return parts


def person(
    rng: np.random.Generator,
    outfit: Outfit,
    height_m: float,
    pose: str,
    stride_rad: float | None = None,
) -> Mesh:
    """Return a person who walks, stands or sits (on a seat 0.45 m high).

    `stride_rad` sets how far the legs swing apart, instead of a random angle; the same
    `rng` state with another stride is the same person a moment later.
    """
    k, label = height_m / 1.75, ids.PERSON
    girth = rng.uniform(0.85, 1.3)
    hip_z = 0.45 + 0.08 if pose == 'sit' else 0.92 * k
    hip, lean = vec(0.0, 0.0, hip_z), rng.normal(0.02, 0.03)
    chest = hip + vec(lean + 0.02, 0, 0.50 * k)
    stride = rng.uniform(0.25, 0.6) if pose == 'walk' else rng.uniform(0.0, 0.08)
    stride = stride if stride_rad is None else stride_rad
    parts = _torso(hip, chest, k * girth, outfit, label, rng)
    for side, phase in ((-1, 1.0), (1, -1.0)):
        thigh = hip + vec(0, side * 0.095 * k, 0)
        if pose == 'sit':
            knee = thigh + vec(0.44 * k, side * 0.04, 0.0)
            ankle = vec(knee[0] + 0.05, knee[1], 0.08)
        else:
            swing = phase * stride
            knee = thigh + k * vec(0.45 * np.sin(swing), 0, -0.44 * np.cos(swing))
            bend = swing - (0.35 * stride if phase < 0 else 0.1 * stride) * 1.6
            ankle = knee + k * vec(0.42 * np.sin(bend), 0, -0.42 * np.cos(bend))
        thick = girth * k
        parts += _limb(
            [thigh, knee, ankle], [0.095 * thick, 0.07 * thick, 0.05 * thick], label, outfit.legs
        )
        parts.append(
            box((0.26 * k, 0.1 * k, 0.09), ankle + vec(0.06, 0, -0.08), label, outfit.shoes)
        )
        parts += _arm(
            chest,
            side,
            phase * stride if pose == 'walk' else rng.normal(0.1, 0.2),
            k,
            girth,
            outfit,
            label,
            rng,
        )
    parts += _head(chest + vec(0.01, 0, 0.16 * k), k * 1.12, outfit, label, rng)
    figure = join(parts)
    lowest = figure.corners[..., 2].min()
    return figure._replace(corners=figure.corners - np.array([0, 0, lowest], np.float32))


def _torso(
    hip: Point, chest: Point, k: float, outfit: Outfit, label: int, rng: np.random.Generator
) -> list[Mesh]:
    waist = 0.5 * (hip + chest)
    parts = [
        ball(hip, (0.13 * k, 0.17 * k, 0.14), label, outfit.legs),
        tube(hip - vec(0, 0, 0.05), waist, (0.155 * k, 0.14 * k), label, outfit.top, 8),
        tube(waist, chest, (0.14 * k, 0.175 * k), label, outfit.top, 8),
        ball(chest, (0.13 * k, 0.20 * k, 0.09), label, outfit.top),
    ]
    extra = rng.random()
    if extra < 0.18:  # backpack
        parts.append(box((0.18, 0.3, 0.42), waist + vec(-0.22 * k, 0, -0.05), label, outfit.bag))
    elif extra < 0.36:  # coat or skirt
        reach = rng.uniform(0.3, 0.6)
        parts.append(
            tube(
                waist,
                hip - vec(0, 0, reach),
                (0.15 * k, 0.24 * k),
                label,
                outfit.top if extra < 0.27 else outfit.bag,
                8,
            )
        )
    elif extra < 0.5:  # bag in hand
        side = 1 if extra < 0.43 else -1
        parts.append(
            box((0.3, 0.12, 0.28), hip + vec(0.05, side * 0.32, -0.38), label, outfit.bag)
        )
    return parts


def _arm(
    chest: Point,
    side: int,
    swing: float,
    k: float,
    girth: float,
    outfit: Outfit,
    label: int,
    rng: np.random.Generator,
) -> list[Mesh]:
    shoulder = chest + vec(0, side * 0.20 * k * girth, 0.02)
    a = -swing * 0.9
    spread = rng.uniform(0.05, 0.2)
    elbow = shoulder + k * vec(0.29 * np.sin(a), side * spread * 0.29, -0.29 * np.cos(a))
    b = a + rng.uniform(0.1, 1.4)
    hand = elbow + k * vec(0.26 * np.sin(b), -side * 0.03, -0.26 * np.cos(b))
    lower = outfit.skin if rng.random() < 0.35 else outfit.top
    return [
        tube(shoulder, elbow, (0.06 * girth, 0.05 * girth), label, outfit.top, 6),
        tube(elbow, hand, (0.048 * girth, 0.038), label, lower, 6),
        ball(hand, (0.05, 0.04, 0.06), label, outfit.skin, 0),
    ]


def _ring(centre: Point, radius: float, thick: float, label: int, material: int) -> Mesh:
    angle = np.linspace(0, 2 * np.pi, 15)
    points = centre + radius * np.stack([np.cos(angle), 0 * angle, np.sin(angle)], 1)
    return join([tube(a, b, (thick, thick), label, material, 4) for a, b in pairwise(points)])


def bicycle(materials: Materials, rng: np.random.Generator) -> Mesh:
    """Return a bicycle about 1.7 m long."""
    frame = materials.add(mat.GLOSS, [palette.coat(rng)], [0.2])
    rubber = materials.add(mat.PLAIN, [(0.025, 0.025, 0.025)], [0.2, 0.2])
    r, label = rng.uniform(0.31, 0.36), ids.BICYCLE
    rear, front = vec(-0.52, 0, r), vec(0.55, 0, r)
    crank, seat = vec(-0.08, 0, r - 0.04), vec(-0.22, 0, 0.86)
    head = vec(0.36, 0, 0.82)
    parts = [_ring(rear, r, 0.028, label, rubber), _ring(front, r, 0.028, label, rubber)]
    tubes = [
        (rear, crank),
        (rear, seat),
        (crank, seat),
        (crank, head),
        (seat - vec(0, 0, 0.12), head),
        (front, head),
        (head, head + vec(-0.06, 0, 0.18)),
    ]
    parts += [tube(a, b, (0.022, 0.022), label, frame, 4) for a, b in tubes]
    bar = head + vec(-0.06, 0, 0.18)
    parts.append(
        tube(bar - vec(0, 0.28, 0), bar + vec(0, 0.28, 0), (0.018, 0.018), label, rubber, 4)
    )
    parts.append(box((0.27, 0.15, 0.07), seat, label, rubber))
    if rng.random() < 0.4:
        basket = materials.add(mat.PLANKS, [palette.stone(rng)], [0.04, 0.6, 0.0])
        parts.append(box((0.3, 0.35, 0.25), head + vec(0.22, 0, 0.0), label, basket))
    if rng.random() < 0.7:
        parts.append(box((0.4, 0.1, 0.03), rear + vec(-0.05, 0, r + 0.08), label, frame))
    return join(parts)


def motorcycle(materials: Materials, rng: np.random.Generator) -> Mesh:
    """Return a motorcycle or scooter about 2 m long."""
    body = materials.add(mat.GLOSS, [palette.coat(rng)], [0.35])
    dark = materials.add(mat.PLAIN, [(0.03, 0.03, 0.03)], [0.3, 0.2])
    glow = materials.add(mat.EMIT, [(0.7, 0.7, 0.65)], [0.2])
    r, label = rng.uniform(0.24, 0.31), ids.MOTORCYCLE
    rear, front = vec(-0.62, 0, r), vec(0.68, 0, r)
    parts: list[Mesh] = []
    for wheel in (rear, front):
        parts.append(
            tube(wheel - vec(0, 0.06, 0), wheel + vec(0, 0.06, 0), (r, r), label, dark, 12)
        )
    head = vec(0.42, 0, 0.92)
    for side in (-0.09, 0.09):
        parts.append(
            tube(front + vec(0, side, 0), head + vec(0, side, 0), (0.03,) * 2, label, dark, 5)
        )
    parts += [
        ball((0.12, 0, 0.76), (0.34, 0.17, 0.17), label, body),
        ball((-0.45, 0, 0.72), (0.42, 0.15, 0.12), label, body),
        box((0.55, 0.30, 0.36), (-0.02, 0, 0.28), label, dark),
        box((0.75, 0.26, 0.09), (-0.35, 0, 0.78), label, dark),
        tube(
            head - vec(0.05, 0.34, -0.06),
            head + vec(-0.05, 0.34, 0.06),
            (0.022,) * 2,
            label,
            dark,
            5,
        ),
        ball(head + vec(0.1, 0, -0.02), (0.10, 0.11, 0.11), label, glow),
        tube((-0.1, 0.17, 0.3), (-0.75, 0.19, 0.38), (0.05, 0.06), label, dark, 6),
    ]
    if rng.random() < 0.5:
        parts.append(box((0.06, 0.36, 0.42), head + vec(0.06, 0, -0.1), label, body))
        parts.append(box((0.6, 0.34, 0.06), (0.15, 0, 0.3), label, body))
    if rng.random() < 0.3:
        parts.append(box((0.4, 0.42, 0.36), (-0.78, 0, 0.86), label, body))
    return join(parts)


def rider(rng: np.random.Generator, outfit: Outfit, on_motorcycle: bool) -> Mesh:
    """Return a person seated on a bicycle or motorcycle (which is not included)."""
    label, k = ids.RIDER, rng.uniform(0.92, 1.06)
    hip = vec(-0.28, 0, 0.92 if on_motorcycle else 0.96)
    lean = rng.uniform(0.12, 0.3) if on_motorcycle else rng.uniform(0.15, 0.4)
    chest = hip + k * vec(0.5 * np.sin(lean), 0, 0.5 * np.cos(lean))
    girth = rng.uniform(0.9, 1.2)
    parts = _torso(hip, chest, k * girth, outfit, label, rng)
    hand_at = vec(0.34, 0.0, 1.0)
    for side, phase in ((-1, rng.uniform(-1, 1)), (1, rng.uniform(-1, 1))):
        foot = (
            vec(0.0, side * 0.2, 0.28)
            if on_motorcycle
            else vec(-0.08 + 0.12 * phase, side * 0.12, 0.28 + 0.14 * phase)
        )
        thigh = hip + vec(0, side * 0.1, 0)
        knee = 0.5 * (thigh + foot) + [0.24, side * 0.05, 0.06]
        parts += _limb(
            [thigh, knee, foot + vec(0, 0, 0.06)], [0.095 * girth, 0.07, 0.05], label, outfit.legs
        )
        parts.append(box((0.26, 0.1, 0.08), foot + vec(0.05, 0, 0), label, outfit.shoes))
        shoulder, hand = (
            chest + vec(0, side * 0.2 * k * girth, 0),
            hand_at + vec(0, side * 0.27, 0.03),
        )
        elbow = 0.5 * (shoulder + hand) + [-0.04, side * 0.07, -0.08]
        parts += _limb([shoulder, elbow, hand], [0.06 * girth, 0.05, 0.04], label, outfit.top)
    head = chest + vec(0.06, 0, 0.17 * k)
    parts += _head(head, 1.1 * k, outfit, label, rng)
    if on_motorcycle or rng.random() < 0.5:
        parts.append(ball(head + vec(0.0, 0, 0.14), (0.15, 0.13, 0.15), label, outfit.bag))
    return join(parts)


def mounted(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a rider together with the bicycle or motorcycle under them."""
    on_motorcycle = bool(rng.random() < 0.4)
    vehicle = motorcycle(materials, rng) if on_motorcycle else bicycle(materials, rng)
    return join([vehicle, rider(rng, random_outfit(rng, materials), on_motorcycle)])


def crowd(rng: np.random.Generator, materials: Materials, count: int) -> Mesh:
    """Return people standing close together, about 0.7 m from each other."""
    group = []
    for index in range(count):
        angle = 2 * np.pi * index / max(count, 1) + rng.normal(0, 0.2)
        at = (0.55 * np.cos(angle), 0.55 * np.sin(angle), 0.0) if count > 1 else (0.0, 0.0, 0.0)
        figure = person(rng, random_outfit(rng, materials), float(rng.normal(1.7, 0.1)), 'stand')
        group.append(moved(figure, at, angle + np.pi + rng.normal(0, 0.5)))
    return join(group)
