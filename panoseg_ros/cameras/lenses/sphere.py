"""The unit sphere that the unified camera models look through.

A point is moved onto the unit sphere and seen from a second centre on the optical axis.
Convention: the alpha form of V. Usenko, N. Demmel and D. Cremers, "The Double Sphere
Camera Model", 3DV 2018: a point at distance d is imaged at (x, y) /
(alpha d + (1 - alpha) z). The mirror offset of C. Mei and P. Rives, "Single View Point
Omnidirectional Camera Calibration from Planar Grids", ICRA 2007, is
xi = alpha / (1 - alpha), their plane this one divided by 1 + xi.
"""

import math

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.lenses.symmetric import ANGLE_SLACK, LEAST_SLOPE, RADIUS_SLACK

LEAST_DEPTH = 1e-5  # of the second projection, just before the plane ends at infinity


class UnifiedSphere:
    """Directions to normalised plane points and back, for one alpha.

    The domain ends where the image stops growing (alpha > 1/2: a circle of radius
    1 / sqrt(2 alpha - 1)) or where the plane ends (alpha <= 1/2), or at `max_angle_rad`.
    """

    def __init__(self, alpha: float, max_angle_rad: float) -> None:
        self._alpha = alpha
        self._least_cosine = max(math.cos(max_angle_rad), _least_cosine(alpha))
        self.limit_rad = min(max_angle_rad, math.acos(self._least_cosine))
        depth = alpha + (1.0 - alpha) * self._least_cosine
        self.furthest = math.sin(self.limit_rad) / depth

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the plane points (..., 2) of points (..., 3), NaN outside the domain."""
        forward = points[..., 2]
        across = np.hypot(points[..., 0], points[..., 1])
        distance = np.hypot(across, forward)
        seen = forward >= (self._least_cosine - ANGLE_SLACK) * distance
        seen &= (across > 0.0) | (forward > 0.0)  # straight back has no side to lie on
        with np.errstate(divide='ignore', invalid='ignore'):
            scale = 1.0 / (self._alpha * distance + (1.0 - self._alpha) * forward)
            scale = np.minimum(scale, self.furthest / across)
        return points[..., :2] * np.where(seen, scale, np.nan)[..., None]

    def unproject(self, plane: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of plane points (..., 2), NaN outside the domain."""
        radius = np.hypot(plane[..., 0], plane[..., 1])
        with np.errstate(divide='ignore', invalid='ignore'):
            shrink = np.minimum(1.0, self.furthest / radius)
        kept = radius <= self.furthest * (1.0 + RADIUS_SLACK)
        radius = np.where(kept, radius * shrink, np.nan)
        forward = self._forward(radius)
        across = plane * shrink[..., None]
        length = np.hypot(radius, forward)
        return np.concatenate([across, forward[..., None]], -1) / length[..., None]

    def _forward(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return z of the ray (x, y, z) through a plane point (x, y) at this radius.

        The inverse of Usenko et al. and, where its denominator may vanish, the same after
        cancelling that: (alpha s)^2 - (1 - alpha)^2 = (2 alpha - 1) (1 - alpha^2 r^2).
        """
        alpha, bent = self._alpha, 2.0 * self._alpha - 1.0
        root = np.sqrt(np.maximum(1.0 - bent * radius * radius, 0.0))
        if abs(bent) > 0.5:
            return np.asarray((alpha * root + alpha - 1.0) / bent, dtype=np.float64)
        top = 1.0 - alpha * alpha * radius * radius
        return np.asarray(top / (alpha * root + 1.0 - alpha), dtype=np.float64)


def _least_cosine(alpha: float) -> float:
    if alpha > 0.5:  # the slope of the radius is (alpha cos + 1 - alpha) / depth^2
        return min(1.0, (LEAST_SLOPE - (1.0 - alpha)) / alpha)
    return (LEAST_DEPTH - alpha) / (1.0 - alpha)
