"""How tall things would be where they seem to stand: nobody is three metres tall.

What stands on a kerb or up a slope is seen against ground that lies farther away than it does, so
its foot is placed too far, by h / (h - z) for ground that is z higher, and it seems taller by
the same factor. Where that is more than a thing of its class can be, the factor is known.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.breadth import Picture, shows
from panoseg_ros.ground.contact import Stance, rays_across
from panoseg_ros.ground.trace import Feet, first_feet

USUAL = 1.0 / 1.2  # how tall a thing is, as a part of how tall one can be: 1.67 m of 2 m


@compiled()
def draw_in_tall(
    feet: Feet,
    found: int,
    stance: Stance,
    height: float,
    slope: NDArray[np.float32],
    pixel: NDArray[np.int32],
    picture: Picture,
) -> None:
    """Draw in the feet of things that would be too tall, to where they are as tall as usual.

    How tall a thing is is told from the highest sample that shows it and the nearest of its feet,
    both within its reach on neighbouring rays. Its head may be as much nearer than its foot.

    Args:
        feet: as seen; begin and end are changed.
        found: number of feet; ordered by ray.
        stance: of these feet.
        height: of the camera above the ground, cells.
        slope: (S,) height above the camera per range, of each sample; ascending.
        pixel: (K, S) flat pixel index of every sample, -1 outside the panorama.
        picture: what the pixels show.
    """
    rays = len(pixel)
    offset = first_feet(feet, found)
    top = np.zeros(found, np.float32)
    for f in range(found):
        if stance.tall[f] > 0.0 and not feet.hidden[f]:
            row, j = pixel[feet.ray[f]], feet.sample[f] + 1
            while j < len(row) and shows(row[j], stance.group[f], picture):
                j += 1
            top[f] = slope[j - 1]
    part = np.ones(found, np.float32)
    for f in range(found):
        if top[f] <= 0.0:  # no higher than the camera: as tall as that at most, however far
            continue
        nearest, highest = feet.begin[f], top[f]
        for way in (-1, 1):
            for n in range(1, rays_across(stance.reach[f], feet.begin[f], rays) + 1):
                at = (feet.ray[f] + way * n) % rays
                there = False
                for g in range(offset[at], offset[at + 1]):
                    if stance.group[g] == stance.group[f] and not feet.hidden[g]:
                        there = True
                        nearest = min(nearest, feet.begin[g])
                        highest = max(highest, top[g])
                if not there:
                    break
        seems = height + max(0.0, nearest - stance.reach[f]) * highest
        if seems > stance.tall[f]:
            part[f] = USUAL * stance.tall[f] / seems
    for f in range(found):
        shift = feet.begin[f] * (part[f] - 1.0)
        feet.begin[f] += shift
        feet.end[f] += shift
