"""Bicycles, motorcycles and scooters: parked, ridden, and pushed by hand.

Convention: standing on z = 0 about the origin, facing +x. Meshes number their objects from 1
(`Mesh.instances`): the human first, then the machine.
"""

import math
from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import wheels
from panoseg_ros.synthetic.assets.people_clothes import Outfit, Wardrobe, random_outfit
from panoseg_ros.synthetic.assets.people_poses import SIDES
from panoseg_ros.synthetic.assets.people_riding import Contacts, on_foot, ride
from panoseg_ros.synthetic.assets.solids import Point, Solids, unit, vec
from panoseg_ros.synthetic.assets.two_wheelers_motor import (
    MotorcycleShape,
    motorcycle,
    motorcycle_contacts,
    random_motorcycle,
)
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, counted, join, moved
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

__all__ = [
    'BicycleShape',
    'MotorcycleShape',
    'bicycle',
    'bicycle_contacts',
    'motorcycle',
    'motorcycle_contacts',
    'mounted',
    'pushed_bicycle',
    'random_bicycle',
    'random_motorcycle',
]


class BicycleShape(NamedTuple):
    """Measures of a bicycle in metres, and what is fixed to it."""

    kind: str  # diamond, step, mountain, race, folding, child, cargo
    wheel: float  # radius
    base: float  # between the hubs
    saddle: float
    bar: float  # height of the grips
    tyre: float  # radius of the tyre's section
    frame: float  # radius of the tubes
    basket: bool
    rack: bool
    panniers: bool
    child_seat: bool
    guards: bool


# Wheel radius, wheelbase, saddle height, grip height, tyre, frame.
_BICYCLES = {
    'diamond': (0.345, 1.05, 0.95, 1.00, 0.020, 0.019),
    'step': (0.345, 1.10, 0.90, 1.12, 0.024, 0.021),
    'mountain': (0.34, 1.10, 0.92, 1.00, 0.032, 0.024),
    'race': (0.335, 1.00, 0.97, 0.92, 0.014, 0.019),
    'folding': (0.22, 1.00, 0.90, 1.05, 0.022, 0.026),
    'child': (0.23, 0.80, 0.62, 0.78, 0.024, 0.020),
    'cargo': (0.33, 1.90, 0.92, 1.08, 0.026, 0.026),
}


def random_bicycle(rng: np.random.Generator) -> BicycleShape:
    """Draw a bicycle of any kind."""
    kind = str(rng.choice(list(_BICYCLES), p=[0.26, 0.28, 0.16, 0.1, 0.07, 0.06, 0.07]))
    measures = [float(m * rng.uniform(0.94, 1.06)) for m in _BICYCLES[kind]]
    sporty = kind in ('mountain', 'race', 'child')
    basket, rack, panniers, child_seat = (
        bool(rng.random() < share * (0.15 if sporty else 1.0)) for share in (0.35, 0.8, 0.3, 0.2)
    )
    return BicycleShape(
        kind,
        measures[0],
        measures[1],
        measures[2],
        measures[3],
        measures[4],
        measures[5] * float(rng.uniform(0.9, 1.3)),
        basket,
        rack,
        panniers,
        child_seat,
        bool(not sporty or rng.random() < 0.2),
    )


class _Points(NamedTuple):
    rear: Point
    front: Point
    crank: Point
    saddle: Point
    head: Point  # upper end of the head tube
    bar: Point  # middle of the handlebar


def _points(s: BicycleShape) -> _Points:
    rear = vec(-0.45 * (s.base if s.kind != 'cargo' else 1.15), 0, s.wheel)
    front = rear + vec(s.base, 0, 0)
    crank = vec(rear[0] + 0.43, 0, 0.27 if s.kind != 'child' else 0.2)
    saddle = vec(crank[0] - 0.24 * s.saddle / 0.95, 0, s.saddle)
    steer = front[0] if s.kind != 'cargo' else rear[0] + 1.1
    tall = min(s.bar - 0.08, 0.93)
    head = vec(steer - 0.19 - 0.15 * (tall - 0.75), 0, tall)
    back = {'race': -0.06, 'mountain': -0.02, 'step': 0.16}.get(s.kind, 0.08)
    return _Points(rear, front, crank, saddle, head, vec(head[0] - back, 0, s.bar))


def _wheel(solids: Solids, hub: Point, radius: float, tyre: float, dark: int, metal: int) -> None:
    wheels.tyre(solids, hub, radius - tyre, (1.25 * tyre, 1.25 * tyre), (14, 3), dark)
    for turn in np.arange(4) * (np.pi / 4) + 0.2:
        way = vec(math.cos(turn), 0, math.sin(turn)) * (radius - tyre)
        thin = 0.003 * vec(-math.sin(turn), 0, math.cos(turn))
        spoke = [hub - way - thin, hub + way - thin, hub + way + thin, hub - way + thin]
        solids.quads([spoke], metal)
    solids.tube([hub - vec(0, 0.04, 0), hub + vec(0, 0.04, 0)], (0.02, 0.02), metal, 5)


