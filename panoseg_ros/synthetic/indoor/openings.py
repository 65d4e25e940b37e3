"""Doors and windows with frames, leaves, panes, handles, curtains and blinds.

Convention: x points into the room, the wall's surface is x = 0 and its other side
x = -thick; y runs along the wall with the opening's middle at 0; z is up from the floor.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor.lighting import rectangle
from panoseg_ros.synthetic.indoor.looks import DoorShape, Kit, WindowShape
from panoseg_ros.synthetic.indoor.plan import Opening, Wall
from panoseg_ros.synthetic.indoor.shapes import sheet
from panoseg_ros.synthetic.mesh import Mesh, box, boxes, join, mirrored, moved, quads, tube


class DoorLook(NamedTuple):
    """Shape and materials of the doors of one building."""

    shape: DoorShape
    leaf: int
    frame: int
    metal: int
    pane: int


def placed(mesh: Mesh, wall: Wall, s: float) -> Mesh:
    """Return a mesh of wall coordinates moved to s metres along a wall."""
    nx, ny = wall.inward
    x, y = wall.point(s)
    return moved(mesh, (x, y, 0.0), float(np.arctan2(ny, nx)))


def reveal(opening: Opening, thick: float, floor: int, side: int) -> Mesh:
    """Return the inner sides of an opening through a wall; a door's lower one is floor."""
    y, low, top = 0.5 * (opening.end - opening.start), opening.bottom, opening.top
    x, at_floor = -thick, opening.bottom < 0.01
    label, material = (ids.FLOOR, floor) if at_floor else (ids.WALL, side)
    bottom = quads([[(0, -y, low), (0, y, low), (x, y, low), (x, -y, low)]], label, material)
    sides = [
        [(0, y, low), (0, y, top), (x, y, top), (x, y, low)],
        [(0, -y, top), (0, -y, low), (x, -y, low), (x, -y, top)],
        [(0, y, top), (0, -y, top), (x, -y, top), (x, y, top)],
    ]
    return join([bottom, quads(sides, ids.WALL, side)])


def _ring(
    width: float, low: float, top: float, bar: float, deep: float, x: float, label: int, mat: int,
    foot: bool = True,
) -> Mesh:  # fmt: skip
    """Return a frame of bars inside a rectangle, without its lower bar if not `foot`."""
    high = top - low
    sizes = [(deep, bar, high)] * 2 + [(deep, width - 2 * bar, bar)]
    y = 0.5 * (width - bar)
    feet = [(x, -y, low), (x, y, low), (x, 0.0, top - bar)]
    if foot:
        sizes.append((deep, width - 2 * bar, bar))
        feet.append((x, 0.0, low))
    return boxes(sizes, feet, label, mat)


def door(
    rng: np.random.Generator,
    opening: Opening,
    look: DoorLook,
    thick: float,
    outside: bool,
) -> Mesh:
    """Return casing and leaves of a door, open if one can look beyond it."""
    wide, high = opening.end - opening.start, opening.top
    casing, shape = look.shape.frame_m, look.shape
    if outside:
        shape = shape._replace(face='glazed')
    y = 0.5 * (wide + casing)
    trims = [(0.02, casing, high + casing)] * 2 + [(0.02, wide, casing)]
    feet = [(0.01, -y, 0.0), (0.01, y, 0.0), (0.01, 0.0, high)]
    parts = [
        boxes(trims, feet, ids.DOOR, look.frame),
        _ring(wide, 0.0, high, 0.03, thick, -0.5 * thick, ids.DOOR, look.frame, foot=False),
    ]
    clear = wide - 0.06
    double = clear > 1.15
    each = 0.5 * clear if double else clear
    leaf = _leaf(shape, each, high - 0.04, look)
    x = -0.03 if rng.random() < 0.5 or not opening.beyond or outside else -thick + 0.03
    if opening.beyond and not outside and rng.random() < 0.12 and not double:
        return join([*parts, moved(leaf, (0.05, 0.5 * wide - 0.1, 0.0))])  # slid aside
    for side in (1, -1) if double else (int(rng.choice([1, -1])),):
        swing = 0.0
        if opening.beyond and not outside:
            swing = float(rng.choice([rng.uniform(0.3, 1.5), rng.uniform(1.4, 1.75)]))
            swing = swing if x > -0.05 else -swing
        turned = moved(leaf, (0, 0, 0), -swing)
        turned = moved(turned, (x, -0.5 * clear, 0.0))
        parts.append(turned if side > 0 else mirrored(turned))
    return join(parts)


