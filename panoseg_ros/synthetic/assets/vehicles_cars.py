"""Cars, vans and pickups from a few measures.

Convention: as in vehicles_parts.py.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.solids import Point, Solids, vec
from panoseg_ros.synthetic.assets.vehicles_parts import (
    CarPaint,
    front_quad,
    pane,
    patch,
    side_quads,
    wheels,
)
from panoseg_ros.synthetic.mesh import Mesh, counted

Spans = tuple[tuple[float, float], ...]


class CarShape(NamedTuple):
    """Measures of a car in metres; fractions are of its length, from the rear."""

    kind: str
    length: float
    width: float
    height: float
    belt: float  # height of the lower edge of the windows
    clearance: float
    cabin: tuple[float, float, float, float]  # rear foot, rear top, front top, front foot
    nose: float  # height of the bonnet's front edge
    tail: float  # height of the rear edge of the body
    tumble: float  # how much narrower the roof is than the body, 0..1
    wheel: float  # radius
    axles: tuple[float, float]  # rear, front: fractions
    rim: str  # spokes, disc, dark
    two_tone: bool  # roof in another colour
    panes: Spans  # side windows, shares of the cabin from its rear
    roundness: float  # of the corners seen from above, 0..1
    black_pillars: bool
    cladding: float  # height of the dark strip along the sills, 0 none
    roof: str  # '', rails, box, taxi, beacon, ladder
    decal: bool
    lamp: tuple[float, float]  # height and length of the headlamps
    tail_lamp: tuple[float, float]  # height and width of the rear lamps


class _Kind(NamedTuple):
    """Mean measures of a kind of car, in centimetres, or in % of its length or height."""

    share: float  # in %, about: of all cars
    length: float
    width: float
    height: float
    belt: float  # % of the height
    nose: float  # % of the height
    tail: float  # % of the height
    cabin: tuple[float, float, float, float]  # % of the length
    panes: Spans  # shares of the cabin
    axles: tuple[float, float]  # % of the length


_TWO: Spans = ((0.05, 0.46), (0.50, 0.95))
_THREE: Spans = ((0.03, 0.28), (0.31, 0.62), (0.65, 0.96))
_FRONT: Spans = ((0.72, 0.96),)
_COUPE: Spans = ((0.22, 0.95),)
_SHORT: Spans = ((0.40, 0.95),)
_MINIBUS: Spans = ((0.03, 0.3), (0.32, 0.6), (0.64, 0.95))
_OLD: Spans = ((0.18, 0.48), (0.52, 0.95))

_KINDS = {
    'saloon': _Kind(17, 470, 182, 144, 64, 53, 68, (16, 30, 55, 73), _TWO, (21, 81)),
    'hatch': _Kind(19, 400, 174, 148, 62, 52, 62, (2, 13, 55, 75), _TWO, (17, 80)),
    'estate': _Kind(12, 465, 182, 148, 63, 52, 63, (1, 8, 55, 73), _THREE, (20, 81)),
    'suv': _Kind(17, 450, 186, 168, 63, 57, 63, (1, 10, 57, 74), _THREE, (18, 80)),
    'offroad': _Kind(4, 430, 185, 188, 61, 57, 61, (1, 3, 62, 68), _THREE, (17, 82)),
    'coupe': _Kind(5, 440, 185, 132, 66, 53, 72, (10, 36, 52, 70), _COUPE, (19, 79)),
    'city': _Kind(7, 290, 162, 153, 60, 55, 60, (1, 10, 60, 86), _SHORT, (16, 83)),
    'mpv': _Kind(6, 440, 182, 165, 59, 52, 59, (1, 7, 60, 84), _THREE, (18, 80)),
    'van': _Kind(5, 520, 198, 210, 58, 50, 58, (0, 1, 72, 90), _FRONT, (20, 82)),
    'large_van': _Kind(3, 610, 205, 265, 52, 42, 52, (0, 0.5, 74, 90), _FRONT, (22, 84)),
    'minibus': _Kind(3, 520, 198, 205, 57, 50, 57, (0, 2, 73, 90), _MINIBUS, (20, 82)),
    'pickup': _Kind(5, 530, 188, 180, 61, 58, 57, (36, 39, 57, 71), _TWO, (22, 82)),
    'classic': _Kind(3, 410, 162, 150, 62, 50, 46, (10, 34, 56, 66), _OLD, (19, 80)),
    'open': _Kind(2, 410, 175, 130, 68, 54, 68, (55, 57, 58, 70), (), (19, 80)),
}


def random_car_shape(rng: np.random.Generator) -> CarShape:
    """Draw a car of any kind; vans are cars, as Cityscapes labels them."""
    shares = 0.01 * np.array([k.share for k in _KINDS.values()])
    name = str(rng.choice(list(_KINDS), p=shares / shares.sum()))
    k = _KINDS[name]
    length = 0.01 * k.length * rng.uniform(0.92, 1.08)
    height = 0.01 * k.height * rng.uniform(0.95, 1.05)
    cabin = [float(max(0.0, 0.01 * c + rng.normal(0, 0.012))) for c in k.cabin]
    van = name in ('van', 'large_van')
    tall_wheel = {'suv': 0.35, 'offroad': 0.38, 'pickup': 0.37, 'city': 0.27, 'large_van': 0.35}
    roofs = ['', 'rails', 'box', 'taxi', 'beacon', 'ladder']
    weights = [0.5, 0.1, 0.02, 0.02, 0.06, 0.3] if van else [0.68, 0.16, 0.04, 0.07, 0.05, 0.0]
    rugged = name in ('suv', 'offroad', 'pickup') or van
    roof = str(rng.choice(roofs, p=weights)) if name != 'open' else ''
    axles = tuple(float(0.01 * a + rng.normal(0, 0.008)) for a in k.axles)
    return CarShape(
        name,
        float(length),
        float(0.01 * k.width * rng.uniform(0.97, 1.04)),
        float(height),
        float(height * (0.01 * k.belt) * rng.uniform(0.96, 1.04)),
        float(rng.uniform(0.14, 0.2) + (0.06 if rugged else 0.0)),
        (cabin[0], cabin[1], cabin[2], cabin[3]),
        float(height * (0.01 * k.nose) * rng.uniform(0.93, 1.06)),
        float(height * (0.01 * k.tail) * rng.uniform(0.96, 1.04)),
        float(rng.uniform(0.74, 0.86) + (0.07 if rugged else 0.0)),
        float(tall_wheel.get(name, 0.315) * rng.uniform(0.94, 1.08)),
        (axles[0], axles[1]),
        str(rng.choice(['spokes', 'disc', 'dark'], p=[0.5, 0.3, 0.2])),
        bool(rng.random() < 0.08),
        k.panes,
        float(rng.uniform(0.3, 1.0) * (0.5 if name == 'offroad' else 1.0)),
        bool(not van and rng.random() < 0.4),
        float(rng.uniform(0.08, 0.25)) if rng.random() < (0.7 if rugged else 0.2) else 0.0,
        roof,
        bool(roof in ('taxi', 'beacon') or rng.random() < (0.35 if van else 0.04)),
        (float(rng.uniform(0.09, 0.2)), float(rng.uniform(0.1, 0.5))),
        (float(rng.uniform(0.1, 0.35)), float(rng.uniform(0.15, 0.5))),
    )


class _Body(NamedTuple):
    """A car's outlines as functions of x, sampled where the body bends."""

    s: CarShape

    def x(self, share: float) -> float:
        return (share - 0.5) * self.s.length

    def half(self, share: float) -> float:
        """Return half the width at a share of the length."""
        r = self.s.roundness
        at = [0.0, 0.015, 0.05, 0.14, 0.82, 0.93, 0.98, 1.0]
        wide = [0.86 - 0.1 * r, 0.94 - 0.05 * r, 1.0 - 0.02 * r, 1, 1, 1.0 - 0.04 * r]
        wide += [0.94 - 0.09 * r, 0.86 - 0.14 * r]
        return 0.5 * self.s.width * float(np.interp(share, at, wide))

    def top(self, share: float) -> float:
        """Return the height of the body below the windows."""
        s = self.s
        rear, front = max(s.cabin[0], 0.025), s.cabin[3]
        at = [0.0, 0.02, rear, front, 0.5 * (front + 0.96), 0.96, 1.0]
        middle = s.nose + 0.68 * (s.belt - s.nose)
        high = [0.9 * s.tail, s.tail, s.belt, s.belt, middle, s.nose, 0.82 * s.nose]
        return float(np.interp(share, at, high))

    def bottom(self, share: float) -> float:
        """Return the height of the lower edge, with room for the wheels."""
        s, low = self.s, self.s.clearance
        low += 0.09 * max(0.0, 1.0 - share / 0.06) + 0.06 * max(0.0, 1.0 - (1.0 - share) / 0.06)
        if s.kind == 'classic':
            return low + 0.04
        for axle in s.axles:
            away = (share - axle) * s.length
            gap = (1.14 * s.wheel) ** 2 - away**2
            if gap > 0:
                low = max(low, s.wheel + float(np.sqrt(gap)))
        return low

    def stations(self) -> list[float]:
        """Return the shares of the length at which the body has a ring."""
        reach = 1.14 * self.s.wheel / self.s.length
        arch = [
            (a + reach * b) for a in self.s.axles for b in (-1.001, -0.8, -0.3, 0.3, 0.8, 1.001)
        ]
        ends = [0.0, 0.02, 0.965, 1.0]
        return sorted(np.clip(arch + ends, 0.0, 1.0))


