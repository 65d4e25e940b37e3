"""Panoramas of one range of elevations made into panoramas of another."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def refit_rows(
    picture: NDArray[Any], given: tuple[float, float], wanted: tuple[float, float], fill: int
) -> NDArray[Any]:
    """Cut rows off a panorama, or add rows, so that its borders lie where they are wanted.

    Args:
        picture: (H, W) or (H, W, 3).
        given: elevations of its upper and lower border, degrees.
        wanted: elevations to get, to the nearest row.
        fill: value of rows that are added.
    """
    if given == wanted:
        return picture
    rows_per_deg = len(picture) / (given[0] - given[1])
    first, end = (round((given[0] - elevation) * rows_per_deg) for elevation in wanted)
    fitted = np.full((end - first, *picture.shape[1:]), fill, picture.dtype)
    top, bottom = max(first, 0), min(end, len(picture))
    if top < bottom:
        fitted[top - first : bottom - first] = picture[top:bottom]
    return fitted
