"""The ideal fisheye lenses: equidistant, equisolid, stereographic, orthographic.

Source: K. Miyamoto, "Fish Eye Lens", Journal of the Optical Society of America 1964. With
focal length f the angle theta from the optical axis is imaged at radius f theta
(equidistant), 2 f sin(theta / 2) (equisolid angle), 2 f tan(theta / 2) (stereographic) or
f sin(theta) (orthographic).
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses import symmetric
from panoseg_ros.cameras.lenses.lens import (
    MAX_FOCAL,
    MIN_FOCAL,
    check_above,
    check_between,
    check_intrinsics,
    check_size,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
)
from panoseg_ros.cameras.lenses.projections import PROJECTIONS, Projection
from panoseg_ros.errors import CameraError

FISHEYES = ('equidistant', 'equisolid', 'stereographic', 'orthographic')


@dataclass(frozen=True)
class IdealFisheye:
    """A fisheye that keeps exactly to one formula; see `lens.Lens` for the conventions.

    A ray `fov_deg` / 2 from the axis is imaged `radius` pixels from (cx, cy). Rays are in
    the domain up to `limit_rad`: that angle, or slightly less where the picture stands
    still (orthographic, 90 degrees).

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    projection: str  # one of FISHEYES
    cx: float
    cy: float
    radius: float  # of the image circle, in pixels
    fov_deg: float  # across the whole circle
    limit_rad: float = field(init=False, repr=False, compare=False)
    _focal: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find the focal length."""
        check_size(self.size)
        if self.projection not in FISHEYES:
            known = ', '.join(FISHEYES)
            raise CameraError(f'projection must be one of {known}, got {self.projection!r}')
        check_between('radius', self.radius, MIN_FOCAL, MAX_FOCAL)
        check_intrinsics(1.0, 1.0, self.cx, self.cy)
        check_above('fov_deg', self.fov_deg, 0.0, 2.0 * self._profile.widest_deg)
        half = math.radians(self.fov_deg / 2.0)
        focal = self.radius / float(self._profile.radius(np.float64(half)))
        object.__setattr__(self, '_focal', focal)
        limit = min(half, math.radians(self._profile.sharp_deg))
        object.__setattr__(self, 'limit_rad', limit)

    @property
    def _profile(self) -> Projection:
        return PROJECTIONS[self.projection]

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        sides, angles = symmetric.sides_and_angles(points, self.limit_rad)
        plane = sides * self._profile.radius(angles)[..., None]
        return pixels_from_plane(plane, (self._focal, self._focal), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        plane = plane_from_pixels(uv, (self._focal, self._focal), (self.cx, self.cy))
        furthest = float(self._profile.radius(np.float64(self.limit_rad)))
        sides, radii = symmetric.sides_and_radii(plane, furthest)
        return symmetric.rays(sides, self._profile.angle(radii))
