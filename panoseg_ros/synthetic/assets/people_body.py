"""A dressed body around the joints of a pose.

Convention: as in people_poses.py; radii are shares of the standing height.
"""

import numpy as np

from panoseg_ros.synthetic.assets.people_clothes import Outfit
from panoseg_ros.synthetic.assets.people_poses import SIDES, Joints
from panoseg_ros.synthetic.assets.solids import Point, Solids, unit, vec

# Torso from the crotch to the neck: place along the trunk (0 pelvis .. 1 shoulders), half
# width and half depth.
_TORSO = np.array(
    [
        (-0.16, 0.060, 0.050),
        (0.02, 0.098, 0.068),
        (0.40, 0.082, 0.060),
        (0.78, 0.100, 0.068),
        (0.97, 0.092, 0.056),
        (1.10, 0.040, 0.036),
    ]
)
# Head from the chin to the crown: place along the skull's half height, side, depth, forward.
_HEAD = np.array(
    [
        (-1.0, 0.018, 0.022, 0.018),
        (-0.55, 0.037, 0.045, 0.008),
        (0.15, 0.045, 0.057, 0.0),
        (0.78, 0.034, 0.042, -0.004),
    ]
)
_SKULL = 0.067  # half the height of the head


def dress(solids: Solids, j: Joints, height: float, outfit: Outfit, seated: bool) -> None:
    """Add a person with these joints and clothes."""
    _torso(solids, j, height, outfit)
    for k in range(len(SIDES)):
        _leg(solids, j.legs[k], j.toes[k], height, outfit)
        _arm(solids, j.arms[k], height, outfit)
        solids.tube(*_shoe(j.legs[k, 2], j.toes[k], height), outfit.shoes, 5)
    head(solids, j, height, outfit)
    if outfit.hem > 0.0 and not seated:
        _skirt(solids, j, height, outfit)


def _torso(solids: Solids, j: Joints, h: float, o: Outfit) -> None:
    along, wide, deep = _TORSO.T
    fat = o.girth * np.array([0.95, 1.0, 1.0, 0.97, 0.95, 1.0])
    shape = np.array([o.hips, o.hips, 0.5 * (o.hips + o.shoulders), *[o.shoulders] * 2, 1.0])
    thick = np.array([1.0, o.puff, o.puff, o.puff, o.puff, 1.0])
    radii = np.stack([wide * fat * shape * thick, deep * fat**1.4 * thick], 1) * h
    spine = j.chest - j.pelvis
    points = j.pelvis + along[:, None] * spine
    points += (
        j.axes[:, 0]
        * (h * 0.022 * max(0.0, o.girth - 1.05) * np.array([0, 2, 2, 1, 0, 0]))[:, None]
    )
    side = j.axes[:, 1]
    tucked = o.hem == 0.0 and o.puff < 1.05
    seam = 2 if tucked else 1
    solids.tube(points[: seam + 1], radii[: seam + 1], o.legs, 7, side, (True, False))
    upper = radii[seam:] * (1.0 if tucked else 1.04)
    solids.tube(points[seam:], upper, o.top, 7, side, (False, True))
    if o.shirt >= 0:
        _shirt_front(solids, points[1:5], radii[1:5], j, o.shirt)
    if o.vest >= 0:
        bib = radii[1:5] * 1.13 + 0.004
        solids.tube(points[1:5], bib, o.vest, 7, side, (False, True))
    solids.tube(
        [j.chest + 0.01 * spine, j.head - j.head_axes[:, 2] * 0.04 * h],
        np.array([0.032, 0.028]) * h,
        o.skin,
        5,
        ends=(False, False),
    )


def _shirt_front(solids: Solids, points: Point, radii: Point, j: Joints, material: int) -> None:
    """Add a strip down the chest, wider at the collar, where a jacket is open."""
    forward, left = j.axes[:, 0], j.axes[:, 1]
    wide = np.array([0.18, 0.2, 0.28, 0.4])[:, None] * radii[:, :1]
    middle = points + forward * (1.05 * radii[:, 1:] + 0.004)
    a, b = middle - left * wide, middle + left * wide
    solids.quads(np.stack([a[:-1], b[:-1], b[1:], a[1:]], 1), material)


