"""The compiled pass that follows every ray outwards and leaves evidence in cells."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.board import HIT, KIND_AT, Board, add_solid_hit, solid_mark
from panoseg_ros.ground.channels import BLIND, SILENT
from panoseg_ros.ground.paint import across, cell_at
from panoseg_ros.ground.rays import LATTICE_STEP

JOINED_CELLS = 2.0  # feet this close together are joined, whatever lies between


class Feet(NamedTuple):
    """Foot points along the rays (F or more of each), and two ranges per ray; in cells."""

    ray: NDArray[np.int32]  # (F,)
    sample: NDArray[np.int32]  # (F,) lowest sample that shows the obstacle
    begin: NDArray[np.float32]  # (F,)
    end: NDArray[np.float32]  # (F,)
    hidden: NDArray[np.bool_]  # (F,) the lower end is in a blind stretch
    first: NDArray[np.float32]  # (K,) first foot; inf: ground without a gap, NaN: neither
    blind: NDArray[np.float32]  # (K,) where anything is seen first, inf if nothing is


def room_for_feet(rays: int, samples: int) -> Feet:
    """Return arrays that hold every foot that K rays of R samples can have."""
    most = rays * (samples // 2 + 1)
    return Feet(
        np.empty(most, np.int32),
        np.empty(most, np.int32),
        np.empty(most, np.float32),
        np.empty(most, np.float32),
        np.empty(most, np.bool_),
        np.empty(rays, np.float32),
        np.empty(rays, np.float32),
    )


@compiled()
def find_feet(
    codes: NDArray[np.int16],
    ground: int,
    near: NDArray[np.float32],
    far: NDArray[np.float32],
    depth: float,
    feet: Feet,
) -> int:
    """Follow each ray from the nadir outwards, fill `feet` and return their number.

    An obstacle sample after ground is a foot point; what stands above it in the
    picture hides the ground behind, so there is no further foot until ground has
    shown again. After ground, a foot begins at the border of the two samples. After
    a blind stretch the true foot may lie inside that stretch, so the mark begins at
    the stretch's near edge, or at its far edge if it surrounds the nadir, and covers
    the whole sample that shows the obstacle.

    Args:
        codes: (K, R) channels, SILENT or BLIND.
        ground: number of ground channels; they come first.
        near: (R,) range where each sample begins, cells.
        far: (R,) range where it ends.
        depth: how deep a foot marks, cells.
        feet: arrays to fill.
    """
    found = 0
    for k in range(codes.shape[0]):
        feet.first[k] = np.inf
        feet.blind[k] = np.inf
        gap = False  # in what was seen beyond the blind stretch around the nadir
        hidden = False  # behind an obstacle
        edge = 0  # first sample of the blind stretch at hand
        last = BLIND
        for j in range(codes.shape[1]):
            code = codes[k, j]
            if code == BLIND:
                edge = edge if last == BLIND else j
                gap = gap or feet.blind[k] < np.inf
            else:
                feet.blind[k] = min(feet.blind[k], near[j])
                if code == SILENT:
                    gap = True
                elif code < ground:
                    hidden = False
                elif not hidden:
                    hidden = True
                    blind = last == BLIND
                    begin = near[edge] if blind and edge > 0 else near[j]
                    end = near[j] + depth
                    feet.ray[found] = k
                    feet.sample[found] = j
                    feet.begin[found] = begin
                    feet.end[found] = max(end, far[j]) if blind else end
                    feet.hidden[found] = blind
                    feet.first[k] = min(feet.first[k], begin)
                    found += 1
            last = code
        if feet.first[k] == np.inf and (gap or feet.blind[k] == np.inf):
            feet.first[k] = np.nan
    return found


@compiled()
def first_feet(feet: Feet, found: int) -> NDArray[np.int64]:
    """Return the index (K + 1,) of the first foot of every ray, of feet ordered by ray."""
    offset = np.zeros(len(feet.first) + 1, np.int64)
    for f in range(found):
        offset[feet.ray[f] + 1] += 1
    return np.cumsum(offset)


@compiled()
def forget_ground(
    feet: Feet,
    found: int,
    over: NDArray[np.float32],
    under: NDArray[np.float32],
    line: NDArray[np.float64],
    board: Board,
    size: int,
) -> None:
    """Drop the ground hits around every foot: parts of the thing may hang over that ground.

    Args:
        feet: settled.
        found: number of feet.
        over: (F,) how far before each foot, cells.
        under: (F,) how far behind it.
        line: see `paint_ground`.
        board: loses the hits.
        size: number of cells along its side.
    """
    spread = 2.0 * np.pi / len(line)
    for f in range(found):
        x, y, along_x, along_y = line[feet.ray[f]]
        length = over[f] + under[f]
        steps = int(np.ceil(length / LATTICE_STEP))
        for n in range(steps):
            reach = max(0.0, feet.begin[f] + under[f] - length * (n + 0.5) / steps)
            count = across(reach, spread)
            for i in range(count):
                offset = spread * ((i + 0.5) / count - 0.5)
                at = cell_at(reach, offset, x, y, along_x, along_y, size)
                if at >= 0:
                    board.cells[at] = 0


@compiled()
def paint_feet(
    feet: Feet,
    found: int,
    codes: NDArray[np.int16],
    certainty: NDArray[np.uint8],
    line: NDArray[np.float64],
    board: Board,
    size: int,
) -> None:
    """Add obstacle hits over every foot.

    Args:
        feet: settled.
        found: number of feet.
        codes: (F,) channel of each foot.
        certainty: (F,) its confidence.
        line: see `paint_ground`.
        board: gets the hits.
        size: number of cells along its side.
    """
    cells = board.cells
    spread = 2.0 * np.pi / len(line)
    for f in range(found):
        x, y, along_x, along_y = line[feet.ray[f]]
        kind = solid_mark(codes[f]) >> KIND_AT
        length = feet.end[f] - feet.begin[f]
        steps = max(1, int(np.ceil(length / LATTICE_STEP)))
        for n in range(steps):
            reach = feet.begin[f] + length * n / steps  # the foot's own cell first
            count = across(reach, spread)
            for i in range(count):
                offset = spread * ((i + 0.5) / count - 0.5)
                at = cell_at(reach, offset, x, y, along_x, along_y, size)
                if at < 0:
                    continue
                if cells[at] >> KIND_AT == kind:
                    cells[at] += HIT + certainty[f]
                else:  # a call with a board counts references, slowly
                    add_solid_hit(board, at, codes[f], certainty[f])


@compiled()
def neighbours(
    feet: Feet, found: int, codes: NDArray[np.int16], far: NDArray[np.float32]
) -> NDArray[np.int32]:
    """Return pairs (J, 2) of feet on neighbouring rays that are one sample or little apart.

    A wall seen at an angle steps from one sample to the next; unless they are joined, it
    would be a row of dashes with open ground between them. Feet farther apart may belong
    to two things. The second foot of a pair is on the ray to the left.

    Args:
        feet: settled; ordered by ray.
        found: number of feet.
        codes: (F,) channel of each foot; those of a pair have one.
        far: (R,) range where each sample ends, cells.
    """
    rays, offset = len(feet.first), first_feet(feet, found)
    pairs = np.empty((found, 2), np.int32)
    count = 0
    for f in range(found):
        beside = (feet.ray[f] + 1) % rays
        for g in range(offset[beside], offset[beside + 1]):
            length = abs(feet.begin[g] - feet.begin[f])
            if codes[f] == codes[g] and length <= _one_step(feet, f, g, far):
                if count == len(pairs):
                    pairs = np.concatenate((pairs, np.empty_like(pairs)))
                pairs[count, 0] = f
                pairs[count, 1] = g
                count += 1
    return pairs[:count]


@compiled()
def join_feet(
    feet: Feet,
    pairs: NDArray[np.int32],
    codes: NDArray[np.int16],
    certainty: NDArray[np.uint8],
    line: NDArray[np.float64],
    board: Board,
    size: int,
) -> None:
    """Add obstacle hits between neighbouring feet.

    Args:
        feet: settled.
        pairs: (J, 2) see `neighbours`.
        codes: (F,) channel of each foot.
        certainty: (F,) its confidence.
        line: see `paint_ground`.
        board: gets the hits.
        size: number of cells along its side.
    """
    spread = 2.0 * np.pi / len(line)
    for j in range(len(pairs)):
        f, g = pairs[j, 0], pairs[j, 1]
        length = feet.begin[g] - feet.begin[f]
        steps = int(np.ceil(abs(length) / LATTICE_STEP))
        x, y, along_x, along_y = line[feet.ray[f]]
        for i in range(steps):
            part = (i + 0.5) / steps
            reach = feet.begin[f] + part * length
            at = cell_at(reach, spread * part, x, y, along_x, along_y, size)
            if at >= 0:
                add_solid_hit(board, at, codes[f], certainty[f])


@compiled(inline='always')
def _one_step(feet: Feet, f: int, g: int, far: NDArray[np.float32]) -> float:
    """Return how far apart two feet on neighbouring rays may be: JOINED_CELLS or a sample.

    It is the ranges of the feet that count: of two neighbouring samples, one may show a hand
    that was drawn in to where the person stands, and the other a wall behind.
    """
    if abs(feet.sample[f] - feet.sample[g]) > 1:
        return JOINED_CELLS
    j = min(feet.sample[f], feet.sample[g])
    return max(JOINED_CELLS, far[min(j + 1, len(far) - 1)] - far[j])
