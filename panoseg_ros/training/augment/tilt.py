"""Tilting a panorama's camera by resampling on the sphere."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.training.augment.picture import WHOLE, Picture, Span

STEP_DEG = 0.5  # tilts are rounded to this, so that few tables serve them all
Tables = tuple[NDArray[np.int16], NDArray[np.uint16], NDArray[np.int16], NDArray[np.intp]]


def tilt(picture: Picture, angle_deg: float, span: Span = WHOLE) -> Picture:
    """Pitch the camera of a panorama nose down, by a multiple of STEP_DEG.

    Any other tilt is this one between two turns about the vertical. Colours are
    interpolated linearly across the borders, labels are the nearest pixel's. What comes
    from beyond the elevations that the picture spans is black and unlabelled.
    """
    steps = round(angle_deg / STEP_DEG)
    if steps == 0:
        return picture
    whole, fraction, nearest, unknown = tables(*picture.labels.shape, steps, span)
    how, border = cv2.INTER_LINEAR, cv2.BORDER_WRAP
    image = cv2.remap(picture.image, whole, fraction, how, borderMode=border)
    labels = cv2.remap(picture.labels, nearest, None, cv2.INTER_NEAREST)
    image.reshape(-1, 3)[unknown], labels.reshape(-1)[unknown] = 0, UNLABELLED
    return Picture(np.asarray(image, np.uint8), np.asarray(labels, np.uint8), picture.aspect)


@lru_cache(maxsize=64)  # 30 tables of 256 x 512 for tilts up to 15 degrees are 39 MB
def tables(height: int, width: int, steps: int, span: Span) -> Tables:
    """Return OpenCV's maps of a tilt, read-only: whole pixels, fractions, nearest pixels.

    And the flat indices (P,) of pixels that show what was not in the picture.
    """
    geometry = PanoramaGeometry(height, width, *span)
    before_from_after = rotation_from_rpy_deg(0.0, steps * STEP_DEG, 0.0)
    at = geometry.pixels(geometry.rays() @ before_from_after.T) - 0.5  # OpenCV counts centres
    unknown = np.flatnonzero(np.isnan(at[..., 0]))
    at.reshape(-1, 2)[unknown] = 0.0
    # Rows beyond the first and last centres would be wrapped to the other end.
    x, y = at[..., 0].astype(np.float32), at[..., 1].clip(0, height - 1).astype(np.float32)
    whole, fraction = cv2.convertMaps(x, y, cv2.CV_16SC2)
    nearest = np.stack([np.rint(x) % width, np.rint(y)], -1).astype(np.int16)
    for table in (whole, fraction, nearest, unknown):
        table.setflags(write=False)
    return whole, fraction, nearest, unknown
