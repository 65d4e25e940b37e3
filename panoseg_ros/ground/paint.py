"""The compiled pass that leaves evidence of ground in cells, and where hits of a ray lie."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.board import HIT, KIND_AT, Board, add_ground_hit, ground_mark
from panoseg_ros.ground.rays import LATTICE_STEP


@compiled(error_model='numpy')
def paint_ground(
    codes: NDArray[np.int16],
    certainty: NDArray[np.uint8],
    ground: int,
    middle: NDArray[np.float32],
    point: NDArray[np.float32],
    start: NDArray[np.int32],
    line: NDArray[np.float64],
    board: Board,
    size: int,
) -> None:
    """Add ground hits over the stretch that every ground sample covers.

    Next to an obstacle only the half of the sample on this side of its centre is
    surely ground: the true border lies anywhere between the two centres. Near the nadir,
    where rays are closer than the lattice is, what the ray beside shows is not repeated.

    Args:
        codes: (K, R) channels, SILENT or BLIND.
        certainty: (K, R) confidence of the samples that have a channel.
        ground: number of ground channels; they come first.
        middle: (R,) see `RayTable`, like point and start.
        point: (P,).
        start: (R + 1,).
        line: (K, 4) x, y where each ray starts on the grid, and its unit direction.
        board: gets the hits.
        size: number of cells along its side.
    """
    cells = board.cells
    rays, samples = codes.shape
    apart = _apart(point, start, rays)
    ahead, aside, first = _hits(point, 2.0 * np.pi / rays)
    cell_of = np.empty(len(ahead), np.int32)
    for k in range(rays):
        _cells_of(ahead, aside, line[k], size, cell_of)
        for j in range(samples):
            code = codes[k, j]
            if not 0 <= code < ground or (k & apart[j] and codes[k - 1, j] == code):
                continue
            low, high = start[j], start[j + 1]
            if j > 0 and codes[k, j - 1] >= ground:
                while point[low] < middle[j]:
                    low += 1
            if j + 1 < samples and codes[k, j + 1] >= ground:
                while point[high - 1] > middle[j]:
                    high -= 1
            sure, mark = certainty[k, j], ground_mark(code)
            hit = HIT + sure
            for q in range(first[low], first[high]):
                at = cell_of[q]
                if at < 0:
                    continue
                word = cells[at]
                if word >> KIND_AT == mark >> KIND_AT or word == 0:
                    cells[at] = (word | mark) + hit
                else:  # a call with a board counts references, slowly
                    add_ground_hit(board, at, code, sure)


@compiled()
def _hits(
    point: NDArray[np.float32], spread: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Spread every point over the width of a pixel.

    Args:
        point: (P,) ranges.
        spread: angle between rays.

    Returns:
        How far along a ray (Q,) and to its left (Q,) the hits are, and (P + 1,) where those of
        each point begin.
    """
    first = np.zeros(len(point) + 1, np.int64)
    for p in range(len(point)):
        first[p + 1] = first[p] + across(point[p], spread)
    ahead, aside = np.empty(first[-1], np.float32), np.empty(first[-1], np.float32)
    for p in range(len(point)):
        count = first[p + 1] - first[p]
        for i in range(count):
            ahead[first[p] + i] = point[p]
            aside[first[p] + i] = point[p] * spread * ((i + 0.5) / count - 0.5)
    return ahead, aside, first


@compiled()
def _cells_of(
    ahead: NDArray[np.float32],
    aside: NDArray[np.float32],
    line: NDArray[np.float64],
    size: int,
    cell_of: NDArray[np.int32],
) -> None:
    """Fill `cell_of` (Q,) with the flat cells of hits (Q,) around a ray, -1 outside."""
    x0, y0 = np.float32(line[0]), np.float32(line[1])
    along_x, along_y = np.float32(line[2]), np.float32(line[3])
    end = np.float32(size)
    for q in range(len(ahead)):
        x = x0 + ahead[q] * along_x - aside[q] * along_y
        y = y0 + ahead[q] * along_y + aside[q] * along_x
        inside = (x >= 0) & (y >= 0) & (x < end) & (y < end)
        cell_of[q] = np.int32(y) * np.int32(size) + np.int32(x) if inside else np.int32(-1)


@compiled()
def _apart(point: NDArray[np.float32], start: NDArray[np.int32], rays: int) -> NDArray[np.int64]:
    """Return per sample how many rays, a power of two, lie in one lattice step, less one."""
    apart = np.zeros(len(start) - 1, np.int64)
    for j in range(len(apart)):
        span = point[start[j + 1] - 1] * 2.0 * np.pi / rays
        while apart[j] < rays and span * 2 * (apart[j] + 1) <= LATTICE_STEP:
            apart[j] = 2 * apart[j] + 1
    return apart


@compiled(inline='always')
def across(reach: float, spread: float) -> int:
    """Return how many hits cover the width of a pixel at a range."""
    return max(1, int(np.ceil(reach * spread / LATTICE_STEP)))


@compiled(inline='always')
def cell_at(
    reach: float, offset: float, x: float, y: float, along_x: float, along_y: float, size: int
) -> int:
    """Return the flat cell at a range, a small angle to the left of a ray, or -1 outside."""
    x += reach * (along_x - along_y * offset)
    y += reach * (along_y + along_x * offset)
    if not (0.0 <= x < size and 0.0 <= y < size):
        return -1
    return int(y) * size + int(x)
