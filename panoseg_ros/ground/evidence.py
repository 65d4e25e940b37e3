"""What one frame says about the ground, cell by cell, and how it becomes a map."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import UNKNOWN, GroundMap
from panoseg_ros.ground.channels import GROUND, Channels


class GroundEvidence(NamedTuple):
    """Evidence of one frame on a grid that is snapped to whole cells of its frame.

    Convention: `weight[y, x]` sums to the mean confidence of what was seen in the
    cell, 0 where nothing was seen. A cell with any obstacle holds weights of
    obstacle channels only. Cell (0, 0) is cell `origin_cell` (x, y) of the frame.
    """

    stamp_ns: int
    frame_id: str
    resolution_m: float
    origin_cell: tuple[int, int]
    pose: tuple[float, float, float]  # x, y in metres and yaw in radians of the base
    weight: NDArray[np.float32]  # (N, N, M)
    ranges_m: NDArray[np.float32]  # (A,)


@njit(cache=True, nogil=True)
def weigh(sums: NDArray[np.float32], number: NDArray[np.int32], group: NDArray[np.int8]) -> None:
    """Turn the summed confidences 0..255 of a frame's hits into weights, in place.

    Args:
        sums: (N, N, M) per channel.
        number: (N, N, 2) ground hits and obstacle hits.
        group: (M,) group of every channel.
    """
    for y in range(sums.shape[0]):
        for x in range(sums.shape[1]):
            obstacle = number[y, x, 1] > 0
            total = number[y, x, 1] if obstacle else number[y, x, 0]
            if total == 0:
                continue
            for m in range(sums.shape[2]):
                counts = obstacle == (group[m] != GROUND)
                sums[y, x, m] = sums[y, x, m] / (255.0 * total) if counts else 0.0


@njit(cache=True, nogil=True, inline='always')
def cell_cost(
    share: NDArray[np.float32], at: int, group: NDArray[np.int8], cost: NDArray[np.int8]
) -> int:
    """Return the policy cost of row `at` of shares (cells, M), UNKNOWN if all are zero.

    An obstacle wins over ground; among obstacles the dearest, on ground the class
    with the most evidence.
    """
    best = UNKNOWN
    most = np.float32(0.0)
    obstacle = False
    for m in range(len(group)):
        part = share[at, m]
        if part <= 0.0:
            continue
        if group[m] != GROUND:
            best = max(best, cost[m]) if obstacle else cost[m]
            obstacle = True
        elif not obstacle and part > most:
            best, most = cost[m], part
    return best


@njit(cache=True, nogil=True)
def _costs(
    share: NDArray[np.float32],
    group: NDArray[np.int8],
    cost: NDArray[np.int8],
    combined: NDArray[np.int8],
) -> None:
    for at in range(len(combined)):
        combined[at] = cell_cost(share, at, group, cost)


@njit(cache=True, nogil=True)
def _percent(
    share: NDArray[np.float32], channel: int, combined: NDArray[np.int8], grid: NDArray[np.int8]
) -> None:
    for at in range(len(combined)):
        known = combined[at] != UNKNOWN
        grid[at] = (
            int(np.float32(100.0) * share[at, channel] + np.float32(0.5)) if known else UNKNOWN
        )


def map_of(evidence: GroundEvidence, channels: Channels) -> GroundMap:
    """Return the map of one frame's evidence alone."""
    share = evidence.weight.reshape(-1, channels.count)
    combined = np.empty(len(share), np.int8)
    _costs(share, channels.group, channels.cost, combined)
    return assemble(evidence, channels, combined, share)


def assemble(
    evidence: GroundEvidence,
    channels: Channels,
    combined: NDArray[np.int8],
    share: NDArray[np.float32],
) -> GroundMap:
    """Return the map on the grid of `evidence` with these contents.

    Args:
        evidence: gives stamp, frame, grid and ranges.
        channels: says which channel is which class.
        combined: (N * N,) policy costs.
        share: (N * N, M) share of every channel in every known cell.
    """
    shape = evidence.weight.shape[:2]
    classes = {}
    for slug, channel in zip(channels.slugs, channels.of_slug, strict=True):
        grid = np.empty(len(combined), np.int8)
        _percent(share, channel, combined, grid)
        grid.setflags(write=False)
        classes[slug] = grid.reshape(shape)
    combined.setflags(write=False)
    x, y = evidence.origin_cell
    return GroundMap(
        evidence.stamp_ns,
        evidence.frame_id,
        evidence.resolution_m,
        (x * evidence.resolution_m, y * evidence.resolution_m),
        classes,
        combined.reshape(shape),
        evidence.ranges_m,
    )
