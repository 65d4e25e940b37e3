"""Odd radial polynomials r(x) = x (1 + c1 x^2 + c2 x^4 + ...) and their inverse.

Fisheye models use them on the angle from the optical axis, pinhole models on the
distance from the principal point.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_STEPS = 100  # bisection alone needs about 50 for double precision
CONVERGED = 1e-13


def evaluate(coefficients: Sequence[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return r(x), any shape."""
    return np.asarray(x * _horner([1.0, *coefficients], x * x), dtype=np.float64)


def slope(coefficients: Sequence[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dr/dx, any shape."""
    return _horner(_slope_terms(coefficients), x * x)


def monotonic_limit(
    coefficients: Sequence[float], at_most: float, least_slope: float = 0.0
) -> float:
    """Return the largest x <= at_most up to which the slope stays above least_slope."""
    terms = _slope_terms(coefficients)
    terms[0] -= least_slope
    roots = np.roots(terms)  # in 1 / x^2, so that the leading term is the one never near zero
    real = roots[np.abs(roots.imag) <= 1e-9 * (1.0 + np.abs(roots.real))].real
    nearest = float(real.max(initial=0.0))
    return min(at_most, nearest**-0.5) if nearest > 0.0 else at_most


def invert(
    coefficients: Sequence[float], limit: float, radius: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return x in [0, limit] with r(x) = radius; NaN where the polynomial ends before it.

    Newton's method inside a shrinking bracket: where a step would leave the bracket, as
    it does near the limit of strongly bent lenses, the bracket is halved instead.
    """
    furthest = float(evaluate(coefficients, np.float64(limit)))
    reached = radius <= furthest * (1.0 + 1e-12)
    target = np.where(reached, radius, 0.0)
    low, high = np.zeros_like(target), np.full_like(target, limit)
    x = np.minimum(target, limit)
    for _ in range(MAX_STEPS):
        error = evaluate(coefficients, x) - target
        low, high = np.where(error < 0.0, x, low), np.where(error > 0.0, x, high)
        with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
            step = x - error / slope(coefficients, x)
        moved = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
        done = bool(np.all(np.abs(moved - x) <= CONVERGED))
        x = moved
        if done:
            break
    return np.where(reached, x, np.nan)


def _slope_terms(coefficients: Sequence[float]) -> list[float]:
    return [1.0, *((2 * i + 3) * c for i, c in enumerate(coefficients))]


def _horner(terms: Sequence[float], t: NDArray[np.float64]) -> NDArray[np.float64]:
    total = np.full_like(t, terms[-1])
    for term in terms[-2::-1]:
        total = total * t + term
    return total
