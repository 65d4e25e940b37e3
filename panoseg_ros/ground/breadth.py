"""How wide things are above where they stand: arms, handlebars, umbrellas.

From a camera no higher than a table, what a person is as wide as lies above the horizon and so
has no foot; yet it is met before the feet beside it are.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.contact import LEAST_SHARE, Stance, rays_across
from panoseg_ros.ground.shapes import ALONE
from panoseg_ros.ground.trace import Feet

TALL_M = 2.0  # what is higher above the ground is in nobody's way
BEHIND = 3.0  # cells; a foot so little behind another one is of the same thing


class Picture(NamedTuple):
    """What every pixel shows; the images are flat, of H W pixels."""

    labels: NDArray[np.uint8]
    confidence: NDArray[np.uint8]
    valid: NDArray[np.bool_]
    group: NDArray[np.int16]  # (256,) of labels, see `Shapes`


@compiled()
def widen_feet(
    feet: Feet,
    found: int,
    stance: Stance,
    near: NDArray[np.float32],
    tall: float,
    slope: NDArray[np.float32],
    pixel: NDArray[np.int32],
    picture: Picture,
) -> int:
    """Add feet on the rays beside feet on which the same thing is seen higher up.

    A ray without a foot of the thing gets one at the range of the foot beside it if it shows
    the thing within its reach, no more than `tall` above the ground, and so do all rays between.
    Things on wheels are no wider than their lower ends, but where these hang about as high as the
    camera or higher: there only the wheels are seen, and the body between lies above the horizon.

    Args:
        feet: settled; what is added goes to the end, with the lowest sample that shows the thing.
        found: number of feet.
        stance: of these feet.
        near: (R,) range where each sample begins, cells.
        tall: height above the camera up to which things count, cells.
        slope: (S,) height above the camera per range, of each sample; ascending.
        pixel: (K, S) flat pixel index of every sample, -1 outside the panorama.
        picture: what the pixels show.

    Returns:
        The number of feet with the added ones.
    """
    rays = len(pixel)
    held = np.full(rays, np.inf, np.float32)  # nearest foot of a thing that can be widened
    for f in range(found):
        if stance.group[f] != ALONE and not feet.hidden[f]:
            held[feet.ray[f]] = min(held[feet.ray[f]], feet.begin[f])
    total = found
    for f in range(found):
        begin = feet.begin[f]
        if stance.group[f] == ALONE or feet.hidden[f]:
            continue
        if stance.wheels[f] and stance.nearest[f] > LEAST_SHARE:
            continue
        reach = stance.base[f] if stance.wheels[f] else stance.reach[f]
        low = np.searchsorted(near, begin)
        high = np.searchsorted(slope, tall / max(begin, 1.0))
        for way in (-1, 1):
            for n in range(1, rays_across(reach, begin, rays) + 1):
                at = (feet.ray[f] + way * n) % rays
                if held[at] <= begin + BEHIND:
                    continue
                j = _lowest(pixel[at], low, high, stance.group[f], picture)
                if j < 0 or total == len(feet.ray):
                    break
                held[at] = begin
                feet.ray[total], feet.sample[total] = at, j
                feet.begin[total], feet.end[total] = begin, feet.end[f]
                feet.hidden[total] = False
                if not feet.first[at] <= begin:  # NaN and inf too
                    feet.first[at] = begin
                total += 1
    return total


@compiled()
def _lowest(pixel: NDArray[np.int32], low: int, high: int, group: int, picture: Picture) -> int:
    """Return the first of a ray's samples that shows a thing of the group, -1 for none."""
    for j in range(low, high):
        if shows(pixel[j], group, picture):
            return j
    return -1


@compiled(inline='always')
def shows(at: int, group: int, picture: Picture) -> bool:
    """Return whether a pixel, -1 for none, shows a thing of the group."""
    seen = at >= 0 and picture.valid[at] and picture.confidence[at] > 0
    return seen and picture.group[picture.labels[at]] == group
