"""Where a person's joints are in each pose.

Convention: facing +x, y left; pairs list the right side (-y) first. Lengths of limbs are
shares of the standing height (D. Winter, Biomechanics and Motor Control of Human Movement,
4th ed., figure 4.1, after Drillis and Contini).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.assets.solids import Point, unit, vec
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import cross

SIDES = (-1.0, 1.0)
THIGH, SHANK, FOOT_HEIGHT = 0.245, 0.246, 0.039
UPPER_ARM, FOREARM = 0.186, 0.146
TRUNK, HIP_HALF, SHOULDER_HALF = 0.288, 0.055, 0.112

Pair = tuple[float, float]
Goal = tuple[float, float, float]


class Stance(NamedTuple):
    """Angles in rad of a pose; forward, outward and bending are positive.

    `hands` are goals in shares of the height, seen from the middle between the shoulders in
    the axes of the trunk, or None for an arm that hangs by its angles. With a `seat` the
    pelvis rests at that height and the feet on the ground `reach` (a share) ahead of it.
    """

    thigh: Pair = (0.03, -0.03)
    knee: Pair = (0.05, 0.05)
    splay: Pair = (0.05, 0.05)
    lean: float = 0.03
    roll: float = 0.0
    twist: float = 0.0
    nod: float = 0.0
    look: float = 0.0
    arm: Pair = (0.0, 0.0)
    spread: Pair = (0.12, 0.12)
    elbow: Pair = (0.25, 0.25)
    hands: tuple[Goal | None, Goal | None] = (None, None)
    seat: float | None = None
    reach: Pair = (0.25, 0.25)


class Joints(NamedTuple):
    """Points in metres and axes of a posed person; feet are at z = 0 or above."""

    pelvis: Point
    chest: Point  # the middle between the shoulders
    axes: Point  # (3, 3) columns: forward, left, up of the trunk
    neck: Point
    head: Point  # the middle of the skull
    head_axes: Point  # (3, 3) columns: forward, left, up
    legs: Point  # (2, 3, 3) hip, knee, ankle
    toes: Point  # (2, 3) unit direction of the feet
    arms: Point  # (2, 3, 3) shoulder, elbow, wrist


def two_bones(root: Point, goal: Point, a: float, b: float, pole: Point) -> tuple[Point, Point]:
    """Return middle and end of two bones of lengths a, b from root towards goal.

    The middle joint lies on the side of `pole`; law of cosines.
    """
    way = goal - root
    far = math.sqrt(float(way @ way)) + 1e-9
    u = way / far
    far = min(max(far, abs(a - b) + 1e-3), 0.999 * (a + b))
    x = (a * a - b * b + far * far) / (2 * far)
    out = unit(pole - float(pole @ u) * u)
    return root + u * x + out * math.sqrt(max(a * a - x * x, 0.0)), root + u * far


def _axes(lean: float, roll: float, twist: float) -> Point:
    cl, sl, cr, sr = math.cos(lean), math.sin(lean), math.cos(roll), math.sin(roll)
    ct, st = math.cos(twist), math.sin(twist)
    up = vec(sl, -sr * cl, cr * cl)
    left = unit(vec(-st, ct, 0.0) - float(vec(-st, ct, 0.0) @ up) * up)
    return np.stack([cross(left, up), left, up], 1)


def joints(height: float, stance: Stance, shoulders: float = 1.0, hips: float = 1.0) -> Joints:
    """Return the joints of a person of a height in metres; `shoulders`, `hips` widen them."""
    s, h = stance, height
    axes = _axes(s.lean, s.roll, s.twist)
    legs, toes = (_standing_legs if s.seat is None else _seated_legs)(h, s, hips)
    pelvis = legs[:, 0].mean(0) + axes[:, 2] * 0.02 * h
    chest = pelvis + axes[:, 2] * (TRUNK - 0.02) * h
    neck = chest + axes[:, 2] * 0.045 * h
    head_axes = _axes(0.35 * s.lean + s.nod, 0.5 * s.roll, s.twist + s.look)
    head = neck + head_axes[:, 2] * 0.085 * h + head_axes[:, 0] * 0.012 * h
    arms = np.stack([_arm(h, s, k, chest, axes, shoulders) for k in (0, 1)])
    return Joints(pelvis, chest, axes, neck, head, head_axes, legs, toes, arms)


def _standing_legs(h: float, s: Stance, hips: float) -> tuple[Point, Point]:
    legs, toes = np.empty((2, 3, 3)), np.empty((2, 3))
    for k, side in enumerate(SIDES):
        thigh, shin, wide = s.thigh[k], s.thigh[k] - s.knee[k], side * math.sin(s.splay[k])
        legs[k, 0] = 0.0, side * HIP_HALF * hips * h, 0.0
        legs[k, 1] = legs[k, 0] + THIGH * h * vec(math.sin(thigh), wide, -math.cos(thigh))
        legs[k, 2] = legs[k, 1] + SHANK * h * vec(math.sin(shin), 0.3 * wide, -math.cos(shin))
        pitch = min(0.0, shin + 0.35) + max(0.0, 0.8 * (shin - 0.15))  # heel or toes lift
        toes[k] = math.cos(pitch), side * 0.12, math.sin(pitch)
    soles = legs[:, 2, 2] - FOOT_HEIGHT * h + 0.09 * h * np.minimum(toes[:, 2], 0.0)
    legs[..., 2] -= soles.min()
    return legs, toes


def _seated_legs(h: float, s: Stance, hips: float) -> tuple[Point, Point]:
    legs, toes = np.empty((2, 3, 3)), np.empty((2, 3))
    seat = float(s.seat or 0.0) + 0.05 * h
    for k, side in enumerate(SIDES):
        hip = vec(0.0, side * HIP_HALF * hips * h, seat)
        foot = vec(s.reach[k] * h, hip[1] + side * s.splay[k] * 0.4 * h, FOOT_HEIGHT * h)
        knee, ankle = two_bones(hip, foot, THIGH * h, SHANK * h, vec(0.6, side * 0.2, 1.0))
        legs[k], toes[k] = (hip, knee, ankle), (1.0, side * 0.15, 0.0)
    return legs, toes


def _arm(h: float, s: Stance, k: int, chest: Point, axes: Point, shoulders: float) -> Point:
    side = SIDES[k]
    shoulder = chest + axes @ vec(0.0, side * SHOULDER_HALF * shoulders, -0.012) * h
    goal = s.hands[k]
    if goal is not None:
        elbow, wrist = two_bones(
            shoulder,
            chest + axes @ np.array(goal) * h,
            UPPER_ARM * h,
            FOREARM * h,
            axes @ vec(-0.5, side * 0.7, -0.6),
        )
        return np.stack([shoulder, elbow, wrist])
    a, out = s.arm[k], side * math.sin(s.spread[k])
    b = a + s.elbow[k]
    level = np.stack([axes[:, 0] * [1, 1, 0], axes[:, 1], vec(0, 0, 1)], 1)
    elbow = shoulder + level @ vec(math.sin(a), out, -math.cos(a)) * UPPER_ARM * h
    wrist = elbow + level @ vec(math.sin(b), 0.2 * out - 0.1 * side, -math.cos(b)) * FOREARM * h
    return np.stack([shoulder, elbow, wrist])


def _gait(swing: float, bend: float) -> tuple[Pair, Pair]:
    """Return thighs and knees of a stride; the leg behind bends."""
    thigh = (swing, -0.85 * swing)
    first, second = (0.12 + bend * max(0.0, -t) for t in thigh)
    return thigh, (first, second)


def walk(rng: np.random.Generator, stride: float | None) -> Stance:
    """Return a step; both arms swing, or hands are in pockets, on a strap or at a phone."""
    drawn = float(rng.uniform(0.2, 0.55) * rng.choice([-1, 1]))
    swing = drawn if stride is None else stride
    thigh, knee = _gait(swing, rng.uniform(0.8, 1.3))
    reach, bent = rng.uniform(0.5, 1.1), rng.uniform(0.15, 0.8)
    hands = _idle_hands(rng) if rng.random() < 0.3 else (None, None)
    return Stance(
        thigh,
        knee,
        lean=rng.uniform(0.0, 0.1),
        twist=-0.25 * swing,
        nod=rng.uniform(-0.1, 0.35),
        look=rng.normal(0, 0.25),
        arm=(-reach * swing, reach * swing),
        elbow=(bent, bent),
        hands=hands,
    )


def run(rng: np.random.Generator, stride: float | None) -> Stance:
    """Return a running step with bent elbows."""
    drawn = float(rng.uniform(0.55, 0.9) * rng.choice([-1, 1]))
    swing = drawn if stride is None else stride
    thigh, knee = _gait(swing, rng.uniform(1.2, 1.8))
    return Stance(
        thigh,
        (knee[0] + 0.3, knee[1] + 0.3),
        lean=rng.uniform(0.1, 0.25),
        twist=-0.35 * swing,
        arm=(-swing, swing),
        spread=(0.25, 0.25),
        elbow=(1.5, 1.5),
    )


def stand(rng: np.random.Generator, stride: float | None = None) -> Stance:
    """Return somebody who stands, with the weight on one leg."""
    shift, open_feet = rng.normal(0, 0.06), rng.uniform(0.02, 0.16)
    step = rng.normal(0, 0.08)
    easy = rng.uniform(0.0, 0.35)
    return Stance(
        (step, -step),
        (easy, 0.03) if shift > 0 else (0.03, easy),
        (open_feet, open_feet),
        rng.normal(0.02, 0.05),
        shift,
        rng.normal(0, 0.2),
        rng.uniform(-0.1, 0.4),
        rng.normal(0, 0.5),
        hands=_idle_hands(rng),
    )


_POCKET, _PHONE, _EAR = (0.03, 0.115, -0.285), (0.19, 0.02, -0.11), (0.06, 0.065, 0.085)
_CROSSED, _HIP, _BACK = (0.105, -0.07, -0.13), (0.01, 0.115, -0.24), (-0.085, -0.01, -0.26)
_WAVE, _POINT, _STRAP = (0.10, 0.15, 0.16), (0.30, 0.10, 0.02), (0.085, 0.07, -0.05)
_CARRY, _HANDLE, _LAP = (0.185, 0.09, -0.19), (0.24, 0.12, -0.225), (0.21, 0.07, -0.23)


def _both(goal: Goal) -> tuple[Goal, Goal]:
    return (goal[0], -goal[1], goal[2]), goal


def _one(rng: np.random.Generator, goal: Goal) -> tuple[Goal | None, Goal | None]:
    right, left = _both(goal)
    return (right, None) if rng.random() < 0.6 else (None, left)


def _idle_hands(rng: np.random.Generator) -> tuple[Goal | None, Goal | None]:
    kind = rng.random()
    if kind < 0.3:
        return None, None
    if kind < 0.45:
        return _one(rng, _EAR)
    if kind < 0.6:
        return _one(rng, _PHONE)
    pairs = (_POCKET, _POCKET, _CROSSED, _HIP, _BACK, _PHONE, _STRAP)
    goal = pick(rng, pairs)
    if rng.random() < 0.25:
        return _one(rng, goal)
    return _both(goal)


def _with_hands(goal: Goal, both: bool, walking: float) -> Callable[..., Stance]:
    """Return a pose that holds its hands at a goal and walks in this share of draws."""

    def pose(rng: np.random.Generator, stride: float | None) -> Stance:
        base = walk(rng, stride) if rng.random() < walking else stand(rng)
        return base._replace(hands=_both(goal) if both else _one(rng, goal))

    return pose


def _sit(seat: float, reach: tuple[float, float]) -> Callable[..., Stance]:
    """Return a pose on a seat of a height in metres with the feet this far ahead."""

    def pose(rng: np.random.Generator, stride: float | None) -> Stance:
        first = rng.uniform(*reach)
        goal = _PHONE if rng.random() < 0.35 else _LAP
        return Stance(
            splay=(rng.uniform(0.0, 0.35), rng.uniform(0.0, 0.35)),
            lean=rng.uniform(-0.2, 0.55),
            roll=rng.normal(0, 0.05),
            nod=rng.uniform(-0.1, 0.5),
            look=rng.normal(0, 0.5),
            hands=_both(goal),
            seat=seat,
            reach=(first, first + rng.normal(0, 0.04)),
        )

    return pose


def bend(rng: np.random.Generator, stride: float | None) -> Stance:
    """Return somebody who bends down to the ground or to a thing."""
    deep = rng.uniform(0.7, 1.35)
    knee = rng.uniform(0.1, 0.6)
    low: Goal = (rng.uniform(0.05, 0.2), 0.06, -0.30)
    return Stance(
        (0.5 * knee, 0.5 * knee + 0.1),
        (knee, knee),
        lean=deep,
        nod=-0.1,
        hands=_both(low) if rng.random() < 0.7 else _one(rng, low),
        arm=(-0.3, -0.3),
    )


def crouch(rng: np.random.Generator, stride: float | None) -> Stance:
    """Return somebody who squats."""
    return Stance(
        (1.75, 1.6),
        (2.2, 2.1),
        (0.25, 0.25),
        lean=rng.uniform(0.3, 0.6),
        hands=_both((0.22, 0.05, -0.2)),
    )


POSES: dict[str, Callable[[np.random.Generator, float | None], Stance]] = {
    'walk': walk,
    'run': run,
    'stand': stand,
    'sit': _sit(0.45, (0.22, 0.36)),
    'steps': _sit(0.30, (0.24, 0.38)),
    'ground': _sit(0.11, (0.28, 0.42)),
    'wheelchair': _sit(0.50, (0.28, 0.30)),
    'bend': bend,
    'crouch': crouch,
    'carry': _with_hands(_CARRY, True, 0.6),
    'push': _with_hands(_HANDLE, True, 0.8),
    'umbrella': _with_hands((0.14, 0.06, -0.07), False, 0.7),
    'wave': _with_hands(_WAVE, False, 0.2),
    'point': _with_hands(_POINT, False, 0.2),
    'hand_in_hand': _with_hands((0.02, 0.21, -0.27), False, 0.7),
}
