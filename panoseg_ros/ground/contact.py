"""Where a thing stands: contact per thing over neighbouring rays, not per ray.

A ray that passes below a bumper, a hand or a handlebar meets the ground beyond the thing.
Seen from a camera of height h, a lower end that hangs by z above a point at range r is
projected to r h / (h - z). On neighbouring rays the same thing shows its legs or wheels,
and those bound how much nearer it is. What has no shape (a wall, a hedge) touches the
ground on every ray and keeps the range of each, however obliquely it is seen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.shapes import ALONE
from panoseg_ros.ground.trace import Feet, first_feet

DENT = 1.2  # samples; the lower end of a thing is as smooth as that between its wheels
# A vehicle begins at this share of the range of its lower end at least. Seen from a camera as low
# as a vehicle may hang, it could be anywhere down to the lens, and would block every robot of that
# height; one that hangs higher than three quarters of the camera's height comes too far then.
LEAST_SHARE = np.float32(0.25)
LOWEST = 0.6  # of what a thing on wheels hangs at most, it hangs this part at least
WIDEST = 8  # a thing reaches over this part of the horizon at most, however near it is


class Stance(NamedTuple):
    """What is known about each foot's thing; all arrays are (F,), lengths in cells."""

    group: NDArray[np.int16]  # ALONE or the number of a group
    wheels: NDArray[np.bool_]
    reach: NDArray[np.float32]
    nearest: NDArray[np.float32]  # how near the thing can be, as a part of the foot's range
    depth: NDArray[np.float32]
    span: NDArray[np.float32]  # how far legs may stand apart
    through: NDArray[np.bool_]  # ground is seen through the thing
    base: NDArray[np.float32]  # how far from a wheel the thing hangs as it does there
    front: NDArray[np.float32]  # how far it may reach beyond its wheels, towards the camera
    tall: NDArray[np.float32]  # how tall it can be, 0 if that is not known
    pixel: NDArray[np.float32]  # how much ground the foot's sample covers


@compiled()
def settle_feet(feet: Feet, found: int, stance: Stance) -> None:
    """Draw the feet of things with legs or wheels in to where the things stand, in place.

    Feet on neighbouring rays belong to one thing if they are of one group, across the
    seam too. Of a thing with legs, a foot stands where it is seen if it may be another leg: no
    farther beyond the nearest within reach than legs are apart. What is seen farther away hangs,
    and is drawn in to the nearest, but no nearer than its lower end can hang. Of a thing on
    wheels, the lower end is held to hang everywhere, but not at the wheels: where the outline
    so found comes nearer for a stretch as narrow as a wheel (a morphological closing says where)
    it is taken from beside it. How much nearer a wheel is seen than the outline around it says how
    high the thing hangs there; a bumper may reach beyond the wheels.
    A mark is as deep as the thing may be, and no deeper than it looks wide or, on wheels, than
    where it would stand lies behind where it would hang. Hidden feet stay, and so do feet of
    things that stand alone.

    Args:
        feet: begin, end and first are changed.
        found: number of feet; ordered by ray.
        stance: of these feet.
    """
    offset = first_feet(feet, found)
    raw = feet.begin[:found].copy()
    group = stance.group.copy()
    for f in range(found):
        if feet.hidden[f]:
            group[f] = ALONE
    _leave_those_behind(group, raw, feet.ray, offset, stance)
    # where a foot is about: how wide its reach looks
    place = np.where(stance.wheels, raw * stance.nearest, raw)
    best = raw.copy()
    _draw(best, place, feet.ray, offset, stance, group, raw, stance.reach, False)
    outline = best.copy()
    _draw(outline, place, feet.ray, offset, stance, group, best, stance.reach, True)
    outline = np.maximum(outline, raw)
    wheel = _wheels(raw, outline, stance, group)
    lift = wheel.copy()
    _draw(lift, place, feet.ray, offset, stance, group, wheel, stance.base, True)
    for f in range(found):
        if group[f] == ALONE:
            continue
        if stance.wheels[f]:
            begin = outline[f] * stance.nearest[f]
            if lift[f] < np.inf:
                begin = max(begin, outline[f] * lift[f] - stance.front[f])
            begin = min(begin, raw[f])
        else:
            begin = max(best[f], raw[f] * stance.nearest[f])
        wide = _width(f, begin, feet.ray[f], offset, stance, group)
        deep = stance.depth[f]
        if stance.wheels[f]:
            wide = max(wide, raw[f] - begin)
        elif raw[f] <= best[f] + stance.span[f]:
            begin = raw[f]
            if stance.through[f]:  # the space between its legs is a part of its depth
                deep -= raw[f] - best[f]
        feet.end[f] += begin - raw[f]
        feet.end[f] = max(feet.end[f], begin + min(deep, wide))
        feet.begin[f] = begin
        feet.first[feet.ray[f]] = min(feet.first[feet.ray[f]], begin)


