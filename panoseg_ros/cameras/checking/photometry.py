"""How differently two lenses show the brightness and colour of what both see."""

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from panoseg_ros.cameras.checking.overlap import F64, Strip
from panoseg_ros.errors import CameraError

DARKEST, BRIGHTEST = 16, 239  # beyond, noise or saturation hide the ratio
LEAST_PIXELS = 200
BLUR_DEG = 1.0  # parallax and small rotations hardly matter then


class Photometry(NamedTuple):
    """Convention: pixel values of 8 bits as they are stored, not linear light."""

    gain: F64  # (3,) RGB, by how much the second lens is brighter
    error: float  # median absolute difference of 255 once the gain is taken out


def compare_photometry(strips: Sequence[tuple[Strip, Strip]], columns: int) -> Photometry:
    """Return how two lenses differ in pictures of several moments.

    Args:
        strips: what first and second lens see of their overlap.
        columns: of a strip, a whole turn.

    Raises:
        CameraError: if the pictures are too dark or too bright where they overlap.
    """
    sigma = BLUR_DEG * columns / 360.0
    pairs = [_common(*pair, sigma) for pair in strips]
    first, second = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    usable = (np.minimum(first, second) >= DARKEST) & (np.maximum(first, second) <= BRIGHTEST)
    usable_rows = usable.all(1)
    if usable_rows.sum() < LEAST_PIXELS:
        raise CameraError('too dark or too bright where the lenses overlap')
    first, second = first[usable_rows], second[usable_rows]
    gain = np.exp(np.median(np.log(second) - np.log(first), axis=0))
    error = float(np.median(np.abs(first * np.sqrt(gain) - second / np.sqrt(gain))))
    return Photometry(np.asarray(gain, np.float64), error)


def _common(first: Strip, second: Strip, sigma: float) -> tuple[F64, F64]:
    """Return the blurred values (N, 3) of both lenses where both see."""
    both = first.seen & second.seen
    weight = cv2.GaussianBlur(both.astype(np.float32), (0, 0), sigma)
    values = []
    for strip in (first, second):
        light = np.where(both[..., None], strip.image, 0).astype(np.float32)
        values.append(cv2.GaussianBlur(light, (0, 0), sigma)[both] / weight[both, None])
    return values[0].astype(np.float64), values[1].astype(np.float64)
