"""Variations that move whole rows, columns or rectangles of a picture."""

import cv2
import numpy as np

from panoseg_ros.training.augment.picture import Picture


def yaw(picture: Picture, columns: int) -> Picture:
    """Turn a panorama's camera about the vertical; exact, because the borders are neighbours."""
    image, labels, aspect = picture
    return Picture(np.roll(image, columns, 1), np.roll(labels, columns, 1), aspect)


def mirror(picture: Picture) -> Picture:
    """Swap left and right, exactly."""
    image, labels, aspect = picture
    return Picture(image[:, ::-1], labels[:, ::-1], aspect)


def zoom(picture: Picture, factor: float, rng: np.random.Generator) -> Picture:
    """Enlarge a random part of the picture to full size; labels are picked, never mixed."""
    height, width = picture.labels.shape
    rows, columns = round(height / factor), round(width / factor)
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    part = np.s_[top : top + rows, left : left + columns]
    return Picture(
        cv2.resize(picture.image[part], (width, height), interpolation=cv2.INTER_LINEAR),
        cv2.resize(picture.labels[part], (width, height), interpolation=cv2.INTER_NEAREST_EXACT),
        picture.aspect,
    )
