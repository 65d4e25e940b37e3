"""Faults of stitching: the two halves of the turn do not meet."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.training.augment.picture import Picture

SHIFT = (0.006, 0.016)  # largest, as shares of rows and columns: 1 and 6 degrees
BLEND = 0.04  # widest, as a share of the turn


def seams(picture: Picture, rng: np.random.Generator) -> Picture:
    """Shift half of a panorama's turn, and blend the halves where they meet.

    Things at the two seams are cut, doubled or half transparent. Labels are those of the half
    that has at least three quarters of a pixel's light; elsewhere, where the halves' labels
    differ, the pixel is unlabelled.
    """
    height, width = picture.labels.shape
    reach = np.array(SHIFT) * (height, width)
    down, right = np.rint(rng.uniform(-reach, reach)).astype(int)
    rows = np.clip(np.arange(height) - down, 0, height - 1)[:, None]
    columns = (np.arange(width) - right) % width
    image, labels = picture.image[rows, columns], picture.labels[rows, columns]
    share = _share(width, rng)
    blended = picture.image + (image - picture.image.astype(np.float32)) * share[:, None]
    truth = np.where(share > 0.5, labels, picture.labels)
    doubtful = (np.abs(share - 0.5) < 0.25) & (labels != picture.labels)
    truth[doubtful] = UNLABELLED
    return Picture(np.rint(blended).astype(np.uint8), truth, picture.aspect)


def _share(width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the second half's share of the light in every column, (W,)."""
    turn = (np.arange(width, dtype=np.float32) / width + np.float32(rng.random())) % 1
    from_seam = 0.25 - np.abs(np.abs(turn - 0.5) - 0.25)  # shares of the turn, at 0 and 0.5
    inside = np.where(turn < 0.5, from_seam, -from_seam)
    blend = max(BLEND * rng.random(), 1e-6)
    return np.asarray(np.clip(0.5 + inside / blend, 0, 1), np.float32)
