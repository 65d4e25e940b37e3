"""What may stand on a kerb: sidewalks and verges lie higher than the road, which no label says.

What stands on ground that is z higher than where the robot stands is seen against ground that
lies farther away, at h / (h - z) of its range from a camera of height h.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.breadth import Picture
from panoseg_ros.ground.channels import Channels
from panoseg_ros.ground.rays import RayTable
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.ground.shapes import Shapes
from panoseg_ros.ground.trace import Feet

OWN_M = 2.0  # the robot stands on what most of the ground shows that is no farther away
EVERY = 8  # rays; the ground around the robot is looked at on each of so many
NEAREST = 0.5  # of the range at which it is seen, a thing is no nearer for a kerb's sake


def reckon_with_kerbs(
    feet: Feet,
    found: int,
    told: NDArray[np.float32],
    people: NDArray[np.bool_],
    codes: NDArray[np.int16],
    rays: RayTable,
    picture: Picture,
    channels: Channels,
    shapes: Shapes,
    settings: GroundSettings,
) -> NDArray[np.float32]:
    """Reckon with kerbs before the feet that are seen from the road.

    The marks of people who may stand on a kerb begin as near as that would be, for they must not
    be missed; before other things, that ground is unknown.

    Args:
        feet: settled; begin and first are changed.
        found: number F of feet.
        told: (F,) how much nearer than seen the feet are held to be for their height already,
            cells.
        people: (F,) persons, riders and cycles.
        codes: (K, R) channels of the samples.
        rays: of the frame.
        picture: what the pixels show.
        channels: of the codes.
        shapes: says which ground lies on kerbs.
        settings: height of a kerb.

    Returns:
        How much ground before each foot (F,) is unknown for a kerb's sake, cells.
    """
    part = settings.kerb_m / rays.height_m
    around = int(np.searchsorted(rays.middle, OWN_M / settings.resolution_m))
    own = rays.pixel[::EVERY, : max(1, around)]
    is_ground, kerbed = channels.is_ground, shapes.kerbed
    if part == 0.0 or _stands_on_kerb(picture, own, is_ground, kerbed):
        return np.zeros(found, np.float32)
    ground = int(channels.bounds[1])
    on_kerb = _on_kerbs(feet, found, codes, ground, rays.pixel, picture.labels, kerbed)
    return np.asarray(_reached(feet, found, on_kerb, part, told, people))


def _stands_on_kerb(
    picture: Picture,
    own: NDArray[np.int32],
    is_ground: NDArray[np.bool_],
    kerbed: NDArray[np.bool_],
) -> bool:
    """Return whether most of the ground that some pixels show lies on a kerb itself."""
    seen = picture.labels[own[(own >= 0) & picture.valid[own]]]
    return bool(2 * np.count_nonzero(kerbed[seen]) > np.count_nonzero(is_ground[seen]))


@compiled()
def _on_kerbs(
    feet: Feet,
    found: int,
    codes: NDArray[np.int16],
    ground: int,
    pixel: NDArray[np.int32],
    labels: NDArray[np.uint8],
    kerbed: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return of every foot (F,) whether the ground seen next below it lies on a kerb.

    Args:
        feet: of all rays.
        found: number F of feet.
        codes: (K, R) channels of the samples.
        ground: number of ground channels; they come first.
        pixel: (K, S) flat pixel index of every sample.
        labels: flat.
        kerbed: (256,) by label.
    """
    on_kerb = np.zeros(found, np.bool_)
    for f in range(found):
        k, j = feet.ray[f], feet.sample[f] - 1
        while j >= 0 and not 0 <= codes[k, j] < ground:
            j -= 1
        on_kerb[f] = j >= 0 and not feet.hidden[f] and kerbed[labels[pixel[k, j]]]
    return on_kerb


@compiled()
def _reached(
    feet: Feet,
    found: int,
    on_kerb: NDArray[np.bool_],
    part: float,
    told: NDArray[np.float32],
    people: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Let the marks of people begin where they would stand on a kerb.

    Args:
        feet: settled; begin and first of people are changed.
        found: number of feet.
        on_kerb: (F,) see `_on_kerbs`.
        part: height of a kerb as a part of the camera's.
        told: (F,) how much nearer than seen the feet are held to be for their height already.
        people: (F,) whose marks begin nearer.

    Returns:
        How much ground before each other foot (F,) is unknown for a kerb's sake, cells.
    """
    unknown = np.zeros(found, np.float32)
    for f in range(found):
        if not on_kerb[f]:
            continue
        nearer = max(0.0, feet.begin[f] * min(part, NEAREST) - told[f])
        if people[f]:
            feet.begin[f] -= nearer
            feet.first[feet.ray[f]] = min(feet.first[feet.ray[f]], feet.begin[f])
        else:
            unknown[f] = nearer
    return unknown
