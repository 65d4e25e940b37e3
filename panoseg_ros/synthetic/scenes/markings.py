"""Paint and small things in the ground: lines, crosswalks, arrows, covers, tactile paving.

Convention: street coordinates (see bend.py). A marking carries the class of what it lies
on. Layers lie a few millimetres above each other, more than the ground leaves the profile.
"""

from itertools import pairwise

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.road_art import bicycle, random_road_art
from panoseg_ros.synthetic.mesh import Mesh, fan, quads
from panoseg_ros.synthetic.scenes.bend import REACH_M
from panoseg_ros.synthetic.scenes.ground import GroundLook, rect, span
from panoseg_ros.synthetic.scenes.plan import CROSS_M, Plan, Plaza, Strip

_PATCH_M, _LINE_M, _TOP_M = 0.006, 0.010, 0.013  # heights of layers
BAY_WIDTH_M, _BAY_M = 2.6, 5.0  # width and length of a bay
Rng = np.random.Generator


def markings(plan: Plan, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return everything that lies in the ground of a scene."""
    if plan.kind == 'dirt':
        return _ruts(plan, look, rng)
    parts = _covers(plan, look, rng)
    if plan.kind != 'alley' and rng.random() < 0.93:
        parts += _lines(plan, look, rng)
    parts += _crosswalks(plan, look, rng)
    parts += _tactile(plan, look, rng)
    for plaza in plan.plazas:
        if plaza.kind == 'parking':
            parts += _bays(plan, plaza, look, rng)
    return parts


def _ruts(plan: Plan, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return wheel tracks, and now and then the strip of grass between them."""
    half, wide = plan.road_half_m, rng.uniform(0.2, 0.45)
    middles = (0.0,) if half < 2.6 else (-0.5 * half, 0.5 * half)
    reach, parts = (-REACH_M, REACH_M), []
    for middle in middles:
        for d in (middle - 0.75, middle + 0.75):
            parts.append(rect(reach, (d - wide, d + wide), _PATCH_M, ids.ROAD, look.patch))
        if rng.random() < 0.45:
            grass = (middle - 0.7 + wide, middle + 0.7 - wide)
            parts += [rect(s, grass, _LINE_M, ids.TERRAIN, look.verge) for s in _spans(plan, 0.5)]
    return parts


def _spans(plan: Plan, room: float) -> list[tuple[float, float]]:
    """Return the intervals of s outside the crossing and `room` around it."""
    if plan.crossing is None:
        return [(-REACH_M, REACH_M)]
    reach = plan.crossing.half_m + room
    return [(-REACH_M, plan.crossing.s - reach), (plan.crossing.s + reach, REACH_M)]


def _dashes(
    s: tuple[float, float], d: float, style: tuple[float, float, float], look: GroundLook
) -> list[Mesh]:
    """Return a broken line as one mesh; `style` is its width and the lengths on and off."""
    wide, on, off = style
    start = np.arange(s[0], s[1] - on, on + off)
    if len(start) == 0:
        return []
    a, b = np.full(len(start), d - 0.5 * wide), np.full(len(start), d + 0.5 * wide)
    z = np.full(len(start), _LINE_M)
    ring = ((start, a), (start + on, a), (start + on, b), (start, b))
    points = np.stack([np.stack([p, q, z], 1) for p, q in ring], 1)
    return [quads(points, ids.ROAD, look.paint)]


def _lines(plan: Plan, look: GroundLook, rng: Rng) -> list[Mesh]:
    wide, parts = rng.uniform(0.09, 0.20), []
    on, off = rng.uniform(1.5, 5.0), rng.uniform(2.0, 7.0)
    middle = str(rng.choice(['dashed', 'solid', 'double', 'none'], p=[0.5, 0.2, 0.1, 0.2]))
    edges, between = rng.random() < 0.4, rng.random() < 0.9
    for s in _spans(plan, 4.0):
        if not plan.left.strips('median', 'tram'):
            for d in {'double': (-wide, wide), 'none': ()}.get(middle, (0.0,)):
                if middle == 'dashed':
                    parts += _dashes(s, d, (wide, on, off), look)
                else:
                    parts.append(_line(s, d, wide, look))
        for sign in (-1, 1):
            strips = plan.side(sign).road
            for inner, outer in pairwise(strips):
                if between and 'median' not in (inner.kind, outer.kind):
                    parts += _divider(s, sign, inner, outer, (wide, on, off), look)
            if edges and strips:
                parts.append(_line(s, sign * (strips[-1].far - 0.25), wide, look))
            parts += _arrows(plan, s, sign, look, rng)
    return parts


def _line(s: tuple[float, float], d: float, wide: float, look: GroundLook) -> Mesh:
    """Return a whole line along the street."""
    return rect(s, (d - wide / 2, d + wide / 2), _LINE_M, ids.ROAD, look.paint)


def _divider(
    s: tuple[float, float],
    sign: int,
    inner: Strip,
    outer: Strip,
    style: tuple[float, float, float],
    look: GroundLook,
) -> list[Mesh]:
    """Return the line between two strips: broken between lanes, whole beside others."""
    d, kinds = sign * outer.near, {inner.kind, outer.kind}
    if kinds == {'lane'}:
        return _dashes(s, d, style, look)
    if 'parking' in kinds:
        return _dashes(s, d, (style[0], 0.8, 0.6), look)
    return [_line(s, d, style[0], look)]


def _arrows(
    plan: Plan, s: tuple[float, float], sign: int, look: GroundLook, rng: Rng
) -> list[Mesh]:
    """Return arrows, words, hatching and, for cyclists, bicycles in the lanes of a side."""
    parts, forward = [], 1.0 if plan.way(sign) == 0.0 else -1.0
    for strip in plan.side(sign).strips('lane', 'bus', 'cycle_lane'):
        if rng.random() > (0.45 if strip.kind == 'lane' else 0.75):
            continue
        for at in np.arange(s[0] + 8.0, s[1] - 10.0, rng.uniform(15, 45)):
            if abs(at - plan.focus_s) > 50:
                continue
            if strip.kind == 'cycle_lane' and rng.random() < 0.8:
                art = bicycle(min(1.4, 0.8 * (strip.far - strip.near)))
            else:
                art = random_road_art(rng, strip.far - strip.near)
            ground = forward * art + [at, sign * strip.middle]
            z = np.full((*art.shape[:2], 1), _LINE_M)
            parts.append(quads(np.concatenate([ground, z], 2), ids.ROAD, look.paint))
    return parts


def _crosswalks(plan: Plan, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return crosswalks and stop lines at the crossing, or one in mid-block."""
    cut, parts = plan.crossing, []
    if plan.road_half_m < 1.2 or (plan.kind == 'country' and rng.random() < 0.8):
        return []
    if cut is None:
        if rng.random() < 0.5:
            middle = plan.focus_s + rng.uniform(-14, 14)
            parts += _zebra(plan, middle, look, rng)
        return parts
    if rng.random() < 0.15:
        return []
    for hand in (-1, 1):
        middle = cut.s + hand * (cut.half_m + 2.0)
        if cut.walk_m > 0 and rng.random() < 0.8:
            parts += _zebra(plan, middle, look, rng)
        # traffic that comes towards the crossing stops before it
        sign = [k for k in (-1, 1) if (plan.way(k) == 0.0) == (hand < 0)]
        for k in sign:
            lanes = plan.side(k).strips('lane', 'bus')
            if lanes:
                d = span(k * lanes[0].near, k * lanes[-1].far)
                s = span(middle + hand * 1.9, middle + hand * 2.3)
                parts.append(rect(s, d, _LINE_M, ids.ROAD, look.paint))
    for k in (-1, 1):
        if cut.on(k) and rng.random() < 0.75:
            parts += _zebra_across(plan, k, look, rng)
    return parts


def _zebra(plan: Plan, middle: float, look: GroundLook, rng: Rng) -> list[Mesh]:
    stripe, half = rng.uniform(0.35, 0.6), rng.uniform(1.2, 1.9)
    low, high = -plan.right.road_m + 0.3, plan.left.road_m - 0.3
    median = max((strip.far for strip in plan.left.strips('median')), default=0.0)
    ladder = rng.random() < 0.15  # two lines across instead of stripes
    if ladder:
        return [
            rect((s, s + 0.25), (low, high), _TOP_M, ids.ROAD, look.paint)
            for s in (middle - half, middle + half)
        ]
    return [
        rect((middle - half, middle + half), (d, d + stripe), _TOP_M, ids.ROAD, look.paint)
        for d in np.arange(low, high - stripe, 2 * stripe)
        if abs(d) > median
    ]


def _zebra_across(plan: Plan, sign: int, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return a crosswalk over the cross street, its lines and its stop line."""
    cut = plan.crossing
    assert cut is not None
    stripe, near = rng.uniform(0.35, 0.6), plan.side(sign).road_m + 0.6
    d = span(sign * near, sign * (near + rng.uniform(2.2, 3.5)))
    parts = [
        rect((s, s + stripe), d, _TOP_M, ids.ROAD, look.paint)
        for s in np.arange(cut.s - cut.half_m + 0.3, cut.s + cut.half_m - stripe, 2 * stripe)
    ]
    if rng.random() < 0.6 and cut.half_m > 2.5:
        along = span(sign * (near + 5.0), sign * CROSS_M)
        parts.append(rect((cut.s - 0.07, cut.s + 0.07), along, _LINE_M, ids.ROAD, look.paint))
    return parts


def _covers(plan: Plan, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return mended places, manholes and gratings in road and pavement."""
    parts: list[Mesh] = []
    near = plan.focus_s
    if plan.road_half_m > 1.0:
        for _ in range(int(rng.integers(0, 12))):
            s, d = near + rng.normal(0, 18), rng.uniform(-0.9, 0.9) * plan.road_half_m
            length, wide = rng.choice([0.3, 1.2, 5.0]) * rng.uniform(1, 2), rng.uniform(0.3, 1.3)
            wide = min(wide, plan.road_half_m - d)
            parts.append(rect((s, s + length), (d, d + wide), _PATCH_M, ids.ROAD, look.patch))
    for _ in range(int(rng.integers(1, 10))):
        d = rng.uniform(-1, 1) * max(plan.left.lots_m, plan.right.lots_m)
        s, sign = near + rng.normal(0, 14), 1 if d > 0 else -1
        strips = (*plan.side(sign).road, *plan.side(sign).edge)
        inside = [k for k in strips if k.near + 0.4 < abs(d) < k.far - 0.4 and _sealed(k)]
        cut = plan.crossing
        if inside and (cut is None or abs(s - cut.s) > cut.half_m + cut.walk_m + 1.0):
            label = ids.ROAD if abs(d) < plan.side(sign).road_m else ids.SIDEWALK
            z = (0.0 if label == ids.ROAD else plan.kerb_m) + _TOP_M
            sides = 4 if rng.random() < 0.3 else 12
            angle = np.linspace(0, 2 * np.pi, sides, endpoint=False) + np.pi / 4
            ring = 0.33 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1) + [s, d, z]
            parts.append(fan(ring, label, look.patch))
    return parts


def _sealed(strip: Strip) -> bool:
    return strip.kind not in ('verge', 'median', 'tram')


def _tactile(plan: Plan, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return ribbed slabs along a pavement and at the crosswalks."""
    parts = []
    for sign in (-1, 1):
        walks = plan.side(sign).strips('walk')
        if not walks or walks[0].far - walks[0].near < 2.0 or rng.random() > 0.22:
            continue
        d = sign * (walks[0].near + rng.uniform(0.5, 0.9))
        for block in plan.blocks(sign):
            room = plan.crossing.walk_m + 0.2 if plan.crossing else 0.0
            low, high = block
            s = (low + room * (low > -REACH_M), high - room * (high < REACH_M))
            line = (d - 0.2, d + 0.2)
            parts.append(rect(s, line, plan.kerb_m + _PATCH_M, ids.SIDEWALK, look.tactile))
    return parts


def _bays(plan: Plan, plaza: Plaza, look: GroundLook, rng: Rng) -> list[Mesh]:
    """Return the lines between the bays of a car park."""
    if rng.random() < 0.2:
        return []
    z, parts = plan.kerb_m + _PATCH_M, []
    for d in bay_rows(plaza):
        across = span(plaza.sign * (d - 0.5 * _BAY_M), plaza.sign * (d + 0.5 * _BAY_M))
        for s in np.arange(plaza.start + 1.0, plaza.end, BAY_WIDTH_M):
            parts.append(rect((s - 0.05, s + 0.05), across, z, ids.ROAD, look.paint))
    return parts


def bay_rows(plaza: Plaza) -> list[float]:
    """Return |d| of the middle of each row of bays in a car park, metres."""
    rows = np.arange(plaza.near + 4.0, plaza.near + plaza.depth - 2.5, 10.5)
    return [float(d) for d in rows]
