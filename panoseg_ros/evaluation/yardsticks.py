"""Two yardsticks to read a segmentation's figures by.

The ceiling is what a network with quarter-resolution logits could reach at best: the
truth itself, averaged over blocks of 4 x 4 pixels and upsampled as logits are. The
trivial classifier sees nothing but one pixel's colour and elevation; what it reaches
needs no understanding of the picture.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import STRIDE
from panoseg_ros.errors import DatasetError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.inference.tail import upsample_argmax

# Chosen on validation scenes and fixed before any test scene was looked at.
COLOR_BINS = 16  # per channel
ELEVATION_BINS = 16
PSEUDO_PIXELS = 32.0  # weight of the coarser table where a finer one has few pixels
BALANCE = 0.5  # exponent of the class frequency that is divided out; helps rare classes


def quarter_ceiling(
    labels: NDArray[np.uint8], num_classes: int, wrap_px: int = 0
) -> NDArray[np.uint8]:
    """Return the best labels (H, W) that quarter-resolution logits of (H, W) truth allow.

    Args:
        labels: truth, 255 where unlabelled; such pixels count for no class.
        num_classes: C.
        wrap_px: columns of the opposite border that the network sees on each side.

    Raises:
        DatasetError: if the size is not a multiple of 4, or a label is not a class.
    """
    height, width = labels.shape
    if height % STRIDE or width % STRIDE:
        raise DatasetError(
            f'labels must have a multiple of {STRIDE} rows and columns, got {width}x{height}'
        )
    wrong = labels[(labels >= num_classes) & (labels != UNLABELLED)]
    if wrong.size:
        raise DatasetError(
            f'labels hold id {wrong[0]}, allowed are 0 to {num_classes - 1} and 255'
        )
    padded = np.pad(labels, ((0, 0), (wrap_px, wrap_px)), mode='wrap')
    blocks = padded.reshape(height // STRIDE, STRIDE, -1, STRIDE)
    share = np.stack([(blocks == c).mean(axis=(1, 3)) for c in range(num_classes)])
    return upsample_argmax(share.astype(np.float32), height, width, wrap_px)[0]


class TrivialClassifier:
    """Predicts each pixel from its own colour and elevation by a table of counts.

    Colours are cut into 16 x 16 x 16 bins and rows into 16 bands; a bin with few
    pixels leans on coarser colours of the same band, in the end on the band alone.

    Args:
        counts: (COLOR_BINS, COLOR_BINS, COLOR_BINS, ELEVATION_BINS, C) pixels counted.
    """

    def __init__(self, counts: NDArray[np.int64]) -> None:
        classes = counts.shape[-1]
        frequency = _spread(counts.sum(axis=(0, 1, 2, 3)), np.full(classes, 1.0 / classes))
        likely = _spread(counts.sum(axis=(0, 1, 2)), frequency)[None, None, None]
        for bins in (4, 8, COLOR_BINS):
            likely = _spread(_coarsen(counts, bins), _refine(likely, bins))
        self._table = np.argmax(likely / frequency**BALANCE, axis=-1).astype(np.uint8)

    @classmethod
    def fit(
        cls,
        samples: Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8], str]],
        num_classes: int,
    ) -> 'TrivialClassifier':
        """Return the classifier of (image (H, W, 3), labels (H, W), name) samples.

        Raises:
            DatasetError: if there is no labelled pixel.
        """
        shape = (COLOR_BINS, COLOR_BINS, COLOR_BINS, ELEVATION_BINS, num_classes)
        counts = np.zeros(np.prod(shape), np.int64)
        for image, labels, _ in samples:
            known = labels < num_classes
            counts += np.bincount(
                _bins(image)[known] * num_classes + labels[known], minlength=counts.size
            )
        if not counts.any():
            raise DatasetError('the trivial classifier needs at least one labelled image to fit')
        return cls(counts.reshape(shape))

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return labels (H, W) of an RGB image (H, W, 3)."""
        return np.asarray(self._table.ravel()[_bins(image)], dtype=np.uint8)


def _bins(image: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the flat table index (H, W) of every pixel."""
    red, green, blue = np.moveaxis(image.astype(np.int64) * COLOR_BINS // 256, -1, 0)
    band = np.arange(len(image)) * ELEVATION_BINS // len(image)
    color = (red * COLOR_BINS + green) * COLOR_BINS + blue
    return np.asarray(color * ELEVATION_BINS + band[:, None], dtype=np.int64)


def _spread(counts: NDArray[np.int64], coarser: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return class probabilities from counts that lean on coarser probabilities."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray((counts + PSEUDO_PIXELS * coarser) / (total + PSEUDO_PIXELS))


def _coarsen(counts: NDArray[np.int64], bins: int) -> NDArray[np.int64]:
    step = COLOR_BINS // bins
    blocks = counts.reshape(bins, step, bins, step, bins, step, *counts.shape[3:])
    return np.asarray(blocks.sum(axis=(1, 3, 5)))


def _refine(likely: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    for axis in range(3):
        likely = np.repeat(likely, bins // likely.shape[axis], axis=axis)
    return likely
