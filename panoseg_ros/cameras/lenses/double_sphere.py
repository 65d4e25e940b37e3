"""The double sphere camera model.

Source: V. Usenko, N. Demmel and D. Cremers, "The Double Sphere Camera Model", 3DV 2018:
the point is moved onto the unit sphere, seen from a centre shifted by xi, and then imaged
by the unified model.
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

MAX_XI = 0.999  # at 1 the shifted centre lies on the sphere


@dataclass(frozen=True)
class DoubleSphere:
    """A fisheye lens; see `lens.Lens` for the conventions.

    Rays are in the domain up to `limit_rad` from the optical axis: `max_angle_deg`, or
    less where the image stops growing. (The paper's bound z > -w2 d is exact for
    xi = 0 only; for negative xi it lets rays in that share a pixel.)

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    xi: float  # 0 is the unified model
    alpha: float
    max_angle_deg: float = 180.0
    limit_rad: float = field(init=False, repr=False, compare=False)
    _sphere: UnifiedSphere = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find the end of the domain."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        check_between('xi', self.xi, -MAX_XI, MAX_XI)
        check_between('alpha', self.alpha, 0.0, 1.0)
        check_above('max_angle_deg', self.max_angle_deg, 0.0, 180.0)
        widest = math.radians(self.max_angle_deg)
        seen_at = math.atan2(math.sin(widest), self.xi + math.cos(widest))
        sphere = UnifiedSphere(self.alpha, seen_at)
        object.__setattr__(self, '_sphere', sphere)
        # law of sines in the triangle of both centres and the point on the sphere
        shift = math.asin(self.xi * math.sin(sphere.limit_rad))
        object.__setattr__(self, 'limit_rad', min(widest, sphere.limit_rad + shift))

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        shifted = directions(points)
        across = np.hypot(shifted[..., 0], shifted[..., 1])
        shifted[..., 2] += self.xi * np.hypot(across, shifted[..., 2])
        plane = self._sphere.project(shifted)
        return pixels_from_plane(plane, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        seen = self._sphere.unproject(
            plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        )
        forward = self.xi * seen[..., 2]
        root = np.sqrt(1.0 - self.xi**2 + forward * forward)
        ray = seen * (forward + root)[..., None]
        ray[..., 2] -= self.xi
        return unit(ray)
