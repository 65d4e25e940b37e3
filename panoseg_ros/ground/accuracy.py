"""How well a range on flat ground is known, and how much that makes an observation count.

Ground below a camera of height h is at range r = h / tan(depression), so an error of the
depression of d moves it by d (h^2 + r^2) / h. The depression is uncertain by the pixel, evenly
over its step, and by the pitch of the camera.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled

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


@compiled(error_model='numpy')
def trust(
    centre: tuple[float, float],
    cell_m: float,
    height_m: float,
    error_rad: float,
    counts: NDArray[np.float32],
) -> None:
    """Fill how much an observation of each cell counts: 1 up to an error of SURE_M.

    Beyond it counts as much less as its error is larger.

    Args:
        centre: x, y of the point below the camera on the grid, cells.
        cell_m: side of a cell.
        height_m: of the camera above the ground.
        error_rad: see `depression_error_rad`.
        counts: (N, N) is filled.
    """
    size = np.int32(len(counts))  # of 32 bits, or nothing is done eight cells at a time
    full = np.float32(SURE_M * height_m / max(error_rad, 1e-9))  # h^2 + r^2 of that error
    scale, base = np.float32(cell_m * cell_m), np.float32(height_m * height_m)
    left, below = np.float32(0.5 - centre[0]), np.float32(0.5 - centre[1])
    for y in range(size):
        dy = np.float32(y) + below
        near, row = base + scale * dy * dy, counts[y]
        for x in range(size):
            dx = np.float32(x) + left
            row[x] = min(np.float32(1.0), full / (near + scale * dx * dx))
