"""Poles, lamps, traffic lights, signs, bollards and other things along a street.

Convention: standing on z = 0 at the origin; the side that drivers look at faces +x.
"""

import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.stalls import LARGE
from panoseg_ros.synthetic.mesh import Mesh, ball, box, fan, join, moved, quads, tube
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

_SIGN_COLORS = {
    'ban': ((0.55, 0.02, 0.03), (0.78, 0.78, 0.76), (0.03, 0.03, 0.03), 0),
    'warn': ((0.55, 0.02, 0.03), (0.78, 0.76, 0.70), (0.03, 0.03, 0.03), 1),
    'order': ((0.75, 0.75, 0.75), (0.03, 0.12, 0.48), (0.78, 0.78, 0.78), 0),
    'stop': ((0.75, 0.75, 0.75), (0.5, 0.02, 0.03), (0.78, 0.78, 0.78), 2),
    'park': ((0.75, 0.75, 0.75), (0.03, 0.12, 0.48), (0.78, 0.78, 0.78), 1),
    'guide': ((0.75, 0.75, 0.75), (0.02, 0.24, 0.10), (0.78, 0.78, 0.78), 3),
    'yellow': ((0.05, 0.05, 0.05), (0.70, 0.48, 0.03), (0.03, 0.03, 0.03), 3),
    'white': ((0.05, 0.05, 0.05), (0.75, 0.75, 0.73), (0.03, 0.03, 0.03), 3),
    'priority': ((0.78, 0.78, 0.78), (0.72, 0.50, 0.03), (0.70, 0.48, 0.03), 1),
}
_SIDES = {'ban': 16, 'order': 16, 'stop': 8, 'warn': 3, 'priority': 4}


def sign_plate(rng: np.random.Generator, materials: Materials, size_m: float) -> Mesh:
    """Return a plate centred on the origin facing +x, with a grey back."""
    name = str(rng.choice(list(_SIGN_COLORS)))
    border, field, mark, design = _SIGN_COLORS[name]
    face = materials.add(
        mat.SIGN,
        [palette.near(rng, border), palette.near(rng, field), palette.near(rng, mark)],
        [design, rng.uniform(0.08, 0.28)],
    )
    back = materials.add(
        mat.PLAIN, [palette.hsv(rng, (0.5, 0.7), (0, 0.1), (0.2, 0.5))], [0.2, 0.3]
    )
    half = 0.5 * size_m
    if name in _SIDES:
        sides = _SIDES[name]
        start = {3: np.pi / 2, 4: np.pi / 2, 8: np.pi / 8}.get(sides, 0.0)
        angle = start + np.linspace(0, 2 * np.pi, sides, endpoint=False)
        outline = np.stack([0 * angle, np.cos(angle), np.sin(angle)], 1) * half
        front = fan(outline, ids.SIGN, face)
        front = front._replace(uv=(front.corners[..., 1:] / half).astype(np.float32))
        rear = fan(outline[::-1] - [0.03, 0, 0], ids.SIGN, back)
        return join([front, rear])
    wide = half * (rng.uniform(1.3, 2.6) if design == 3 else 1.0)
    corners = np.array([[0, -wide, -half], [0, wide, -half], [0, wide, half], [0, -wide, half]])
    uv = [[(-1, -1), (1, -1), (1, 1), (-1, 1)]]
    return join(
        [
            quads([corners], ids.SIGN, face, uv),
            quads([corners[[1, 0, 3, 2]] - [0.03, 0, 0]], ids.SIGN, back),
        ]
    )


def sign_post(rng: np.random.Generator, materials: Materials, metal: int) -> Mesh:
    """Return one or two signs on a post."""
    height, size = rng.uniform(2.2, 3.3), rng.uniform(0.5, 0.95)
    parts = [tube((0, 0, 0), (0, 0, height), (0.035, 0.035), ids.POLE, metal, 6)]
    parts.append(moved(sign_plate(rng, materials, size), (0.05, 0, height - 0.5 * size)))
    if rng.random() < 0.35:
        small = sign_plate(rng, materials, 0.6 * size)
        parts.append(moved(small, (0.05, 0, height - 1.4 * size)))
    return join(parts)


