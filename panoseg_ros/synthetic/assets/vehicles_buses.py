"""Buses and trams: shells with bands of windows, doors, boards and things on the roof.

Convention: as in vehicles_parts.py; doors are on the right side (-y).
"""

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
from panoseg_ros.synthetic.mesh import Mesh, counted, mirrored
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials


class BusShape(NamedTuple):
    """Measures of a bus or tram in metres; heights from the ground."""

    kind: str  # city, articulated, coach, double, midi; modern, older, old
    sections: int
    section: float  # length of each
    width: float
    height: float
    floor: float  # lower edge of the body
    windows: tuple[float, float]
    pane: float  # distance between window posts, 0 none
    post: float
    rake: float  # of the front
    inset: float  # width of the front, a share
    edge: float
    doors: int  # of a section
    roof: int  # boxes on the roof of a section
    band: float  # height of a second colour below the windows, 0 none
    advert: bool
    left_hand: bool  # doors on the left side
    rim: str  # spokes, disc, dark


_BUSES = {
    'city': (0.42, 1, (10.5, 12.5), (2.9, 3.2), 0.32),
    'articulated': (0.16, 2, (8.5, 9.2), (2.95, 3.2), 0.32),
    'coach': (0.16, 1, (10.5, 13.0), (3.3, 3.8), 0.40),
    'double': (0.12, 1, (9.5, 11.5), (4.1, 4.4), 0.32),
    'midi': (0.14, 1, (6.5, 8.5), (2.6, 2.9), 0.35),
}
_TRAMS = {
    'modern': (0.5, (3, 5), (6.0, 9.5), (3.2, 3.6), 0.28),
    'older': (0.3, (1, 3), (9.0, 14.0), (3.1, 3.5), 0.55),
    'old': (0.2, (1, 2), (8.5, 11.0), (3.2, 3.5), 0.75),
}


def random_bus(rng: np.random.Generator) -> BusShape:
    """Draw a bus of any kind."""
    shares = [k[0] for k in _BUSES.values()]
    kind = str(rng.choice(list(_BUSES), p=shares))
    _, sections, lengths, heights, floor = _BUSES[kind]
    height = rng.uniform(*heights)
    base = 2.9 if kind == 'double' else height
    sill = rng.uniform(0.33, 0.45) * base + (0.25 if kind == 'coach' else 0.0)
    return BusShape(
        kind,
        sections,
        float(rng.uniform(*lengths)),
        float(rng.uniform(2.3, 2.45) if kind == 'midi' else rng.uniform(2.48, 2.58)),
        float(height),
        floor,
        (float(sill), float(min(base - 0.42, sill + rng.uniform(0.85, 1.25)))),
        float(rng.uniform(1.0, 1.9)),
        float(rng.uniform(0.03, 0.12)),
        float(rng.uniform(0.05, 0.6) if kind in ('coach', 'midi') else rng.uniform(0.0, 0.3)),
        float(rng.uniform(0.84, 0.96)),
        float(rng.uniform(0.12, 0.35)),
        {'city': int(rng.integers(2, 4)), 'articulated': 2}.get(kind, 1),
        int(rng.integers(0, 3)),
        float(rng.uniform(0.3, 0.9)) if rng.random() < 0.5 else 0.0,
        bool(rng.random() < 0.35),
        bool(rng.random() < 0.3),
        str(rng.choice(['spokes', 'disc', 'dark'], p=[0.2, 0.5, 0.3])),
    )


