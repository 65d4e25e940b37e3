"""Labelled panoramas held in memory, and the endless shuffled stream that training reads.

What comes at a position of the stream depends only on the seed and the position, so a
resumed run goes on exactly where the interrupted one stood.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import TrainingError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.training.augment import augment
from panoseg_ros.training.config import Augmentation

Image = NDArray[np.uint8]


class LabelledImages(Protocol):
    """A data set: image (H, W, 3) uint8 RGB, labels (H, W) uint8 and a name each."""

    def __len__(self) -> int:
        """Return the number of images."""
        ...

    def __getitem__(self, index: int) -> tuple[Image, Image, str]:
        """Return image, labels and name."""
        ...


class Samples(NamedTuple):
    """A whole split in memory."""

    images: NDArray[np.uint8]  # (N, H, W, 3) RGB
    labels: NDArray[np.uint8]  # (N, H, W)
    names: tuple[str, ...]


class Batch(NamedTuple):
    """Some samples of one size."""

    images: NDArray[np.uint8]  # (B, H, W, 3) RGB
    labels: NDArray[np.uint8]  # (B, H, W)
    names: tuple[str, ...]


def read_samples(data: LabelledImages, height: int, width: int, most: int = 0) -> Samples:
    """Read a data set, evenly thinned to `most` samples if positive, resized where needed.

    Raises:
        TrainingError: if the data set is empty.
    """
    if not len(data):
        raise TrainingError('the data set holds no images')
    count = min(len(data), most) if most else len(data)
    images = np.empty((count, height, width, 3), np.uint8)
    labels = np.empty((count, height, width), np.uint8)
    names = []
    for row, index in enumerate(np.linspace(0, len(data) - 1, count).astype(int)):
        image, truth, name = data[int(index)]
        images[row], labels[row] = resize(image, truth, height, width)
        names.append(name)
    return Samples(images, labels, tuple(names))


def resize(image: Image, labels: Image, height: int, width: int) -> tuple[Image, Image]:
    """Return image and labels at another size; labels are picked, never mixed."""
    if labels.shape == (height, width):
        return image, labels
    return (
        cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA),
        cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT),
    )


def stream_indices(count: int, seed: int, position: int, length: int) -> list[int]:
    """Return which samples stand at positions position .. position + length - 1 of the stream.

    Each run through the `count` samples has an order of its own.
    """
    indices = []
    for place in range(position, position + length):
        order = np.random.default_rng([seed, place // count]).permutation(count)
        indices.append(int(order[place % count]))
    return indices


def make_batch(
    samples: Samples,
    places: Sequence[tuple[int, int]],
    size: tuple[int, int],
    how: Augmentation,
    seed: int,
) -> Batch:
    """Return varied samples for (position in the stream, index of the sample) pairs."""
    images, labels = [], []
    for position, index in places:
        rng = np.random.default_rng([seed, 1, position])
        image, truth = resize(samples.images[index], samples.labels[index], *size)
        image, truth = augment(image, truth, how, rng)
        images.append(image)
        labels.append(truth)
    names = tuple(samples.names[index] for _, index in places)
    return Batch(np.stack(images), np.stack(labels), names)


def class_shares(labels: NDArray[np.uint8], num_classes: int) -> NDArray[np.float64]:
    """Return the share of labelled pixels that each class has, (C,).

    Raises:
        TrainingError: if a label is neither a class nor 255, or nothing is labelled.
    """
    counts = np.bincount(labels.ravel(), minlength=256)
    odd = np.flatnonzero(counts[num_classes:UNLABELLED])
    if len(odd):
        raise TrainingError(
            f'the labels hold {num_classes + int(odd[0])}, '
            f'expected 0..{num_classes - 1} or {UNLABELLED}'
        )
    labelled = counts[:num_classes]
    if not labelled.any():
        raise TrainingError('no pixel of the data set is labelled')
    return np.asarray(labelled / labelled.sum(), np.float64)


def class_weights(shares: NDArray[np.float64], balance: float) -> NDArray[np.float32]:
    """Return loss weights (median share / share) ** balance, held within 0.2..5; 0 if absent."""
    present = shares > 0
    weights = np.zeros(len(shares), np.float32)
    ratio = np.median(shares[present]) / shares[present]
    weights[present] = np.clip(ratio**balance, 0.2, 5.0)
    return weights