def bicycle(
    materials: Materials, rng: np.random.Generator, shape: BicycleShape | None = None
) -> Mesh:
    """Return a bicycle, or a drawn one without a shape."""
    s = shape or random_bicycle(rng)
    paint = materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.1, 0.3)])
    dark = materials.add(mat.PLAIN, [palette.hsv(rng, (0, 1), (0, 0.3), (0.01, 0.05))], [0.3, 0.2])
    metal = materials.add(mat.GLOSS, [palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.1, 0.5))], [0.3])
    solids, p = Solids(ids.BICYCLE), _points(s)
    small = s.wheel if s.kind != 'cargo' else 0.24
    front = vec(p.front[0], 0, small)
    _wheel(solids, p.rear, s.wheel, s.tyre, dark, metal)
    _wheel(solids, front, small, s.tyre, dark, metal)
    _frame(solids, s, p, front, paint)
    _bar(solids, s, p, dark, metal)
    saddle = [
        p.saddle + vec(-0.14, 0, 0),
        p.saddle + vec(0.0, 0, 0.01),
        p.saddle + vec(0.14, 0, 0),
    ]
    solids.tube(saddle, [(0.085, 0.035), (0.06, 0.03), (0.02, 0.02)], dark, 5, vec(0, 1, 0))
    for side, up in ((-1, 1), (1, -1)):
        end = p.crank + vec(0.03 * up, 0.1 * side, -0.16 * up)
        solids.beam(p.crank + vec(0, 0.05 * side, 0), end, 0.02, 0.02, metal)
        solids.box((0.09, 0.09, 0.02), end + vec(0, 0.05 * side, 0), dark, floor=False)
    ring = [p.crank - vec(0, 0.055, 0), p.crank - vec(0, 0.045, 0)]
    solids.tube(ring, (0.09, 0.09), dark, 8)
    _extras(solids, s, p, front, materials, rng, dark, metal)
    return counted(solids.mesh(), 1)


def _frame(solids: Solids, s: BicycleShape, p: _Points, front: Point, paint: int) -> None:
    thick = (s.frame, s.frame)
    mast = p.saddle - vec(0, 0, 0.03)
    lug = p.crank + 0.72 * (mast - p.crank)
    low = p.head - 0.16 * unit(p.head - front)
    tubes = [(p.crank, mast), (p.head, p.bar), (low, p.head)]
    if s.kind in ('step', 'folding', 'cargo'):
        middle = p.crank + 0.35 * (mast - p.crank)
        tubes += [(low, p.crank), (p.head - vec(0, 0, 0.06), middle)]
    else:
        tubes += [(low, p.crank), (p.head - vec(0.01, 0, 0.03), lug)]
    for a, b in tubes:
        solids.tube([a, b], thick, paint, 5)
    for side in (-0.045, 0.045):
        off = vec(0, side, 0)
        slim = (0.6 * s.frame, 0.5 * s.frame)
        solids.tube([p.rear + off, p.crank + 0.5 * off], slim, paint, 3)
        solids.tube([p.rear + off, lug + 0.3 * off], slim, paint, 3)
        if s.kind != 'cargo':
            solids.tube([front + off, low + 0.6 * off], slim, paint, 3)
    if s.kind == 'cargo':
        solids.tube([p.crank, vec(p.head[0], 0, 0.32), front], (s.frame,) * 3, paint, 4)
        solids.tube([p.head, vec(p.head[0] + 0.06, 0, 0.32)], thick, paint, 4)


def _bar(solids: Solids, s: BicycleShape, p: _Points, dark: int, metal: int) -> None:
    half = {'race': 0.21, 'child': 0.22, 'mountain': 0.34}.get(s.kind, 0.29)
    for side in SIDES:
        if s.kind == 'race':
            drop = [(0, 0, 0), (0.0, side * half, 0), (0.1, side * half, -0.03)]
            drop += [(0.08, side * half, -0.12), (-0.02, side * half, -0.14)]
            solids.tube(p.bar + np.array(drop), (0.015,) * 5, dark, 4)
            continue
        out = p.bar + vec(-0.02, side * 0.5 * half, 0)
        grip = p.bar + vec(-0.1 if s.kind == 'step' else -0.03, side * half, -0.01)
        solids.tube([p.bar, out, grip], (0.013, 0.013, 0.017), dark, 4)
    if s.kind != 'race':
        lamp = vec(p.head[0] + 0.05, 0, p.head[2] - 0.02)
        solids.tube([lamp, lamp + vec(0.06, 0, 0)], (0.025, 0.04), metal, 6)