def _leg(solids: Solids, leg: Point, toe: Point, h: float, o: Outfit) -> None:
    hip, knee, ankle = leg
    calf = 0.65 * knee + 0.35 * ankle - 0.012 * h * unit(toe)
    fat = h * (0.5 + 0.5 * o.girth)
    bare = np.array([0.054, 0.036, 0.033, 0.021]) * fat
    loose = {
        'trousers': (1.04, 1.12, 1.15, 1.35),
        'wide': (1.1, 1.3, 1.55, 2.1),
        'tight': (1.0, 1.02, 1.03, 1.12),
        'shorts': (1.06, 1.0, 1.0, 1.0),
        'skirt': (1.0, 1.0, 1.0, 1.0),
    }[o.cut]
    radii = bare * np.array(loose)
    if o.cut in ('shorts', 'skirt'):
        above = 0.25 * hip + 0.75 * knee
        tight = o.cut == 'skirt'
        solids.tube(
            [hip, above],
            [radii[0], bare[1] * (1.1 if tight else 1.45)],
            o.legs,
            6,
            ends=(False, True),
        )
        solids.tube([above, knee, calf, ankle], [bare[1], *bare[1:]], o.skin, 6, ends=(False,) * 2)
    else:
        solids.tube([hip, knee, calf, ankle], radii, o.legs, 6, ends=(False, False))


def _shoe(ankle: Point, toe: Point, h: float) -> tuple[Point, Point]:
    """Return points and radii of a foot from heel to tip."""
    way = unit(toe)
    down = unit(vec(way[2], 0.0, -abs(way[0]) - 0.2))
    sole = ankle + down * 0.018 * h
    points = np.stack([sole - way * 0.042 * h, sole + way * 0.05 * h, sole + way * 0.112 * h])
    points[1:] += down * np.array([[0.003], [0.009]]) * h
    return points, np.array([[0.022, 0.023], [0.029, 0.020], [0.018, 0.010]]) * h


def _arm(solids: Solids, arm: Point, h: float, o: Outfit) -> None:
    shoulder, elbow, wrist = arm
    fat = h * (0.6 + 0.4 * o.girth)
    sleeve = np.array([0.024, 0.033, 0.026, 0.019]) * fat * o.puff
    top = shoulder + unit(shoulder - elbow) * 0.012 * h
    lower = 0.85 * shoulder + 0.15 * elbow
    if o.sleeves == 'long':
        solids.tube([top, lower, elbow, wrist], sleeve, o.top, 5, ends=(True, False))
    else:
        cuff = 0.4 * shoulder + 0.6 * elbow
        solids.tube(
            [top, lower, cuff], sleeve[[0, 1, 1]] * [1, 1, 1.05], o.top, 5, ends=(True, False)
        )
        bare = np.array([0.024, 0.023, 0.016]) * fat
        solids.tube([lower, elbow, wrist], bare, o.skin, 5, ends=(False, False))
    fingers = wrist + unit(wrist - elbow) * 0.085 * h
    solids.tube([wrist, fingers], np.array([0.021, 0.013]) * h, o.skin, 4, ends=(False, True))


def _skirt(solids: Solids, j: Joints, h: float, o: Outfit) -> None:
    """Add the part of a coat or skirt below the hips, around both legs."""
    material = o.legs if o.cut == 'skirt' else o.top
    top = float(j.pelvis[2]) + 0.03 * h
    low = max(top - o.hem * h - 0.03 * h, 0.05 * h)
    heights = np.array([top, 0.5 * (top + low), low])
    points, radii = np.empty((3, 3)), np.empty((3, 2))
    flare = np.array([1.03, 1.18, 1.32]) * (0.6 + 0.4 * o.girth) * max(1.0, 0.5 + 0.5 * o.puff)
    for row, z in enumerate(heights):
        at = np.stack([_at_height(leg, z) for leg in j.legs])
        middle, half = at.mean(0), 0.5 * np.abs(at[1] - at[0])
        points[row] = middle
        radii[row] = half[1] + 0.048 * h * flare[row], half[0] + 0.056 * h * flare[row]
    radii[0] = np.maximum(radii[0], np.array([0.100 * o.hips, 0.072 * o.girth**0.4]) * o.girth * h)
    solids.tube(points[::-1], radii[::-1], material, 8, vec(0, 1, 0), (True, False))


def _at_height(leg: Point, z: float) -> Point:
    order = np.argsort(leg[:, 2])
    xy = [np.interp(z, leg[order, 2], leg[order, axis]) for axis in (0, 1)]
    return vec(xy[0], xy[1], z)


