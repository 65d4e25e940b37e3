"""Figures of sparse labelled points, with intervals over the images that they lie on.

Convention: a tally counts, per image and kind (a class or a group of classes), how many
points there are and how many were found right; kinds are those of the truth.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError

RESAMPLINGS = 10_000
LEAST_IMAGES = 2  # one image drawn again and again says nothing
GROUPS = {  # the categories of Cityscapes
    'flat': ('road', 'sidewalk'),
    'construction': ('building', 'wall', 'fence'),
    'object': ('pole', 'traffic light', 'traffic sign'),
    'nature': ('vegetation', 'terrain'),
    'sky': ('sky',),
    'human': ('person', 'rider'),
    'vehicle': ('car', 'truck', 'bus', 'train', 'motorcycle', 'bicycle'),
}


class Tally(NamedTuple):
    """Points found right, and all points, both (I, K): per image and kind."""

    right: NDArray[np.int64]
    total: NDArray[np.int64]


Figure = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


def tally(
    images: NDArray[np.integer],
    kinds: NDArray[np.integer],
    right: NDArray[np.bool_],
    num_images: int,
    num_kinds: int,
) -> Tally:
    """Count points.

    Args:
        images: (N,) which image each point lies on, 0 to I - 1.
        kinds: (N,) what each point truly is, 0 to K - 1.
        right: (N,) whether it was found right.
        num_images: I.
        num_kinds: K.

    Raises:
        MetricsError: if the arrays are not of one length, or an index is out of range.
    """
    if not len(images) == len(kinds) == len(right):
        raise MetricsError(
            f'points need one image, kind and verdict each, '
            f'got {len(images)}, {len(kinds)} and {len(right)}'
        )
    for name, values, most in (('image', images, num_images), ('kind', kinds, num_kinds)):
        wrong = [int(value) for value in values if not 0 <= value < most]
        if wrong:
            raise MetricsError(f'{name} {wrong[0]} is not one of 0 to {most - 1}')
    at = np.asarray(images, np.int64) * num_kinds + np.asarray(kinds, np.int64)
    size = num_images * num_kinds
    found = np.bincount(at[np.asarray(right, np.bool_)], minlength=size)
    total = np.bincount(at, minlength=size)
    shape = (num_images, num_kinds)
    return Tally(found.reshape(shape), total.reshape(shape))


def accuracy(right: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share (...) of all points found right, from counts (..., K); NaN without any."""
    return _ratio(right.sum(-1), total.sum(-1))


def balanced(right: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over the kinds that occur of the share found right, from counts (..., K)."""
    occurs = total > 0
    shares = np.where(occurs, _ratio(right, total), 0.0)
    return _ratio(shares.sum(-1), occurs.sum(-1).astype(np.float64))


def recall(kind: int) -> Figure:
    """Return the figure that is the share of one kind found right, from counts (..., K)."""
    return lambda right, total: _ratio(right[..., kind], total[..., kind])


def value(counts: Tally, figure: Figure) -> float:
    """Return a figure of the points of all images together."""
    return float(figure(*(np.asarray(c.sum(0), np.float64) for c in counts)))


def interval(counts: Tally, figure: Figure, seed: int = 0) -> tuple[float, float]:
    """Return the middle 95 % of a figure over 10,000 resamplings of the images with points.

    Resamplings without any point that counts are left out. NaN for fewer than two images.
    """
    used = counts.total.sum(-1) > 0
    right, total = (np.asarray(c[used], np.float64) for c in counts)
    images = len(right)
    if images < LEAST_IMAGES:
        return float('nan'), float('nan')
    rng = np.random.default_rng(seed)
    times = rng.multinomial(images, np.full(images, 1.0 / images), RESAMPLINGS)  # (B, I)
    drawn = figure(times @ right, times @ total)
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size:
        return float('nan'), float('nan')
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def chance(counts: Tally) -> float:
    """Return the accuracy of guessing kinds as often as they occur, without looking."""
    shares = counts.total.sum(0) / max(1, counts.total.sum())
    return float((shares**2).sum()) if counts.total.any() else float('nan')


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), np.float64)
