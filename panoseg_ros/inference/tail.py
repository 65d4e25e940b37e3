"""From quarter-resolution logits to labels and confidence, in one compiled pass.

Source of the resampling: bilinear interpolation with aligned corners, as the last
layer of Trans4PASS does it: output column x reads input column
x (w_in - 1) / (w_out - 1), both counted over the wrap-padded panorama. The margin is
cut by never computing it.

Interpolated logits are mixtures of those at a cell's four corners. A class that lies below
one other class at all four is therefore nowhere in the cell the largest, and one that lies
far below it is no part of the confidence worth counting either. Where one class is left,
its pixels are filled in without computing any.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.errors import BackendError

# exp(-12) of 255 classes together moves a confidence by less than half a step of 1/255.
NEGLIGIBLE = np.float32(-12.0)
# What classes that are left out may add, all together, to a sum of at least 1: a quarter step.
LEFT_OUT = 1e-3
SQUARINGS = 6  # exp(x) = (1 + t + t^2 / 2)^64 with t = x / 64, less than 6e-5 beside it
FAST = {'contract', 'nsz', 'reassoc', 'arcp'}  # what leaves NaN and infinity alone
ADDS, RIVAL = 1, 2  # what a class can be in a cell: part of the sum, and the largest
BLOCK = 64  # pixels side by side that share their lists of classes: a few vector registers


Masks = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # labels and confidence, both (H, W)


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
    logits: NDArray[np.float32],
    height: int,
    width: int,
    wrap_px: int = 0,
    out: Masks | None = None,
) -> Masks:
    """Return labels and confidence of a panorama from its quarter-resolution logits.

    Args:
        logits: (C, h, w) float32 of the panorama with its wrap margins, C <= 255.
        height: Rows of the panorama.
        width: Columns of the panorama without margins.
        wrap_px: Columns of margin on each side.
        out: Where to write, C-contiguous and writable; new arrays if not given.

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
    if out is None:
        out = np.empty((height, width), np.uint8), np.empty((height, width), np.uint8)
    assert out[0].shape == out[1].shape == (height, width)
    reach = np.float32(np.log(logits.shape[0] / LEFT_OUT))
    _upsample_argmax(planes, reach, *rows, *columns, *out)
    return out


@compiled(fastmath=FAST, error_model='numpy')
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
    classes, rows, _ = logits.shape
    height, width = labels.shape
    cells = column_low[width - 1] + 1
    ranks, corners = np.empty((classes, cells), np.int32), np.empty((5, cells), np.float32)
    best = np.empty(cells, np.int32)
    chosen = np.empty(classes, np.int32)
    lines = np.empty((2, classes, BLOCK), np.float32)
    sums = np.empty((3, BLOCK), np.float32)
    y = 0
    while y < height:
        end = y + 1
        while end < height and row_low[end] == row_low[y]:
            end += 1
        upper = row_low[y]
        lower = min(upper + 1, rows - 1)
        finite = _compare(logits, upper, lower, reach, best, corners, ranks)
        for start in range(0, width, BLOCK):
            stop = min(start + BLOCK, width)
            low, high = column_low[start], column_low[stop - 1] + 1
            rivals, count = _choose(ranks, low, high, chosen)
            if finite and count == 1:
                labels[y:end, start:stop] = chosen[0]
                confidence[y:end, start:stop] = 255
                continue
            for k in range(count):
                above, below = logits[chosen[k], upper], logits[chosen[k], lower]
                for x in range(stop - start):
                    cell, weight = column_low[start + x], column_weight[start + x]
                    top = above[cell] + weight * (above[cell + 1] - above[cell])
                    bottom = below[cell] + weight * (below[cell + 1] - below[cell])
                    lines[0, k, x], lines[1, k, x] = top, bottom - top
            _fill_block(
                lines, row_weight, y, end, start, stop, chosen[:count], rivals, sums,
                labels, confidence,
            )  # fmt: skip
        y = end


