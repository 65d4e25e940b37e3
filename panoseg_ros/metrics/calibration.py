"""Does a confidence of 80 % mean right in 80 of 100 cases?

Convention: confidences are uint8, 255 = 1.0, as in `frames.Segmentation`. Counts are kept per
value of the confidence and binned at the end, so those of several pictures add up.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.errors import MetricsError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.metrics.zones import check_pair

BINS = 15


class Reliability(NamedTuple):
    """The reliability curve: per bin its pixels, mean confidence and accuracy; NaN if empty."""

    pixels: NDArray[np.int64]  # (B,)
    confidence: NDArray[np.float64]  # (B,)
    accuracy: NDArray[np.float64]  # (B,)

    @property
    def ece(self) -> float:
        """Return the expected calibration error, NaN without pixels.

        The mean over pixels of |accuracy - confidence| of their bin, equal-width bins:
        C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, equation 3.
        """
        total = int(self.pixels.sum())
        if not total:
            return float('nan')
        gap = np.abs(self.accuracy - self.confidence)
        return float(np.nansum(gap * self.pixels) / total)


def calibration_counts(
    truth: NDArray[np.uint8], prediction: NDArray[np.uint8], confidence: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Return right and all labelled pixels per value of the confidence, (256, 2).

    Args:
        truth: (H, W) class ids, 255 where nothing is known.
        prediction: (H, W) class ids.
        confidence: (H, W) in the prediction.

    Raises:
        MetricsError: if the three are not (H, W) uint8 of one shape.
    """
    check_pair(truth, prediction)
    if confidence.shape != truth.shape or confidence.dtype != np.uint8:
        raise MetricsError(
            f'confidence must be uint8 {truth.shape}, got {confidence.dtype} {confidence.shape}'
        )
    counts = np.zeros((256, 2), np.int64)
    _count(truth, prediction, confidence, counts)
    return counts


def reliability(counts: NDArray[np.int64], bins: int = BINS) -> Reliability:
    """Return the curve of counts (256, 2) in equal-width bins ]low, high] of confidence.

    Raises:
        MetricsError: if there are not 1 to 256 bins.
    """
    if not 1 <= bins <= 256:
        raise MetricsError(f'bins must be 1 to 256, got {bins}')
    value = np.arange(256) / 255.0
    which = np.clip(np.ceil(value * bins).astype(np.int64) - 1, 0, bins - 1)
    right, pixels, total = (
        np.bincount(which, weights, bins)
        for weights in (counts[:, 0], counts[:, 1], counts[:, 1] * value)
    )
    with np.errstate(divide='ignore', invalid='ignore'):
        return Reliability(pixels.astype(np.int64), total / pixels, right / pixels)


@compiled()
def _count(
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
    counts: NDArray[np.int64],
) -> None:
    for y in range(truth.shape[0]):
        for x in range(truth.shape[1]):
            if truth[y, x] != UNLABELLED:
                counts[confidence[y, x], 1] += 1
                counts[confidence[y, x], 0] += truth[y, x] == prediction[y, x]
