"""One lens of a rig."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.lenses.lens import Lens


@dataclass(frozen=True, eq=False)
class RigLens:
    """One lens of a rig, where it is mounted and where its picture comes from.

    Convention: `pano_from_lens` maps points of the lens' optical frame to the panorama
    frame. `crop` is x, y, width, height of the lens' part of the topic's image, None for
    all of it; `source_size` is the (width, height) of that image. `mask` is False where
    the lens sees the robot itself or nothing. `origin` names what told its size.
    """

    name: str
    lens: Lens
    topic: str
    source_size: tuple[int, int]
    crop: tuple[int, int, int, int] | None
    pano_from_lens: NDArray[np.float64]  # (4, 4)
    mask: NDArray[np.bool_] | None = None  # (height, width) of the lens
    origin: str = 'rig'
