"""The unified camera model (UCM).

Source: C. Geyer and K. Daniilidis, "A Unifying Theory for Central Panoramic Systems",
ECCV 2000, in the alpha form of V. Usenko, N. Demmel and D. Cremers, "The Double Sphere
Camera Model", 3DV 2018.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.lens import (
    check_above,
    check_between,
    check_intrinsics,
    check_size,
    directions,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
)
from panoseg_ros.cameras.lenses.sphere import UnifiedSphere

MAX_ALPHA = 2.0  # the papers say 1; fits to lenses of less than 180 degrees go beyond


@dataclass(frozen=True)
class Unified:
    """A wide lens; see `lens.Lens` for the conventions.

    Rays are in the domain up to `limit_rad` from the optical axis: `max_angle_deg`, or
    less where the image stops growing: cos > -(1 - alpha) / alpha above 1/2, and
    cos > -alpha / (1 - alpha) up to 1/2.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    alpha: float  # 0 is the pinhole
    max_angle_deg: float = 180.0
    limit_rad: float = field(init=False, repr=False, compare=False)
    _sphere: UnifiedSphere = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find the end of the domain."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        check_between('alpha', self.alpha, 0.0, MAX_ALPHA)
        check_above('max_angle_deg', self.max_angle_deg, 0.0, 180.0)
        sphere = UnifiedSphere(self.alpha, math.radians(self.max_angle_deg))
        object.__setattr__(self, '_sphere', sphere)
        object.__setattr__(self, 'limit_rad', sphere.limit_rad)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        plane = self._sphere.project(directions(points))
        return pixels_from_plane(plane, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        return self._sphere.unproject(
            plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        )