def _leaf(shape: DoorShape, wide: float, high: float, look: DoorLook) -> Mesh:
    """Return a leaf hinged at the origin that reaches along +y when closed."""
    t, wide = 0.04, wide - 0.008
    parts = []
    if shape.face in ('glazed', 'half', 'slot'):
        y0, y1, z0, z1 = 0.1, wide - 0.1, 0.15, high - 0.12
        if shape.face == 'half':
            z0 = 0.5 * high
        if shape.face == 'slot':
            y0, y1, z0 = 0.65 * wide, wide - 0.12, 0.35 * high
        sizes = [(t, y0, high), (t, wide - y1, high), (t, y1 - y0, z0), (t, y1 - y0, high - z1)]
        m = 0.5 * (y0 + y1)
        feet = [(0, 0.5 * y0, 0), (0, 0.5 * (y1 + wide), 0), (0, m, 0), (0, m, z1)]
        parts.append(boxes(sizes, feet, ids.DOOR, look.leaf))
        pane = [(0, y0, z0), (0, y1, z0), (0, y1, z1), (0, y0, z1)]
        parts.append(quads([pane], ids.DOOR, look.pane))
    else:
        parts.append(box((t, wide, high), (0, 0.5 * wide, 0), ids.DOOR, look.leaf))
    if shape.face == 'panels':
        for z0, z1 in ((0.12, 0.42), (0.5, 0.92)):
            for y0, y1 in ((0.1, 0.46), (0.54, 0.9)):
                size = (t + 0.016, (y1 - y0) * wide, (z1 - z0) * high)
                foot = (0, 0.5 * (y0 + y1) * wide, z0 * high)
                parts.append(box(size, foot, ids.DOOR, look.leaf))
    if shape.face == 'planks':
        count = max(2, int(wide / 0.14))
        feet = [(0, (k + 1) * wide / (count + 1), 0) for k in range(count)]
        parts.append(boxes([(t + 0.008, 0.012, high)] * count, feet, ids.DOOR, look.frame))
    parts.append(_handle(shape, wide, look.metal))
    return join(parts)


def _handle(shape: DoorShape, wide: float, metal: int) -> Mesh:
    y, z, sizes, feet = wide - 0.07, 1.02, [], []
    for x in (-0.055, 0.055):
        if shape.handle == 'lever':
            sizes += [(0.02, 0.13, 0.02), (0.05, 0.03, 0.03)]
            feet += [(x, y - 0.05, z), (0.6 * x, y, z)]
        elif shape.handle == 'knob':
            sizes.append((0.06, 0.06, 0.06))
            feet.append((0.9 * x, y, z - 0.03))
        elif shape.handle == 'bar':
            sizes.append((0.03, 0.03, 0.5))
            feet.append((1.1 * x, y, 0.8))
        else:
            sizes += [(0.01, 0.05, 0.24), (0.05, 0.12, 0.02)]
            feet += [(0.45 * x, y, z - 0.12), (x, y - 0.04, z)]
    return boxes(sizes, feet, ids.DOOR, metal)


def window(opening: Opening, shape: WindowShape, frame: int, pane: int, thick: float) -> Mesh:
    """Return frame, bars and panes; they stand in the wall's depth."""
    wide, low, top = opening.end - opening.start, opening.bottom, opening.top
    bar, x = shape.frame_m, -min(thick - 0.03, shape.reveal_m)
    parts = [_ring(wide, low, top, bar, 0.06, x, ids.WINDOW, frame)]
    columns = max(1, min(shape.columns, int(wide / 0.45)))
    for k in range(1, columns):
        y = wide * (k / columns - 0.5)
        parts.append(box((0.05, bar, top - low), (x, y, low), ids.WINDOW, frame))
    for k in range(1, shape.rows):
        z = low + (top - low) * (k / shape.rows if shape.rows > 2 else 0.72)
        parts.append(box((0.05, wide, 0.7 * bar), (x, 0, z), ids.WINDOW, frame))
    parts.append(sheet((wide, top - low), (x, 0, 0.5 * (low + top)), ids.WINDOW, pane))
    if low > 0.3:
        foot = (x + 0.05, 0.0, 0.5 * (low + top))  # of the handle
        parts.append(box((0.03, 0.02, 0.11), foot, ids.WINDOW, frame))
    return join(parts)


