"""What one frame says about the ground, cell by cell, and how it becomes a map."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import UNKNOWN, GroundMap
from panoseg_ros.ground.channels import GROUND, Channels
from panoseg_ros.ground.trace import Hits


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


def weigh(hits: Hits, group: NDArray[np.int8]) -> NDArray[np.float32]:
    """Turn the hits of a frame into weights (N, N, M), in the memory of the hits."""
    _weigh(hits.certainty, hits.number, group)
    hits.certainty.setflags(write=False)
    return hits.certainty


@njit(cache=True, nogil=True)
def _weigh(
    certainty: NDArray[np.float32], count: NDArray[np.int32], group: NDArray[np.int8]
) -> None:
    for y in range(certainty.shape[0]):
        for x in range(certainty.shape[1]):
            obstacle = count[y, x, 1] > 0
            total = count[y, x, 1] if obstacle else count[y, x, 0]
            if total == 0:
                continue
            for m in range(certainty.shape[2]):
                counts = obstacle == (group[m] != GROUND)
                certainty[y, x, m] = certainty[y, x, m] / (255.0 * total) if counts else 0.0


@njit(cache=True, nogil=True)
def cell_cost(weight: NDArray[np.float32], group: NDArray[np.int8], cost: NDArray[np.int8]) -> int:
    """Return the policy cost of one cell's weights (M,), UNKNOWN if all are zero.

    An obstacle wins over ground; among obstacles the dearest, on ground the class
    with the most evidence.
    """
    best = UNKNOWN
    most = 0.0
    obstacle = False
    for m in range(len(weight)):
        if weight[m] <= 0.0:
            continue
        if group[m] != GROUND:
            best = max(best, cost[m]) if obstacle else cost[m]
            obstacle = True
        elif not obstacle and weight[m] > most:
            best, most = cost[m], weight[m]
    return best


@njit(cache=True, nogil=True)
def _costs(
    weight: NDArray[np.float32],
    group: NDArray[np.int8],
    cost: NDArray[np.int8],
    combined: NDArray[np.int8],
) -> None:
    for y in range(weight.shape[0]):
        for x in range(weight.shape[1]):
            combined[y, x] = cell_cost(weight[y, x], group, cost)


def map_of(evidence: GroundEvidence, channels: Channels) -> GroundMap:
    """Return the map of one frame's evidence alone."""
    combined = np.empty(evidence.weight.shape[:2], np.int8)
    _costs(evidence.weight, channels.group, channels.cost, combined)
    return assemble(evidence, channels, combined, evidence.weight)


def assemble(
    evidence: GroundEvidence,
    channels: Channels,
    combined: NDArray[np.int8],
    share: NDArray[np.float32],
) -> GroundMap:
    """Return the map with these costs and, where they are known, class shares (N, N, M)."""
    unknown = combined == UNKNOWN
    classes = {}
    for slug, channel in zip(channels.slugs, channels.of_slug, strict=True):
        grid = np.rint(share[:, :, channel] * np.float32(100.0)).astype(np.int8)
        grid[unknown] = UNKNOWN
        grid.setflags(write=False)
        classes[slug] = grid
    combined.setflags(write=False)
    x, y = evidence.origin_cell
    return GroundMap(
        evidence.stamp_ns,
        evidence.frame_id,
        evidence.resolution_m,
        (x * evidence.resolution_m, y * evidence.resolution_m),
        classes,
        combined,
        evidence.ranges_m,
    )