def car(shape: CarShape, body: int, paint: CarPaint, label: int = ids.CAR) -> Mesh:
    """Return a car whose body has the material `body`; its lamps are on."""
    solids, b = Solids(label), _Body(shape)
    rings = []
    for share in b.stations():
        w, low, top = b.half(share), b.bottom(share), b.top(share)
        crease = max(low + 0.02, 0.45 * top + 0.25 * shape.belt)
        crease = min(crease, top - 0.01)
        half = [(-0.96 * w, low), (0.96 * w, low), (w, crease), (0.93 * w, top)]
        half += [(-0.93 * w, top), (-w, crease)]
        rings.append([(b.x(share), y, z) for y, z in half])
    solids.loft(rings, body)
    if shape.kind == 'open':
        _open_cabin(solids, b, paint)
    else:
        _cabin(solids, b, body, paint)
    axles = (b.x(shape.axles[0]), b.x(shape.axles[1]))
    wheels(solids, axles, 0.5 * shape.width - 0.015, shape.wheel, 0.2, paint, shape.rim)
    _ends(solids, b, paint)
    _flanks(solids, b, body, paint)
    _roof(solids, b, paint)
    return counted(solids.mesh(), 1)


def _rings(b: _Body) -> Point:
    """Return foot, rail and crown of the cabin, (3, 6, 3), from the rear right corner."""
    s = b.s
    foot_half = 0.93 * 0.5 * s.width - 0.012
    rail_half = 0.5 * s.width * s.tumble
    drop = 0.05 if s.kind in ('van', 'large_van', 'minibus', 'offroad') else 0.085
    rings = []
    for (rear, front), half, z, bulge in (
        ((s.cabin[0], s.cabin[3]), foot_half, s.belt - 0.03, 0.07),
        ((s.cabin[1], s.cabin[2]), rail_half, s.height - drop, 0.04),
    ):
        a, c = b.x(rear) + 0.01, b.x(front)
        ring = [(a, -half), (c, -half), (c + bulge, 0), (c, half), (a, half), (a - 0.4 * bulge, 0)]
        rings.append([(x, y, z) for x, y in ring])
    crown = np.array(rings[1]) * [0.90 if s.length < 5 else 0.96, 0.86, 1.0]
    middle = np.mean([p[0] for p in rings[1]])
    crown[:, 0] = middle + (np.array(rings[1])[:, 0] - middle) * 0.9
    crown[:, 2] = s.height
    return np.stack([np.array(rings[0]), np.array(rings[1]), crown])


