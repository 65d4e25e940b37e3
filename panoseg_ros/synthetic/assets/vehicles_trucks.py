"""Lorries: cabs of two kinds and what is built or loaded behind them.

Convention: as in vehicles_parts.py.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.solids import Solids, vec
from panoseg_ros.synthetic.assets.vehicles_parts import (
    CarPaint,
    Shell,
    arches,
    body_paint,
    front_quad,
    side_quads,
    wheels,
)
from panoseg_ros.synthetic.mesh import Mesh, counted
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

# Share, least and greatest length in metres.
_LOADS = {
    'box': (0.22, 6.0, 10.0),
    'curtain': (0.14, 6.5, 10.5),
    'semi': (0.13, 13.0, 16.0),
    'tipper': (0.10, 6.2, 8.5),
    'flatbed': (0.10, 5.5, 9.5),
    'garbage': (0.10, 7.5, 9.5),
    'tank': (0.06, 7.0, 10.0),
    'mixer': (0.05, 7.5, 9.0),
    'container': (0.05, 7.5, 10.0),
    'fire': (0.05, 7.0, 9.0),
}


class TruckShape(NamedTuple):
    """Measures of a lorry in metres."""

    load: str
    length: float
    width: float
    height: float  # of the load
    cab_length: float
    cab_height: float
    bonnet: float  # length of the bonnet, 0 for a cab over the engine
    rake: float
    deck: float
    wheel: float
    rim: str  # spokes, disc, dark
    spoiler: bool
    skirts: bool
    beacon: bool


def random_truck(rng: np.random.Generator) -> TruckShape:
    """Draw a lorry of any kind."""
    shares = np.array([k[0] for k in _LOADS.values()])
    load = str(rng.choice(list(_LOADS), p=shares / shares.sum()))
    small = load in ('box', 'flatbed', 'curtain', 'tipper') and rng.random() < 0.35
    length = rng.uniform(*_LOADS[load][1:]) * (0.85 if small else 1.0)
    tall = rng.uniform(3.3, 4.0) if load == 'semi' else rng.uniform(2.7, 3.7)
    bonnet = rng.uniform(0.7, 1.5) if rng.random() < (0.3 if small else 0.12) else 0.0
    return TruckShape(
        load,
        float(length),
        float(rng.uniform(2.05, 2.25) if small else rng.uniform(2.35, 2.55)),
        float(tall * (0.9 if small else 1.0)),
        float(rng.uniform(1.5, 1.9) if small else rng.uniform(1.6, 2.3)),
        float(rng.uniform(2.1, 2.5) if small else rng.uniform(2.6, 3.4)),
        float(bonnet),
        float(rng.uniform(0.05, 0.4)),
        float(rng.uniform(0.75, 0.95) if small else rng.uniform(0.95, 1.25)),
        float(rng.uniform(0.36, 0.42) if small else rng.uniform(0.46, 0.54)),
        str(rng.choice(['spokes', 'disc', 'dark'], p=[0.25, 0.55, 0.2])),
        bool(rng.random() < 0.4),
        bool(rng.random() < 0.35),
        bool(load in ('fire', 'garbage') or rng.random() < 0.1),
    )


def lorry(
    rng: np.random.Generator, materials: Materials, paint: CarPaint, shape: TruckShape
) -> Mesh:
    """Return a lorry in colours of its own, with its lamps on."""
    solids, s = Solids(ids.TRUCK), shape
    body = body_paint(materials, rng)
    front, rear = 0.5 * s.length, -0.5 * s.length
    back = _cab(solids, s, front, body, paint)
    semi = s.load == 'semi'
    gap = rng.uniform(0.5, 0.9) if semi else rng.uniform(0.12, 0.3)
    load_material = _skin(rng, materials, s.load, body)
    _BUILDS[s.load](solids, s, (rear, back - gap), load_material, paint, rng)
    ahead = front - s.bonnet * 0.45 - rng.uniform(0.7, 1.35)
    axles = [ahead]
    if semi:
        axles += [back - 1.2, rear + 1.6, rear + 2.75, rear + 3.9]
    else:
        axles.append(rear + rng.uniform(0.16, 0.26) * s.length)
        if s.length > 8.5 or s.load in ('mixer', 'garbage', 'tipper'):
            axles.append(axles[-1] + 2.6 * s.wheel)
    low = 0.45 if s.bonnet == 0.0 else 0.75
    arches(solids, (ahead,), 0.5 * s.width - 0.012, 1.2 * s.wheel, low, paint)
    wheels(solids, tuple(axles), 0.5 * s.width + 0.02, s.wheel, 0.4, paint, s.rim)
    solids.box((s.length - 1.2, 0.9, 0.3), (-0.3, 0, s.deck - 0.36), paint.trim)
    _low_parts(solids, s, (rear, back), max(axles[1:]), paint)
    return counted(solids.mesh(), 1)


def _skin(rng: np.random.Generator, materials: Materials, load: str, body: int) -> int:
    color = (
        palette.coat(rng) if rng.random() < 0.6 else palette.hsv(rng, (0, 1), (0, 0.1), (0.4, 0.8))
    )
    other = palette.near(rng, color, 0.3)
    if load in ('fire', 'garbage', 'mixer') and rng.random() < 0.5:
        return body
    if load == 'container':
        return materials.add(mat.CORRUGATED, [color], [0.28, rng.uniform(0.2, 0.7), 0.0])
    if load in ('curtain', 'semi') and rng.random() < 0.6:
        period = rng.uniform(0.5, 2.5)
        return materials.add(mat.STRIPES, [color, other], [period, rng.uniform(0.8, 0.97), 0.0])
    if load in ('box', 'curtain', 'semi') and rng.random() < 0.45:
        return materials.add(
            mat.POSTER, [color, palette.coat(rng), color], [rng.uniform(0.2, 0.6)]
        )
    if load == 'tank':
        return materials.add(mat.GLOSS, [color], [rng.uniform(0.2, 0.6)])
    return materials.add(mat.PLAIN, [color], [rng.uniform(0.1, 0.6), rng.uniform(0.5, 2.0)])


def _cab(solids: Solids, s: TruckShape, front: float, body: int, paint: CarPaint) -> float:
    """Add the cab and return where it ends behind."""
    face = front - s.bonnet
    back = face - s.cab_length
    low = 0.45 if s.bonnet == 0.0 else 0.75
    shell = Shell((back, face), 0.5 * s.width - 0.02, (low, s.cab_height), (0.0, s.rake))
    shell = shell._replace(inset=(1.0, 0.9), depth=(0.1, 0.25), edge=0.15)
    shell.add(solids, body)
    sill, top = 0.40 * s.cab_height + 0.45, min(s.cab_height - 0.3, 0.40 * s.cab_height + 1.4)
    shell.end_pane(solids, True, 0.95, (sill, top), paint.glass)
    shell.corner_panes(solids, True, (sill, top), paint.glass)
    side_quads(
        solids,
        (face - 0.35 - 0.7 * min(1.2, s.cab_length - 0.7), face - 0.4),
        0.5 * s.width - 0.008,
        (sill - 0.08, top),
        paint.glass,
    )
    if s.bonnet > 0.0:
        hood = Shell((face - 0.1, front), 0.42 * s.width, (0.5, 0.42 * s.cab_height + 0.35))
        hood._replace(inset=(1.0, 0.85), rake=(0.0, 0.15)).add(solids, body)
    else:
        shell.end_pane(solids, True, 0.8, (0.85, 0.62 * sill + 0.3), paint.dark)
    half = 0.5 * s.width * (0.8 if s.bonnet else 0.95)
    bumper = front - (0.28 if s.bonnet else 0.22)
    solids.box((0.5, 2 * half, 0.32), (bumper, 0, 0.36), paint.trim)
    for side in (-1, 1):
        y = side * (half - 0.28)
        front_quad(solids, bumper + 0.262, (y - 0.17, y + 0.17), (0.46, 0.62), paint.front_light)
        arm = vec(face - 0.15, side * (0.5 * s.width + 0.16), sill + 0.0)
        solids.box((0.12, 0.22, 0.65), arm, paint.trim)
    front_quad(solids, bumper + 0.262, (-0.26, 0.26), (0.4, 0.51), paint.plate)
    roof = s.cab_height
    if s.spoiler and s.height > roof + 0.15:
        rings = [(face - 0.4, 0.0, roof), (back + 0.05, 0.0, 0.5 * (roof + s.height))]
        solids.tube(rings, [(0.95, 0.05), (0.95, 0.7 * (s.height - roof))], body, 4, vec(0, 1, 0))
    if s.beacon:
        for y in (-0.7, 0.7):
            solids.box((0.3, 0.3, 0.16), (face - 0.5, y, roof), paint.beacon, floor=False)
    return back


def _low_parts(
    solids: Solids, s: TruckShape, span: tuple[float, float], axle: float, paint: CarPaint
) -> None:
    """Add rear lamps, plate, guards, tanks or skirts between the axles."""
    rear, back = span
    for side in (-1, 1):
        y = side * (0.5 * s.width - 0.3)
        front_quad(solids, rear - 0.02, (y - 0.18, y + 0.18), (0.72, 0.86), paint.rear_light)
        solids.box((0.06, 0.5, 0.35), (rear + 0.25, y, 0.35), paint.trim)
    front_quad(solids, rear - 0.02, (-0.26, 0.26), (0.6, 0.72), paint.plate)
    solids.box((0.1, 0.9 * s.width, 0.12), (rear + 0.05, 0, 0.45), paint.trim)
    room = (axle + s.wheel + 0.2, back - 0.4 - s.wheel)
    if s.load == 'semi':
        room = (back - 1.3 - 6.0, back - 2.2)
    if room[1] - room[0] > 0.6:
        if s.skirts:
            side_quads(solids, room, 0.5 * s.width - 0.02, (0.4, s.deck), paint.trim)
        else:
            middle = room[0] + 0.45
            for side in (-1, 1):
                foot = (middle, side * (0.5 * s.width - 0.35), 0.45)
                solids.box((0.8, 0.55, 0.5), foot, paint.rim)


_Span = tuple[float, float]
_Build = Callable[[Solids, TruckShape, _Span, int, CarPaint, np.random.Generator], None]


def _box(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    long, tall = x[1] - x[0], s.height - s.deck
    solids.box((long, s.width, tall), (0.5 * (x[0] + x[1]), 0, s.deck), skin)
    edge = paint.rim if rng.random() < 0.6 else paint.trim
    for z in (s.deck, s.height - 0.08):
        side_quads(solids, x, 0.5 * s.width + 0.01, (z, z + 0.1), edge)
    w = 0.5 * s.width
    front_quad(solids, x[0] - 0.01, (-0.01, 0.01), (s.deck, s.height), paint.dark)
    for y in (-w, w - 0.07):
        front_quad(solids, x[0] - 0.01, (y, y + 0.07), (s.deck, s.height), edge)
    if s.load == 'box' and rng.random() < 0.3:  # cooler over the cab
        solids.box((0.5, 1.6, 0.8), (x[1] + 0.2, 0, s.height - 0.9), paint.rim)


def _tipper(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    tall = rng.uniform(0.8, 1.4)
    z, w = s.deck + 0.1, 0.5 * s.width
    rings = []
    for at, high in ((x[0] - 0.1, 0.9 * tall), (x[1] - 0.3, tall), (x[1] + 0.1, 1.25 * tall)):
        rings.append([(at, -0.9 * w, z), (at, 0.9 * w, z), (at, w, z + high), (at, -w, z + high)])
    solids.loft(rings, skin)
    fill = paint.dark if rng.random() < 0.4 else skin
    top = z + 0.92 * tall + 0.03
    heap = [(x[0] + 0.1, 0.0, top), (0.5 * (x[0] + x[1]), 0.0, top), (x[1] - 0.4, 0.0, top + 0.1)]
    solids.tube(
        heap, [(0.8 * w, 0.02), (0.85 * w, rng.uniform(0.1, 0.5)), (0.8 * w, 0.02)], fill, 6
    )
    for post in np.linspace(x[0] + 0.5, x[1] - 0.5, 4):
        side_quads(solids, (post - 0.05, post + 0.05), w + 0.012, (z, z + 0.9 * tall), paint.trim)


def _flatbed(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    long, middle = x[1] - x[0], 0.5 * (x[0] + x[1])
    solids.box((long, s.width, 0.14), (middle, 0, s.deck), paint.trim)
    solids.box((0.08, s.width, rng.uniform(0.6, 1.2)), (x[1], 0, s.deck), skin)
    z = s.deck + 0.14
    if rng.random() < 0.6:
        tall = rng.uniform(0.35, 0.6)
        for y in (-0.5 * s.width, 0.5 * s.width):
            solids.box((long, 0.05, tall), (middle, y, s.deck), skin)
        solids.box((0.05, s.width, tall), (x[0], 0, s.deck), skin)
    kind = rng.random()
    if kind < 0.3:  # crates
        for _ in range(int(rng.integers(2, 6))):
            size = rng.uniform((0.6, 0.6, 0.4), (1.4, 1.1, 1.4))
            foot = (rng.uniform(x[0] + 0.8, x[1] - 0.8), rng.uniform(-0.5, 0.5), z)
            solids.box(size, foot, skin if rng.random() < 0.5 else paint.plate)
    elif kind < 0.55:  # logs or pipes
        r = rng.uniform(0.12, 0.3)
        for k in range(7):
            at = vec(x[0] + 0.2, (k % 4 - 1.5) * 2 * r + (k // 4) * r, z + r + (k // 4) * 1.7 * r)
            solids.tube([at, at + vec(long - 0.5, 0, 0)], (r, r), skin, 7)
    elif kind < 0.7:  # a folded crane
        base = vec(x[1] - 0.5, 0, z)
        solids.beam(base, base + vec(0, 0, 1.6), 0.35, 0.35, skin)
        solids.beam(base + vec(0, 0, 1.6), vec(x[0] + 0.6, 0.2, z + 1.0), 0.2, 0.25, skin)


def _garbage(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    hopper = rng.uniform(1.4, 1.9)
    body = Shell((x[0] + hopper, x[1]), 0.5 * s.width, (s.deck, s.height), edge=0.3)
    body._replace(inset=(1.0, 0.97)).add(solids, skin)
    w = 0.49 * s.width
    rings = []
    for at, low, high in (
        (x[0] - 0.1, 0.9, 0.62 * s.height),
        (x[0] + 0.35, 0.65, 0.9 * s.height),
        (x[0] + hopper, s.deck - 0.1, s.height),
    ):
        rings.append([(at, -w, low), (at, w, low), (at, w, high), (at, -w, high)])
    solids.loft(rings, skin)
    front_quad(solids, x[0] - 0.115, (-0.8 * w, 0.8 * w), (1.05, 0.5 * s.height), paint.dark)
    for at in np.linspace(x[0] + hopper + 0.3, x[1] - 0.3, 4):
        side_quads(
            solids, (at - 0.05, at + 0.05), 0.5 * s.width + 0.015, (s.deck, s.height - 0.4), skin
        )


def _tank(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    half, tall = 0.49 * s.width, rng.uniform(0.38, 0.48) * s.width
    z = s.deck + tall
    at = [x[0] - 0.05, x[0] + 0.2, x[1] - 0.2, x[1]]
    radii = np.array([(0.6, 0.6), (1, 1), (1, 1), (0.6, 0.6)]) * [half, tall]
    solids.tube([(k, 0.0, z) for k in at], radii, skin, 12, vec(0, 1, 0))
    solids.box((x[1] - x[0] - 1.0, 0.5, 0.1), (0.5 * (x[0] + x[1]), 0, z + tall), paint.rim)
    side_quads(solids, x, half + 0.02, (z - 0.12, z + 0.06), paint.trim)


def _mixer(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    a, b = vec(x[0] + 0.2, 0, s.deck + 1.9), vec(x[1] - 0.2, 0, s.deck + 0.95)
    share = np.array([0.0, 0.3, 0.65, 0.9, 1.0])[:, None]
    radii = np.array([0.5, 1.1, 1.18, 0.8, 0.4])
    solids.tube(a + share * (b - a), radii, skin, 12)
    solids.box((0.5, 1.2, 1.1), (x[1] - 0.2, 0, s.deck), paint.trim)
    solids.beam(vec(x[0] + 0.2, 0, s.deck + 1.6), vec(x[0] - 0.3, 0, 1.0), 0.4, 0.12, paint.trim)
    solids.beam(
        vec(x[0] + 0.4, 0, s.deck), vec(x[0] + 0.4, 0, s.deck + 1.5), 0.9, 0.15, paint.trim
    )


def _fire(
    solids: Solids, s: TruckShape, x: _Span, skin: int, paint: CarPaint, rng: np.random.Generator
) -> None:
    _box(solids, s._replace(load='fire'), x, skin, paint, rng)
    y, z = 0.5 * s.width + 0.014, s.deck + 0.25
    for k in range(3):
        step = (x[1] - x[0]) / 3
        span = (x[0] + (k + 0.08) * step, x[0] + (k + 0.92) * step)
        side_quads(solids, span, y, (z, s.height - 0.4), paint.rim)
    side_quads(solids, x, y, (s.deck - 0.12, s.deck + 0.08), paint.plate)
    top = s.height + 0.12
    for side in (-0.28, 0.28):
        solids.beam(vec(x[0], side, top), vec(x[1] + 1.2, side, top), 0.06, 0.12, paint.rim)
    for at in np.linspace(x[0], x[1] + 1.0, 7):
        solids.beam(vec(at, -0.28, top), vec(at, 0.28, top), 0.05, 0.05, paint.rim)


_BUILDS: dict[str, _Build] = {
    'box': _box,
    'curtain': _box,
    'semi': _box,
    'container': _box,
    'tipper': _tipper,
    'flatbed': _flatbed,
    'garbage': _garbage,
    'tank': _tank,
    'mixer': _mixer,
    'fire': _fire,
}
