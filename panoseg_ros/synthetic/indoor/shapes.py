"""Small solids that furniture is made of.

Convention: metres, z up; an asset stands on z = 0 at the origin and faces +x.
"""

import numpy as np
from numpy.typing import ArrayLike

from panoseg_ros.synthetic.mesh import Mesh, boxes, join, loft, moved, quads, tube

_CHAMFER = np.array(
    [[1, -1, 0, 1], [1, 1, 0, -1], [1, 1, -1, 0], [-1, 1, 1, 0], [-1, 1, 0, -1], [-1, -1, 0, 1],
     [-1, -1, 1, 0], [1, -1, -1, 0]],
    np.float64,
)  # fmt: skip


def pillow(
    size: ArrayLike, foot: ArrayLike, label: int, material: int, bevel_m: float = 0.03
) -> Mesh:
    """Return a box of size (3,) standing on foot (3,) with bevelled edges."""
    wide = 0.5 * np.asarray(size, np.float64)
    bevel = min(bevel_m, 0.8 * float(wide.min()))
    rings = []
    for z, inset in ((0.0, bevel), (bevel, 0.0), (2 * wide[2] - bevel, 0.0), (2 * wide[2], bevel)):
        half = wide[:2] - inset
        flat = _CHAMFER[:, :2] * half + _CHAMFER[:, 2:] * min(bevel, 0.5 * float(half.min()))
        rings.append(np.concatenate([flat, np.full((8, 1), z)], 1))
    return moved(loft(np.stack(rings), label, material), foot)


def four(x: float, y: float) -> list[tuple[float, float]]:
    """Return the corners of a rectangle around the origin with half edges x and y."""
    return [(x, -y), (x, y), (-x, y), (-x, -y)]


def four_legs(
    half: tuple[float, float], height: float, thick: float, label: int, material: int,
    splay: float = 0.0, sides: int = 4,
) -> Mesh:  # fmt: skip
    """Return four legs under the corners of a rectangle, spreading outwards by `splay`."""
    if sides == 4 and splay == 0.0:
        feet = [(x, y, 0.0) for x, y in four(*half)]
        return boxes([(thick, thick, height)] * 4, feet, label, material)
    out = 1.0 + splay
    radii = (0.35 * thick, 0.55 * thick)
    return join(
        tube((x * out, y * out, 0), (x, y, height), radii, label, material, sides)
        for x, y in four(*half)
    )


def disc(
    radius: float, thick: float, z: float, label: int, material: int, sides: int = 20
) -> Mesh:
    """Return a round plate whose lower side lies at z."""
    return tube((0, 0, z), (0, 0, z + thick), (radius, radius), label, material, sides)


def star(radius: float, z: float, label: int, material: int) -> Mesh:
    """Return the foot of a swivel chair: five arms from a column, castors below."""
    arms = 5
    angle = np.linspace(0, 2 * np.pi, arms, endpoint=False)
    tips = np.stack([np.cos(angle) * radius, np.sin(angle) * radius, np.full(arms, 0.07)], 1)
    parts = [tube((0, 0, 0.1), tip, (0.025, 0.018), label, material, 4) for tip in tips]
    parts.append(boxes(np.full((arms, 3), 0.05), tips - [0, 0, 0.07], label, material))
    parts.append(tube((0, 0, 0.08), (0, 0, z), (0.03, 0.025), label, material, 6))
    return join(parts)


def sled(
    half: tuple[float, float], height: float, thick: float, label: int, material: int
) -> Mesh:
    """Return two closed frames of square bar along x."""
    sizes, feet = [], []
    for y in (-half[1], half[1]):
        for x in (-half[0], half[0]):
            sizes.append((thick, thick, height))
            feet.append((x, y, 0.0))
        sizes += [(2 * half[0], thick, thick)] * 2
        feet += [(0.0, y, 0.0), (0.0, y, height - thick)]
    return boxes(sizes, feet, label, material)


def sheet(size: tuple[float, float], centre: ArrayLike, label: int, material: int) -> Mesh:
    """Return an upright rectangle (width along y, height) facing +x around a centre (3,)."""
    y, z = 0.5 * size[0], 0.5 * size[1]
    corners = [[(0, -y, -z), (0, y, -z), (0, y, z), (0, -y, z)]]
    return quads(np.asarray(corners) + np.asarray(centre), label, material)
