"""Differences between networks with intervals over scenes and over scenes and seeds."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.resampling import RESAMPLINGS, Figure

LEAST_SEEDS = 3  # of training, on either side, to say that one network is better than another
Counts = dict[str, NDArray[np.int64]]  # set -> matrices per scene and band, (S, bands, C, C)
Measure = Callable[[Counts, NDArray[np.int64]], NDArray[np.float64]]


class Gain(NamedTuple):
    """By how much one network is higher than another, means over their training seeds."""

    value: float
    scenes: tuple[float, float]  # middle 95 % when scenes are drawn again
    both: tuple[float, float]  # with other training seeds, too; NaN where a side has but one


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


def gain(
    base: Sequence[Counts],
    other: Sequence[Counts],
    of: Measure,
    paired: bool = False,
    seed: int = 0,
) -> Gain:
    """Return the difference of the means over training seeds, scene paired with scene.

    Args:
        base: matrices of the runs that are compared with, one per training seed.
        other: matrices of the runs of interest, of the same scenes.
        of: the figure.
        paired: whether each run of interest stems from the run at its place in `base`.
        seed: of the drawing.
    """
    scenes = _scenes(base[0])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(scenes, np.full(scenes, 1.0 / scenes), RESAMPLINGS)  # (B, S)
    first, second = (np.stack([of(run, times) for run in runs]) for runs in (base, other))
    found = [np.mean([value(run, of) for run in runs]) for runs in (base, other)]
    drawn = second.mean(0) - first.mean(0)
    sides = [second - first] if paired else [first, second]
    return Gain(float(found[1] - found[0]), _middle(drawn), _middle(drawn + _luck(sides, rng)))


def figure_of(
    counts: Sequence[Counts], base: Sequence[Counts] | None, of: Measure, paired: bool = False
) -> dict:
    """Return a figure of runs that differ in their seed, and what they gain over others.

    Args:
        counts: matrices of the runs.
        base: matrices of others, None if they are compared with none.
        of: the figure.
        paired: whether each run stems from the run at its place in `base`.

    Returns:
        `seeds`, one value per run; their `mean`; `sd` of several runs; `gain` over `base`, as
        `Gain` has it, where there is one.
    """
    seeds = [value(run, of) for run in counts]
    found: dict = {'seeds': seeds, 'mean': float(np.mean(seeds))}
    if len(seeds) > 1:
        found['sd'] = float(np.std(seeds, ddof=1))
    if base is not None:
        found['gain'] = gain(base, counts, of, paired)._asdict()
    return found


def verdict(low: float | None, high: float | None) -> str:
    """Return what an interval of a gain says; one that is none (in JSON null) says nothing."""
    if low is None or high is None:
        return 'no difference shown'
    return 'wins' if low > 0 else 'loses' if high < 0 else 'no difference shown'


def span(pair: Sequence[float | None]) -> str:
    """Return an interval of a gain in words."""
    ends = [end for end in pair if end is not None and not np.isnan(end)]
    return ' to '.join(f'{end:+.3f}' for end in ends) or 'no interval'


def plain(found: Any) -> Any:
    """Return nested values with None in place of numbers that are none, as JSON wants them."""
    if isinstance(found, dict):
        return {key: plain(entry) for key, entry in found.items()}
    if isinstance(found, list | tuple):
        return [plain(entry) for entry in found]
    return None if isinstance(found, float) and np.isnan(found) else found


def _luck(sides: Sequence[NDArray[np.float64]], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return by how much other training seeds would move a difference: sides (R, B) -> (B,).

    Three seeds drawn again and again spread too little, so this is drawn from Student's t with
    the degrees of freedom of Welch (The generalization of 'Student's' problem when several
    different population variances are involved, Biometrika 1947). NaN where a side has one run.
    """
    if any(len(runs) < 2 for runs in sides):
        return np.full(sides[0].shape[1], np.nan)
    errors = np.stack([runs.var(0, ddof=1) / len(runs) for runs in sides])  # of each mean, squared
    spare = np.array([[len(runs) - 1] for runs in sides])
    whole = errors.sum(0)
    freedom = whole**2 / np.maximum((errors**2 / spare).sum(0), np.finfo(float).tiny)
    return np.sqrt(whole) * rng.standard_t(np.maximum(freedom, 1.0))


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
