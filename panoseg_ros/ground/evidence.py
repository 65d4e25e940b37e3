"""What one frame says about the ground, cell by cell, and how it becomes a map."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
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


class Legend(NamedTuple):
    """How M channels are drawn: their costs, and n classes on grids of their own."""

    ground: int  # number of ground channels; they come first
    cost: NDArray[np.int8]  # (M,) policy cost
    of_slug: NDArray[np.int16]  # (n,) channel of every grid
    grid_of: NDArray[np.int64]  # (M,) grid of every channel, -1 for none


def legend_of(channels: Channels) -> Legend:
    """Return the legend of some channels."""
    grid_of = np.full(channels.count, -1)
    grid_of[channels.of_slug] = np.arange(len(channels.of_slug))
    return Legend(int(channels.bounds[1]), channels.cost, channels.of_slug, grid_of)


@compiled()
def draw_row(
    y: int,
    only: NDArray[np.int32],
    mean: NDArray[np.float32],
    mixed: NDArray[np.float32],
    legend: Legend,
    combined: NDArray[np.int8],
    grids: NDArray[np.int8],
) -> None:
    """Draw one row of cells.

    A cell holds obstacles or ground, never both. Among obstacles the dearest counts, on
    ground the class with the most evidence.

    Args:
        y: the row.
        only: (N,) what it holds, and
        mean: (N,) and
        mixed: (rows, M) as in `GroundEvidence`.
        legend: see there.
        combined: (N, N) gets the policy costs, UNKNOWN where there is nothing.
        grids: (n, N, N) gets 100 times the share of every wanted class, likewise.
    """
    known = np.empty(len(only), np.int8)
    for x in range(len(only)):
        known[x] = 0 if only[x] != NONE else UNKNOWN
    for i in range(len(legend.of_slug)):
        for x in range(len(only)):  # 15 times as fast as copying a slice
            grids[i, y, x] = known[x]
    cost, grid_of = legend.cost, legend.grid_of
    for x in range(len(only)):
        held = only[x]
        if held >= 0:
            combined[y, x] = cost[held]
            if grid_of[held] >= 0:
                grids[grid_of[held], y, x] = _percent(mean[x])
        elif held == NONE:
            combined[y, x] = UNKNOWN
        else:
            share = mixed[MIXED - held]
            combined[y, x] = _mixed_cost(share, legend.ground, cost)
            for i in range(len(legend.of_slug)):
                grids[i, y, x] = _percent(share[legend.of_slug[i]])


@compiled()
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


@compiled(inline='always')
def _percent(share: np.float32) -> np.int8:
    return np.int8(np.float32(100.0) * share + np.float32(0.5))


@compiled()
def _draw(
    only: NDArray[np.int32],
    mean: NDArray[np.float32],
    mixed: NDArray[np.float32],
    legend: Legend,
    combined: NDArray[np.int8],
    grids: NDArray[np.int8],
) -> None:
    for y in range(len(only)):
        draw_row(y, only[y], mean[y], mixed, legend, combined, grids)


def map_of(evidence: GroundEvidence, channels: Channels) -> GroundMap:
    """Return the map of some evidence alone."""
    combined, grids = room_for_map(evidence, channels)
    _draw(evidence.only, evidence.mean, evidence.mixed, legend_of(channels), combined, grids)
    return framed(evidence, channels, combined, grids)


def room_for_map(
    evidence: GroundEvidence, channels: Channels
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return arrays (N, N) and (n, N, N) to draw a map into."""
    shape = evidence.only.shape
    return np.empty(shape, np.int8), np.empty((len(channels.slugs), *shape), np.int8)


def framed(
    evidence: GroundEvidence,
    channels: Channels,
    combined: NDArray[np.int8],
    grids: NDArray[np.int8],
) -> GroundMap:
    """Return the map with these cells, of the frame that the evidence is of; read-only."""
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
