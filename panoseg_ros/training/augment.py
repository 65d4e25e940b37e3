"""Variations of a labelled panorama that leave it a panorama.

Convention: image (H, W, 3) uint8 RGB, labels (H, W) uint8; both are turned, mirrored and cropped
together and exactly, only the image changes its colours. All randomness comes from
the generator handed in.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.training.config import Augmentation

Image = NDArray[np.uint8]
Pair = tuple[Image, Image]


def augment(image: Image, labels: Image, how: Augmentation, rng: np.random.Generator) -> Pair:
    """Return a random variation of a labelled panorama, same sizes."""
    image, labels = yaw(image, labels, int(rng.integers(image.shape[1])))
    if rng.random() < how.flip:
        image, labels = mirror(image, labels)
    if rng.random() < how.zoom:
        image, labels = zoom(image, labels, rng.uniform(1.0, how.zoom_max), rng)
    return np.ascontiguousarray(recolour(image, how, rng)), np.ascontiguousarray(labels)


def yaw(image: Image, labels: Image, columns: int) -> Pair:
    """Turn the camera about the vertical; exact, because the borders are neighbours."""
    return np.roll(image, columns, 1), np.roll(labels, columns, 1)


def mirror(image: Image, labels: Image) -> Pair:
    """Swap left and right."""
    return image[:, ::-1], labels[:, ::-1]


def zoom(image: Image, labels: Image, factor: float, rng: np.random.Generator) -> Pair:
    """Enlarge a random part of the panorama to full size."""
    height, width = labels.shape
    rows, columns = round(height / factor), round(width / factor)
    top, left = int(rng.integers(height - rows + 1)), int(rng.integers(width - columns + 1))
    part = np.s_[top : top + rows, left : left + columns]
    return (
        cv2.resize(image[part], (width, height), interpolation=cv2.INTER_LINEAR),
        cv2.resize(labels[part], (width, height), interpolation=cv2.INTER_NEAREST),
    )


def recolour(image: Image, how: Augmentation, rng: np.random.Generator) -> Image:
    """Vary light, colours, sharpness and noise of an image."""
    pixels = np.ascontiguousarray(image).astype(np.float32)
    brightness, contrast, saturation = 1 + how.jitter * rng.uniform(-1, 1, 3)
    pixels = pixels @ _hue_matrix(np.deg2rad(how.hue_deg) * rng.uniform(-1, 1), saturation)
    mean = pixels.mean()
    pixels = (pixels - mean) * (contrast * brightness) + mean * brightness
    pixels *= 1 + 0.3 * how.jitter * rng.uniform(-1, 1, 3).astype(np.float32)  # white balance
    if rng.random() < how.blur:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < how.noise:
        grain = np.empty(pixels.shape, np.float32)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(grain, 0.0, float(rng.uniform(2.0, 12.0)))
        pixels += grain
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _hue_matrix(angle_rad: float, saturation: float) -> NDArray[np.float32]:
    """Return the matrix, applied to RGB rows, that turns colours about grey and stretches them."""
    grey = np.full((3, 3), 1 / 3)
    cross = np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]]) / np.sqrt(3)
    turned = np.cos(angle_rad) * (np.eye(3) - grey) + np.sin(angle_rad) * cross
    return (grey + saturation * turned).astype(np.float32)
