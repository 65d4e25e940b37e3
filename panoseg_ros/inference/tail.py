"""From quarter-resolution logits to labels and confidence, in one compiled pass.

Source of the resampling: bilinear interpolation with aligned corners, as the last
layer of Trans4PASS does it: output column x reads input column
x (w_in - 1) / (w_out - 1), both counted over the wrap-padded panorama. The margin is
cut by never computing it.

Interpolated logits are mixtures of those at a cell's four corners. A class that lies far
below one other class at all four is therefore nowhere in the cell the largest, nor a part
of its confidence worth counting. What is left of most cells is one class, whose pixels are
filled in without computing any.
"""

from functools import lru_cache
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import BackendError

# exp(-12) of 255 classes together moves a confidence by less than half a step of 1/255.
NEGLIGIBLE = np.float32(-12.0)
# What classes that are left out may add, all together, to a sum of at least 1: a quarter step.
LEFT_OUT = 1e-3
SQUARINGS = 12  # exp(x) = (1 + x / 2^12)^(2^12), right to 0.05 % near 0, where it counts
BLOCK = 16  # cells side by side that share their list of classes: a few vector registers' width


class Axis(NamedTuple):
    """Where each output position reads along one axis: two cells and a weight."""

    low: NDArray[np.int32]
    weight: NDArray[np.float32]  # of the cell low + 1


