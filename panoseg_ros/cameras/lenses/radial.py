"""Odd radial polynomials r(x) = x (1 + c1 x^2 + c2 x^4 + ...).

Fisheye models use them on the angle from the optical axis, pinhole models on the
distance from the principal point.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

from panoseg_ros.cameras.lenses.monotone import Inverse, first_below

TABLE = 1025


def evaluate(coefficients: Sequence[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return r(x), any shape."""
    return np.asarray(x * polyval(x * x, (1.0, *coefficients)), dtype=np.float64)


def slope(coefficients: Sequence[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dr/dx, any shape."""
    return np.asarray(polyval(x * x, _slope_terms(coefficients)), dtype=np.float64)


def monotonic_limit(
    coefficients: Sequence[float], at_most: float, least_slope: float = 0.0
) -> float:
    """Return the largest x <= at_most up to which the slope stays above least_slope."""
    return float(first_below(_slope_terms(coefficients), least_slope, at_most**2) ** 0.5)


def inverse(coefficients: Sequence[float], limit: float) -> Inverse:
    """Return the inverse of r on [0, limit]."""
    grid = np.linspace(0.0, limit, TABLE)
    return Inverse(partial(evaluate, coefficients), partial(slope, coefficients), grid)


def _slope_terms(coefficients: Sequence[float]) -> list[float]:
    return [1.0, *((2 * i + 3) * c for i, c in enumerate(coefficients))]