def random_tram(rng: np.random.Generator) -> BusShape:
    """Draw a tram of one to four sections, old or modern."""
    kind = str(rng.choice(list(_TRAMS), p=[k[0] for k in _TRAMS.values()]))
    _, sections, lengths, heights, floor = _TRAMS[kind]
    height = rng.uniform(*heights)
    sill = floor + rng.uniform(0.65, 0.95) if kind == 'modern' else rng.uniform(1.35, 1.6)
    rake = {'modern': rng.uniform(0.5, 1.5), 'older': rng.uniform(0.1, 0.45)}.get(kind, 0.05)
    return BusShape(
        kind,
        int(rng.integers(*sections)),
        float(rng.uniform(*lengths)),
        float(rng.uniform(2.2, 2.65)),
        float(height),
        floor,
        (float(sill), float(min(height - 0.5, sill + rng.uniform(0.9, 1.5)))),
        float(rng.uniform(0.9, 2.2)),
        float(rng.uniform(0.04, 0.2)),
        float(rake),
        float(rng.uniform(0.7, 0.9)),
        float(rng.uniform(0.15, 0.4)),
        int(rng.integers(1, 3)),
        int(rng.integers(0, 3)),
        float(rng.uniform(0.3, 0.9)) if rng.random() < 0.6 else 0.0,
        bool(rng.random() < 0.3),
        bool(rng.random() < 0.3),
        str(rng.choice(['spokes', 'disc', 'dark'], p=[0.2, 0.5, 0.3])),
    )


class _Skin(NamedTuple):
    body: int
    second: int
    band: int  # windows
    door: int
    advert: int


def _skin(rng: np.random.Generator, materials: Materials, s: BusShape) -> _Skin:
    color = palette.coat(rng)
    glass = palette.hsv(rng, (0.4, 0.7), (0.0, 0.3), (0.01, 0.06))
    post = color if rng.random() < 0.6 else (0.02, 0.02, 0.02)
    room = palette.hsv(rng, (0.08, 0.55), (0.0, 0.25), (0.4, 0.8))
    glow = rng.uniform(0.04, 0.16)
    return _Skin(
        body_paint(materials, rng),
        materials.add(mat.PLAIN, [color], [rng.uniform(0.1, 0.4), 1.0]),
        materials.add(
            mat.GLASS, [glass, post, room], [rng.uniform(0.6, 0.95), s.pane, s.post, glow]
        ),
        materials.add(mat.GLASS, [glass, (0.03, 0.03, 0.03), room], [0.8, 0.62, 0.09, glow]),
        materials.add(
            mat.POSTER, [color, palette.coat(rng), palette.coat(rng)], [rng.uniform(0.15, 0.5)]
        ),
    )


def coachwork(
    rng: np.random.Generator, materials: Materials, paint: CarPaint, shape: BusShape
) -> Mesh:
    """Return a bus or tram in colours of its own, with its lamps on."""
    tram = shape.kind in _TRAMS
    solids, s = Solids(ids.TRAIN if tram else ids.BUS), shape
    skin, joint = _skin(rng, materials, shape), 0.45
    total = s.sections * s.section + (s.sections - 1) * joint
    for k in range(s.sections):
        rear = -0.5 * total + k * (s.section + joint)
        ends = k == 0, k == s.sections - 1
        _section(solids, s, (rear, rear + s.section), ends, skin, paint, tram, rng)
        if k:
            x = (rear - joint - 0.1, rear + 0.1)
            fold = Shell(x, 0.44 * s.width, (s.floor + 0.15, s.height - 0.15))
            fold._replace(inset=(1.0, 1.0), depth=(0.1, 0.1)).add(solids, paint.trim)
    if tram:
        _pantograph(solids, s, 0.0 if s.sections % 2 else 0.5 * s.section, paint, rng)
    mesh = counted(solids.mesh(), 1)
    return mirrored(mesh) if s.left_hand else mesh


