"""Light, colours and the sensor: what a camera makes of the same scene."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.training.augment.picture import Image
from panoseg_ros.training.config import Augmentation

_BANK = 1 << 20  # draws of noise that pictures take theirs from
_JPEG = (25, 80)  # lowest and highest quality


def recolour(image: Image, how: Augmentation, rng: np.random.Generator) -> Image:
    """Vary brightness, contrast, saturation, hue, white balance, gamma and the lenses' gains."""
    brightness, contrast, saturation = 1 + how.jitter * rng.uniform(-1, 1, 3)
    turn = hue_matrix(np.deg2rad(how.hue_deg) * rng.uniform(-1, 1), saturation)
    white = 1 + 0.3 * how.jitter * rng.uniform(-1, 1, 3)
    grey = float(np.mean(turn @ cv2.mean(image)[:3]))
    matrix = np.empty((3, 4))
    matrix[:, :3] = white[:, None] * contrast * brightness * turn
    matrix[:, 3] = white * grey * brightness * (1 - contrast)
    image = np.asarray(cv2.transform(image, matrix), np.uint8)
    if how.gamma > 0:
        image = _curve(image, float(np.exp(how.gamma * rng.uniform(-1, 1))))
    if rng.random() < how.lenses:
        image = unequal_lenses(image, rng)
    return image


def hue_matrix(angle_rad: float, saturation: float) -> NDArray[np.float64]:
    """Return the matrix, applied to RGB columns, that turns colours about grey, stretches them."""
    grey = np.full((3, 3), 1 / 3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    turned = np.cos(angle_rad) * (np.eye(3) - grey) + np.sin(angle_rad) * cross
    return np.asarray(grey + saturation * turned)


def _curve(image: Image, exponent: float) -> Image:
    curve = 255 * (np.arange(256) / 255) ** exponent
    return np.asarray(cv2.LUT(image, np.rint(curve).astype(np.uint8)), np.uint8)


def unequal_lenses(image: Image, rng: np.random.Generator) -> Image:
    """Give the two halves of the turn a brightness and tint each, as two lenses do.

    The change is anything from a hard seam to a wide blend, darker towards the seam.
    """
    width = image.shape[1]
    azimuth = 2 * np.pi * (np.arange(width) / width + rng.random())
    towards = np.cos(azimuth)[:, None]  # 1 along the first lens, -1 along the second
    first = 1 / (1 + np.exp(np.clip(-towards / rng.uniform(0.005, 0.2), -60, 60)))
    gains = np.exp(rng.normal(0, 0.15, (2, 1)) + rng.normal(0, 0.04, (2, 3)))
    dark = 1 - rng.uniform(0, 0.35) * (1 - np.abs(towards)) ** 2
    gain = (dark * (first * gains[0] + (1 - first) * gains[1])).astype(np.float32)  # (W, 3)
    return np.asarray(np.minimum(image * gain, 255), np.uint8)


def degrade(image: Image, how: Augmentation, rng: np.random.Generator) -> Image:
    """Perhaps blur an image, add noise to it and compress it."""
    if rng.random() < how.blur:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.5)), np.uint8)
    if rng.random() < how.noise:
        image = grain(image, float(rng.uniform(2.0, 12.0)), rng)
    if rng.random() < how.jpeg:
        image = recompressed(image, int(rng.integers(*_JPEG)))
    return image


def grain(image: Image, strength: float, rng: np.random.Generator) -> Image:
    """Add independent normal noise of this standard deviation to every value."""
    bank = _normals()
    start = rng.integers(len(bank), size=len(image))  # of every row
    rows = np.take(bank, start[:, None] + np.arange(image[0].size), mode='wrap')
    noise = rows.reshape(image.shape) * np.float32(strength)
    return np.asarray(np.clip(image + noise, 0, 255), np.uint8)


@lru_cache(maxsize=1)
def _normals() -> NDArray[np.float32]:
    normals = np.random.default_rng(0).standard_normal(_BANK, np.float32)
    normals.setflags(write=False)
    return normals


def recompressed(image: Image, quality: int) -> Image:
    """Return the image after one jpeg round trip."""
    _, data = cv2.imencode('.jpg', image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
