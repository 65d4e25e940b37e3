"""Which variations a picture undergoes, and in which order.

All randomness comes from the generator handed in, so a picture's variation is repeatable.
What is done to the labels: turning and mirroring are exact; tilting, projecting and enlarging
take the nearest label, never a mixture; pixels that are covered, unseen or of two seams'
sides at once become unlabelled; colours, style and sensor effects leave the labels alone.
"""

from collections.abc import Callable

import numpy as np

from panoseg_ros.training.augment.colour import degrade, recolour
from panoseg_ros.training.augment.cover import cover
from panoseg_ros.training.augment.flat import mirror, yaw, zoom
from panoseg_ros.training.augment.picture import WHOLE, Picture, Span
from panoseg_ros.training.augment.project import collage
from panoseg_ros.training.augment.seams import seams
from panoseg_ros.training.augment.style import restyle
from panoseg_ros.training.augment.tilt import tilt
from panoseg_ros.training.augment.unseen import unseen
from panoseg_ros.training.config import Augmentation

PLACED = 4  # perspective pictures side by side in one panorama, at most


def augment(
    picture: Picture,
    how: Augmentation,
    rng: np.random.Generator,
    another: Callable[[], Picture],
    span: Span = WHOLE,
) -> Picture:
    """Return a random variation of a picture, same size, contiguous arrays of its own.

    Args:
        picture: What is varied; it is not changed.
        how: Probabilities and strengths.
        rng: Where all chance comes from.
        another: Gives another picture of the data, drawn from `rng`; asked only where needed.
        span: Elevations that panoramas span; what comes from beyond is unlabelled.
    """
    picture = _posed(picture, how, rng, another, span)
    if picture.is_panorama and rng.random() < how.seams:
        picture = seams(picture, rng)
    if rng.random() < how.flip:
        picture = mirror(picture)
    if rng.random() < how.zoom:
        picture = zoom(picture, rng.uniform(1.0, how.zoom_max), rng)
    image, labels = recolour(picture.image, how, rng), picture.labels
    if rng.random() < how.style:
        image = restyle(image, labels, rng, lambda: another().image)
    if rng.random() < how.cover:
        image, labels = cover(image, labels, rng)
    if picture.is_panorama and rng.random() < how.unseen:
        image, labels = unseen(image, labels, rng, span)
    image = degrade(image, how, rng)
    return Picture(np.ascontiguousarray(image), np.ascontiguousarray(labels), picture.aspect)


def _posed(
    picture: Picture,
    how: Augmentation,
    rng: np.random.Generator,
    another: Callable[[], Picture],
    span: Span,
) -> Picture:
    """Turn and tilt the camera; perspective pictures first become part of a panorama."""
    if not picture.is_panorama and rng.random() < how.project:
        others = [another() for _ in range(int(rng.integers(PLACED)))]
        others = [other for other in others if not other.is_panorama]
        picture = collage([picture, *others], rng, span)
    if not picture.is_panorama:
        return picture
    if rng.random() < how.tilt:
        picture = yaw(picture, int(rng.integers(picture.labels.shape[1])))
        picture = tilt(picture, how.tilt_deg * float(np.sqrt(rng.random())), span)
    return yaw(picture, int(rng.integers(picture.labels.shape[1])))