@compiled()
def _leave_those_behind(
    group: NDArray[np.int16],
    raw: NDArray[np.float32],
    ray: NDArray[np.int32],
    offset: NDArray[np.int64],
    stance: Stance,
) -> None:
    """Let feet stand alone that are of another thing than a nearer foot of the group on the ray.

    Ground was seen between the two. So the farther one is hardly a part of the nearer thing,
    unless it may be another leg, or the thing can be seen through and hang over its own foot.
    """
    for f in range(len(raw)):
        for g in range(offset[ray[f]], f):
            other = raw[f] > raw[g] + stance.span[g]
            if stance.through[g]:
                other = other and raw[f] * stance.nearest[g] > raw[g]
            if other and group[f] == group[g] and not stance.wheels[f]:
                group[f] = ALONE


@compiled()
def _draw(
    target: NDArray[np.float32],
    place: NDArray[np.float32],
    ray: NDArray[np.int32],
    offset: NDArray[np.int64],
    stance: Stance,
    group: NDArray[np.int16],
    source: NDArray[np.float32],
    reach: NDArray[np.float32],
    closing: bool,
) -> None:
    """Spread every foot's value, inf for none, over the feet of its thing within reach.

    At first, feet on wheels take the farthest range around and the others the nearest;
    when closing, feet on wheels take the least and the others are left alone.
    """
    rays = len(offset) - 1
    for f in range(len(target)):
        wheels = stance.wheels[f]
        if group[f] == ALONE or (closing and not wheels):
            continue
        value = source[f]
        if value == np.inf:
            continue
        steps = rays_across(reach[f], place[f], rays)
        for way in (-1, 1):
            for n in range(steps + 1):
                at = (ray[f] + way * n) % rays
                there = False
                for g in range(offset[at], offset[at + 1]):
                    if group[g] == group[f]:
                        there = True
                        if wheels and not closing:
                            target[g] = max(target[g], value)
                        else:
                            target[g] = min(target[g], value)
                if not there:
                    break


@compiled()
def _wheels(
    raw: NDArray[np.float32],
    outline: NDArray[np.float32],
    stance: Stance,
    group: NDArray[np.int16],
) -> NDArray[np.float32]:
    """Return the range of every wheel as a part of that of the outline, inf (F,) elsewhere.

    It says how high the thing hangs. A corner looks like a wheel of a thing that hangs low.
    """
    part = np.full(len(raw), np.inf, np.float32)
    for f in range(len(raw)):
        dent = raw[f] < outline[f] - DENT * stance.pixel[f]
        if stance.wheels[f] and group[f] != ALONE and dent:
            most = 1.0 - LOWEST * (1.0 - stance.nearest[f])
            part[f] = min(most, max(stance.nearest[f], raw[f] / outline[f]))
    return part


@compiled()
def _width(
    f: int,
    begin: float,
    ray: int,
    offset: NDArray[np.int64],
    stance: Stance,
    group: NDArray[np.int16],
) -> float:
    """Return how wide the thing looks at this range, as far as its depth asks for."""
    rays = len(offset) - 1
    count = 1
    for way in (-1, 1):
        for n in range(1, rays_across(stance.depth[f], begin, rays) + 1):
            at = (ray + way * n) % rays
            there = False
            for g in range(offset[at], offset[at + 1]):
                there = there or group[g] == group[f]
            if not there:
                break
            count += 1
    return count * begin * 2.0 * np.pi / rays


@compiled(inline='always')
def rays_across(length: float, reach: float, rays: int) -> int:
    """Return over how many of K rays a length reaches across, seen at a range."""
    return int(min(length / (max(reach, 1.0) * 2.0 * np.pi / rays), rays // WIDEST))
