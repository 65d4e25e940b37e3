"""The equidistant fisheye of Kannala and Brandt, with four coefficients.

Source: J. Kannala and S. S. Brandt, "A generic camera model and calibration method for
conventional, wide-angle, and fish-eye lenses", TPAMI 2006, equation 6, in the form that
OpenCV's fisheye module and ROS' `equidistant` use: the angle from the optical axis,
theta, is imaged at radius theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8).
Unlike OpenCV's, this form takes the angle from atan2, so it goes beyond 180 degrees.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses import radial, symmetric
from panoseg_ros.cameras.lenses.lens import (
    check_above,
    check_coefficients,
    check_intrinsics,
    check_size,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
)
from panoseg_ros.cameras.lenses.monotone import Inverse


@dataclass(frozen=True)
class KannalaBrandt:
    """A fisheye lens; see `lens.Lens` for the conventions.

    Rays are in the domain up to `limit_rad` from the optical axis: `max_angle_deg`
    (half the field of view), or less where the polynomial stops rising before.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    k: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    max_angle_deg: float = 180.0
    limit_rad: float = field(init=False, repr=False, compare=False)
    _angle: Inverse = field(init=False, repr=False, compare=False)  # from radius

    def __post_init__(self) -> None:
        """Check the values and find where the polynomial stops rising."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        check_coefficients('k', 'four numbers k1..k4', self.k, (4,))
        check_above('max_angle_deg', self.max_angle_deg, 0.0, 180.0)
        widest = math.radians(self.max_angle_deg)
        limit = radial.monotonic_limit(self.k, widest, symmetric.LEAST_SLOPE)
        angle = radial.inverse(self.k, limit)
        object.__setattr__(self, '_angle', angle)
        object.__setattr__(self, 'limit_rad', angle.end)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        sides, angles = symmetric.sides_and_angles(points, self.limit_rad)
        plane = sides * radial.evaluate(self.k, angles)[..., None]
        return pixels_from_plane(plane, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        plane = plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        sides, radii = symmetric.sides_and_radii(plane, self._angle.furthest)
        return symmetric.rays(sides, self._angle(radii))