def _section(
    solids: Solids,
    s: BusShape,
    x: tuple[float, float],
    ends: tuple[bool, bool],
    skin: _Skin,
    paint: CarPaint,
    tram: bool,
    rng: np.random.Generator,
) -> None:
    nose = 0.5 + s.rake if s.kind == 'modern' else 0.35
    shell = Shell(
        x,
        0.5 * s.width,
        (s.floor, s.height),
        ((s.rake if tram else 0.06) * ends[0], s.rake * ends[1]),
        (s.inset if tram and ends[0] else 0.95 if ends[0] else 1.0, s.inset if ends[1] else 1.0),
        (nose if tram and ends[0] else 0.25, nose if ends[1] else 0.25),
        s.edge,
    )
    shell.add(solids, skin.body)
    reach = (x[0] + (shell.depth[0] + shell.rake[0]) * 0.9, x[1] - shell.depth[1] - shell.rake[1])
    _windows(solids, s, reach, skin)
    _doors(solids, s, reach, skin)
    _running_gear(solids, s, x, ends, paint, tram)
    for k in range(s.roof):
        at = x[0] + (k + 0.5) * s.section / s.roof
        size = (0.35 * s.section / s.roof, 0.7 * s.width, rng.uniform(0.15, 0.4))
        solids.box(size, (at, 0, s.height - 0.02), skin.second, floor=False)
    for front, here in enumerate(ends):
        if here:
            _face(solids, s, shell, bool(front), skin, paint, tram)


def _windows(solids: Solids, s: BusShape, reach: tuple[float, float], skin: _Skin) -> None:
    """Add the bands of windows, a second colour and an advert on both flanks."""
    y = 0.5 * s.width + 0.014
    side_quads(solids, reach, y, s.windows, skin.band)
    if s.kind == 'double':
        low = s.windows[1] + 0.55
        upper = (low, min(s.height - 0.35, low + 0.95))
        side_quads(solids, (reach[0] - 0.1, reach[1] + 0.2), y, upper, skin.band)
    if s.band > 0.0:
        top = min(s.floor + 0.12 + s.band, s.windows[0] - 0.04)
        side_quads(solids, (reach[0], reach[1]), y, (s.floor + 0.13, top), skin.second)
    if s.advert:
        middle = 0.5 * (reach[0] + reach[1])
        long = 0.38 * (reach[1] - reach[0])
        span = (middle - long, middle + 0.7 * long)
        side_quads(solids, span, y + 0.006, (s.floor + 0.45, s.windows[0] - 0.06), skin.advert)


def _doors(solids: Solids, s: BusShape, reach: tuple[float, float], skin: _Skin) -> None:
    """Add doors that reach down to the floor, on the right side."""
    y = -(0.5 * s.width + 0.022)
    long = reach[1] - reach[0]
    places = {1: (0.95,), 2: (0.94, 0.45), 3: (0.95, 0.55, 0.12)}[s.doors]
    for place in places:
        wide = 1.24 if s.doors > 1 and place < 0.9 else 0.93
        end = reach[0] + place * long + 0.1
        z = s.floor + 0.12, min(s.windows[1] + 0.05, s.floor + 2.25)
        start = end - wide
        solids.quads(
            [[(start, y, z[0]), (end, y, z[0]), (end, y, z[1]), (start, y, z[1])]], skin.door
        )


def _running_gear(
    solids: Solids,
    s: BusShape,
    x: tuple[float, float],
    ends: tuple[bool, bool],
    paint: CarPaint,
    tram: bool,
) -> None:
    if not tram:
        front = x[1] - (2.6 if s.kind != 'midi' else 1.9)
        rear = x[0] + (0.27 if s.kind != 'midi' else 0.22) * s.section
        if s.kind == 'articulated':
            front = x[1] - 2.6 if ends[1] else x[1] - 5.0
            axles: tuple[float, ...] = (rear, front) if ends[1] else (front,)
        else:
            axles = (
                (rear, front) if s.kind != 'coach' or s.section < 12 else (rear, rear - 1.3, front)
            )
        arches(solids, axles, 0.5 * s.width + 0.006, 0.58, s.floor, paint)
        wheels(solids, axles, 0.5 * s.width + 0.035, 0.48, 0.4, paint, s.rim)
        return
    bogies: tuple[float, ...] = (x[0] + 0.22 * s.section, x[1] - 0.22 * s.section)
    if s.kind == 'modern':
        bogies = (0.5 * (x[0] + x[1]),)
    for at in bogies:
        solids.box((2.2, 0.86 * s.width, s.floor + 0.2), (at, 0, 0.01), paint.dark)
        if s.kind == 'modern':
            y = 0.5 * s.width + 0.016
            side_quads(solids, (at - 1.0, at + 1.0), y, (s.floor, s.floor + 0.28), paint.dark)
        else:
            wheels(solids, (at - 0.85, at + 0.85), 0.45 * s.width, 0.33, 0.12, paint)
    solids.box(
        (s.section - 0.6, 0.6 * s.width, 0.3), (0.5 * (x[0] + x[1]), 0, s.floor - 0.2), paint.trim
    )