def _cabin(solids: Solids, b: _Body, body: int, paint: CarPaint) -> None:
    s, rings = b.s, _rings(b)
    solids.loft(rings[:2], paint.dark if s.black_pillars else body, (False, False))
    solids.loft(rings[1:], paint.stripe if s.two_tone else body, (False, True))
    foot, rail = rings[0], rings[1]
    low, high = (0.08, 0.94)
    v = np.array([low, high])
    for i, j, u in ((1, 2, (0.07, 1.0)), (2, 3, (0.0, 0.93))):
        pane(solids, [foot[i], foot[j], rail[j], rail[i]], paint.glass, np.array(u), v)
    for start, end in s.panes:
        span = np.array([start, end])
        pane(solids, [foot[0], foot[1], rail[1], rail[0]], paint.glass, span, v)
        pane(solids, [foot[3], foot[4], rail[4], rail[3]], paint.glass, 1 - span[::-1], v)
    closed = s.kind in ('van', 'large_van')
    for i, j, u in (
        (4, 5, (0.08, 0.97 if closed else 1.0)),
        (5, 0, (0.03 if closed else 0.0, 0.92)),
    ):
        if not closed or s.roundness > 0.6:
            v_rear = np.array([0.35 if closed else 0.12, 0.85 if closed else 0.93])
            pane(solids, [foot[i], foot[j], rail[j], rail[i]], paint.glass, np.array(u), v_rear)


