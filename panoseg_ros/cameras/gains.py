"""Evens out how bright the lenses are, from what they see in common.

Two lenses expose and balance white on their own, so the same wall is brighter in one of
them. The gain of each lens and channel is the least-squares answer to all overlaps, as in
Brown and Lowe, "Automatic Panoramic Image Stitching using Invariant Features" (2007),
section 6, solved in logarithms so that it is linear, with an interquartile mean over
samples in place of the mean over the overlap, and a mean over frames.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled

LIMIT = 1.25  # no gain beyond this, nor below its inverse: more is a fault, not an exposure
FRAMES = 30  # the estimate follows with this time constant, after a plain mean over as many
SAMPLES = 512  # of every pair of lenses
LEAST_SAMPLES = 64  # fewer good ones say nothing about a pair
DARK, BRIGHT = 16, 240  # below there is noise, above a channel may be saturated
ALIKE = 1.0 / 3.0  # samples lie where the nearer edge is at least this far of the other

_LOGARITHM = np.log(np.arange(256) + 1e-9)


class Common(NamedTuple):
    """Where in the canvas pairs of lenses see the same directions."""

    pairs: NDArray[np.int64]  # (K, 2) indices of the lenses
    cells: NDArray[np.int64]  # (K, SAMPLES, 2) canvas pixels, row-major, one of each lens


def find_common(
    reach: NDArray[np.float32],
    cells: NDArray[np.uint32],
    areas: NDArray[np.float64],
) -> Common:
    """Return samples spread evenly over the middle of every overlap.

    Args:
        reach: (L, P) angle to the edge of what each lens sees, 0 where it does not see.
        cells: (L, P) canvas pixel of each lens and panorama pixel.
        areas: (P,) solid angle of the panorama pixels, in any unit.
    """
    pairs, samples = [], []
    for one in range(len(reach)):
        for other in range(one + 1, len(reach)):
            near, far = np.minimum(reach[one], reach[other]), np.maximum(reach[one], reach[other])
            both = np.flatnonzero((near > 0.0) & (near >= ALIKE * far))
            if both.size < LEAST_SAMPLES:
                continue
            chosen = both[_spread(areas[both])]
            pairs.append((one, other))
            samples.append(np.stack([cells[one, chosen], cells[other, chosen]], -1))
    if not pairs:
        return Common(np.zeros((0, 2), np.int64), np.zeros((0, SAMPLES, 2), np.int64))
    return Common(np.array(pairs, np.int64), np.stack(samples).astype(np.int64))


def _spread(areas: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return SAMPLES indices, one for every equal part of the whole area."""
    filled = np.cumsum(areas)
    marks = (np.arange(SAMPLES) + 0.5) / SAMPLES * filled[-1]
    return np.searchsorted(filled, marks).clip(0, areas.size - 1)


class Brightness(NamedTuple):
    """What was learned of how bright L lenses are."""

    logarithms: NDArray[np.float64]  # (L, 3) of the gains
    updates: NDArray[np.float64]  # (L,) moments that told something of each lens


class Gains:
    """The running gain of every lens and channel; the same pictures give the same gains.

    Convention: gains multiply the encoded pixel values. Their mean over the lenses, by
    the area of the panorama that each contributes, is one in logarithms, so that the
    panorama as a whole keeps its brightness. Lenses whose overlaps say nothing (too dark,
    too bright, silent) keep the gains that they have.

    Args:
        areas: (L,) how much of the panorama each lens contributes, in any unit.

    Attributes:
        learned: from all pictures so far, changed in place by every update.
    """

    def __init__(self, areas: NDArray[np.float64]) -> None:
        self._weights = np.sqrt(np.maximum(areas, 1e-6 * max(float(np.sum(areas)), 1e-6)))
        self.reset()

    @property
    def values(self) -> NDArray[np.float64]:
        """The gains as of the last update, (L, 3)."""
        return np.exp(self.learned.logarithms)

    def reset(self) -> None:
        """Forget all pictures."""
        self.learned = Brightness(np.zeros((self._weights.size, 3)), np.zeros(self._weights.size))

    def update(self, picture: NDArray[np.uint8], common: Common) -> NDArray[np.float64]:
        """Take in the canvas picture of one moment and return the gains (L, 3) for it."""
        target, known = self.estimate(picture, common)
        logarithms, updates = self.learned
        updates[known] += 1.0
        step = np.maximum(1.0 / np.maximum(updates[known], 1.0), 1.0 / FRAMES)
        logarithms[known] += step[:, None] * (target[known] - logarithms[known])
        return self.values

    def estimate(
        self, picture: NDArray[np.uint8], common: Common
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return log gains (L, 3) from one moment alone, and for which lenses (L,)."""
        known = np.zeros(self._weights.size, np.bool_)
        if not len(common.pairs):
            return np.zeros_like(self.learned.logarithms), known
        excess = np.full((len(common.pairs), 3), np.nan)
        _compare(picture.reshape(-1, 3), common.cells, excess)
        usable = np.isfinite(excess[:, 0])
        pairs = common.pairs[usable]
        known[pairs] = True
        rows = np.arange(len(pairs))
        design = np.zeros((len(pairs), known.size))
        design[rows, pairs[:, 0]], design[rows, pairs[:, 1]] = 1.0, -1.0
        # The shortest solution in these scaled unknowns is the one with weighted mean zero.
        scaled = np.linalg.lstsq(design / self._weights, -excess[usable], rcond=None)[0]
        bound = np.log(LIMIT)
        return np.clip(scaled / self._weights[:, None], -bound, bound), known


@compiled()
def _compare(  # pragma: no cover - compiled
    picture: NDArray[np.uint8],  # (M, 3)
    cells: NDArray[np.int64],  # (K, SAMPLES, 2)
    excess: NDArray[np.float64],  # (K, 3)
) -> None:
    """Write by how much, in logarithms, the first lens of each pair is brighter.

    Pairs with too few samples that are good in both lenses and all channels are left alone.
    """
    ratios = np.empty((3, cells.shape[1]))
    for pair in range(cells.shape[0]):
        count = 0
        for sample in range(cells.shape[1]):
            one, other = picture[cells[pair, sample, 0]], picture[cells[pair, sample, 1]]
            good = True
            for channel in range(3):
                low = min(one[channel], other[channel])
                high = max(one[channel], other[channel])
                good = good and low >= DARK and high <= BRIGHT
            if good:
                for channel in range(3):
                    ratio = _LOGARITHM[one[channel]] - _LOGARITHM[other[channel]]
                    ratios[channel, count] = ratio
                count += 1
        if count < LEAST_SAMPLES:
            continue
        for channel in range(3):
            ordered = np.sort(ratios[channel, :count])
            excess[pair, channel] = np.mean(ordered[count // 4 : count - count // 4])