def portal(wall: Wall, opening: Opening, thick: float, share: float) -> NDArray[np.float64]:
    """Return the light source of a window; `share` of the sky's light passes."""
    s, z = 0.5 * (opening.start + opening.end), 0.5 * (opening.bottom + opening.top)
    half = 0.5 * (opening.end - opening.start), 0.5 * (opening.top - opening.bottom)
    x, y = wall.point(s, -0.5 * thick)
    ax, ay = wall.along
    nx, ny = wall.inward
    return rectangle(
        np.array([x, y, z]),
        np.array([ax, ay, 0.0]) * 0.92 * half[0],
        np.array([0.0, 0.0, 0.92 * half[1]]),
        np.array([nx, ny, 0.0]),
        (share, share, share),
    )


def dressing(
    rng: np.random.Generator, opening: Opening, kit: Kit, cloth: int, style: str
) -> tuple[Mesh, float]:
    """Return curtains or blinds of a window and the share of light that passes."""
    wide, low, top = opening.end - opening.start, opening.bottom, opening.top
    shut = float(rng.uniform(0.1, 0.75))
    if style == 'curtains':
        foot = 0.03 if low < 0.5 or rng.random() < 0.6 else low - 0.1
        each = 0.5 * wide * shut * 0.8 + 0.12
        parts = [_folds(each, top + 0.1 - foot, cloth, side * (0.5 * wide + 0.1), side, foot)
                 for side in (-1, 1)]  # fmt: skip
        rod = tube((0.09, -0.6 * wide, top + 0.1), (0.09, 0.6 * wide, top + 0.1),
                   (0.012, 0.012), ids.OTHER, kit.metals[0], 5)  # fmt: skip
        return join([*parts, rod]), 1.0 - 0.7 * shut
    if style == 'roller':
        drop = shut * (top - low)
        parts = [
            box((0.05, wide, 0.06), (0.0, 0, top - 0.06), ids.OTHER, kit.frame),
            sheet((wide - 0.04, drop), (-0.01, 0, top - 0.5 * drop), ids.OTHER, cloth),
        ]
        return join(parts), 1.0 - 0.8 * shut
    drop, count = shut * (top - low), max(2, int(shut * (top - low) / 0.06))
    z = top - (np.arange(count) + 0.5) * drop / count
    tilt = float(rng.uniform(0.008, 0.045))
    slats = [
        [(-0.02, -0.48 * wide, h - tilt), (-0.02, 0.48 * wide, h - tilt),
         (0.015, 0.48 * wide, h + tilt), (0.015, -0.48 * wide, h + tilt)]
        for h in z
    ]  # fmt: skip
    rail = box((0.05, wide, 0.05), (0.0, 0, top - 0.05), ids.OTHER, kit.frame)
    return join([quads(slats, ids.OTHER, kit.plastics[0]), rail]), 1.0 - 0.6 * shut


def _folds(wide: float, high: float, cloth: int, y: float, side: int, foot: float) -> Mesh:
    """Return a curtain in folds that hangs from y towards the window's middle."""
    count = max(4, int(wide / 0.06))
    at = np.linspace(0, wide, count + 1)
    x = 0.09 + 0.035 * np.cos(np.pi * np.arange(count + 1))
    ys = y - side * at
    corners = np.stack(
        [
            np.column_stack([x[:-1], ys[:-1], np.full(count, foot)]),
            np.column_stack([x[1:], ys[1:], np.full(count, foot)]),
            np.column_stack([x[1:], ys[1:], np.full(count, foot + high)]),
            np.column_stack([x[:-1], ys[:-1], np.full(count, foot + high)]),
        ],
        1,
    )
    return quads(corners, ids.OTHER, cloth)


def radiator(wide: float, high: float, material: int) -> Mesh:
    """Return a ribbed radiator that hangs in front of a wall."""
    count = max(3, int(wide / 0.09))
    y = (np.arange(count) + 0.5) * wide / count - 0.5 * wide
    feet = np.column_stack([np.full(count, 0.09), y, np.full(count, 0.12)])
    back = box((0.05, wide, high - 0.04), (0.06, 0, 0.14), ids.OTHER, material)
    return join([boxes([(0.05, 0.05, high)] * count, feet, ids.OTHER, material), back])
