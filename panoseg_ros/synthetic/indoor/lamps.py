"""Ceiling lamps, and the light sources that they are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.indoor import ids
from panoseg_ros.synthetic.indoor.lighting import rectangle
from panoseg_ros.synthetic.indoor.looks import Kit
from panoseg_ros.synthetic.indoor.plan import Rect, Room
from panoseg_ros.synthetic.mesh import Mesh, ball, box, join, moved, quads, tube

STYLES = ('panels', 'tubes', 'spots', 'pendants', 'globes', 'discs')


class Lit(NamedTuple):
    """Lamps and their light sources."""

    mesh: Mesh
    rows: list[NDArray[np.float64]]


def ceiling_lamps(
    rng: np.random.Generator, room: Room, kit: Kit, style: str, holes: tuple[Rect, ...] = ()
) -> Lit:
    """Return lamps of one style in a grid below a room's ceiling."""
    pitch = {'panels': 2.4, 'tubes': 2.6, 'spots': 1.3, 'discs': 3.0}.get(style, 3.2)
    pitch *= float(rng.uniform(0.85, 1.3)) * (1.0 if room.area < 60 else 1.4)
    along = int(rng.integers(2))
    metal, parts, rows = pick(rng, kit.metals), [], []
    drop = float(rng.uniform(0.4, 1.1))
    for x0, y0, x1, y1 in room.rects:
        for x in _spread(x0, x1, pitch):
            for y in _spread(y0, y1, pitch):
                if any(h[0] < x < h[2] and h[1] < y < h[3] for h in holes):
                    continue
                z = room.roof.z(x, y) - (0.0 if room.roof.kind == 'flat' else 0.15)
                lamp, row = _lamp(style, along, drop, kit, metal)
                parts.append(moved(lamp, (x, y, z)))
                row[:3] += (x, y, z)
                rows.append(row)
    return Lit(join(parts), rows)


def _spread(low: float, high: float, pitch: float) -> NDArray[np.float64]:
    count = max(1, round((high - low) / pitch))
    return low + (np.arange(count) + 0.5) * (high - low) / count


def _lamp(
    style: str, along: int, drop: float, kit: Kit, metal: int
) -> tuple[Mesh, NDArray[np.float64]]:
    """Return a lamp below the origin and its light; flat panels belong to the ceiling."""
    glow, other = kit.lamp, ids.OTHER
    if style == 'panels':
        mesh = _tile((0.59, 0.59) if drop < 0.8 else (1.19, 0.29), -0.004, ids.CEILING, glow)
        return mesh, _down((0.0, 0.0, -0.03), 0.36, 1.0)
    if style == 'spots':
        rim = tube((0, 0, -0.008), (0, 0, 0), (0.06, 0.065), ids.CEILING, metal, 10)
        return join([rim, _tile((0.07, 0.07), -0.012, ids.CEILING, glow)]), _down(
            (0.0, 0.0, -0.03), 0.1, 3.0
        )
    if style == 'tubes':
        size = (1.3, 0.1) if along == 0 else (0.1, 1.3)
        case = box((*size, 0.06), (0, 0, -0.06), other, metal)
        hang = 0.0 if drop < 0.75 else drop - 0.4
        mesh = join([case, _tile((0.97 * size[0], 0.97 * size[1]), -0.062, other, glow)])
        if hang:
            wires = [
                tube((s * 0.4 * size[0], s * 0.4 * size[1], 0),
                     (s * 0.4 * size[0], s * 0.4 * size[1], hang), (0.004, 0.004), other, metal, 3)
                for s in (-1, 1)
            ]  # fmt: skip
            mesh = moved(join([mesh, *wires]), (0, 0, -hang))
        return mesh, _down((0.0, 0.0, -hang - 0.1), 0.36, 1.0)
    if style == 'discs':
        case = tube((0, 0, -0.08), (0, 0, 0), (0.22, 0.24), other, glow, 16)
        return case, _around((0.0, 0.0, -0.14), 0.25, 1.0)
    wire = tube((0, 0, -drop), (0, 0, 0), (0.005, 0.005), other, metal, 3)
    if style == 'globes':
        globe = ball((0, 0, -drop), (0.16, 0.16, 0.16), other, glow, 2)
        return join([wire, globe]), _around((0.0, 0.0, -drop), 0.22, 1.3)
    shade = tube((0, 0, -drop - 0.2), (0, 0, -drop), (0.24, 0.08), other, metal, 14)
    bulb = _tile((0.2, 0.2), -drop - 0.205, other, glow)
    return join([wire, shade, bulb]), _down((0.0, 0.0, -drop - 0.23), 0.22, 1.6)


def _tile(size: tuple[float, float], z: float, label: int, material: int) -> Mesh:
    x, y = 0.5 * size[0], 0.5 * size[1]
    return quads([[(-x, -y, z), (-x, y, z), (x, y, z), (x, -y, z)]], label, material)


def _down(at: tuple[float, float, float], half: float, power: float) -> NDArray[np.float64]:
    u, v = np.array([half, 0.0, 0.0]), np.array([0.0, half, 0.0])
    return rectangle(np.array(at), u, v, np.array([0.0, 0.0, -1.0]), (power,) * 3)


def _around(at: tuple[float, float, float], half: float, power: float) -> NDArray[np.float64]:
    u, v = np.array([half, 0.0, 0.0]), np.array([0.0, half, 0.0])
    return rectangle(np.array(at), u, v, np.zeros(3), (power,) * 3)
