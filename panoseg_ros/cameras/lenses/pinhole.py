"""The pinhole camera, with the five plumb_bob distortion coefficients or none.

Source: D. C. Brown, "Close-range camera calibration", 1971, in the form of ROS'
`plumb_bob` and OpenCV's five-coefficient model, order k1, k2, p1, p2, k3.
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

# Near the fold of the distortion two rays share one pixel and no inverse is safe; lenses
# whose pictures shrink to a tenth of the centre's scale are not described by this model.
LEAST_SLOPE = 0.1
WIDEST_DEG = 89.0
NEWTON_STEPS = 30
RESIDUAL = 1e-10


@dataclass(frozen=True)
class Pinhole:
    """A perspective lens of less than 180 degrees; see `lens.Lens` for the conventions.

    `distortion` is k1, k2, p1, p2, k3. Points are in the domain where they lie in front
    of the lens and the distorted picture still grows outwards.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: tuple[float, float, float, float, float] = (0.0, 0.0, 0.0, 0.0, 0.0)
    limit: float = field(init=False, repr=False, compare=False)  # largest x/z, y/z radius

    def __post_init__(self) -> None:
        """Check the values and find where the distortion stops growing."""
        check_size(self.size)
        check_intrinsics(self.fx, self.fy, self.cx, self.cy)
        if len(self.distortion) != 5 or not all(abs(c) <= 1e6 for c in self.distortion):
            raise CameraError(f'distortion must be k1, k2, p1, p2, k3, got {self.distortion!r}')
        widest = math.tan(math.radians(WIDEST_DEG))
        limit = radial.monotonic_limit(self._radial, widest, LEAST_SLOPE)
        object.__setattr__(self, 'limit', limit)

    @property
    def _radial(self) -> tuple[float, float, float]:
        k1, k2, _, _, k3 = self.distortion
        return k1, k2, k3

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        xyz = directions(points)
        with np.errstate(divide='ignore', invalid='ignore'):
            straight = xyz[..., :2] / np.where(xyz[..., 2:] > 0.0, xyz[..., 2:], np.nan)
        bent = self._distort(self._inside(straight))
        return pixels_from_plane(bent, (self.fx, self.fy), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = pixel_array(pixels)
        bent = plane_from_pixels(uv, (self.fx, self.fy), (self.cx, self.cy))
        straight = self._undistort(bent)
        xyz = np.concatenate([straight, np.ones_like(straight[..., :1])], -1)
        return np.asarray(xyz / np.linalg.norm(xyz, axis=-1, keepdims=True), dtype=np.float64)

    def _inside(self, straight: NDArray[np.float64]) -> NDArray[np.float64]:
        jacobian = self._jacobian(np.nan_to_num(straight))
        growing = np.linalg.det(jacobian) > LEAST_SLOPE**2
        close = np.hypot(straight[..., 0], straight[..., 1]) <= self.limit
        return np.where((growing & close)[..., None], straight, np.nan)

    def _distort(self, straight: NDArray[np.float64]) -> NDArray[np.float64]:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = straight[..., 0], straight[..., 1]
        r2 = x * x + y * y
        gain = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
        bent_x = x * gain + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x)
        bent_y = y * gain + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y
        return np.stack([bent_x, bent_y], -1)

    def _jacobian(self, straight: NDArray[np.float64]) -> NDArray[np.float64]:
        k1, k2, p1, p2, k3 = self.distortion
        x, y = straight[..., 0], straight[..., 1]
        r2 = x * x + y * y
        gain = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
        rise = 2.0 * (k1 + r2 * (2.0 * k2 + r2 * 3.0 * k3))  # d gain / d r2, doubled
        cross = x * y * rise + 2.0 * (p1 * x + p2 * y)
        xx = gain + x * x * rise + 2.0 * p1 * y + 6.0 * p2 * x
        yy = gain + y * y * rise + 6.0 * p1 * y + 2.0 * p2 * x
        return np.stack([np.stack([xx, cross], -1), np.stack([cross, yy], -1)], -2)

    def _undistort(self, bent: NDArray[np.float64]) -> NDArray[np.float64]:
        """Invert the radial part exactly, then let Newton's method add the tangential part."""
        radius = np.hypot(bent[..., 0], bent[..., 1])
        furthest = float(radial.evaluate(self._radial, np.float64(self.limit)))
        start = radial.invert(self._radial, self.limit, np.minimum(radius, furthest))
        straight = bent * (start / np.where(radius == 0.0, 1.0, radius))[..., None]
        for _ in range(NEWTON_STEPS):
            error = self._distort(straight) - bent
            if not np.any(np.abs(error) > RESIDUAL * 1e-3):
                break
            jacobian = self._jacobian(straight)
            jacobian = np.where(np.isfinite(jacobian), jacobian, 0.0) + 1e-12 * np.eye(2)
            straight = straight - np.linalg.solve(jacobian, error[..., None])[..., 0]
        solved = np.abs(self._distort(straight) - bent).max(-1) <= RESIDUAL * (1.0 + radius)
        return self._inside(np.where(solved[..., None], straight, np.nan))
