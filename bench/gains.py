"""Differences between networks with intervals over scenes and over scenes and seeds."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.resampling import RESAMPLINGS, Figure

Counts = dict[str, NDArray[np.int64]]  # set -> matrices per scene and band, (S, bands, C, C)
Measure = Callable[[Counts, NDArray[np.int64]], NDArray[np.float64]]


class Gain(NamedTuple):
    """By how much one network is higher than another, means over their training seeds."""

    value: float
    scenes: tuple[float, float]  # middle 95 % when scenes are drawn again
    both: tuple[float, float]  # when each network's seeds are drawn again as well


def measure(name: str, figure: Figure, band: int | None = None) -> Measure:
    """Return a figure of one scored set, in one band of elevation or in all."""

    def drawn(counts: Counts, times: NDArray[np.int64]) -> NDArray[np.float64]:
        part = counts[name].sum(1) if band is None else counts[name][:, band]
        return figure(_sums(times, part))

    return drawn


def drop(first: str, second: str, figure: Figure) -> Measure:
    """Return by how much a figure is lower on the second set; scenes are drawn for both alike."""
    one, other = measure(first, figure), measure(second, figure)
    return lambda counts, times: one(counts, times) - other(counts, times)


def value(counts: Counts, of: Measure) -> float:
    """Return a figure of all scenes together."""
    return float(of(counts, np.ones((1, _scenes(counts)), np.int64))[0])


def gain(base: Sequence[Counts], other: Sequence[Counts], of: Measure, seed: int = 0) -> Gain:
    """Return the difference of the means over training seeds, scene paired with scene.

    Args:
        base: matrices of the runs that are compared with, one per training seed.
        other: matrices of the runs of interest, of the same scenes.
        of: the figure.
        seed: of the drawing.
    """
    scenes = _scenes(base[0])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(scenes, np.full(scenes, 1.0 / scenes), RESAMPLINGS)  # (B, S)
    first, second = (np.stack([of(run, times) for run in runs]) for runs in (base, other))
    found = [np.mean([value(run, of) for run in runs]) for runs in (base, other)]
    return Gain(
        float(found[1] - found[0]),
        _middle(second.mean(0) - first.mean(0)),
        _middle(_redrawn(second, rng) - _redrawn(first, rng)),
    )


def figure_of(counts: Sequence[Counts], base: Sequence[Counts] | None, of: Measure) -> dict:
    """Return a figure of runs that differ in their seed, and what they gain over others.

    Returns:
        `seeds`, one value per run; their `mean`; `sd` of several runs; `gain` over `base`, as
        `Gain` has it, where there is one.
    """
    seeds = [value(run, of) for run in counts]
    found: dict = {'seeds': seeds, 'mean': float(np.mean(seeds))}
    if len(seeds) > 1:
        found['sd'] = float(np.std(seeds, ddof=1))
    if base is not None:
        found['gain'] = gain(base, counts, of)._asdict()
    return found


def verdict(low: float, high: float) -> str:
    """Return what an interval of a gain says."""
    return 'wins' if low > 0 else 'loses' if high < 0 else 'no difference shown'


def span(pair: Sequence[float]) -> str:
    """Return an interval of a gain in words."""
    return ' to '.join(f'{end:+.3f}' for end in pair)


def plain(found: Any) -> Any:
    """Return nested values with None in place of numbers that are none, as JSON wants them."""
    if isinstance(found, dict):
        return {key: plain(entry) for key, entry in found.items()}
    if isinstance(found, list | tuple):
        return [plain(entry) for entry in found]
    return None if isinstance(found, float) and np.isnan(found) else found


def _redrawn(runs: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the mean over runs drawn with replacement, for each resampling: (R, B) -> (B,).

    Means of R values drawn out of R vary by (R - 1) / R of what means of new values would, so
    they are spread by the root of the inverse.
    """
    count, mean = len(runs), runs.mean(0)
    picked = np.take_along_axis(runs, rng.integers(count, size=runs.shape), 0).mean(0)
    return mean + (picked - mean) * np.sqrt(count / max(count - 1, 1))


def _middle(drawn: NDArray[np.float64]) -> tuple[float, float]:
    drawn = drawn[~np.isnan(drawn)]
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn.size else (np.nan, np.nan)
    return float(low), float(high)


def _scenes(counts: Counts) -> int:
    return len(next(iter(counts.values())))


def _sums(times: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sums (B, C, C) of counts (S, C, C) that each drawing (B, S) gives."""
    flat = counts.reshape(len(counts), -1).astype(np.float64)
    return (times.astype(np.float64) @ flat).reshape(-1, *counts.shape[1:])
