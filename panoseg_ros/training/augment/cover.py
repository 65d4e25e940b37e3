"""Things in front of the lens: what they hide is unlabelled."""

import cv2
import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.training.augment.picture import Image

MOST = 3  # at once
SIZE = (0.02, 0.12)  # radius as a share of the width


def cover(image: Image, labels: Image, rng: np.random.Generator) -> tuple[Image, Image]:
    """Hide up to MOST round or jagged parts behind flat, noisy or shaded patches."""
    image, labels = np.array(image), np.array(labels)
    height, width = labels.shape
    for _ in range(int(rng.integers(1, MOST + 1))):
        corners = int(rng.integers(3, 12))
        angle = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radius = width * rng.uniform(*SIZE) * rng.uniform(0.5, 1.0, corners)
        centre = rng.uniform((0, 0), (width, height))
        outline = centre + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
        hidden = np.zeros((height, width), np.uint8)
        cv2.fillPoly(hidden, [np.rint(outline).astype(np.int32)], 1)
        covered = hidden.astype(np.bool_)
        image[covered] = paint(int(covered.sum()), rng)
        labels[covered] = UNLABELLED
    return image, labels


def paint(pixels: int, rng: np.random.Generator) -> Image:
    """Return colours (pixels, 3) of a flat, noisy or shaded thing."""
    flat = rng.uniform(0, 255, 3)
    texture = rng.uniform(0, 60) * rng.standard_normal((pixels, 1), np.float32)
    shade = rng.uniform(0, 80) * np.linspace(-1, 1, pixels)[:, None]
    return np.asarray(np.clip(flat + texture + shade, 0, 255), np.uint8)
