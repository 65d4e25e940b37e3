"""Reads the masks of lenses."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import CameraError


def read_mask(path: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return where a lens picture may be used, (height, width) of `size`, read-only.

    Args:
        path: a picture, white where it may be used, of any size but the same shape.
        size: width and height of the lens.

    Raises:
        CameraError: saying what the file must be.
    """
    rule = f'must be a PNG that can be read, got {path.name!r}'
    try:
        gray = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_GRAYSCALE)
    except (OSError, ValueError, cv2.error) as err:
        raise CameraError(rule) from err
    if gray is None:
        raise CameraError(rule)
    width, height = size
    if abs(gray.shape[0] * width - gray.shape[1] * height) > max(width, gray.shape[1]):
        found = f'{gray.shape[1]}x{gray.shape[0]}'
        raise CameraError(f'must have the aspect ratio of {width}x{height}, got {found!r}')
    mask = cv2.resize(gray, (width, height), interpolation=cv2.INTER_NEAREST_EXACT) > 127
    mask.setflags(write=False)
    return np.asarray(mask, dtype=np.bool_)