def head(solids: Solids, j: Joints, height: float, o: Outfit, sides: int = 7) -> None:
    """Add face, hair and hat."""
    h = _head_scale(height)
    _shell(solids, j, h, _HEAD, o.skin, sides)
    if o.hood:
        _shell(solids, j, h, _HOOD, o.top, sides)
        return
    if o.hat == 'helmet':
        _shell(solids, j, h, _HELMET, o.bag, sides)
        return
    style = o.hair_style
    if o.beard and height > 1.5:
        _shell(solids, j, h, _BEARD, o.hair, 5)
    if o.hat == 'scarf':
        _shell(solids, j, h, _LONG * [1, 1.1, 1.1, 1], o.bag, sides)
        return
    if style != 'bald':
        cap = {'round': _ROUND, 'long': _LONG}.get(style, _SHORT)
        _shell(solids, j, h, cap, o.hair, sides)
    back, up = j.head_axes[:, 0] * -h, j.head_axes[:, 2] * h
    if style == 'tail':
        knot = j.head + 0.06 * back + 0.02 * up
        tail = np.stack([knot, knot + 0.03 * back - 0.03 * up, knot + 0.02 * back - 0.12 * up])
        solids.tube(tail, np.array([0.012, 0.02, 0.008]) * h, o.hair, 4)
    if style == 'bun':
        knot = j.head + 0.055 * back + 0.045 * up
        solids.tube([knot, knot + 0.05 * back], np.array([0.026, 0.018]) * h, o.hair, 5)
    if o.hat in _CROWNS:
        _shell(solids, j, h, _CROWNS[o.hat], o.bag, sides)
    if o.hat in ('cap', 'brim'):
        front = 0.075 if o.hat == 'cap' else 0.0
        size = (0.042, 0.05) if o.hat == 'cap' else (0.105, 0.115)
        rim = j.head + 0.030 * up - front * back
        rings = np.array([size, size]) * h
        solids.tube([rim, rim + 0.006 * up], rings, o.bag, 8, j.head_axes[:, 1])


def _head_scale(height: float) -> float:
    """Return the height of the adult whose head fits; children's heads are larger."""
    return height + 0.38 * max(0.0, 1.65 - height)


# Rows as in _HEAD.
_SHORT = np.array(
    [
        (-0.5, 0.036, 0.034, -0.030),
        (0.3, 0.050, 0.057, -0.012),
        (0.8, 0.042, 0.050, -0.010),
        (1.08, 0.02, 0.028, -0.008),
    ]
)
_ROUND = np.array(
    [
        (-0.7, 0.045, 0.045, -0.030),
        (0.35, 0.074, 0.074, -0.016),
        (1.2, 0.060, 0.062, -0.01),
        (1.5, 0.028, 0.03, -0.01),
    ]
)
_LONG = np.array(
    [
        (-2.1, 0.052, 0.024, -0.050),
        (-0.6, 0.054, 0.042, -0.032),
        (0.3, 0.053, 0.058, -0.012),
        (0.8, 0.042, 0.050, -0.010),
        (1.08, 0.028, 0.036, -0.008),
    ]
)
_HOOD = np.array(
    [
        (-1.5, 0.062, 0.052, -0.022),
        (-0.2, 0.062, 0.066, -0.022),
        (0.7, 0.052, 0.060, -0.014),
        (1.2, 0.02, 0.028, -0.016),
    ]
)
_HELMET = np.array(
    [
        (-0.35, 0.058, 0.060, -0.016),
        (0.5, 0.062, 0.074, -0.004),
        (1.15, 0.046, 0.056, -0.004),
        (1.45, 0.02, 0.026, -0.006),
    ]
)
_BEARD = np.array(
    [(-1.15, 0.018, 0.022, 0.024), (-0.85, 0.034, 0.034, 0.022), (-0.5, 0.04, 0.042, 0.014)]
)
_CROWNS = {
    'cap': np.array(
        [(0.3, 0.051, 0.060, -0.004), (0.85, 0.047, 0.054, -0.006), (1.15, 0.03, 0.036, -0.006)]
    ),
    'beanie': np.array(
        [(-0.1, 0.051, 0.058, -0.012), (0.75, 0.048, 0.054, -0.01), (1.25, 0.02, 0.024, -0.014)]
    ),
    'brim': np.array([(0.35, 0.050, 0.060, 0.0), (1.4, 0.042, 0.050, 0.0)]),
}


def _shell(
    solids: Solids, j: Joints, h: float, rows: Point, material: int, sides: int = 7
) -> None:
    """Add a skin around the skull from rows of place, side, depth and forward shift."""
    points = (
        j.head + rows[:, :1] * _SKULL * h * j.head_axes[:, 2] + rows[:, 3:] * h * j.head_axes[:, 0]
    )
    solids.tube(points, rows[:, 1:3] * h, material, sides, j.head_axes[:, 1])


def full_helmet(solids: Solids, j: Joints, height: float, shell: int, visor: int) -> None:
    """Add a motorcyclist's helmet with a dark visor."""
    h = _head_scale(height)
    rows = np.array(
        [
            (-1.15, 0.046, 0.058, 0.004),
            (-0.5, 0.066, 0.080, 0.002),
            (0.5, 0.068, 0.080, -0.002),
            (1.15, 0.052, 0.062, -0.004),
            (1.5, 0.02, 0.026, -0.006),
        ]
    )
    _shell(solids, j, h, rows, shell, 8)
    band = np.array([(-0.35, 0.055, 0.062, 0.024), (0.5, 0.055, 0.062, 0.022)])
    _shell(solids, j, h, band, visor, 8)
