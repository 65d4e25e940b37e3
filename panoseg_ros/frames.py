"""What travels between the rooms: one plain tuple per station of a frame's road.

Convention: every tuple is made once per frame and its arrays are never mutated
afterwards. Times are integer nanoseconds and always the time of acquisition.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNLABELLED = 255  # label of a pixel that belongs to no class; never a class id
UNKNOWN = -1  # value of a ground cell that was never seen or is occluded
PANORAMA_FRAME = 'panorama_frame'  # body axes: x forward, y left, z up (REP-103)
PANORAMA_OPTICAL_FRAME = 'panorama_optical_frame'  # of all images: x right, y down, z forward


class Frame(NamedTuple):
    """One picture of one lens."""

    stamp_ns: int
    frame_id: str
    image: NDArray[np.uint8]  # (H, W, 3) RGB
    lens: str


class Panorama(NamedTuple):
    """All lens pictures of one moment as one equirectangular picture.

    Convention: see `geometry.PanoramaGeometry`. `valid` is False where no lens
    sees anything, or where it sees the robot itself.
    """

    stamp_ns: int
    frame_id: str
    image: NDArray[np.uint8]  # (H, W, 3) RGB
    valid: NDArray[np.bool_]  # (H, W)


class Segmentation(NamedTuple):
    """Class and certainty of every panorama pixel."""

    stamp_ns: int
    frame_id: str
    labels: NDArray[np.uint8]  # (H, W) class ids, 255 = unlabelled
    confidence: NDArray[np.uint8]  # (H, W), 255 = 1.0


class GroundMap(NamedTuple):
    """What is known about the ground around the robot.

    Convention: grids are indexed [y, x], row 0 at the smallest y and column 0 at
    the smallest x; `origin_xy_m` is the outer lower-left corner of cell (0, 0) in
    `frame_id`. `combined` holds policy costs: -1 unseen or occluded, 0 free,
    1..98 graded, 100 lethal (never 99). `classes` maps the slug of a class, or of a group
    of classes, to round(100 P(class)), -1 where the cell was never observed. `ranges_m[i]` is the
    horizontal distance of the first obstacle foot at azimuth
    -pi + i * 2 pi / A, counter-clockwise: +inf where ground is seen without a gap
    out to the maximum range, NaN where the bearing is occluded or unseen.
    """

    stamp_ns: int
    frame_id: str
    resolution_m: float
    origin_xy_m: tuple[float, float]
    classes: Mapping[str, NDArray[np.int8]]  # slug -> (N, N)
    combined: NDArray[np.int8]  # (N, N)
    ranges_m: NDArray[np.float32]  # (A,)
