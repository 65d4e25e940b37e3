"""The canvas: all lens pictures of one moment side by side, no finer than the panorama wants.

One picture to sample from means one table for all lenses. A lens picture is halved by
area until it is about as fine as the panorama, which is both the anti-aliasing and what
keeps the canvas in the processor's cache.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled

UNCHANGED = 512  # a slope of one
KNEE = 192  # below, a gain is a plain factor; above, it runs out so that 255 stays 255
CHANNELS = 3
WORD_BYTES = 8  # the canvas is read in words that hold two pixels and a bit more


class Slot(NamedTuple):
    """A lens' place in the canvas."""

    left: int
    width: int
    height: int
    halvings: int  # the picture is halved so often, by area, before it is sampled
    wraps: bool  # its first column stands again behind its last


class Canvas(NamedTuple):
    """The pictures, and the same memory as seen by `layers.mix`.

    `words[y * width + x]` are the eight bytes from pixel (y, x) on; a row of padding lets
    the last pixels have neighbours to the right and below, which then count nothing.
    """

    picture: NDArray[np.uint8]  # (height, width, 3) RGB
    words: NDArray[np.uint64]  # ((height + 1) * width,) overlapping each other, read-only
    halves: dict[tuple[int, int], NDArray[np.uint8]]  # room for pictures halved, by their size


def blank_canvas(height: int, width: int) -> Canvas:
    """Return a black canvas."""
    pixels = height * width
    padding = CHANNELS * width + WORD_BYTES
    memory = np.zeros(CHANNELS * pixels + padding, np.uint8)
    words = as_strided(
        memory[:WORD_BYTES].view(np.dtype('<u8')),
        (pixels + width,),
        (CHANNELS,),
        writeable=False,
    )
    return Canvas(memory[: CHANNELS * pixels].reshape(height, width, CHANNELS), words, {})


def place(view: NDArray[np.uint8], slot: Slot, canvas: Canvas) -> None:
    """Write a picture (h, w, 3), halved by area as often as its slot says, into the canvas."""
    target = canvas.picture[: slot.height, slot.left : slot.left + slot.width]
    for left_over in range(slot.halvings, 0, -1):
        half = (slot.width << (left_over - 1), slot.height << (left_over - 1))
        whole = view[: 2 * half[1], : 2 * half[0]]
        out = target if left_over == 1 else canvas.halves.get(half)
        view = cv2.resize(whole, half, dst=out, interpolation=cv2.INTER_AREA)
        if left_over > 1:
            canvas.halves[half] = view
    if slot.halvings == 0:
        target[...] = view


def place_some(
    view: NDArray[np.uint8], slot: Slot, canvas: Canvas, cells: NDArray[np.int64]
) -> None:
    """Write the canvas pixels `cells` (N,), row-major, that lie in a slot, as `place` would."""
    width = canvas.picture.shape[1]
    row, column = np.divmod(cells[_inside(cells % width, slot)], width)
    across = (column - slot.left) % slot.width  # the column behind the last is the first again
    steps = np.arange(1 << slot.halvings)
    side = steps.size
    rows = row[:, None, None] * side + steps[:, None]
    blocks = view[rows, across[:, None, None] * side + steps].astype(np.uint16)  # (n, s, s, 3)
    while blocks.shape[1] > 1:
        pairs = blocks[:, ::2] + blocks[:, 1::2]
        blocks = (pairs[:, :, ::2] + pairs[:, :, 1::2] + np.uint16(2)) >> np.uint16(2)
    canvas.picture[row, column] = blocks[:, 0, 0]


def _inside(columns: NDArray[np.int64], slot: Slot) -> NDArray[np.bool_]:
    return (columns >= slot.left) & (columns < slot.left + slot.width + slot.wraps)


def close_turn(slot: Slot, canvas: Canvas) -> None:
    """Repeat the first column of a picture that goes all the way round behind its last."""
    if slot.wraps:
        rows = canvas.picture[: slot.height]
        rows[:, slot.left + slot.width] = rows[:, slot.left]


def brighten(slot: Slot, canvas: Canvas, gain: NDArray[np.float64]) -> None:
    """Multiply a placed picture by the gain of each channel (3,), in the picture's own values."""
    below, above = slopes(gain)
    if np.all(below == UNCHANGED):
        return
    rows = canvas.picture[: slot.height, slot.left : slot.left + slot.width]
    _bend(
        _flat_rows(rows),
        np.tile(below, slot.width),
        np.tile(above, slot.width),
    )


def slopes(gain: NDArray[np.float64]) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """Return how steep values rise below the KNEE and above it, in 1/UNCHANGED, like gains.

    Camera pictures are gamma encoded. Under a power law twice the exposure is the same
    factor for every encoded value, so no detour over linear light is needed. Black stays
    black and white stays white: a blown out sky must not turn grey in one lens only.

    Args:
        gain: of encoded values, at most 1.25, of any shape.
    """
    below = np.rint(UNCHANGED * gain)
    above = np.rint(UNCHANGED * (255.0 - KNEE * gain) / (255.0 - KNEE))
    return below.astype(np.uint16), above.astype(np.uint16)


def _flat_rows(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (h, w, 3) with tight pixels as (h, 3 w) without copying."""
    height, width, channels = picture.shape
    return as_strided(picture, (height, width * channels), (picture.strides[0], 1))


@compiled()
def _bend(
    rows: NDArray[np.uint8], below: NDArray[np.uint16], above: NDArray[np.uint16]
) -> None:  # pragma: no cover - compiled
    """Apply the two `slopes` (N,) to every row of (M, N), in place."""
    half, bits = np.uint32(1 << 15), np.uint32(16)
    for y in range(rows.shape[0]):
        row = rows[y]
        for i in range(row.size):
            value = np.uint16(row[i])
            rest = np.uint16(np.uint16(255) - value)
            # 16 x 16 bits and then the upper half: one instruction for many pixels
            low = (np.uint32(value << np.uint16(7)) * np.uint32(below[i]) + half) >> bits
            high = (np.uint32(rest << np.uint16(7)) * np.uint32(above[i]) + half) >> bits
            row[i] = np.uint8(low) if value < KNEE else np.uint8(np.uint32(255) - high)
