"""What people carry, push, sit in and hold over their heads.

Carried things are part of the person; what rolls on the ground is not (Cityscapes' rule),
and has no class among the 19 unless it is a bicycle.
"""

import math

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic.assets.people_poses import SHOULDER_HALF, SIDES, Joints
from panoseg_ros.synthetic.assets.solids import Solids, circle, vec


def baggage(
    solids: Solids, j: Joints, height: float, kind: str, material: int, rng: np.random.Generator
) -> None:
    """Add a rucksack, a shoulder bag, a bag in one hand or shopping in both."""
    forward, left, up = j.axes.T
    side = int(rng.integers(2))
    if kind == 'rucksack':
        tall, deep = rng.uniform(0.09, 0.17) * height, rng.uniform(0.04, 0.075) * height
        middle = j.chest - up * (0.02 * height + tall) - forward * (0.05 * height + deep)
        points = [middle - up * tall, middle - 0.6 * up * tall, middle + 0.5 * up * tall]
        points.append(middle + up * tall)
        wide = 0.085 * height
        radii = np.array([(0.8, 0.8), (1.0, 1.15), (1.0, 1.0), (0.6, 0.5)]) * [wide, deep]
        solids.tube(points, radii * 1.1, material, 6, left)
    elif kind == 'shoulder':
        hip = j.pelvis + left * SIDES[side] * 0.125 * height + up * 0.02 * height
        size = rng.uniform(0.5, 1.0)
        bag = np.array([(0.05, 0.028)] * 2) * height * (0.6 + size)
        solids.tube([hip - up * 0.09 * height * size, hip + up * 0.05 * height], bag, material, 6)
        shoulder = j.chest - left * SIDES[side] * 0.6 * SHOULDER_HALF * height
        front = forward * 0.075 * height
        solids.beam(hip + front, shoulder + front * 0.9, 0.035, 0.012, material)
    elif kind in ('hand', 'case', 'shopping'):
        wide = {'hand': 0.14, 'case': 0.2, 'shopping': 0.16}[kind] * rng.uniform(0.8, 1.2)
        for k in (0, 1) if kind == 'shopping' and rng.random() < 0.5 else (side,):
            grip = j.arms[k, 2] + vec(0, 0, -0.07 * height)
            tall = min(wide * rng.uniform(0.9, 1.5), float(grip[2]) - 0.08)
            if tall < 0.08:
                continue
            points = [grip - vec(0, 0, 0.05 + tall), grip - vec(0, 0, 0.05)]
            slim = np.array([(1.3 * wide, 0.45 * wide), (wide, 0.3 * wide)])
            solids.tube(points, slim, material, 4, vec(1, 0, 0))
            solids.beam(grip - vec(0, 0, 0.06), grip + vec(0, 0, 0.02), 0.1, 0.015, material)


def carried_box(solids: Solids, j: Joints, material: int, rng: np.random.Generator) -> None:
    """Add a box between the hands."""
    middle = j.arms[:, 2].mean(0)
    wide, tall = float(j.arms[1, 2, 1] - j.arms[0, 2, 1]), rng.uniform(0.15, 0.4)
    foot = middle + vec(0.12, 0, -0.5 * tall)
    solids.box((rng.uniform(0.2, 0.4), max(0.2, wide), tall), foot, material)


def umbrella(solids: Solids, j: Joints, canopy: int, stick: int, rng: np.random.Generator) -> None:
    """Add an open umbrella in the hand that is held highest."""
    hand = j.arms[int(np.argmax(j.arms[:, 2, 2])), 2]
    tip = vec(0.3 * hand[0] + 0.7 * j.head[0], 0.5 * hand[1], j.head[2] + rng.uniform(0.3, 0.45))
    solids.tube([hand - vec(0, 0, 0.12), tip], (0.012, 0.008), stick, 4)
    radius, deep = rng.uniform(0.45, 0.62), rng.uniform(0.16, 0.26)
    cos, sin = circle(8)
    rings = []
    for share, drop in ((1.0, 1.0), (0.66, 0.4), (0.08, 0.0)):
        flat = np.stack([cos * radius * share, sin * radius * share, 0 * cos - deep * drop], 1)
        rings.append(tip + flat)
    solids.loft(rings, canopy, (True, True))


