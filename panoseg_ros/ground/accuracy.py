"""How well a range on flat ground is known, and how much that makes an observation count.

Ground below a camera of height h is at range r = h / tan(depression), so an error of the
depression of d moves it by d (h^2 + r^2) / h. The depression is uncertain by the pixel, evenly
over its step, and by the pitch of the camera.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

SURE_M = 0.5  # an error up to this, a person's width, does not make an observation count less


def depression_error_rad(step_rad: float, pitch_error_deg: float) -> float:
    """Return the standard deviation of a pixel's depression."""
    return float(np.hypot(step_rad / np.sqrt(12.0), np.deg2rad(pitch_error_deg)))


def useful_range_m(error_rad: float, height_m: float, most_m: float) -> float:
    """Return the range up to which ranges are known to `most_m`, 0 if none is."""
    if error_rad == 0.0:
        return float('inf')
    return float(np.sqrt(max(0.0, most_m * height_m / error_rad - height_m**2)))


def range_error_m(
    range_m: NDArray[np.floating], height_m: float, error_rad: float
) -> NDArray[np.floating]:
    """Return the standard deviation of ranges (...) whose depression is this uncertain."""
    return error_rad * (height_m**2 + range_m**2) / height_m


@njit(cache=True, nogil=True)
def trust(
    size: int, centre: tuple[float, float], cell_m: float, height_m: float, error_rad: float
) -> NDArray[np.float32]:
    """Return how much an observation of each cell (N, N) counts: 1 up to an error of SURE_M.

    Beyond it counts as much less as its error is larger.

    Args:
        size: number N of cells along a side.
        centre: x, y of the point below the camera on the grid, cells.
        cell_m: side of a cell.
        height_m: of the camera above the ground.
        error_rad: see `depression_error_rad`.
    """
    counts = np.ones((size, size), np.float32)
    full = np.float32(SURE_M * height_m / max(error_rad, 1e-9))  # h^2 + r^2 of that error
    scale, base = np.float32(cell_m * cell_m), np.float32(height_m * height_m)
    for y in range(size):
        dy = np.float32(y + 0.5 - centre[1])
        for x in range(size):
            dx = np.float32(x + 0.5 - centre[0])
            counts[y, x] = min(np.float32(1.0), full / (base + scale * (dx * dx + dy * dy)))
    return counts
