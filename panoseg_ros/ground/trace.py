"""The compiled pass that follows every ray outwards and leaves evidence in cells."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.ground.channels import BLIND, GROUND, SILENT
from panoseg_ros.ground.rays import LATTICE_STEP, RayTable


class Hits(NamedTuple):
    """What the rays leave behind: hits per cell, and the first foot of every ray."""

    certainty: NDArray[np.float32]  # (N, N, M) sum of the confidences 0..255 per channel
    number: NDArray[np.int32]  # (N, N, 2) number of ground and of obstacle hits
    foot: NDArray[np.float32]  # (K,) cells; inf: ground without a gap, NaN: hidden or unseen
    blind: NDArray[np.float32]  # (K,) where the blind stretch around the nadir ends, cells


@njit(cache=True, nogil=True)
def look_up(
    pixel: NDArray[np.int32],
    labels: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    of_label: NDArray[np.int16],
    min_confidence: int,
    codes: NDArray[np.int16],
    certainty: NDArray[np.uint8],
) -> None:
    """Fill `codes` (K, R) with the channel of every sample, SILENT or BLIND.

    The images are flat, and `pixel` holds indices into them.
    """
    rays, samples = pixel.shape
    for k in range(rays):
        for j in range(samples):
            at = pixel[k, j]
            if at < 0 or not valid[at]:
                codes[k, j] = BLIND
            elif confidence[at] < min_confidence:
                codes[k, j] = SILENT
            else:
                codes[k, j] = of_label[labels[at]]
                certainty[k, j] = confidence[at]


@njit(cache=True, nogil=True)
def follow_rays(
    codes: NDArray[np.int16],
    certainty: NDArray[np.uint8],
    group: NDArray[np.int8],
    rays: RayTable,
    line: NDArray[np.float64],
    depth: float,
    hits: Hits,
) -> None:
    """Follow each ray from the nadir outwards and add to `hits`; lengths are in cells.

    A ground sample is evidence for the ground that it covers. An obstacle sample
    after ground is a foot point; what stands above it in the picture hides the
    ground behind, so nothing is said until ground shows again.

    Args:
        codes: (K, R) channels, SILENT or BLIND.
        certainty: (K, R) confidence of the samples that have a channel.
        group: (M,) group of every channel.
        rays: the samples' ranges.
        line: (K, 4) x, y where each ray starts on the grid, and its unit direction.
        depth: how deep a foot marks.
        hits: zeros, filled here.
    """
    for k in range(codes.shape[0]):
        first = np.inf
        seen = False  # anything beyond the blind stretch around the nadir
        gap = False  # in what was seen since
        hidden = False  # behind an obstacle
        edge = 0  # first sample of the blind stretch at hand
        last = BLIND
        for j in range(codes.shape[1]):
            code = codes[k, j]
            if code == BLIND:
                edge = edge if last == BLIND else j
                gap = gap or seen
            else:
                if not seen:
                    hits.blind[k] = rays.near[j]
                seen = True
                if code == SILENT:
                    gap = True
                elif group[code] == GROUND:
                    _paint(k, j, codes, group, rays, line[k], certainty[k, j], hits)
                    hidden = False
                elif not hidden:
                    begin, end = _foot(rays, j, edge, last == BLIND, depth)
                    _mark(begin, end, line[k], code, certainty[k, j], hits)
                    first = min(first, begin)
                    hidden = True
            last = code
        hits.foot[k] = first if seen and (not gap or first < np.inf) else np.nan


@njit(cache=True, nogil=True)
def _foot(
    rays: RayTable, sample: int, edge: int, blind: bool, depth: float
) -> tuple[float, float]:
    """Return where a foot begins and ends.

    After ground it begins at the border of the two samples. After a blind stretch
    the true foot may lie inside that stretch, so the mark begins at the stretch's
    near edge, or at its far edge if it surrounds the nadir, and covers the whole
    sample that shows the obstacle.
    """
    begin, end = rays.near[sample], rays.near[sample] + depth
    if not blind:
        return begin, end
    return (rays.near[edge] if edge > 0 else begin), max(end, rays.far[sample])


@njit(cache=True, nogil=True)
def _paint(
    k: int,
    j: int,
    codes: NDArray[np.int16],
    group: NDArray[np.int8],
    rays: RayTable,
    line: NDArray[np.float64],
    certainty: int,
    hits: Hits,
) -> None:
    """Add ground hits over the stretch that a ground sample covers.

    Next to an obstacle only the half of the sample on this side of its centre is
    surely ground: the true border lies anywhere between the two centres.
    """
    low, high = rays.start[j], rays.start[j + 1]
    if j > 0 and codes[k, j - 1] >= 0 and group[codes[k, j - 1]] != GROUND:
        while rays.point[low] < rays.middle[j]:
            low += 1
    if j + 1 < codes.shape[1] and codes[k, j + 1] >= 0 and group[codes[k, j + 1]] != GROUND:
        while rays.point[high - 1] > rays.middle[j]:
            high -= 1
    spread = 2.0 * np.pi / codes.shape[0]
    for p in range(low, high):
        _hit(rays.point[p], spread, line, codes[k, j], 0, certainty, hits)


@njit(cache=True, nogil=True)
def _mark(
    begin: float, end: float, line: NDArray[np.float64], code: int, certainty: int, hits: Hits
) -> None:
    """Add obstacle hits from `begin` to `end` along a ray."""
    count = max(1, int(np.ceil((end - begin) / LATTICE_STEP)))
    spread = 2.0 * np.pi / len(hits.foot)
    for i in range(count):
        reach = begin + (end - begin) * (i + 0.5) / count
        _hit(reach, spread, line, code, 1, certainty, hits)


@njit(cache=True, nogil=True, inline='always')
def _hit(
    reach: float,
    spread: float,
    line: NDArray[np.float64],
    code: int,
    kind: int,
    certainty: int,
    hits: Hits,
) -> None:
    """Add one hit to the cells across a ray at one range, as wide as its pixel."""
    across = max(1, int(np.ceil(reach * spread / LATTICE_STEP)))
    rows, columns = hits.number.shape[:2]
    for i in range(across):
        offset = spread * ((i + 0.5) / across - 0.5)
        x = line[0] + reach * (line[2] - line[3] * offset)
        y = line[1] + reach * (line[3] + line[2] * offset)
        if 0.0 <= x < columns and 0.0 <= y < rows:
            hits.certainty[int(y), int(x), code] += certainty
            hits.number[int(y), int(x), kind] += 1
