"""A picture that costs what a photograph costs."""

import numpy as np
from numpy.typing import NDArray


def detailed_picture(height: int, width: int) -> NDArray[np.uint8]:
    """Return a random picture (height, width, 3) uint8 with detail of all sizes."""
    import cv2

    rng = np.random.default_rng(1)
    total = np.zeros((height, width, 3), np.float32)
    for side in (4, 32, 128):
        patch = rng.uniform(20, 100, (height // side + 1, width // side + 1, 3))
        total += cv2.resize(patch.astype(np.float32), (width, height)) * np.float32(0.8)
    return np.asarray(total.clip(0, 255), np.uint8)