def _open_cabin(solids: Solids, b: _Body, paint: CarPaint) -> None:
    """Add a windscreen, a dark well and four headrests."""
    s, rings = b.s, _rings(b)
    low, high = rings[0], rings[1]
    screen = [low[1], low[2], high[2], high[1]], [low[2], low[3], high[3], high[2]]
    solids.quads(screen, paint.glass)
    a, c, half = b.x(0.22), b.x(s.cabin[3] - 0.03), 0.40 * s.width
    z = s.belt + 0.015
    solids.quads([[(a, -half, z), (c, -half, z), (c, half, z), (a, half, z)]], paint.dark)
    for x in (b.x(0.32), b.x(0.5)):
        for y in (-0.36, 0.36):
            solids.box((0.1, 0.4, 0.2), (x, y, z - 0.02), paint.trim, floor=False)


def _ends(solids: Solids, b: _Body, paint: CarPaint) -> None:
    """Add lamps, grille, bumpers and number plates."""
    s, front, rear = b.s, b.x(1.0) + 0.012, b.x(0.0) - 0.012
    tip, corner = b.half(1.0), b.half(0.965)
    tall, long = s.lamp
    z = 0.80 * s.nose - tall
    if s.kind in ('classic', 'offroad'):
        for side in (-1, 1):
            lamp = vec(front - 0.06, side * 0.72 * tip, 0.68 * s.nose)
            solids.tube([lamp, lamp + vec(0.08, 0, 0)], (0.11, 0.09), paint.front_light, 8)
    else:
        points = [(front, 0.58 * tip), (front, tip), (b.x(0.965), corner + 0.014)]
        if long > 0.25:
            points.append((b.x(0.93), b.half(0.93) + 0.014))
        patch(solids, points, z, z + tall, paint.front_light)
    inner = 0.56 * tip
    front_quad(solids, front, (-inner, inner), (z, z + 0.8 * tall), paint.dark)
    low = s.clearance + 0.08
    front_quad(solids, front, (-0.85 * tip, 0.85 * tip), (low, low + 0.14), paint.dark)
    front_quad(solids, front + 0.01, (-0.26, 0.26), (low + 0.12, low + 0.23), paint.plate)
    tall, wide = s.tail_lamp
    tall = tall * (2.2 if s.kind in ('van', 'large_van', 'minibus', 'mpv') else 1.0)
    top = min(b.top(0.0) - 0.03, 0.97 * s.tail)
    back = [(b.x(0.02), b.half(0.02) + 0.012), (rear, b.half(0.0)), (rear, b.half(0.0) - wide)]
    patch(solids, back, top - tall, top, paint.rear_light)
    plate = top - tall - 0.05 if s.tail > 0.8 else 0.45
    front_quad(solids, rear - 0.004, (-0.26, 0.26), (plate - 0.11, plate), paint.plate)
    bumper = b.half(0.0)
    front_quad(solids, rear, (-bumper, bumper), (low + 0.02, low + 0.18), paint.trim)


