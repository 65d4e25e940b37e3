"""Radial and tangential distortion of a normalised image plane, and its inverse.

Source: D. C. Brown, "Close-range camera calibration", 1971, in the form and order of
OpenCV: k1, k2, p1, p2, k3 (ROS' `plumb_bob`) and k4, k5, k6 (ROS' `rational_polynomial`).
With t = x^2 + y^2 the gain is (1 + k1 t + k2 t^2 + k3 t^3) / (1 + k4 t + k5 t^2 + k6 t^3).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.polynomial import polyder, polyval
from numpy.typing import NDArray

from panoseg_ros.cameras.lenses.monotone import Inverse, first_below
from panoseg_ros.cameras.lenses.symmetric import sides_and_radii

# Near the fold of the distortion two rays share one point and no inverse is safe.
LEAST_SLOPE = 0.01
TABLE = 1025
NEWTON_STEPS = 40
CONVERGED = 1e-13
RESIDUAL = 1e-11


class Brown:
    """Distorts and undistorts the points of a disc around the centre.

    The Jacobian of the distortion is symmetric. Its smallest eigenvalue stays above
    LEAST_SLOPE within radius `limit`, and a map with that property on a convex set sends
    no two points to one.
    """

    def __init__(self, coefficients: Sequence[float], at_most: float) -> None:
        """Take k1, k2, p1, p2 and optionally k3, k4, k5, k6, and the radius wanted."""
        k1, k2, self._p1, self._p2, k3, k4, k5, k6 = (*coefficients, *[0.0] * 8)[:8]
        self._top, self._bottom = (1.0, k1, k2, k3), (1.0, k4, k5, k6)
        self._rational = any((k4, k5, k6))
        limit = self._rising_until(at_most)
        grid = np.tan(np.linspace(0.0, math.atan(limit), TABLE))
        grid[-1] = limit
        self._radius = Inverse(self._bend, self._slope, grid)
        self.limit = self._radius.end

    def distort(self, straight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the bent points (..., 2) of straight ones, NaN beyond the disc."""
        sides, radii = sides_and_radii(straight, self.limit)
        return self._distorted(sides * radii[..., None])

    def undistort(self, bent: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the straight points (..., 2) of bent ones, NaN beyond the disc's image."""
        if not (self._p1 or self._p2):
            sides, radii = sides_and_radii(bent, self._radius.furthest)
            return np.asarray(sides * self._radius(radii)[..., None], dtype=np.float64)
        flat = bent.reshape(-1, 2)
        known = np.flatnonzero(np.isfinite(flat).all(-1))
        straight = np.full_like(flat, np.nan)
        straight[known] = self._undistorted(flat[known])
        return straight.reshape(bent.shape)

    def _undistorted(self, bent: NDArray[np.float64]) -> NDArray[np.float64]:
        """Start from the radial part's inverse and let Newton add the tangential part."""
        radius = np.hypot(bent[:, 0], bent[:, 1])
        start = self._radius(np.minimum(radius, self._radius.furthest))
        straight = bent * (start / np.where(radius == 0.0, 1.0, radius))[:, None]
        left = np.arange(len(bent))
        for _ in range(NEWTON_STEPS):
            error = self._distorted(straight[left]) - bent[left]
            moving = np.abs(error).max(-1, initial=0.0) > CONVERGED * (1.0 + radius[left])
            left, error = left[moving], error[moving]
            if not left.size:
                break
            straight[left] = self._inside(straight[left] - self._solved(straight[left], error))
        error = np.abs(self._distorted(straight) - bent).max(-1, initial=0.0)
        found = np.hypot(straight[:, 0], straight[:, 1])
        reach = radius + found * np.abs(self._slope(found))  # a steep rim magnifies rounding
        return np.where((error <= RESIDUAL * (1.0 + reach))[:, None], straight, np.nan)

    def _inside(self, straight: NDArray[np.float64]) -> NDArray[np.float64]:
        radius = np.hypot(straight[:, 0], straight[:, 1])
        return straight * np.minimum(1.0, self.limit / np.maximum(radius, 1e-300))[:, None]

    def _distorted(self, straight: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = straight[..., 0], straight[..., 1]
        t = x * x + y * y
        along = 2.0 * (self._p2 * x + self._p1 * y)
        scale = self._gain(t) + along
        return np.stack([x * scale + self._p2 * t, y * scale + self._p1 * t], -1)

    def _solved(
        self, straight: NDArray[np.float64], error: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the Jacobian's inverse times the error, both (N, 2)."""
        x, y = straight[:, 0], straight[:, 1]
        t = x * x + y * y
        along = 2.0 * (self._p2 * x + self._p1 * y)
        gain, rise = self._gain(t) + along, 2.0 * self._gain_rise(t)
        xx = gain + x * x * rise + 4.0 * self._p2 * x
        yy = gain + y * y * rise + 4.0 * self._p1 * y
        xy = x * y * rise + 2.0 * (self._p1 * x + self._p2 * y)
        det = np.maximum(xx * yy - xy * xy, LEAST_SLOPE**2)
        ex, ey = error[:, 0], error[:, 1]
        return np.stack([(yy * ex - xy * ey) / det, (xx * ey - xy * ex) / det], -1)

    def _gain(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        top = polyval(t, self._top)
        return np.asarray(top / polyval(t, self._bottom) if self._rational else top)

    def _bend(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(radius * self._gain(radius * radius), dtype=np.float64)

    def _slope(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        t = radius * radius
        return np.asarray(self._gain(t) + 2.0 * t * self._gain_rise(t), dtype=np.float64)

    def _gain_rise(self, t: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the derivative of the gain by t."""
        top_rise = polyval(t, polyder(self._top))
        if not self._rational:
            return np.asarray(top_rise, dtype=np.float64)
        top, bottom = polyval(t, self._top), polyval(t, self._bottom)
        bottom_rise = polyval(t, polyder(self._bottom))
        return np.asarray((top_rise * bottom - top * bottom_rise) / (bottom * bottom))

    def _rising_until(self, at_most: float) -> float:
        """Return the radius up to which the Jacobian's eigenvalues stay large enough.

        Across the radius the radial part stretches by the gain g, along it by
        g + 2 t dg/dt; the tangential part takes at most 6 r hypot(p1, p2) from either.
        Times the denominator (squared), both conditions are polynomials of the radius r.
        """
        square = Polynomial([0.0, 0.0, 1.0])
        top, bottom = Polynomial(self._top)(square), Polynomial(self._bottom)(square)
        lost = Polynomial([LEAST_SLOPE, 6.0 * math.hypot(self._p1, self._p2)])
        radius = Polynomial([0.0, 1.0])
        across = top - lost * bottom
        along = (
            top * bottom
            + radius * (top.deriv() * bottom - top * bottom.deriv())
            - lost * bottom * bottom
        )
        for condition, least in ((bottom, LEAST_SLOPE), (across, 0.0), (along, 0.0)):
            at_most = min(at_most, first_below(list(condition.coef), least, at_most))
        return at_most
