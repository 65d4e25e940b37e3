"""The grid that one frame's hits are gathered on: sparse, as most cells see one class only."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled

NONE = -1  # nothing in the cell
MIXED = -2  # MIXED - i: several channels, in row i of the mixed ones

# A board's cell is one word, 0 without hits, from the lowest bit on: 32 bits of summed confidence
# of the only channel, or the row of the mixed ones; 22 bits of the number of hits; 9 bits of
# what it holds, a channel + 1 or SEVERAL; the sign is that of obstacles.
NUMBER_AT, KIND_AT = 32, 54
HIT, SUM = 1 << NUMBER_AT, (1 << NUMBER_AT) - 1
NUMBERS, KINDS = (1 << (KIND_AT - NUMBER_AT)) - 1, (1 << (63 - KIND_AT)) - 1
SEVERAL = KINDS
SOLID = -(1 << 63)
KEPT = SOLID + (NUMBERS << NUMBER_AT)  # of a cell that comes to hold several channels

Box = tuple[int, int, int, int]  # cells from left to right and bottom to top, ends excluded


class Board(NamedTuple):
    """Summed confidences 0..255 and numbers of the hits in N x N cells of M channels.

    Convention: a cell holds hits of ground or of obstacles, never of both: the first
    obstacle hit drops the ground hits. A word per cell keeps the board within the cache.
    """

    cells: NDArray[np.int64]  # (N * N,) words, see above
    mixed: NDArray[np.float32]  # (2 N N, M) summed confidences; rows are used as needed, by a
    #   cell that holds several channels of ground, then of obstacles, two of them
    used: NDArray[np.int64]  # (1,) number of rows in use


def empty_board(size: int, channels: int) -> Board:
    """Return a board of N x N cells without hits."""
    mixed = np.empty((2 * size * size, channels), np.float32)  # takes memory only where written
    return Board(np.zeros(size * size, np.int64), mixed, np.zeros(1, np.int64))


def clear(board: Board) -> None:
    """Remove all hits."""
    board.cells.fill(0)
    board.used[0] = 0


@compiled(inline='always')
def ground_mark(code: int) -> int:
    """Return the word, without hits, of a cell that holds this channel of ground."""
    return np.int64(code + 1) << KIND_AT


@compiled(inline='always')
def solid_mark(code: int) -> int:
    """Return the word, without hits, of a cell that holds this channel of obstacles."""
    return (np.int64(code + 1) << KIND_AT) + SOLID


@compiled()
def add_ground_hit(board: Board, at: int, code: int, certainty: int) -> None:
    """Add one hit of ground to a cell without obstacles."""
    word, mark = board.cells[at], ground_mark(code)
    if word == 0 or word >> KIND_AT == mark >> KIND_AT:
        board.cells[at] = (word | mark) + HIT + certainty
    else:
        _add_to_other(board, at, code, certainty)


@compiled()
def add_solid_hit(board: Board, at: int, code: int, certainty: int) -> None:
    """Add one hit of an obstacle to a cell; ground hits in it are dropped."""
    word, mark = board.cells[at], solid_mark(code)
    if word >= 0:
        board.cells[at] = mark + HIT + certainty
    elif word >> KIND_AT == mark >> KIND_AT:
        board.cells[at] = word + HIT + certainty
    else:
        _add_to_other(board, at, code, certainty)


@compiled()
def _add_to_other(board: Board, at: int, code: int, certainty: int) -> None:
    """Add one hit to a cell that holds other channels of the same kind."""
    word, mixed = board.cells[at], board.mixed
    held = (word >> KIND_AT) & KINDS
    if held != SEVERAL:
        fresh = board.used[0]
        board.used[0] += 1
        mixed[fresh, :] = 0.0
        mixed[fresh, held - 1] = word & SUM
        word = (word & KEPT) | (SEVERAL << KIND_AT) | fresh
    mixed[word & SUM, code] += certainty
    board.cells[at] = word + HIT


@compiled()
def weigh(board: Board, box: Box, only: NDArray[np.int32], mean: NDArray[np.float32]) -> None:
    """Fill what each cell holds and the mean confidence 0..1 of its only channel, both (N, N).

    The sums of cells of several channels become weights that add up to it, in place.

    Args:
        board: all of its hits are in the box.
        box: see there.
        only: NONE outside of the box.
        mean: 0 where there are no hits, and left as it is outside of the box.
    """
    size = len(only)
    left, right, bottom, top = box
    only[:bottom] = NONE
    only[top:] = NONE
    for y in range(bottom, top):
        only[y, :left] = NONE
        only[y, right:] = NONE
        words = board.cells[y * size + left : y * size + right]
        if _weigh_row(words, only[y, left:right], mean[y, left:right]):
            for x in range(left, right):
                word = board.cells[y * size + x]
                if only[y, x] == SEVERAL - 1:
                    only[y, x] = MIXED - (word & SUM)
                    number = np.float32((word >> NUMBER_AT) & NUMBERS)
                    board.mixed[word & SUM] *= np.float32(1.0 / 255.0) / number


@compiled(error_model='numpy')
def _weigh_row(
    words: NDArray[np.int64], only: NDArray[np.int32], mean: NDArray[np.float32]
) -> bool:
    """Fill channels, SEVERAL - 1 for several, and mean confidences; return if there are such."""
    several = False
    for x in range(len(words)):
        word = words[x]
        held = np.int32((word >> KIND_AT) & KINDS)
        number = np.float32(max(np.int32((word >> NUMBER_AT) & NUMBERS), np.int32(1)))
        only[x] = held - np.int32(1)
        mean[x] = np.float32(np.int32(word & SUM)) * (np.float32(1.0 / 255.0) / number)
        several |= held == SEVERAL
    return several
