"""Motorcycles, mopeds and scooters.

Convention: standing on z = 0 about the origin, facing +x.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.people_poses import SIDES
from panoseg_ros.synthetic.assets.people_riding import Contacts
from panoseg_ros.synthetic.assets.solids import Point, Solids, vec
from panoseg_ros.synthetic.assets.wheels import mudguard, tyre
from panoseg_ros.synthetic.mesh import Mesh, counted
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials


class MotorcycleShape(NamedTuple):
    """Measures of a motorcycle in metres, and what is fixed to it."""

    kind: str  # naked, sport, cruiser, touring, enduro, scooter, moped
    wheel: float  # radius of the front wheel
    tyre: float  # width
    base: float  # between the axles
    seat: float  # height
    bar: float  # height of the grips
    bulk: float  # how thick tank and body are, about 1
    screen: float  # height of the windscreen, 0 none
    box: bool
    cases: bool


# Wheel radius, tyre width, wheelbase, seat height, grip height, bulk, share with a screen.
_KINDS = {
    'naked': (0.31, 0.15, 1.42, 0.80, 1.05, 1.0, 0.2),
    'sport': (0.31, 0.17, 1.40, 0.83, 0.92, 1.1, 1.0),
    'cruiser': (0.33, 0.16, 1.62, 0.68, 1.10, 1.15, 0.3),
    'touring': (0.32, 0.16, 1.55, 0.82, 1.12, 1.35, 1.0),
    'enduro': (0.35, 0.10, 1.48, 0.90, 1.15, 0.8, 0.3),
    'scooter': (0.22, 0.12, 1.32, 0.77, 1.05, 1.0, 0.4),
    'moped': (0.28, 0.08, 1.20, 0.76, 1.00, 0.7, 0.2),
}


def random_motorcycle(rng: np.random.Generator) -> MotorcycleShape:
    """Draw a motorcycle of any kind; scooters are the most frequent."""
    kind = str(rng.choice(list(_KINDS), p=[0.17, 0.12, 0.12, 0.1, 0.09, 0.32, 0.08]))
    *measures, screens = _KINDS[kind]
    wheel, tyre, base, seat, bar, bulk = (float(m * rng.uniform(0.94, 1.06)) for m in measures)
    screen = float(rng.uniform(0.2, 0.5)) if rng.random() < screens else 0.0
    box = bool(rng.random() < (0.4 if kind in ('scooter', 'touring') else 0.12))
    cases = bool(rng.random() < (0.7 if kind == 'touring' else 0.08))
    return MotorcycleShape(kind, wheel, tyre, base, seat, bar, bulk, screen, box, cases)


def motorcycle(
    materials: Materials,
    rng: np.random.Generator,
    shape: MotorcycleShape | None = None,
    lit: bool = False,
) -> Mesh:
    """Return a motorcycle, or a drawn one without a shape; `lit` switches its lamps on."""
    s = shape or random_motorcycle(rng)
    body = materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.2, 0.45)])
    dark = materials.add(mat.PLAIN, [palette.hsv(rng, (0, 1), (0, 0.2), (0.01, 0.05))], [0.3, 0.2])
    metal = materials.add(mat.GLOSS, [palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.05, 0.5))], [0.4])
    front = materials.add(mat.EMIT, [(0.8, 0.79, 0.74)], [0.2, 0.8 if lit else 0.0])
    rear = materials.add(mat.EMIT, [(0.5, 0.02, 0.02)], [0.1, 0.15 if lit else 0.0])
    solids = Solids(ids.MOTORCYCLE)
    axles = vec(-0.47 * s.base, 0, s.wheel), vec(0.53 * s.base, 0, s.wheel)
    for axle in axles:
        _wheel(solids, axle, s.wheel, s.tyre, dark, metal)
    head = _fork(solids, s, axles[1], dark, metal)
    (_scooter if s.kind == 'scooter' else _machine)(solids, s, axles, head, body, dark, metal)
    _ends(solids, s, axles, head, dark, front, rear, materials)
    if s.screen > 0.0:
        glass = materials.add(mat.GLASS, [(0.06, 0.07, 0.08)], [0.6])
        low, high = head + vec(0.12, 0, 0.0), head + vec(-0.02, 0, s.screen)
        wide = np.array([(0.17, 0.03), (0.13, 0.02)]) * max(1.0, s.bulk)
        solids.tube([low, high], wide, glass, 6, vec(0, 1, 0))
    _luggage(solids, s, axles[0], body if rng.random() < 0.5 else dark)
    return counted(solids.mesh(), 1)


def _wheel(solids: Solids, hub: Point, r: float, wide: float, dark: int, metal: int) -> None:
    thick = max(0.07, 0.55 * wide)
    tyre(solids, hub, r - 0.5 * thick, (0.7 * thick, 0.7 * wide), (12, 4), dark)
    for turn in np.arange(5) * (2 * np.pi / 5):
        way = vec(np.cos(turn), 0, np.sin(turn))
        half, far = 0.02 * vec(-way[2], 0, way[0]), way * (r - 0.5 * thick)
        solids.quads([[hub - half, hub + far - half, hub + far + half, hub + half]], metal)
    solids.tube([hub - vec(0, 0.06, 0), hub + vec(0, 0.06, 0)], (0.1, 0.1), metal, 7)


def _fork(solids: Solids, s: MotorcycleShape, axle: Point, dark: int, metal: int) -> Point:
    """Add fork, bar, grips and mirrors; return the steering head."""
    back = 0.42 if s.kind == 'cruiser' else 0.28
    tall = 0.9 if s.kind != 'sport' else 0.86
    head = vec(axle[0] - back, 0, min(tall, s.bar - 0.06))
    for side in SIDES:
        off = vec(0, side * 0.09, 0)
        solids.tube([axle + off, head + off], (0.03, 0.026), metal, 5)
        half = 0.30 if s.kind == 'sport' else 0.36
        grip = vec(head[0] - 0.1, side * half, s.bar)
        solids.tube([head, vec(head[0] - 0.04, side * 0.2, s.bar), grip], (0.02,) * 3, dark, 4)
        mirror = grip + vec(0.08, side * 0.02, 0.17)
        solids.beam(grip + vec(0.03, -side * 0.06, 0), mirror, 0.012, 0.012, dark)
        solids.box((0.03, 0.11, 0.07), mirror, dark)
    return head


def _machine(
    solids: Solids,
    s: MotorcycleShape,
    axles: tuple[Point, Point],
    head: Point,
    body: int,
    dark: int,
    metal: int,
) -> None:
    b, seat, left = s.bulk, s.seat, vec(0, 1, 0)
    rear, front = axles
    tail = vec(rear[0] - (0.16 if s.kind != 'cruiser' else 0.22), 0, seat + 0.05)
    if s.kind == 'sport':
        tail[2] += 0.12
    hump = vec(head[0] - 0.16, 0, seat + 0.13)
    tank = [head + vec(0.02, 0, -0.12), hump, vec(head[0] - 0.48, 0, seat + 0.02)]
    radii = np.array([(0.09, 0.08), (0.17, 0.15), (0.10, 0.08)]) * b
    solids.tube(tank, radii, body, 8, left)
    start = vec(head[0] - 0.46, 0, seat - 0.03)
    middle = vec(0.5 * (start[0] + tail[0]), 0, seat - 0.05)
    solids.tube([start, middle, tail], [(0.10, 0.06), (0.15, 0.07), (0.10, 0.05)], dark, 6, left)
    solids.tube(
        [middle - vec(0, 0, 0.07), tail - vec(0.02, 0, 0.06)],
        np.array([(0.13, 0.09), (0.08, 0.05)]) * b,
        body,
        6,
        left,
    )
    engine = vec(0.02, 0, 0.42)
    solids.box((0.46, 0.30 * b, 0.30), engine - vec(0, 0, 0.14), metal)
    solids.box((0.26, 0.24 * b, 0.22), engine + vec(0.06, 0, 0.14), dark)
    for side in SIDES:
        off = vec(0, side * 0.12, 0)
        solids.beam(rear + off, vec(-0.16, side * 0.12, 0.42), 0.05, 0.07, dark)
        solids.beam(rear + off, vec(rear[0] + 0.16, side * 0.13, seat - 0.1), 0.05, 0.05, metal)
    down = -1 if s.kind != 'enduro' else 1
    pipe = [vec(0.22, -0.12, 0.42), vec(0.0, -0.17, 0.28), vec(-0.35, -0.19, 0.32)]
    pipe.append(vec(rear[0] - 0.18, -0.2, 0.36 + 0.15 * (down > 0)))
    solids.tube(pipe, (0.025, 0.03, 0.055, 0.06), metal, 6)
    _fairing(solids, s, front, head, body)


def _fairing(solids: Solids, s: MotorcycleShape, front: Point, head: Point, body: int) -> None:
    """Add mudguard and, for faired kinds, the shell around the fork and engine."""
    lift = 0.03 if s.kind != 'enduro' else 0.16
    mudguard(solids, front, s.wheel + lift, np.linspace(0.35, 2.5, 5), 0.5 * s.tyre + 0.01, body)
    if s.kind in ('sport', 'touring'):
        nose = head + vec(0.3, 0, -0.06)
        shell = [nose, head + vec(0.12, 0, -0.05), vec(0.18, 0, 0.62), vec(-0.1, 0, 0.42)]
        radii = np.array([(0.08, 0.08), (0.22, 0.18), (0.22, 0.24), (0.16, 0.14)])
        solids.tube(shell, radii * s.bulk * 0.95, body, 8, vec(0, 1, 0))


def _scooter(
    solids: Solids,
    s: MotorcycleShape,
    axles: tuple[Point, Point],
    head: Point,
    body: int,
    dark: int,
    metal: int,
) -> None:
    rear, left = axles[0], vec(0, 1, 0)
    wide = 0.19 * s.bulk
    back = vec(rear[0] - 0.18, 0, s.seat - 0.1)
    hull = [vec(-0.02, 0, 0.36), vec(-0.2, 0, 0.52), vec(rear[0], 0, s.seat - 0.17), back]
    radii = np.array([(0.8, 0.5), (1.0, 1.0), (0.95, 0.75), (0.45, 0.4)]) * wide
    solids.tube(hull, radii, body, 8, left)
    bench = [vec(-0.02, 0, s.seat - 0.05), vec(-0.3, 0, s.seat - 0.03), back + vec(0, 0, 0.1)]
    solids.tube(bench, [(0.10, 0.06), (0.15, 0.07), (0.11, 0.06)], dark, 6, left)
    solids.box((0.52, 0.34, 0.09), (0.2, 0, 0.27), dark)
    shield = [
        vec(head[0] + 0.10, 0, 0.27),
        vec(head[0] + 0.08, 0, 0.55),
        head + vec(0.02, 0, 0.06),
    ]
    solids.tube(shield, [(0.20, 0.07), (0.23, 0.08), (0.13, 0.09)], body, 6, left)
    guard = axles[1] + vec(0, 0, s.wheel - 0.02)
    points = [guard + vec(0.2, 0, -0.08), guard + vec(0.02, 0, 0.05), guard + vec(-0.2, 0, 0.0)]
    solids.tube(points, [(0.06, 0.03), (0.1, 0.05), (0.08, 0.04)], body, 6, left)
    hull_cap = head + vec(0.0, 0, 0.1)
    solids.tube(
        [hull_cap - vec(0.1, 0, 0), hull_cap + vec(0.12, 0, 0)],
        [(0.15, 0.09), (0.1, 0.08)],
        body,
        6,
    )
    pipe = [vec(rear[0] + 0.25, -0.17, 0.26), vec(rear[0] - 0.2, -0.18, 0.32)]
    solids.tube(pipe, (0.05, 0.06), metal, 6)


def _ends(
    solids: Solids,
    s: MotorcycleShape,
    axles: tuple[Point, Point],
    head: Point,
    dark: int,
    front: int,
    rear: int,
    materials: Materials,
) -> None:
    ahead = {'sport': 0.34, 'touring': 0.34, 'scooter': 0.13}.get(s.kind, 0.1)
    lamp = head + vec(ahead, 0, 0.08 if s.kind == 'scooter' else -0.05)
    size = 0.09 if s.kind in ('naked', 'cruiser', 'moped') else 0.07
    solids.tube([lamp - vec(0.1, 0, 0), lamp], (0.6 * size, size), dark, 7)
    solids.tube([lamp, lamp + vec(0.02, 0, 0)], (0.9 * size, 0.7 * size), front, 7)
    tail = vec(axles[0][0] - 0.24, 0, s.seat - 0.06)
    solids.box((0.06, 0.16, 0.07), tail, rear)
    plate = materials.add(mat.PLAIN, [(0.75, 0.75, 0.65)], [0.1, 0.2])
    solids.box((0.02, 0.2, 0.18), tail + vec(-0.05, 0, -0.24), plate)
    solids.beam(tail, tail + vec(-0.04, 0, -0.24), 0.1, 0.03, dark)


def _luggage(solids: Solids, s: MotorcycleShape, rear: Point, material: int) -> None:
    if s.box:
        foot = vec(rear[0] - 0.2, 0, s.seat + 0.08)
        points = [foot, foot + vec(0.02, 0, 0.28)]
        solids.tube(points, [(0.3, 0.28), (0.26, 0.25)], material, 4, vec(0, 1, 0))
    if s.cases:
        for side in (-0.32, 0.32):
            solids.box((0.45, 0.2, 0.34), (rear[0] - 0.05, side, s.seat - 0.4), material)


def motorcycle_contacts(s: MotorcycleShape) -> Contacts:
    """Return where a rider sits, holds on and puts the feet."""
    front = 0.53 * s.base
    back = 0.42 if s.kind == 'cruiser' else 0.28
    saddle = vec(front - back - 0.68, 0, s.seat + 0.02)
    grip = vec(front - back - 0.08, 0, s.bar)
    ahead = {'scooter': 0.15, 'cruiser': 0.38, 'sport': -0.28, 'enduro': -0.1}.get(s.kind, -0.1)
    height = 0.36 if s.kind == 'scooter' else 0.33
    feet = np.array([(ahead + 0.1, side * 0.19, height) for side in SIDES])
    lean = {'sport': 0.7, 'cruiser': 0.05, 'scooter': 0.08, 'enduro': 0.15}.get(s.kind, 0.25)
    return Contacts(saddle, grip, 0.30 if s.kind == 'sport' else 0.34, feet, lean)