@lru_cache(maxsize=16)
def aligned_axis(size_in: int, size_out: int, cut: int = 0) -> Axis:
    """Return the reading positions of aligned-corner resizing, both margins cut; read-only.

    Args:
        size_in: Number of input cells.
        size_out: Number of output positions, margins included.
        cut: Output positions left out at each end.
    """
    step = (size_in - 1) / (size_out - 1) if size_out > 1 else 0.0
    position = np.arange(cut, size_out - cut) * step
    low = np.clip(np.floor(position), 0, max(size_in - 2, 0)).astype(np.int32)
    axis = Axis(low, (position - low).astype(np.float32))
    for array in axis:
        array.setflags(write=False)
    return axis


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
        smallest id among equals), 255 where a logit is NaN or +inf; and confidence
        (height, width) uint8, 255 times the softmax probability of that class.

    Raises:
        BackendError: if logits are not three-dimensional or hold too many classes.
    """
    if logits.ndim != 3 or not 1 <= logits.shape[0] <= 255 or min(logits.shape) < 1:
        raise BackendError(f'expected logits (1..255 classes, h, w), got shape {logits.shape}')
    planes = np.ascontiguousarray(logits, dtype=np.float32)
    if planes.shape[2] == 1:  # a cell needs two columns
        planes = np.repeat(planes, 2, axis=2)
    rows = aligned_axis(logits.shape[1], height)
    columns = aligned_axis(logits.shape[2], width + 2 * wrap_px, wrap_px)
    labels = np.empty((height, width), np.uint8)
    confidence = np.empty((height, width), np.uint8)
    reach = np.float32(np.log(logits.shape[0] / LEFT_OUT))
    _upsample_argmax(planes, reach, *rows, *columns, labels, confidence)
    return labels, confidence


@numba.njit(cache=True, nogil=True, fastmath={'contract', 'nsz', 'reassoc', 'arcp'})
def _upsample_argmax(  # pragma: no cover - compiled
    logits: NDArray[np.float32],  # (C, h, w)
    reach: np.float32,  # classes this far below another are left out
    row_low: NDArray[np.int32],
    row_weight: NDArray[np.float32],
    column_low: NDArray[np.int32],
    column_weight: NDArray[np.float32],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
) -> None:
    classes, rows, columns = logits.shape
    height = len(labels)
    blocks = (columns - 2) // BLOCK + 1
    first = np.searchsorted(column_low, BLOCK * np.arange(blocks + 1))  # pixel of each block
    needed = np.empty((blocks, classes), np.bool_)
    chosen = np.empty(classes, np.int32)
    widest = np.max(first[1:] - first[:-1])
    lines = np.empty((3, classes, widest), np.float32)
    sums = np.empty((2, widest), np.float32)
    best = np.empty(widest, np.int32)
    y = 0
    while y < height:
        end = y + 1
        while end < height and row_low[end] == row_low[y]:
            end += 1
        upper = row_low[y]
        lower = min(upper + 1, rows - 1)
        finite = _mark_needed(logits, reach, upper, lower, needed)
        for block in range(blocks):
            start, stop = first[block], first[block + 1]
            count = 0
            for c in range(classes):
                if needed[block, c]:
                    chosen[count] = c
                    count += 1
            if count == 1 and finite:
                labels[y:end, start:stop] = chosen[0]
                confidence[y:end, start:stop] = 255
                continue
            for k in range(count):
                c = chosen[k]
                for x in range(stop - start):
                    low, weight = column_low[start + x], column_weight[start + x]
                    left, right = logits[c, upper, low], logits[c, upper, low + 1]
                    lines[0, k, x] = left + weight * (right - left)
                    left, right = logits[c, lower, low], logits[c, lower, low + 1]
                    lines[1, k, x] = left + weight * (right - left)
            _fill_block(
                lines, row_weight[y:end], chosen[:count], best, sums,
                labels[y:end, start:stop], confidence[y:end, start:stop],
            )  # fmt: skip
        y = end


@numba.njit(cache=True, nogil=True, fastmath={'contract', 'nsz', 'reassoc', 'arcp'})
def _mark_needed(  # pragma: no cover - compiled
    logits: NDArray[np.float32],
    reach: np.float32,
    upper: int,  # rows of the cells' corners
    lower: int,
    needed: NDArray[np.bool_],  # (blocks, C), written
) -> bool:
    """Mark the classes that count anywhere in a block; return whether all logits are finite.

    Each cell's classes are held against its largest at the centre, which is the largest of
    all where the corners agree.
    """
    classes, cells = logits.shape[0], logits.shape[2] - 1
    best = np.zeros(cells, np.int32)
    peak = np.full(cells, -np.inf, np.float32)
    poison = np.float32(0.0)
    for c in range(classes):
        for x in range(cells):
            centre = (logits[c, upper, x] + logits[c, upper, x + 1]) + (
                logits[c, lower, x] + logits[c, lower, x + 1]
            )
            better = centre > peak[x]
            best[x] = np.int32(c) if better else best[x]
            peak[x] = centre if better else peak[x]
            poison += centre * np.float32(0.0)  # NaN if anything is not finite
    if poison != np.float32(0.0):
        needed[:] = True
        return False
    least = np.empty((4, cells), np.float32)  # what counts at each corner
    for x in range(cells):
        c = best[x]
        least[0, x] = logits[c, upper, x] - reach
        least[1, x] = logits[c, upper, x + 1] - reach
        least[2, x] = logits[c, lower, x] - reach
        least[3, x] = logits[c, lower, x + 1] - reach
    excess = np.empty(cells, np.float32)
    for c in range(classes):
        for x in range(cells):
            left = logits[c, upper, x] - least[0, x]
            right = logits[c, upper, x + 1] - least[1, x]
            above = left if left > right else right
            left = logits[c, lower, x] - least[2, x]
            right = logits[c, lower, x + 1] - least[3, x]
            below = left if left > right else right
            excess[x] = above if above > below else below
        for block in range(len(needed)):
            largest = np.float32(-1.0)
            for x in range(block * BLOCK, min((block + 1) * BLOCK, cells)):
                largest = excess[x] if excess[x] > largest else largest
            needed[block, c] = largest > np.float32(0.0)
    return True


@numba.njit(cache=True, nogil=True, fastmath={'contract', 'nsz', 'reassoc', 'arcp'})
def _fill_block(  # pragma: no cover - compiled
    lines: NDArray[np.float32],  # (3, C, at least W): of the cells' two edges, and room for one
    weights: NDArray[np.float32],  # (H,) of the second edge
    chosen: NDArray[np.int32],  # the classes of the lines, ascending
    best: NDArray[np.int32],  # room
    sums: NDArray[np.float32],  # (2, at least W), room
    labels: NDArray[np.uint8],  # (H, W), written
    confidence: NDArray[np.uint8],
) -> None:
    # Every inner loop runs along one row without branches, so that it is vectorised.
    height, width = labels.shape
    count = len(chosen)
    above, below, mixed = lines[0], lines[1], lines[2]
    peak, total = sums[0], sums[1]
    for y in range(height):
        weight = weights[y]
        for x in range(width):
            mixed[0, x] = above[0, x] + weight * (below[0, x] - above[0, x])
            best[x], peak[x], total[x] = chosen[0], mixed[0, x], 0.0
        for k in range(1, count):
            c = chosen[k]
            for x in range(width):
                value = above[k, x] + weight * (below[k, x] - above[k, x])
                better = value > peak[x]
                mixed[k, x] = value
                best[x] = c if better else best[x]
                peak[x] = value if better else peak[x]
        for k in range(count):
            for x in range(width):
                gap = mixed[k, x] - peak[x]
                gap = NEGLIGIBLE if gap < NEGLIGIBLE else gap  # NaN passes and is found below
                power = np.float32(1.0) + gap * np.float32(1.0 / (1 << SQUARINGS))
                for _ in range(SQUARINGS):
                    power *= power
                total[x] += power
        for x in range(width):
            # NaN or infinity somewhere: say nothing rather than something
            known = total[x] >= np.float32(0.99) and total[x] <= np.float32(256.0)
            labels[y, x] = best[x] if known else np.int32(255)
            share = np.float32(255.0) / total[x] if known else np.float32(0.0)
            confidence[y, x] = np.uint8(min(share, np.float32(255.0)) + np.float32(0.5))
