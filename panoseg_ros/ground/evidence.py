"""What one frame says about the ground, cell by cell, and how it becomes a map."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import UNKNOWN, GroundMap
from panoseg_ros.ground.board import MIXED, NONE
from panoseg_ros.ground.channels import Channels


class GroundEvidence(NamedTuple):
    """Evidence of one frame on a grid that is snapped to whole cells of its frame.

    Convention: the weights of a cell add up to the mean confidence of what was seen in it.
    A cell with any obstacle holds weights of obstacle channels only. Most cells hold
    one channel, `only`, of weight `mean`; the weights of the others are row
    MIXED - `only` of `mixed`. Cell (0, 0) is cell `origin_cell` (x, y) of the frame.
    """

    stamp_ns: int
    frame_id: str
    resolution_m: float
    origin_cell: tuple[int, int]
    pose: tuple[float, float, float]  # x, y in metres and yaw in radians of the base
    only: NDArray[np.int32]  # (N, N) NONE, a channel, or MIXED - row
    mean: NDArray[np.float32]  # (N, N)
    mixed: NDArray[np.float32]  # (rows, M)
    trust: NDArray[np.float32]  # (N, N) 0..1, see `accuracy.trust`
    ranges_m: NDArray[np.float32]  # (A,)

    @property
    def weight(self) -> NDArray[np.float32]:
        """Return the weights (M, N, N) of all channels, 0 where nothing was seen."""
        rows = np.clip(MIXED - self.only, 0, None)
        several = self.only <= MIXED
        channels = np.arange(self.mixed.shape[1])[:, None, None]
        weight = np.where(channels == self.only, self.mean, np.float32(0.0))
        weight[:, several] = self.mixed[rows[several]].T
        return weight


@njit(cache=True, nogil=True)
def policy_costs(
    only: NDArray[np.int32], mixed: NDArray[np.float32], ground: int, cost: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Return the policy cost (N, N) of cells, UNKNOWN where there is nothing.

    A cell holds obstacles or ground, never both. Among obstacles the dearest counts, on
    ground the class with the most evidence.

    Args:
        only: (N, N) and
        mixed: (rows, M) as in `GroundEvidence`.
        ground: number of ground channels; they come first.
        cost: (M,) policy cost.
    """
    combined = np.full(only.shape, UNKNOWN, np.int8)
    for y in range(only.shape[0]):
        for x in range(only.shape[1]):
            held = only[y, x]
            if held >= 0:
                combined[y, x] = cost[held]
            elif held <= MIXED:
                combined[y, x] = _mixed_cost(mixed[MIXED - held], ground, cost)
    return combined


@njit(cache=True, nogil=True)
def _mixed_cost(share: NDArray[np.float32], ground: int, cost: NDArray[np.int8]) -> np.int8:
    combined, most = np.int8(UNKNOWN), np.float32(0.0)
    for m in range(ground):
        if share[m] > most:
            most = share[m]
            combined = cost[m]
    for m in range(ground, len(cost)):
        if share[m] > 0.0:
            combined = max(combined, cost[m])
    return combined


@njit(cache=True, nogil=True)
def _percents(
    only: NDArray[np.int32],
    mean: NDArray[np.float32],
    mixed: NDArray[np.float32],
    of_slug: NDArray[np.int16],
    channels: int,
) -> NDArray[np.int8]:
    """Return 100 times the share (n, N, N) of every wanted class, UNKNOWN where nothing is."""
    grids = np.empty((len(of_slug), *only.shape), np.int8)
    grid_of = np.full(channels, -1, np.int64)
    for i in range(len(of_slug)):
        grid_of[of_slug[i]] = i
    for y in range(only.shape[0]):
        known = (only[y] != NONE).astype(np.int8) - np.int8(1)  # 0 known, -1 unknown
        for i in range(len(of_slug)):
            grids[i, y] = known
        for x in range(only.shape[1]):
            held = only[y, x]
            if held >= 0 and grid_of[held] >= 0:
                grids[grid_of[held], y, x] = _percent(mean[y, x])
            elif held <= MIXED:
                for i in range(len(of_slug)):
                    grids[i, y, x] = _percent(mixed[MIXED - held, of_slug[i]])
    return grids


@njit(cache=True, nogil=True, inline='always')
def _percent(share: np.float32) -> np.int8:
    return np.int8(np.float32(100.0) * share + np.float32(0.5))


def map_of(evidence: GroundEvidence, channels: Channels) -> GroundMap:
    """Return the map of what `only`, `mean` and `mixed` of some evidence hold."""
    combined = policy_costs(evidence.only, evidence.mixed, int(channels.bounds[1]), channels.cost)
    grids = _percents(
        evidence.only, evidence.mean, evidence.mixed, channels.of_slug, channels.count
    )
    for grid in (combined, grids):
        grid.setflags(write=False)
    x, y = evidence.origin_cell
    return GroundMap(
        evidence.stamp_ns,
        evidence.frame_id,
        evidence.resolution_m,
        (x * evidence.resolution_m, y * evidence.resolution_m),
        dict(zip(channels.slugs, grids, strict=True)),
        combined,
        evidence.ranges_m,
    )
