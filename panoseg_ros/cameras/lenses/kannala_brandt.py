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

from panoseg_ros.cameras.lenses import radial
from panoseg_ros.cameras.lenses.lens import (
    check_intrinsics,
    check_size,
    directions,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
)
from panoseg_ros.errors import CameraError


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

    def __post_init__(self) -> None:
        """Check the values and find where the polynomial stops rising."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        if len(self.k) != 4 or not all(abs(value) <= 1e6 for value in self.k):
            raise CameraError(f'k must be four numbers k1..k4, got {self.k!r}')
        if not 0.0 < self.max_angle_deg <= 180.0:
            raise CameraError(f'max_angle_deg must be in 0..180, got {self.max_angle_deg!r}')
        limit = radial.monotonic_limit(self.k, math.radians(self.max_angle_deg))
        object.__setattr__(self, 'limit_rad', limit)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        xyz = directions(points)
        across = np.hypot(xyz[..., 0], xyz[..., 1])
        theta = np.arctan2(across, xyz[..., 2])
        behind = (across == 0.0) & (theta > 0.0)  # straight back has no side to lie on
        theta = np.where((theta <= self.limit_rad) & ~behind, theta, np.nan)
        radius = radial.evaluate(self.k, theta)
        per_across = radius / np.where(across == 0.0, 1.0, across)
        plane = xyz[..., :2] * per_across[..., None]
        return pixels_from_plane(plane, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        plane = plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        radius = np.hypot(plane[..., 0], plane[..., 1])
        theta = radial.invert(self.k, self.limit_rad, radius)
        side = plane / np.where(radius == 0.0, 1.0, radius)[..., None]
        across = side * np.sin(theta)[..., None]
        return np.concatenate([across, np.cos(theta)[..., None]], -1)
