"""Labelled pictures that training reads, and what a batch of them is."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import TrainingError
from panoseg_ros.training.augment import Picture, augment
from panoseg_ros.training.augment.picture import WHOLE, Span
from panoseg_ros.training.config import Augmentation

Image = NDArray[np.uint8]


class PictureSource(Protocol):
    """Labelled pictures by number, at any size that is asked for."""

    @property
    def key(self) -> str:
        """Say which data these are: a run is resumed only on the same."""
        ...

    def __len__(self) -> int:
        """Return the number of pictures."""
        ...

    def picture(self, index: int, height: int, width: int) -> tuple[Picture, str]:
        """Return a picture at this size, and its name."""
        ...

    def counts(self) -> NDArray[np.int64]:
        """Return how many pixels of each picture hold each label value, (N, 256)."""
        ...


@dataclass(frozen=True)
class Samples:
    """A whole split at one size, in memory or in a file mapped into it."""

    images: NDArray[np.uint8]  # (N, H, W, 3) RGB
    labels: NDArray[np.uint8]  # (N, H, W)
    names: tuple[str, ...]
    aspects: NDArray[np.float32] | None = None  # (N,) as Picture.aspect; None: all panoramas
    checksums: NDArray[np.uint32] | None = None  # (N,) of pixels and labels, see `checksum`
    label_counts: NDArray[np.int64] | None = None  # (N, 256), counted when asked for if None
    key: str = ''

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.names)

    def picture(self, index: int, height: int, width: int) -> tuple[Picture, str]:
        """Return a picture resized to this size, and its name.

        Raises:
            TrainingError: naming the picture, if its bytes are not those that were stored.
        """
        image, labels = np.asarray(self.images[index]), np.asarray(self.labels[index])
        name = self.names[index]
        if self.checksums is not None and checksum(image, labels) != self.checksums[index]:
            raise TrainingError(f'{name}: its cached copy is damaged; delete the cache')
        aspect = 0.0 if self.aspects is None else float(self.aspects[index])
        return Picture(*resize(image, labels, height, width), aspect), name

    def counts(self) -> NDArray[np.int64]:
        """Return how many pixels of each picture hold each label value, (N, 256)."""
        return self._counts if self.label_counts is None else self.label_counts

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        return np.stack([np.bincount(one.ravel(), minlength=256) for one in self.labels])


@dataclass(frozen=True)
class SampleSizes:
    """The same pictures at several sizes; each request is served from the next larger one."""

    sizes: tuple[Samples, ...]  # ascending

    @property
    def key(self) -> str:
        """Say which data these are."""
        return self.sizes[0].key

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.sizes[0])

    def picture(self, index: int, height: int, width: int) -> tuple[Picture, str]:
        """Return a picture at this size, and its name."""
        enough = (one for one in self.sizes if one.labels.shape[1] >= height)
        return next(enough, self.sizes[-1]).picture(index, height, width)

    def counts(self) -> NDArray[np.int64]:
        """Return how many pixels of each picture hold each label value, (N, 256)."""
        return self.sizes[0].counts()


class Batch(NamedTuple):
    """Some pictures of one size."""

    images: NDArray[np.uint8]  # (B, H, W, 3) RGB
    labels: NDArray[np.uint8]  # (B, H, W)
    names: tuple[str, ...]


def checksum(image: Image, labels: Image) -> int:
    """Return the CRC-32 of a picture and its labels."""
    first, second = (np.ascontiguousarray(array).data for array in (image, labels))
    return zlib.crc32(second, zlib.crc32(first))


def resize(image: Image, labels: Image, height: int, width: int) -> tuple[Image, Image]:
    """Return image and labels at another size; labels are picked, never mixed."""
    if labels.shape == (height, width):
        return image, labels
    return (
        np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(
            cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8
        ),
    )


def make_batch(
    source: PictureSource,
    places: Sequence[tuple[int, int]],
    size: tuple[int, int],
    how: Augmentation,
    seed: int,
    span: Span = WHOLE,
) -> Batch:
    """Return varied pictures for (position in the stream, number of the picture) pairs.

    Args:
        source: The pictures.
        places: The pairs.
        size: Height and width.
        how: How they are varied.
        seed: Of the variation, with the position.
        span: Elevations of panoramas' upper and lower borders, degrees.
    """
    varied, names = [], []
    for position, index in places:
        rng = np.random.default_rng([seed, 1, position])
        picture, name = source.picture(index, *size)
        varied.append(augment(picture, how, rng, _another(source, size, rng), span))
        names.append(name)
    images = np.stack([picture.image for picture in varied])
    return Batch(images, np.stack([picture.labels for picture in varied]), tuple(names))


def _another(
    source: PictureSource, size: tuple[int, int], rng: np.random.Generator
) -> Callable[[], Picture]:
    return lambda: source.picture(int(rng.integers(len(source))), *size)[0]