def _extras(
    solids: Solids,
    s: BicycleShape,
    p: _Points,
    front: Point,
    materials: Materials,
    rng: np.random.Generator,
    dark: int,
    metal: int,
) -> None:
    top = p.rear + vec(-0.02, 0, s.wheel + 0.05)
    if s.rack or s.child_seat or s.panniers:
        solids.box((0.36, 0.12, 0.02), top, dark)
        for side in (-0.05, 0.05):
            solids.beam(p.rear + vec(0, side, 0), top + vec(-0.12, side, 0), 0.012, 0.012, dark)
    if s.panniers:
        cloth = materials.add(mat.PLAIN, [palette.cloth(rng)], [0.3, 0.2])
        for side in (-0.15, 0.15):
            solids.box((0.32, 0.12, 0.3), top + vec(-0.04, side, -0.3), cloth)
    if s.child_seat:
        shell = materials.add(mat.PLAIN, [palette.cloth(rng)], [0.2, 0.3])
        solids.box((0.28, 0.27, 0.1), top + vec(0, 0, 0.06), shell)
        solids.box((0.07, 0.3, 0.45), top + vec(-0.16, 0, 0.06), shell)
    if s.basket:
        wicker = materials.add(
            mat.PLANKS, [palette.hsv(rng, (0.04, 0.12), (0, 0.6), (0.02, 0.4))], [0.04, 0.6, 0.0]
        )
        foot = vec(p.head[0] + 0.2, 0, p.head[2] - 0.15)
        solids.tube(
            [foot, foot + vec(0, 0, 0.24)], [(0.19, 0.16), (0.24, 0.21)], wicker, 4, vec(0, 1, 0)
        )
    if s.guards:
        for hub, radius, start, end in (
            (p.rear, s.wheel, 0.6, 3.4),
            (front, float(front[2]), 0.3, 2.6),
        ):
            angle = np.linspace(start, end, 6)
            look = metal if radius > 0.3 else dark
            wheels.mudguard(solids, hub, radius + 0.025, angle, 0.03, look)
    if s.kind == 'cargo':
        wood = materials.add(mat.PLANKS, [palette.stone(rng)], [0.2, 0.4, 1.0])
        foot = vec(0.5 * (p.head[0] + front[0]) + 0.02, 0, 0.36)
        wide = 0.8 * (front[0] - p.head[0])
        points = [foot, foot + vec(0.02, 0, rng.uniform(0.3, 0.5))]
        solids.tube(points, [(0.36, 0.62 * wide), (0.44, 0.75 * wide)], wood, 4, vec(0, 1, 0))


def bicycle_contacts(s: BicycleShape, turn: float) -> Contacts:
    """Return where a rider sits, holds on and treads with the cranks at an angle in rad."""
    p = _points(s)
    half = {'race': 0.20, 'child': 0.22, 'mountain': 0.32}.get(s.kind, 0.28)
    grip = p.bar + vec(0.06 if s.kind == 'race' else -0.06, 0, 0.02)
    tread = 0.165 if s.kind != 'child' else 0.11
    feet = [
        p.crank + vec(tread * math.cos(turn + w), side * 0.12, tread * math.sin(turn + w))
        for side, w in ((-1, 0.0), (1, math.pi))
    ]
    lean = {'race': 0.75, 'mountain': 0.45, 'step': 0.12, 'child': 0.2}.get(s.kind, 0.25)
    return Contacts(p.saddle, grip, half, np.stack(feet), lean)


def mounted(
    rng: np.random.Generator,
    materials: Materials,
    wardrobe: Wardrobe | None = None,
    bicycles: tuple[BicycleShape, ...] = (),
    motorcycles: tuple[MotorcycleShape, ...] = (),
    motorised: float = 0.4,
) -> Mesh:
    """Return a rider with the bicycle or, in this share, the motorcycle under them.

    Without shapes to choose from, one is drawn.
    """
    outfit = random_outfit(rng, materials, wardrobe)
    if rng.random() < motorised:
        moto = pick(rng, motorcycles) if motorcycles else random_motorcycle(rng)
        machine = motorcycle(materials, rng, moto, lit=True)
        contacts, helmet = motorcycle_contacts(moto), 'full' if rng.random() < 0.8 else 'helmet'
    else:
        cycle = pick(rng, bicycles) if bicycles else random_bicycle(rng)
        machine = bicycle(materials, rng, cycle)
        contacts = bicycle_contacts(cycle, rng.uniform(0, 2 * np.pi))
        helmet = 'helmet' if rng.random() < 0.45 else ''
    visor = materials.add(mat.GLASS, [(0.02, 0.02, 0.025)], [0.9])
    rider = ride(rng, outfit, contacts, helmet, visor)
    return join([counted(rider, 1), counted(machine, 2)])


def pushed_bicycle(
    rng: np.random.Generator,
    materials: Materials,
    wardrobe: Wardrobe | None = None,
    bicycles: tuple[BicycleShape, ...] = (),
) -> Mesh:
    """Return a person on foot beside the bicycle that they push: a person, not a rider."""
    shape = pick(rng, bicycles) if bicycles else random_bicycle(rng)
    outfit: Outfit = random_outfit(rng, materials, wardrobe)
    machine = counted(moved(bicycle(materials, rng, shape), (0.15, 0.0, 0.0)), 2)
    grip = bicycle_contacts(shape, 0.0).grip + vec(0.15, 0, 0)
    return join([counted(on_foot(rng, outfit, grip), 1), machine])