def _flanks(solids: Solids, b: _Body, body: int, paint: CarPaint) -> None:
    """Add mirrors, the gaps of doors, sills and for old cars the wings over the wheels."""
    s = b.s
    for side in (-1, 1):
        at = vec(b.x(s.cabin[3] - 0.05), side * (0.5 * s.width + 0.06), s.belt + 0.0)
        tall = 0.32 if s.kind == 'large_van' else 0.15
        solids.box((0.12, 0.19, tall), at, body if s.black_pillars else paint.trim)
    seams = [u * (s.cabin[3] - s.cabin[0]) + s.cabin[0] for u in (0.46, 0.93)]
    for share in (*seams, s.axles[0] + 0.08):
        x, w, low = b.x(share), b.half(share), b.bottom(share) + 0.05
        crease = 0.45 * b.top(share) + 0.25 * s.belt
        side_quads(solids, (x - 0.007, x + 0.007), w + 0.004, (low, crease), paint.dark)
    if s.cladding > 0.0:
        reach = 1.2 * s.wheel
        span = b.x(s.axles[0]) + reach, b.x(s.axles[1]) - reach
        y = 0.5 * s.width + 0.01
        side_quads(solids, span, y, (s.clearance, s.clearance + s.cladding), paint.trim)
    if s.kind == 'classic':
        for axle in s.axles:
            for side in (-1, 1):
                x, y = b.x(axle), side * (0.5 * s.width - 0.06)
                points = [
                    (x + d, y, 0.30 + 0.34 * np.cos(1.7 * d)) for d in (-0.5, -0.25, 0.2, 0.5)
                ]
                radii = [(0.10, 0.05), (0.16, 0.13), (0.16, 0.13), (0.08, 0.05)]
                solids.tube(points, radii, body, 6, vec(0, 1, 0))


def _roof(solids: Solids, b: _Body, paint: CarPaint) -> None:
    s = b.s
    rear, front = b.x(s.cabin[1]), b.x(s.cabin[2])
    middle, long = 0.5 * (rear + front), front - rear
    half, z = 0.40 * s.width * s.tumble, s.height
    if s.roof in ('rails', 'ladder', 'box'):
        for y in (-half, half):
            ends = vec(middle - 0.42 * long, y, z + 0.03), vec(middle + 0.42 * long, y, z + 0.03)
            solids.beam(*ends, 0.035, 0.04, paint.rim)
    if s.roof == 'ladder':
        for y in (-0.2, 0.2):
            solids.beam(
                vec(rear - 0.2, y, z + 0.12), vec(front, y, z + 0.12), 0.05, 0.07, paint.rim
            )
        for x in np.linspace(rear, front - 0.2, 5):
            solids.beam(vec(x, -0.2, z + 0.12), vec(x, 0.2, z + 0.12), 0.04, 0.04, paint.rim)
    if s.roof == 'box':
        points = [
            (middle - 0.8, 0.1, z + 0.16),
            (middle, 0.1, z + 0.2),
            (middle + 0.9, 0.1, z + 0.14),
        ]
        solids.tube(points, [(0.36, 0.2), (0.42, 0.24), (0.25, 0.1)], paint.trim, 6, vec(0, 1, 0))
    if s.roof == 'taxi':
        solids.box((0.18, 0.5, 0.16), (middle, 0, z), paint.display, floor=False)
    if s.roof == 'beacon':
        solids.box((0.25, 2 * half, 0.13), (middle, 0, z), paint.beacon, floor=False)
    if s.decal:
        span = b.x(s.axles[0]) + 1.25 * s.wheel, b.x(s.axles[1]) - 1.25 * s.wheel
        y = 0.5 * s.width + 0.006
        side_quads(solids, span, y, (0.48 * s.belt, 0.68 * s.belt), paint.stripe)
    if s.kind == 'pickup':
        a, c, w = b.x(0.03), b.x(s.cabin[0] - 0.01), 0.42 * s.width
        deck = s.tail + 0.012
        floor = [(a, -w, deck), (c, -w, deck), (c, w, s.belt + 0.012), (a, w, deck)]
        floor[1] = (c, -w, s.belt + 0.012)
        solids.quads([floor], paint.dark)
