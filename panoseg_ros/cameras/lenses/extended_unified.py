"""The extended unified camera model (EUCM).

Source: B. Khomutenko, G. Garcia and P. Martinet, "An Enhanced Unified Camera Model",
IEEE Robotics and Automation Letters 2016: the unified model with the distance
sqrt(beta (x^2 + y^2) + z^2). With s = sqrt(beta) that is the unified model of the point
(s x, s y, z), its plane divided by s.
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
    unit,
)
from panoseg_ros.cameras.lenses.sphere import UnifiedSphere
from panoseg_ros.cameras.lenses.unified import MAX_ALPHA

MIN_BETA, MAX_BETA = 1e-3, 1e3


@dataclass(frozen=True)
class ExtendedUnified:
    """A wide lens; see `lens.Lens` for the conventions.

    Rays are in the domain up to `limit_rad` from the optical axis: `max_angle_deg`, or
    less where the image stops growing.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    alpha: float  # 0 is the pinhole
    beta: float  # 1 is the unified model
    max_angle_deg: float = 180.0
    limit_rad: float = field(init=False, repr=False, compare=False)
    _sphere: UnifiedSphere = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find the end of the domain."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        check_between('alpha', self.alpha, 0.0, MAX_ALPHA)
        check_between('beta', self.beta, MIN_BETA, MAX_BETA)
        check_above('max_angle_deg', self.max_angle_deg, 0.0, 180.0)
        widest = math.radians(self.max_angle_deg)
        sphere = UnifiedSphere(self.alpha, _scaled(widest, self._stretch))
        object.__setattr__(self, '_sphere', sphere)
        limit = min(widest, _scaled(sphere.limit_rad, 1.0 / self._stretch))
        object.__setattr__(self, 'limit_rad', limit)

    @property
    def _stretch(self) -> float:
        return math.sqrt(self.beta)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        stretched = directions(points) * (self._stretch, self._stretch, 1.0)
        plane = self._sphere.project(stretched) / self._stretch
        return pixels_from_plane(plane, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        plane = plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        stretched = self._sphere.unproject(plane * self._stretch)
        return unit(stretched / (self._stretch, self._stretch, 1.0))


def _scaled(angle_rad: float, stretch: float) -> float:
    """Return the angle whose tangent is `stretch` times as large, on the same side."""
    return math.atan2(stretch * math.sin(angle_rad), math.cos(angle_rad))