def street_lamp(rng: np.random.Generator, metal: int, glow: int) -> Mesh:
    """Return a lamp on a mast, with or without an arm (along -y, over the road)."""
    height, foot = rng.uniform(3.5, 9.0), rng.uniform(0.06, 0.11)
    parts = [
        tube((0, 0, 0), (0, 0, height), (foot, 0.5 * foot), ids.POLE, metal, 7),
        tube((0, 0, 0), (0, 0, 0.8), (1.5 * foot, 1.4 * foot), ids.POLE, metal, 7),
    ]
    if height > 5.0:
        reach = rng.uniform(0.8, 2.2)
        tip = np.array([0, -reach, height + rng.uniform(0.0, 0.5)])
        parts.append(tube((0, 0, height - 0.1), tip, (0.04, 0.035), ids.POLE, metal, 5))
        parts.append(box((0.22, 0.6, 0.12), tip - [0, 0.2, 0.06], ids.POLE, metal))
        parts.append(box((0.18, 0.5, 0.02), tip - [0, 0.2, 0.08], ids.POLE, glow))
    elif rng.random() < 0.5:
        parts.append(ball((0, 0, height + 0.15), (0.22,) * 3, ids.POLE, glow))
    else:
        parts.append(tube((0, 0, height), (0, 0, height + 0.5), (0.13, 0.2), ids.POLE, glow, 6))
        parts.append(
            tube((0, 0, height + 0.5), (0, 0, height + 0.62), (0.24, 0.04), ids.POLE, metal, 6)
        )
    return join(parts)


