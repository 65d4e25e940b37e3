"""The unified omnidirectional camera of Mei, with radial and tangential distortion.

Source: C. Mei and P. Rives, "Single View Point Omnidirectional Camera Calibration from
Planar Grids", ICRA 2007: the point on the unit sphere is seen from a centre xi behind,
(x, y) / (z + xi), and that plane is distorted as in `brown`. OpenCV's omnidir module,
Kalibr's omni-radtan and BoofCV's universal omnidirectional camera are this model.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.brown import Brown
from panoseg_ros.cameras.lenses.lens import (
    check_above,
    check_between,
    check_coefficients,
    check_intrinsics,
    check_size,
    directions,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
)
from panoseg_ros.cameras.lenses.sphere import UnifiedSphere

MIN_XI, MAX_XI = -0.9, 100.0  # the papers' mirrors have 0..1, fisheyes 1..3


@dataclass(frozen=True)
class Mei:
    """A wide lens or mirror; see `lens.Lens` for the conventions.

    `distortion` is k1, k2, p1, p2 and optionally k3. Rays are in the domain up to
    `limit_rad` from the optical axis: `max_angle_deg`, or less where the image on the
    plane or its distortion stops growing.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    xi: float  # 0 is the pinhole
    distortion: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
    max_angle_deg: float = 180.0
    limit_rad: float = field(init=False, repr=False, compare=False)
    _sphere: UnifiedSphere = field(init=False, repr=False, compare=False)
    _brown: Brown = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find the end of the domain."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        check_between('xi', self.xi, MIN_XI, MAX_XI)
        check_coefficients('distortion', 'k1, k2, p1, p2[, k3]', self.distortion, (4, 5))
        check_above('max_angle_deg', self.max_angle_deg, 0.0, 180.0)
        alpha = self.xi / (1.0 + self.xi)
        sphere = UnifiedSphere(alpha, math.radians(self.max_angle_deg))
        brown = Brown(self.distortion, sphere.furthest / (1.0 + self.xi))
        across, _, forward = sphere.unproject(np.array([brown.limit * (1.0 + self.xi), 0.0]))
        sphere = UnifiedSphere(alpha, min(sphere.limit_rad, math.atan2(across, forward)))
        object.__setattr__(self, '_sphere', sphere)
        object.__setattr__(self, '_brown', brown)
        object.__setattr__(self, 'limit_rad', sphere.limit_rad)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        plane = self._sphere.project(directions(points)) / (1.0 + self.xi)
        bent = self._brown.distort(plane)
        return pixels_from_plane(bent, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        bent = plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        plane = self._brown.undistort(bent) * (1.0 + self.xi)
        return self._sphere.unproject(plane)