def _face(
    solids: Solids,
    s: BusShape,
    shell: Shell,
    front: bool,
    skin: _Skin,
    paint: CarPaint,
    tram: bool,
) -> None:
    """Add windscreen, board, lamps, bumper and mirrors of an end."""
    low = s.windows[0] - (0.25 if front and s.kind not in ('old',) else 0.0)
    high = s.windows[1] + 0.05
    sign, lift = (1, 0.02) if front else (-1, 0.02)
    driver = front or tram
    if driver or s.kind != 'coach':
        shell.end_pane(solids, front, 0.96 if driver else 0.75, (low, high), paint.glass)
    if driver and s.kind != 'old':
        shell.corner_panes(solids, front, (low, high), paint.glass)
    if s.kind == 'old':
        for y in (-0.33, 0.33):
            x = shell.end_x(front, 0.5 * (low + high)) + sign * 0.03
            front_quad(
                solids, x, (y * s.width / 2 - 0.05, y * s.width / 2 + 0.05), (low, high), skin.body
            )
    if s.kind == 'double':
        top = s.windows[1] + 0.55
        shell.end_pane(solids, front, 0.96, (top, min(s.height - 0.35, top + 0.95)), paint.glass)
    board = s.windows[1] + 0.1, min(s.height - 0.1, s.windows[1] + 0.38)
    shell.end_pane(
        solids, front, 0.72 if driver else 0.3, board, paint.display if driver else paint.dark
    )
    y, z = 0.36 * s.width * s.inset, s.floor + 0.42
    x = shell.end_x(front, z) + sign * lift
    lamp = paint.front_light if front else paint.rear_light
    for side in (-1, 1):
        front_quad(solids, x, (side * y - 0.17, side * y + 0.17), (z - 0.1, z + 0.1), lamp)
    if not tram:
        if not front:
            front_quad(solids, x, (-0.7, 0.7), (z + 0.15, z + 0.55), paint.dark)
        front_quad(
            solids, x + sign * 0.01, (-0.26, 0.26), (s.floor + 0.12, s.floor + 0.23), paint.plate
        )
    solids.box(
        (0.18, 1.7 * y, 0.2), (shell.end_x(front, s.floor) - sign * 0.02, 0, s.floor), paint.trim
    )
    if front:
        for side in (-1, 1):
            arm = vec(shell.end_x(True, high) - 0.02, side * (0.5 * s.width + 0.12), high - 0.55)
            solids.box((0.1, 0.2, 0.42), arm, paint.trim)


def _pantograph(
    solids: Solids, s: BusShape, x: float, paint: CarPaint, rng: np.random.Generator
) -> None:
    """Add a current collector that reaches to about 5.5 m."""
    top, reach = rng.uniform(4.9, 5.7), rng.uniform(0.7, 1.1)
    knee = 0.5 * (s.height + top)
    for y in (-0.35, 0.35):
        foot, joint = vec(x, y, s.height), vec(x - reach, 0.5 * y, knee)
        solids.beam(foot, joint, 0.06, 0.06, paint.trim)
        solids.beam(joint, vec(x, 0.8 * y, top), 0.05, 0.05, paint.trim)
    for dx in (-0.15, 0.15):
        solids.beam(vec(x + dx, -0.85, top), vec(x + dx, 0.85, top), 0.06, 0.06, paint.trim)
    solids.box((1.4, 1.0, 0.14), (x, 0, s.height), paint.trim)
