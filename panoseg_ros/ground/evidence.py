"""What one frame says about the ground, cell by cell, and how it becomes a map."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import UNKNOWN, GroundMap
from panoseg_ros.ground.channels import Channels


class GroundEvidence(NamedTuple):
    """Evidence of one frame on a grid that is snapped to whole cells of its frame.

    Convention: `weight[:, y, x]` sums to the mean confidence of what was seen in the
    cell, 0 where nothing was seen. A cell with any obstacle holds weights of
    obstacle channels only. Cell (0, 0) is cell `origin_cell` (x, y) of the frame.
    """

    stamp_ns: int
    frame_id: str
    resolution_m: float
    origin_cell: tuple[int, int]
    pose: tuple[float, float, float]  # x, y in metres and yaw in radians of the base
    weight: NDArray[np.float32]  # (M, N, N)
    ranges_m: NDArray[np.float32]  # (A,)


@njit(cache=True, nogil=True)
def weigh(sums: NDArray[np.float32], number: NDArray[np.int32], ground: int) -> None:
    """Turn the summed confidences 0..255 of a frame's hits into weights, in place.

    Args:
        sums: (M, cells) per channel.
        number: (2, cells) ground hits and obstacle hits.
        ground: number of ground channels; they come first.
    """
    scale = np.zeros(number.shape, np.float32)
    for at in range(number.shape[1]):
        if number[1, at] > 0:
            scale[1, at] = np.float32(1.0 / 255.0) / np.float32(number[1, at])
        elif number[0, at] > 0:
            scale[0, at] = np.float32(1.0 / 255.0) / np.float32(number[0, at])
    for m in range(len(sums)):
        kind = int(m >= ground)
        for at in range(number.shape[1]):
            sums[m, at] *= scale[kind, at]


@njit(cache=True, nogil=True)
def policy_costs(
    share: NDArray[np.float32], ground: int, cost: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Return the policy cost (cells,) of class shares (M, cells), UNKNOWN where all are 0.

    A cell holds shares of obstacles or of ground, never of both. Among obstacles the
    dearest counts, on ground the class with the most evidence.
    """
    combined = np.full(share.shape[1], UNKNOWN, np.int8)
    most = np.zeros(share.shape[1], np.float32)
    for m in range(ground):
        for at in range(share.shape[1]):
            if share[m, at] > most[at]:
                most[at] = share[m, at]
                combined[at] = cost[m]
    for m in range(ground, len(cost)):
        for at in range(share.shape[1]):
            if share[m, at] > 0.0:
                combined[at] = max(combined[at], cost[m])
    return combined


@njit(cache=True, nogil=True)
def _percent(share: NDArray[np.float32], combined: NDArray[np.int8]) -> NDArray[np.int8]:
    grid = np.empty(len(combined), np.int8)
    for at in range(len(combined)):
        percent = np.int8(np.float32(100.0) * share[at] + np.float32(0.5))
        grid[at] = percent if combined[at] != UNKNOWN else UNKNOWN
    return grid


def map_of(evidence: GroundEvidence, channels: Channels) -> GroundMap:
    """Return the map of one frame's evidence alone."""
    return assemble(evidence, channels, evidence.weight)


def assemble(
    evidence: GroundEvidence, channels: Channels, share: NDArray[np.float32]
) -> GroundMap:
    """Return the map with these class shares (M, N, N) on the grid of `evidence`."""
    shape = share.shape[1:]
    flat = share.reshape(channels.count, -1)
    combined = policy_costs(flat, int(channels.bounds[1]), channels.cost)
    classes = {
        slug: _percent(flat[channel], combined).reshape(shape)
        for slug, channel in zip(channels.slugs, channels.of_slug, strict=True)
    }
    for grid in (combined, *classes.values()):
        grid.setflags(write=False)
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