@compiled(fastmath=FAST, error_model='numpy')
def _compare(  # pragma: no cover - compiled
    logits: NDArray[np.float32],
    upper: int,  # rows of the cells' corners
    lower: int,
    reach: np.float32,
    best: NDArray[np.int32],  # (cells,), room
    corners: NDArray[np.float32],  # (5, cells), room
    ranks: NDArray[np.int32],  # (C, cells), written: ADDS | RIVAL, ADDS or 0
) -> bool:
    """Write what each class can be in each cell; return whether all logits are finite.

    A cell's best is its largest class at the centre, which is the largest of all where the
    corners agree. Each class is held against it at the four corners. Where a logit is not
    finite, each can be anything.
    """
    classes, cells = ranks.shape
    peak, least = corners[4], corners[:4]
    peak[:], best[:] = -np.inf, 0
    poison = np.float32(0.0)
    for c in range(classes):
        above, below = logits[c, upper], logits[c, lower]
        for x in range(cells):
            centre = (above[x] + above[x + 1]) + (below[x] + below[x + 1])
            better = centre > peak[x]
            best[x] = np.int32(c) if better else best[x]
            peak[x] = centre if better else peak[x]
            poison += centre * np.float32(0.0)  # NaN if anything is not finite
    if poison != np.float32(0.0):
        ranks[:] = ADDS | RIVAL
        return False
    for x in range(cells):
        c = best[x]
        least[0, x], least[1, x] = logits[c, upper, x], logits[c, upper, x + 1]
        least[2, x], least[3, x] = logits[c, lower, x], logits[c, lower, x + 1]
    for c in range(classes):
        above, below = logits[c, upper], logits[c, lower]
        for x in range(cells):
            left, right = above[x] - least[0, x], above[x + 1] - least[1, x]
            most = left if left > right else right
            left, right = below[x] - least[2, x], below[x + 1] - least[3, x]
            other = left if left > right else right
            most = most if most > other else other
            rank = np.int32(ADDS) if most > -reach else np.int32(0)
            ranks[c, x] = np.int32(ADDS | RIVAL) if most >= np.float32(0.0) else rank
    return True


@compiled()
def _choose(  # pragma: no cover - compiled
    ranks: NDArray[np.int32],  # (C, cells)
    low: int,  # first cell of the block
    high: int,  # behind its last
    chosen: NDArray[np.int32],  # (C,), written
) -> tuple[int, int]:
    """Write the classes that may be an arg-max, ascending, then those that only add to a sum.

    Returns:
        The number of the former and of all.
    """
    classes = len(ranks)
    rivals, others = 0, classes
    for c in range(classes):
        most, block = np.int32(0), ranks[c, low:high]
        for x in range(high - low):
            most |= block[x]
        if most & RIVAL:
            chosen[rivals] = c
            rivals += 1
        elif most:
            others -= 1
            chosen[others] = c
    count = rivals
    for k in range(others, classes):
        chosen[count] = chosen[k]
        count += 1
    return rivals, count


@compiled(fastmath=FAST, error_model='numpy')
def _fill_block(  # pragma: no cover - compiled
    lines: NDArray[np.float32],  # (2, C, BLOCK): the cells' upper edge, the lower one less that
    weights: NDArray[np.float32],  # (H,) of the lower edge
    top: int,
    bottom: int,
    start: int,
    stop: int,
    chosen: NDArray[np.int32],  # the classes of the lines
    rivals: int,  # of which only the first so many can be an arg-max
    sums: NDArray[np.float32],  # (3, BLOCK), room
    labels: NDArray[np.uint8],  # (H, W), written
    confidence: NDArray[np.uint8],
) -> None:
    # Every inner loop runs along one row without branches, so that it is vectorised.
    width = stop - start
    above, step = lines[0], lines[1]
    best, peak, total = sums[0], sums[1], sums[2]
    for y in range(top, bottom):
        weight = weights[y]
        names, shares = labels[y, start:stop], confidence[y, start:stop]
        for x in range(width):
            best[x] = np.float32(chosen[0])
            peak[x], total[x] = above[0, x] + weight * step[0, x], np.float32(0.0)
        for k in range(1, rivals):
            c = np.float32(chosen[k])
            for x in range(width):
                value = above[k, x] + weight * step[k, x]
                better = value > peak[x]
                best[x] = c if better else best[x]
                peak[x] = value if better else peak[x]
        for k in range(len(chosen)):
            for x in range(width):
                gap = above[k, x] + weight * step[k, x] - peak[x]
                gap = NEGLIGIBLE if gap < NEGLIGIBLE else gap  # NaN passes and is found below
                part = gap * np.float32(1.0 / (1 << SQUARINGS))
                power = np.float32(1.0) + part * (np.float32(1.0) + np.float32(0.5) * part)
                for _ in range(SQUARINGS):
                    power *= power
                total[x] += power
        for x in range(width):
            value = total[x]
            # NaN or infinity somewhere: say nothing rather than something
            known = (value >= np.float32(0.99)) & (value <= np.float32(256.0))
            share = np.float32(255.0) / (value if value > np.float32(1.0) else np.float32(1.0))
            names[x] = np.uint8(best[x] if known else np.float32(255.0))
            shares[x] = np.uint8(share + np.float32(0.5) if known else np.float32(0.0))
