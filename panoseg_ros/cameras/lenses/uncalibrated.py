"""The lens of a picture that nobody has calibrated yet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.lens import check_size


@dataclass(frozen=True)
class Uncalibrated:
    """Sees nothing: of no pixel is it known where it looks.

    Raises:
        CameraError: if the size is impossible.
    """

    size: tuple[int, int]

    def __post_init__(self) -> None:
        """Check the size."""
        check_size(self.size)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return NaN pixels (..., 2)."""
        return np.full((*np.shape(points)[:-1], 2), np.nan)

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return NaN rays (..., 3)."""
        return np.full((*np.shape(pixels)[:-1], 3), np.nan)
