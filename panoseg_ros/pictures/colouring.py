"""Colours of labels, and colours mixed into pictures: each in one pass over the pixels."""

import cv2
import numpy as np
from numba import types
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.frames import UNLABELLED

BITS = 16  # shares are whole numbers of 1 / ONE
ONE = 1 << BITS
_SEEN = types.Array(types.uint8, 3, 'C', readonly=True)
_LABELS = types.Array(types.uint8, 2, 'C', readonly=True)
_MIX = types.void(
    _SEEN, _LABELS, types.uint32[::1], types.uint32[:, ::1], types.Array(types.uint8, 3, 'C')
)


def paint(labels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the colours (H, W, 3) of labels (H, W) by a palette (256, 3), all uint8."""
    return np.asarray(cv2.applyColorMap(np.ascontiguousarray(labels), palette[:, None]), np.uint8)


def overlay(
    image: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    palette: NDArray[np.uint8],
    alpha: float,
    out: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Return an image with class colours mixed in, unlabelled pixels unchanged.

    Args:
        image: (H, W, 3) uint8.
        labels: (H, W) uint8, 255 is unlabelled.
        palette: (256, 3) uint8, its channels in the image's order.
        alpha: Share of the class colour, 0..1.
        out: C-contiguous uint8, written and returned if it has the image's shape; else a new
            array is. It may be the image.
    """
    assert image.shape == (*labels.shape, 3)
    if out is None or out.shape != image.shape:
        out = np.empty(image.shape, np.uint8)
    kept = np.full(256, round((1.0 - alpha) * ONE), np.uint32)
    kept[UNLABELLED] = ONE
    added = (ONE - kept)[:, None] * palette + np.uint32(ONE // 2)  # a half, so that it rounds
    _mix(np.ascontiguousarray(image), np.ascontiguousarray(labels), kept, added, out)
    return out


# With its types named it is compiled when imported, not when the first frame waits for it.
@compiled(_MIX)
def _mix(  # pragma: no cover - compiled
    image: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    kept: NDArray[np.uint32],  # (256,) share of the image
    added: NDArray[np.uint32],  # (256, 3)
    out: NDArray[np.uint8],
) -> None:
    bits = np.uint32(BITS)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            label = labels[y, x]
            share = kept[label]
            for channel in range(3):
                value = np.uint32(image[y, x, channel]) * share + added[label, channel]
                out[y, x, channel] = np.uint8(value >> bits)