def pram(rng: np.random.Generator, handle_x: float, cloth: int, metal: int) -> Solids:
    """Return a pram or buggy whose handle is at `handle_x`, ahead of who pushes it."""
    solids = Solids(UNLABELLED)
    x, r = handle_x + 0.52, rng.uniform(0.09, 0.15)
    for side in SIDES:
        for wheel in (-0.3, 0.32):
            hub = vec(x + wheel, side * 0.26, r)
            solids.tube([hub - vec(0, 0.02, 0), hub + vec(0, 0.02, 0)], (r, r), metal, 8)
        solids.beam(
            vec(handle_x, side * 0.22, 1.0), vec(x + 0.3, side * 0.25, r), 0.03, 0.03, metal
        )
    solids.beam(vec(handle_x, -0.24, 1.0), vec(handle_x, 0.24, 1.0), 0.035, 0.035, metal)
    tub = np.array([(-0.32, 0.14), (-0.18, 0.2), (0.25, 0.2), (0.4, 0.1)])
    points = [(x + at, 0.0, 0.62 + 0.06 * math.cos(3 * at)) for at, _ in tub]
    solids.tube(points, np.stack([np.full(4, 0.24), tub[:, 1]], 1), cloth, 6, vec(0, 1, 0))
    hood = [(x - 0.3, 0.0, 0.80), (x - 0.16, 0.0, 0.86), (x + 0.08, 0.0, 0.88)]
    solids.tube(hood, [(0.2, 0.14), (0.24, 0.22), (0.23, 0.2)], cloth, 6, vec(0, 1, 0))
    return solids


def suitcase(rng: np.random.Generator, j: Joints, material: int, metal: int) -> Solids:
    """Return a trolley case that is pulled behind."""
    solids = Solids(UNLABELLED)
    hand = j.arms[int(rng.integers(2)), 2]
    tall = rng.uniform(0.45, 0.7)
    low = vec(hand[0] - 0.55, hand[1], 0.06)
    lean = vec(0.5, 0, 0.87)
    solids.tube(
        [low, low + lean * tall], [(0.24, 0.14)] * 2, material, 4, vec(0, 1, 0), (True, True)
    )
    solids.beam(low + lean * tall, hand - vec(0, 0, 0.06), 0.1, 0.02, metal)
    return solids


def wheelchair(rng: np.random.Generator, seat: float, cloth: int, metal: int) -> Solids:
    """Return a wheelchair around a seat at this height, facing +x."""
    solids = Solids(UNLABELLED)
    r = rng.uniform(0.28, 0.31)
    for side in SIDES:
        hub = vec(-0.02, side * 0.30, r)
        solids.tube([hub - vec(0, 0.015, 0), hub + vec(0, 0.015, 0)], (r, r), metal, 12)
        front = vec(0.42, side * 0.2, 0.08)
        solids.tube([front - vec(0, 0.02, 0), front + vec(0, 0.02, 0)], (0.08, 0.08), metal, 7)
        solids.beam(vec(0.4, side * 0.24, seat), front, 0.03, 0.03, metal)
        solids.beam(vec(-0.2, side * 0.24, 0.95), vec(-0.16, side * 0.24, seat), 0.03, 0.03, metal)
        solids.beam(
            vec(-0.2, side * 0.24, seat + 0.2),
            vec(0.2, side * 0.24, seat + 0.2),
            0.05,
            0.03,
            metal,
        )
    solids.box((0.42, 0.46, 0.06), (0.05, 0, seat - 0.06), cloth)
    solids.box((0.05, 0.46, 0.45), (-0.2, 0, seat), cloth)
    solids.box((0.16, 0.36, 0.02), (0.5, 0, 0.0), metal)
    return solids
