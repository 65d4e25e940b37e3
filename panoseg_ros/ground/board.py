"""The grid that one frame's hits are gathered on: sparse, as most cells see one class only."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

NONE = -1  # nothing in the cell
MIXED = -2  # MIXED - i: several channels, in row i of the mixed ones
HELD, TOTAL, NUMBER, SOLID = range(4)  # columns of a board's cells


class Board(NamedTuple):
    """Summed confidences 0..255 and numbers of the hits in N x N cells of M channels.

    Convention: a cell holds hits of ground or of obstacles, never of both: the first
    obstacle hit drops the ground hits. What belongs to a cell lies side by side, which makes
    a hit three times as fast as in arrays of its own.
    """

    cells: NDArray[np.int32]  # (N * N, 4) NONE, the only channel, or MIXED - row; summed
    #   confidence of the only channel; number of hits of all channels; 1 if of obstacles
    mixed: NDArray[np.float32]  # (2 N N, M) summed confidences; rows are used as needed, by a
    #   cell that holds several channels of ground, then of obstacles, two of them
    used: NDArray[np.int64]  # (1,) number of rows in use


Box = tuple[int, int, int, int]  # cells from left to right and bottom to top, ends excluded


def empty_board(size: int, channels: int) -> Board:
    """Return a board of N x N cells without hits."""
    cells = np.zeros((size * size, 4), np.int32)
    cells[:, HELD] = NONE
    mixed = np.empty((2 * size * size, channels), np.float32)  # takes memory only where written
    return Board(cells, mixed, np.zeros(1, np.int64))


@njit(cache=True, nogil=True)
def add_ground_hit(board: Board, at: int, code: int, certainty: int) -> None:
    """Add one hit of ground to a cell without obstacles, unless it holds just this channel."""
    cells = board.cells
    if cells[at, HELD] == NONE:
        cells[at, HELD] = code
        cells[at, TOTAL] = certainty
        cells[at, NUMBER] = 1
    else:
        _add_to_other(board, at, code, certainty)


@njit(cache=True, nogil=True)
def add_solid_hit(board: Board, at: int, code: int, certainty: int) -> None:
    """Add one hit of an obstacle to a cell; ground hits in it are dropped."""
    cells = board.cells
    if cells[at, SOLID] == 0:
        cells[at, HELD] = code
        cells[at, TOTAL] = certainty
        cells[at, NUMBER] = 1
        cells[at, SOLID] = 1
    elif cells[at, HELD] == code:
        cells[at, TOTAL] += certainty
        cells[at, NUMBER] += 1
    else:
        _add_to_other(board, at, code, certainty)


@njit(cache=True, nogil=True)
def _add_to_other(board: Board, at: int, code: int, certainty: int) -> None:
    """Add one hit to a cell that holds other channels of the same kind."""
    cells, mixed = board.cells, board.mixed
    held = cells[at, HELD]
    if held >= 0:
        fresh = board.used[0]
        board.used[0] += 1
        mixed[fresh, :] = 0.0
        mixed[fresh, held] = cells[at, TOTAL]
        held = MIXED - fresh
        cells[at, HELD] = held
    mixed[MIXED - held, code] += certainty
    cells[at, NUMBER] += 1


@njit(cache=True, nogil=True)
def weigh(board: Board, box: Box, only: NDArray[np.int32], mean: NDArray[np.float32]) -> None:
    """Fill what each cell holds and the mean confidence 0..1 of its only channel, both (N, N).

    The sums of cells of several channels become weights that add up to it, in place. The cells
    are empty afterwards, and the rows in use stay until the caller counts them anew.

    Args:
        board: all of its hits are in the box.
        box: see there.
        only: NONE outside of the box.
        mean: left as it is where there are no hits.
    """
    cells, mixed = board.cells, board.mixed
    size = len(only)
    left, right, bottom, top = box
    only[:bottom] = NONE
    only[top:] = NONE
    for y in range(bottom, top):
        only[y, :left] = NONE
        only[y, right:] = NONE
        for x in range(left, right):
            at = y * size + x
            held = cells[at, HELD]
            only[y, x] = held
            if held == NONE:
                continue
            scale = np.float32(1.0 / 255.0) / np.float32(cells[at, NUMBER])
            mean[y, x] = np.float32(cells[at, TOTAL]) * scale
            if held <= MIXED:
                for m in range(mixed.shape[1]):
                    mixed[MIXED - held, m] *= scale
            cells[at, HELD] = NONE
            cells[at, TOTAL] = 0
            cells[at, NUMBER] = 0
            cells[at, SOLID] = 0
