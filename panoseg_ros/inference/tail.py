"""From quarter-resolution logits to labels and confidence, in one compiled pass.

Source of the resampling: bilinear interpolation with aligned corners, as the last
layer of Trans4PASS does it: output column x reads input column
x (w_in - 1) / (w_out - 1), both counted over the wrap-padded panorama. The margin is
cut by never computing it.
"""

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import BackendError

# exp(-12) of 255 classes together moves a confidence by less than half a step of 1/255.
NEGLIGIBLE = np.float32(-12.0)
SQUARINGS = 12  # exp(x) = (1 + x / 2^12)^(2^12), right to 0.05 % near 0, where it counts


class Axis(NamedTuple):
    """Where each output position reads along one axis: two cells and a weight."""

    low: NDArray[np.int32]
    weight: NDArray[np.float32]  # of the cell low + 1


def aligned_axis(size_in: int, size_out: int, cut: int = 0) -> Axis:
    """Return the reading positions of aligned-corner resizing, both margins cut.

    Args:
        size_in: Number of input cells.
        size_out: Number of output positions, margins included.
        cut: Output positions left out at each end.
    """
    step = (size_in - 1) / (size_out - 1) if size_out > 1 else 0.0
    position = np.arange(cut, size_out - cut) * step
    low = np.clip(np.floor(position), 0, max(size_in - 2, 0)).astype(np.int32)
    return Axis(low, (position - low).astype(np.float32))


def upsample_argmax(
    logits: NDArray[np.float32], height: int, width: int, wrap_px: int = 0
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return labels and confidence of a panorama from its quarter-resolution logits.

    Args:
        logits: (C, h, w) float32 of the panorama with its wrap margins, C <= 255.
        height: Rows of the panorama.
        width: Columns of the panorama without margins.
        wrap_px: Columns of margin on each side.

    Returns:
        Labels (height, width) uint8, the class with the largest upsampled logit (the
        smallest id among equals), 255 where a logit is not finite; and confidence
        (height, width) uint8, 255 times the softmax probability of that class.

    Raises:
        BackendError: if logits are not three-dimensional or hold too many classes.
    """
    if logits.ndim != 3 or not 1 <= logits.shape[0] <= 255 or min(logits.shape) < 1:
        raise BackendError(f'expected logits (1..255 classes, h, w), got shape {logits.shape}')
    planes = np.ascontiguousarray(logits, dtype=np.float32)
    rows = aligned_axis(logits.shape[1], height)
    columns = aligned_axis(logits.shape[2], width + 2 * wrap_px, wrap_px)
    labels = np.empty((height, width), np.uint8)
    confidence = np.empty((height, width), np.uint8)
    _upsample_argmax(planes, *rows, *columns, labels, confidence)
    return labels, confidence


@numba.njit(cache=True, nogil=True, fastmath={'contract', 'nsz', 'reassoc', 'arcp'})
def _upsample_argmax(  # pragma: no cover - compiled
    logits: NDArray[np.float32],  # (C, h, w)
    row_low: NDArray[np.int32],
    row_weight: NDArray[np.float32],
    column_low: NDArray[np.int32],
    column_weight: NDArray[np.float32],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
) -> None:
    # Every inner loop runs along one row without branches, so that it is vectorised.
    classes, rows, columns = logits.shape
    height, width = labels.shape
    line = np.empty(columns + 1, np.float32)  # one class of one output row, before widening
    mixed = np.empty((classes, width), np.float32)
    best = np.empty(width, np.int32)
    peak = np.empty(width, np.float32)
    total = np.empty(width, np.float32)
    for y in range(height):
        upper, t = row_low[y], row_weight[y]
        lower = min(upper + 1, rows - 1)
        for c in range(classes):
            for x in range(columns):
                line[x] = logits[c, upper, x] + t * (logits[c, lower, x] - logits[c, upper, x])
            line[columns] = line[columns - 1]
            for x in range(width):
                left = line[column_low[x]]
                mixed[c, x] = left + column_weight[x] * (line[column_low[x] + 1] - left)
        best[:] = 0
        peak[:] = mixed[0]
        for c in range(1, classes):
            for x in range(width):
                better = mixed[c, x] > peak[x]
                best[x] = c if better else best[x]
                peak[x] = mixed[c, x] if better else peak[x]
        total[:] = 0.0
        for c in range(classes):
            for x in range(width):
                gap = mixed[c, x] - peak[x]
                gap = NEGLIGIBLE if gap < NEGLIGIBLE else gap  # NaN passes and is found below
                power = np.float32(1.0) + gap * np.float32(1.0 / (1 << SQUARINGS))
                for _ in range(SQUARINGS):
                    power *= power
                total[x] += power
        for x in range(width):
            # NaN or infinity somewhere: say nothing rather than something
            known = total[x] >= np.float32(0.99) and total[x] <= np.float32(256.0)
            labels[y, x] = best[x] if known else 255
            share = np.float32(255.0) / total[x] if known else np.float32(0.0)
            confidence[y, x] = np.uint8(min(share, np.float32(255.0)) + np.float32(0.5))
