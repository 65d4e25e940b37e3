"""Rising functions on an interval: where polynomials stop rising, and the inverse."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

NEWTON_STEPS = 8
BISECTIONS = 60  # enough for double precision from any bracket
CONVERGED = 1e-13  # relative to the interval

Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def first_below(terms: Sequence[float], least: float, at_most: float) -> float:
    """Return the largest x <= at_most up to which a polynomial stays above `least`.

    Args:
        terms: coefficients, constant first.
        least: the bound; 0.0 is returned where the constant is not above it.
        at_most: end of the interval, which starts at 0.
    """
    if terms[0] <= least:
        return 0.0
    # in 1 / x, so that the leading term is the one that is never near zero
    roots = np.roots([terms[0] - least, *terms[1:]])
    real = roots[np.abs(roots.imag) <= 1e-9 * (1.0 + np.abs(roots.real))].real
    nearest = float(real.max(initial=0.0))
    return min(at_most, 1.0 / nearest) if nearest > 0.0 else at_most


class Inverse:
    """The inverse of a rising function, by a table and safeguarded Newton steps."""

    def __init__(self, function: Function, slope: Function, grid: NDArray[np.float64]) -> None:
        """Tabulate the function at the grid, which starts at the domain's lower end.

        The domain ends at the last grid point, or earlier where the table stops rising.
        """
        values = function(grid)
        with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
            falls = np.flatnonzero(~((np.diff(values) > 0.0) & (slope(grid[1:]) >= 0.0)))
        end = int(falls[0]) + 1 if falls.size else len(grid)
        self._function, self._slope = function, slope
        self._x, self._y = grid[:end], values[:end]
        self._knots = self._at_equal_steps(len(grid))

    def _at_equal_steps(self, count: int) -> NDArray[np.float64]:
        """Return x at equal steps of y, so that a table is entered without a search."""
        if len(self._x) < 2:
            return self._x
        steps = np.linspace(self._y[0], self._y[-1], count)
        cell = np.clip(np.searchsorted(self._y, steps), 1, len(self._x) - 1)
        knots = self._bisect(steps, self._x[cell - 1], self._x[cell])
        knots[0], knots[-1] = self._x[0], self._x[-1]
        return knots

    @property
    def end(self) -> float:
        """The upper end of the domain."""
        return float(self._x[-1])

    @property
    def furthest(self) -> float:
        """The value of the function at the upper end."""
        return float(self._y[-1])

    def __call__(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x with function(x) = y, any shape; y must lie in the range or be NaN."""
        flat = np.asarray(y, dtype=np.float64).ravel()
        if len(self._x) < 2:
            return np.where(np.isnan(y), np.nan, self._x[0])
        known = ~np.isnan(flat)
        last = len(self._knots) - 1
        place = np.where(known, (flat - self._y[0]) * (last / (self._y[-1] - self._y[0])), 0.0)
        cell = np.clip(place.astype(np.intp), 0, last - 1)
        low, high = self._knots[cell], self._knots[cell + 1]
        x = low + (place - cell) * (high - low)
        for _ in range(NEWTON_STEPS):
            moved = self._newton(x, flat, low, high)
            far = known & ~(np.abs(moved - x) <= CONVERGED * self.end)
            x = moved
            if not far.any():
                break
        else:
            x[far] = self._bisect(flat[far], low[far], high[far])
        return x.reshape(np.shape(y))

    def _newton(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
    ) -> NDArray[np.float64]:
        with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
            step = (self._function(x) - y) / self._slope(x)
        return np.clip(x - step, low, high)

    def _bisect(
        self, y: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            below = self._function(middle) < y
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return 0.5 * (low + high)
