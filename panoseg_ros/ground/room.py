"""The memory that frames are worked out in, so that a frame takes none of its own."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.ground.board import Box, clear, empty_board, weigh
from panoseg_ros.ground.trace import Feet, room_for_feet


class Samples(NamedTuple):
    """What K rays of R samples are read into; see `look_up` and `find_feet`."""

    codes: NDArray[np.int16]  # (K, R)
    certainty: NDArray[np.uint8]  # (K, R)
    feet: Feet


class Cells(NamedTuple):
    """What the cells hold, read-only; see `GroundEvidence`."""

    only: NDArray[np.int32]  # (N, N)
    mean: NDArray[np.float32]  # (N, N)
    mixed: NDArray[np.float32]  # (rows, M)
    trust: NDArray[np.float32]  # (N, N)


class Room:
    """Arrays that every frame of one projector fills anew.

    Args:
        size: number N of cells along a side of the grid.
        channels: number M of evidence channels.
    """

    def __init__(self, size: int, channels: int) -> None:
        self.board = empty_board(size, channels)
        self.only = np.empty((size, size), np.int32)
        self.mean = np.zeros((size, size), np.float32)
        self.trust = np.empty((size, size), np.float32)
        self._samples: Samples | None = None

    def cleared(self, rays: int, samples: int) -> Samples:
        """Return room for so many rays and samples, and leave the board without hits."""
        clear(self.board)
        shape = (rays, samples)
        if self._samples is None or self._samples.codes.shape != shape:
            codes, certainty = np.empty(shape, np.int16), np.empty(shape, np.uint8)
            self._samples = Samples(codes, certainty, room_for_feet(rays, samples))
        return self._samples

    def weighed(self, box: Box) -> Cells:
        """Return views of what the cells hold; all hits on the board are in the box."""
        weigh(self.board, box, self.only, self.mean)
        rows = self.board.mixed[: self.board.used[0]]
        cells = Cells(self.only.view(), self.mean.view(), rows, self.trust.view())
        for array in cells:
            array.setflags(write=False)
        return cells
