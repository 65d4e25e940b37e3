"""The labelled picture that all variations take and return."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Span = tuple[float, float]  # elevations of a panorama's upper and lower border, degrees
WHOLE: Span = (90.0, -90.0)


class Picture(NamedTuple):
    """An image with its labels, of one size."""

    image: Image  # (H, W, 3) RGB
    labels: Image  # (H, W), 255 = unlabelled
    aspect: float = 0.0  # 0: a panorama of a whole turn; else width / height of the perspective
    # picture, in square pixels, whatever size it is stored at

    @property
    def is_panorama(self) -> bool:
        """Return whether the left and right borders are neighbours."""
        return self.aspect == 0.0
