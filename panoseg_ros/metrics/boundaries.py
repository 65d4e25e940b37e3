"""The boundary F-score: how near predicted outlines run to the true ones.

Definition of G. Csurka, D. Larlus, F. Perronnin, "What is a good evaluation measure for
semantic segmentation?", BMVC 2013: per class, precision is the share of predicted boundary
pixels that have a true boundary pixel of the class within a tolerance, recall the share of
true ones that have a predicted one; their harmonic mean is the score of that class in that
picture. A class' figure is its mean over the pictures in which either outline exists, and the
mean over classes sums up. Tolerance there: 0.75 % of the picture's diagonal.

Convention: a boundary pixel of a class is one of its pixels with a neighbour above, below,
left or right of another class. Next to unlabelled pixels and outside of them nothing
counts. The left and right borders of a panorama are neighbours.
"""

import math

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.errors import MetricsError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.metrics.zones import check_pair

DIAGONAL_SHARE = 0.0075
_SIDE_BITS = 32  # classes are marked in words of so many bits


def tolerance_px(shape: tuple[int, ...], share: float = DIAGONAL_SHARE) -> float:
    """Return a share of the diagonal of a picture (H, W) in pixels, at least 1."""
    return max(1.0, share * math.hypot(shape[0], shape[1]))


def boundary_counts(
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    num_classes: int,
    radius_px: float | None = None,
    wrap: bool = True,
) -> NDArray[np.int64]:
    """Return, per class, predicted boundary pixels met and all, true ones met and all: (C, 4).

    Args:
        truth: (H, W) class ids, 255 where nothing is known.
        prediction: (H, W) class ids.
        num_classes: C.
        radius_px: tolerance, 0.75 % of the diagonal when None.
        wrap: whether the picture is a panorama whose left and right borders meet.

    Raises:
        MetricsError: if the arrays are not two (H, W) uint8 of one shape, or the tolerance is
            not 0 to 200 pixels.
    """
    check_pair(truth, prediction)
    radius = tolerance_px(truth.shape) if radius_px is None else radius_px
    if not 0.0 <= radius <= 200.0:
        raise MetricsError(f'radius_px must be 0 to 200, got {radius}')
    known = truth != UNLABELLED
    outlines = [
        _outline(np.ascontiguousarray(labels), known, wrap) for labels in (truth, prediction)
    ]
    offsets, side = _disc(radius), max(8, math.ceil(radius))
    blocks = [_blocks(outline, side) for outline in outlines]
    counts = np.zeros((256, 4), np.int64)
    _match(outlines[1], outlines[0], blocks[0], offsets, side, wrap, counts[:, :2])
    _match(outlines[0], outlines[1], blocks[1], offsets, side, wrap, counts[:, 2:])
    return counts[:num_classes]


def boundary_f(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the F-score (...) of counts (..., 4), NaN where neither outline exists."""
    met, found, hit, true = np.moveaxis(np.asarray(counts, np.float64), -1, 0)
    with np.errstate(divide='ignore', invalid='ignore'):
        precision, recall = met / found, hit / true
        score = 2.0 * precision * recall / (precision + recall)
    score = np.where(met + hit > 0, score, 0.0)
    return np.where(found + true > 0, score, np.nan)


def mean_boundary_f(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return every class' mean score (C,) over pictures, from counts (N, C, 4); NaN without."""
    scores = boundary_f(counts)
    exists = ~np.isnan(scores)
    total = np.where(exists, scores, 0.0).sum(0)
    return np.where(exists.any(0), total / np.maximum(exists.sum(0), 1), np.nan)


def _disc(radius: float) -> NDArray[np.int64]:
    """Return the offsets (N, 2) within a radius, nearest first."""
    reach = math.floor(radius)
    dy, dx = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    square = dy * dy + dx * dx
    order = np.argsort(square, kind='stable')
    order = order[square[order] <= radius * radius]
    return np.stack([dy[order], dx[order]], 1)


@compiled()
def _outline(labels: NDArray[np.uint8], known: NDArray[np.bool_], wrap: bool) -> NDArray[np.uint8]:
    """Return the class of every boundary pixel (H, W), 255 elsewhere."""
    height, width = labels.shape
    out = np.full((height, width), UNLABELLED, np.uint8)
    for y in range(height):
        for x in range(width):
            if not known[y, x]:
                continue
            own = labels[y, x]
            right = x + 1 if x + 1 < width else (0 if wrap else x)
            if known[y, right] and labels[y, right] != own:
                out[y, x], out[y, right] = own, labels[y, right]
            if y + 1 < height and known[y + 1, x] and labels[y + 1, x] != own:
                out[y, x], out[y + 1, x] = own, labels[y + 1, x]
    return out


@compiled()
def _blocks(outline: NDArray[np.uint8], side: int) -> NDArray[np.uint32]:
    """Return which classes (8 words of 32 bits) have boundary pixels in each square block."""
    height, width = outline.shape
    rows, columns = (height + side - 1) // side, (width + side - 1) // side
    marks = np.zeros((rows, columns, 8), np.uint32)
    for y in range(height):
        for x in range(width):
            cls = outline[y, x]
            if cls != UNLABELLED:
                bit = np.uint32(1) << np.uint32(cls % _SIDE_BITS)
                marks[y // side, x // side, cls // _SIDE_BITS] |= bit
    return marks


@compiled()
def _near(
    marks: NDArray[np.uint32], row: int, column: int, cls: int, reach: int, wrap: bool
) -> bool:
    """Return whether a class is marked in the blocks around one."""
    rows, columns = marks.shape[:2]
    bit = np.uint32(1) << np.uint32(cls % _SIDE_BITS)
    for i in range(max(0, row - 1), min(rows, row + 2)):
        for step in range(-reach, reach + 1):
            j = column + step
            if wrap:
                j %= columns
            elif j < 0 or j >= columns:
                continue
            if marks[i, j, cls // _SIDE_BITS] & bit:
                return True
    return False


@compiled()
def _match(
    outline: NDArray[np.uint8],
    other: NDArray[np.uint8],
    marks: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    side: int,
    wrap: bool,
    counts: NDArray[np.int64],
) -> None:
    """Count the pixels of an outline and those with one of the other within the disc."""
    height, width = outline.shape
    reach = 2 if wrap and width % side else 1  # the last block may be narrow
    for y in range(height):
        for x in range(width):
            cls = outline[y, x]
            if cls == UNLABELLED:
                continue
            counts[cls, 1] += 1
            if not _near(marks, y // side, x // side, cls, reach, wrap):
                continue
            for k in range(offsets.shape[0]):
                v, u = y + offsets[k, 0], x + offsets[k, 1]
                if v < 0 or v >= height:
                    continue
                if u < 0 or u >= width:
                    if not wrap:
                        continue
                    u %= width
                if other[v, u] == cls:
                    counts[cls, 0] += 1
                    break