def _signal_head(rng: np.random.Generator, materials: Materials, lights: int = 3) -> Mesh:
    """Return a traffic light's box with its lenses, facing +x, hanging around the origin."""
    case = materials.add(
        mat.PLAIN, [palette.hsv(rng, (0.1, 0.7), (0.0, 0.5), (0.01, 0.12))], [0.2, 0.3]
    )
    colors = [(0.9, 0.03, 0.02), (0.9, 0.45, 0.02), (0.05, 0.8, 0.3)]
    on = int(rng.integers(3))
    radius = rng.uniform(0.10, 0.15)
    pitch = 2.4 * radius
    parts = [
        box(
            (0.22, 2.9 * radius, lights * pitch + 0.1),
            (-0.1, 0, -0.5 * lights * pitch - 0.05),
            ids.LIGHT,
            case,
        )
    ]
    for index in range(lights):
        z = 0.5 * lights * pitch - (index + 0.5) * pitch
        tint = np.array(colors[index if lights == 3 else 2 * index])
        lit = index == on or (lights == 2 and index == on // 2)
        lens = materials.add(
            mat.EMIT, [tuple(tint * (1.0 if lit else 0.08))], [2.5 if lit else 0.02]
        )
        parts.append(tube((0.0, 0, z), (0.03, 0, z), (radius, radius), ids.LIGHT, lens, 10))
        parts.append(box((0.16, 2.1 * radius, 0.02), (0.09, 0, z + radius), ids.LIGHT, case))
    return join(parts)


def traffic_light(rng: np.random.Generator, materials: Materials, metal: int) -> Mesh:
    """Return a signal post, sometimes with a second head on an arm over the road (-y)."""
    height = rng.uniform(2.6, 3.6)
    parts = [
        tube((0, 0, 0), (0, 0, height), (0.07, 0.06), ids.POLE, metal, 7),
        moved(_signal_head(rng, materials), (0.18, 0, height - 0.4)),
    ]
    if rng.random() < 0.6:
        head = _signal_head(rng, materials, 2)
        parts.append(moved(head, (0, 0.2, 2.3), np.pi / 2))
    if rng.random() < 0.45:
        reach, high = rng.uniform(2.5, 5.0), rng.uniform(5.0, 6.0)
        parts.append(tube((0, 0, 0), (0, 0, high), (0.1, 0.08), ids.POLE, metal, 7))
        parts.append(tube((0, 0, high), (0, -reach, high + 0.2), (0.07, 0.05), ids.POLE, metal, 6))
        parts.append(moved(_signal_head(rng, materials), (0.15, -reach + 0.2, high - 0.5)))
    return join(parts)


def bollard(rng: np.random.Generator, metal: int) -> Mesh:
    """Return a bollard."""
    height, radius = rng.uniform(0.6, 1.1), rng.uniform(0.05, 0.12)
    return join(
        [
            tube((0, 0, 0), (0, 0, height), (radius, radius), ids.POLE, metal, 8),
            ball((0, 0, height), (radius,) * 3, ids.POLE, metal),
        ]
    )


def mast(rng: np.random.Generator, material: int) -> Mesh:
    """Return a wooden or concrete utility pole with a crossbar."""
    height = rng.uniform(6.5, 10.0)
    return join(
        [
            tube((0, 0, 0), (0, 0, height), (0.15, 0.1), ids.POLE, material, 7),
            box((0.1, 1.8, 0.1), (0, 0, height - 0.6), ids.POLE, material),
        ]
    )


def gantry_sign(rng: np.random.Generator, materials: Materials, metal: int) -> Mesh:
    """Return a large guide sign on two posts."""
    plate = sign_plate(rng, materials, rng.uniform(1.2, 2.0))
    high = rng.uniform(2.4, 3.6)
    posts = [
        tube((-0.08, y, 0), (-0.08, y, high + 0.8), (0.06, 0.06), ids.POLE, metal, 6)
        for y in (-0.7, 0.7)
    ]
    return join([*posts, moved(plate, (0.02, 0, high))])


def clutter(rng: np.random.Generator, materials: Materials) -> Mesh:
    """Return a bench, bin, cabinet or planter box: things without a class of the 19."""
    color = materials.add(mat.PLAIN, [palette.near(rng, palette.coat(rng))], [0.3, 0.4])
    wood = materials.add(mat.PLANKS, [palette.stone(rng)], [0.09, 0.3, 1.0])
    kind = rng.integers(4)
    if kind == 0:
        return join(
            [
                box((0.45, 1.6, 0.06), (0, 0, 0.42), UNLABELLED, wood),
                box((0.06, 1.6, 0.45), (-0.22, 0, 0.48), UNLABELLED, wood),
                box((0.4, 0.08, 0.42), (0, -0.6, 0), UNLABELLED, color),
                box((0.4, 0.08, 0.42), (0, 0.6, 0), UNLABELLED, color),
            ]
        )
    if kind == 1:
        radius = rng.uniform(0.18, 0.3)
        return tube(
            (0, 0, 0), (0, 0, rng.uniform(0.7, 1.1)), (0.9 * radius, radius), UNLABELLED, color
        )
    if kind == 2:
        return box(rng.uniform([0.3, 0.6, 0.9], [0.5, 1.4, 1.5]), (0, 0, 0), UNLABELLED, color)
    return box(rng.uniform([0.5, 0.5, 0.6], [0.7, 1.2, 1.1]), (0, 0, 0), UNLABELLED, color)


def large_clutter(rng: np.random.Generator, materials: Materials) -> tuple[Mesh, float]:
    """Return a shelter, kiosk, advertising column, container, scaffold, stall, rack or cafe.

    Returns:
        The mesh, front facing +x, and the radius in metres of a circle that holds it.
    """
    builders, weights = zip(*LARGE, strict=True)
    mesh = builders[rng.choice(len(builders), p=weights)](rng, materials)
    return mesh, float(np.hypot(mesh.corners[..., 0], mesh.corners[..., 1]).max())
