"""The pinhole camera, with the distortion of OpenCV and ROS or none.

Source: R. Hartley and A. Zisserman, "Multiple View Geometry in Computer Vision", 2003,
chapter 6; the distortion's source stands in `brown`.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.brown import Brown
from panoseg_ros.cameras.lenses.lens import (
    check_coefficients,
    check_intrinsics,
    check_size,
    directions,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
    unit,
)

WIDEST_DEG = 89.0


@dataclass(frozen=True)
class Pinhole:
    """A perspective lens of less than 180 degrees; see `lens.Lens` for the conventions.

    `distortion` is k1, k2, p1, p2, k3 (ROS' `plumb_bob`), or these and k4, k5, k6 (ROS'
    `rational_polynomial`). Points are in the domain where they lie in front of the lens
    and the distorted picture still grows outwards.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)
    limit: float = field(init=False, repr=False, compare=False)  # largest radius of x/z, y/z
    _brown: Brown = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find where the distortion stops growing."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        meaning = 'k1, k2, p1, p2, k3 or these and k4, k5, k6'
        check_coefficients('distortion', meaning, self.distortion, (5, 8))
        brown = Brown(self.distortion, math.tan(math.radians(WIDEST_DEG)))
        object.__setattr__(self, '_brown', brown)
        object.__setattr__(self, 'limit', brown.limit)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        xyz = directions(points)
        depth = np.where(xyz[..., 2] > 0.0, xyz[..., 2], np.nan)
        with np.errstate(over='ignore'):
            bent = self._brown.distort(xyz[..., :2] / depth[..., None])
        return pixels_from_plane(bent, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        bent = plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        straight = self._brown.undistort(bent)
        known = np.isfinite(straight[..., :1])
        return unit(np.concatenate([straight, np.where(known, 1.0, np.nan)], -1))
