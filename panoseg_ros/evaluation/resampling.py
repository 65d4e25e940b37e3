"""Intervals of figures of confusion matrices: the scenes are drawn again and again.

Pictures of one scene are alike, so scenes are what is drawn, with all their pictures.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RESAMPLINGS = 2000
LEAST_SCENES = 2  # one scene drawn again and again says nothing
Figure = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # counts (..., *) -> (...)


class Estimate(NamedTuple):
    """A figure and the middle 95 % of it over the resamplings; NaN where it does not exist."""

    value: float
    low: float
    high: float

    def span(self, pattern: str = '.3f') -> str:
        """Return the interval as text, a dash where there is none."""
        if np.isnan(self.low):
            return '-'
        return f'{self.low:{pattern}} to {self.high:{pattern}}'


def by_scene(counts: NDArray[np.integer], scenes: Sequence[str]) -> NDArray[np.int64]:
    """Return the sums (S, ...) over the pictures of each scene, from counts (N, ...)."""
    names, which = np.unique(np.asarray(scenes), return_inverse=True)
    sums = np.zeros((len(names), *counts.shape[1:]), np.int64)
    np.add.at(sums, which.reshape(-1), counts)
    return sums


def estimate(counts: NDArray[np.int64], figure: Figure, seed: int = 0) -> Estimate:
    """Return a figure of all scenes together with its interval.

    Args:
        counts: (S, ...) per scene; a figure's argument is a sum over scenes.
        figure: of counts with any leading shape.
        seed: of the drawing.
    """
    return estimates(counts, [figure], seed)[0]


def estimates(
    counts: NDArray[np.int64], figures: Sequence[Figure], seed: int = 0
) -> list[Estimate]:
    """Return several figures of the same counts, all with the same drawings; see `estimate`."""
    return _estimates(lambda times: _all(figures, _sums(times, counts)), len(counts), seed)


def estimate_gains(
    first: Sequence[NDArray[np.int64]],
    second: Sequence[NDArray[np.int64]],
    figures: Sequence[Figure],
    seed: int = 0,
) -> list[Estimate]:
    """Return by how much figures are higher in the second runs, scene paired with scene.

    The figure of several runs, such as trainings with different seeds, is their mean; all are
    resampled together.

    Args:
        first: counts (S, ...) per scene of each of the first runs.
        second: counts of the same scenes, in the same order, of each of the second runs.
        figures: of counts with any leading shape.
        seed: of the drawing.
    """

    def gain(times: NDArray[np.int64]) -> NDArray[np.float64]:
        means = [
            np.mean([_all(figures, _sums(times, counts)) for counts in runs], axis=0)
            for runs in (first, second)
        ]
        return np.asarray(means[1] - means[0], np.float64)

    return _estimates(gain, len(first[0]), seed)


def _estimates(
    figures: Callable[[NDArray[np.int64]], NDArray[np.float64]], scenes: int, seed: int
) -> list[Estimate]:
    """Return K figures of how often each scene counts, (B, S) -> (B, K)."""
    found = figures(np.ones((1, scenes), np.int64))[0]
    if scenes < LEAST_SCENES:
        return [Estimate(float(value), np.nan, np.nan) for value in found]
    rng = np.random.default_rng(seed)
    drawn = figures(rng.multinomial(scenes, np.full(scenes, 1.0 / scenes), RESAMPLINGS))
    return [
        Estimate(float(value), *_middle(column))
        for value, column in zip(found, drawn.T, strict=True)
    ]


def _middle(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Return the middle 95 % of drawn figures (B,), without those that do not exist."""
    drawn = drawn[~np.isnan(drawn)]
    if not drawn.size:
        return np.nan, np.nan
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def _all(figures: Sequence[Figure], counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return figures (B, K) of counts (B, ...)."""
    return np.stack([figure(counts) for figure in figures], -1)


def _sums(times: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sums (B, ...) of counts (S, ...) that each drawing (B, S) gives."""
    flat = counts.reshape(len(counts), int(np.prod(counts.shape[1:]))).astype(np.float64)
    return (times.astype(np.float64) @ flat).reshape(-1, *counts.shape[1:])


def class_iou(cls: int) -> Figure:
    """Return the figure that is one class' IoU, of confusions (..., C, C) [truth, prediction]."""
    return lambda confusion: iou(confusion)[..., cls]


def mean_iou(classes: Sequence[int] | None = None) -> Figure:
    """Return the figure that is the mean IoU over the (given) classes that occur."""

    def figure(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
        ratios = iou(confusion)
        if classes is not None:
            ratios = ratios[..., list(classes)]
        occurs = ~np.isnan(ratios)
        return _ratio(np.where(occurs, ratios, 0.0).sum(-1), occurs.sum(-1))

    return figure


def pixel_accuracy(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of labelled pixels that are right, of confusions (..., C, C)."""
    return _ratio(np.trace(confusion, axis1=-2, axis2=-1), confusion.sum((-2, -1)))


def share(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return found / all, of counts (..., 2)."""
    return _ratio(counts[..., 0], counts[..., 1])


def iou(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the IoU (..., C) of confusions (..., C, C) of counts or weights.

    NaN for a class of which there is no true pixel, see `metrics.iou`.
    """
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    truth = confusion.sum(-1)
    return np.where(truth > 0, _ratio(right, truth + confusion.sum(-2) - right), np.nan)


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.asarray(np.where(whole > 0, part / whole, np.nan), np.float64)
