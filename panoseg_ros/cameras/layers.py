"""Turns what several lenses see into few remaps and one blend.

Layer 0 holds every panorama pixel as seen by the lens that sees it best. Layer 1 holds
only the pixels that a second lens sees too, with that lens' share, layer 2 the third's and
so on. The panorama is remapped once, and the overlaps once more: far less work than one
whole remap per lens.
"""

from typing import NamedTuple

import cv2
import numba
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.coverage import Coverage

STRIP_WIDTH = 512  # overlaps are remapped as strips of this width, any shape would do
NOWHERE = -16.0  # outside every picture: such pixels come out black
SHARE_ONE = 65536  # shares are in 1/65536


class Overlap(NamedTuple):
    """The pixels of one layer above the first and their share of the mixture."""

    maps: tuple[NDArray[np.int16], NDArray[np.uint16]]
    pixels: NDArray[np.int32]  # (N,) flat panorama indices
    shares: NDArray[np.uint16]  # (N,) at most one half, as better lenses come first


class Layers(NamedTuple):
    """All tables of one panorama over one canvas of lens pictures."""

    base: tuple[NDArray[np.int16], NDArray[np.uint16]]
    overlaps: tuple[Overlap, ...]


def build_layers(coverages: list[Coverage], canvas_maps: list[NDArray[np.float32]]) -> Layers:
    """Return the tables that mix the lenses, feathered by distance to each lens' edge.

    The weight of a lens is its reach squared over the sum of all: zero at its own edge,
    one at the edge of the last other lens, and steepest half-way, so that far things at
    the seam are mixed over few pixels only.

    Args:
        coverages: what each lens sees.
        canvas_maps: for each lens (H, W, 2) pixel indices in the canvas.
    """
    reach = np.stack([coverage.reach_rad for coverage in coverages])  # (L, H, W)
    order = np.argsort(-reach, axis=0, kind='stable')
    weights = np.take_along_axis(reach, order, 0).astype(np.float64) ** 2
    maps = np.stack(canvas_maps)  # (L, H, W, 2)
    ranked = [np.take_along_axis(maps, rank[None, ..., None], 0)[0] for rank in order]
    base = np.where(weights[0][..., None] > 0.0, ranked[0], np.float32(NOWHERE))
    total = weights[0]
    overlaps = []
    for lens_map, weight in zip(ranked[1:], weights[1:], strict=True):
        total = total + weight
        share = np.rint(SHARE_ONE * weight / np.where(total > 0.0, total, 1.0))
        if share.any():
            overlaps.append(_overlap(lens_map, share))
    return Layers(_fixed_point(base), tuple(overlaps))


def mix(
    canvas: NDArray[np.uint8], layers: Layers, strips: list[NDArray[np.uint8]]
) -> NDArray[np.uint8]:
    """Return a new panorama (H, W, 3); `strips` are working buffers of `strip_buffers`."""
    panorama = _remap(canvas, layers.base, None)
    flat = panorama.reshape(-1, 3)
    for overlap, strip in zip(layers.overlaps, strips, strict=True):
        _remap(canvas, overlap.maps, strip)
        _blend(flat, strip.reshape(-1, 3), overlap.pixels, overlap.shares)
    return panorama


def strip_buffers(layers: Layers) -> list[NDArray[np.uint8]]:
    """Return the buffers that `mix` needs beside the panorama."""
    shapes = [overlap.maps[0].shape[:2] for overlap in layers.overlaps]
    return [np.zeros((*shape, 3), np.uint8) for shape in shapes]


def _overlap(lens_map: NDArray[np.float32], share: NDArray[np.float64]) -> Overlap:
    pixels = np.flatnonzero(share)
    rows = -(-pixels.size // STRIP_WIDTH)
    strip = np.full((rows * STRIP_WIDTH, 2), NOWHERE, np.float32)
    strip[: pixels.size] = lens_map.reshape(-1, 2)[pixels]
    maps = _fixed_point(strip.reshape(rows, STRIP_WIDTH, 2))
    return Overlap(maps, pixels.astype(np.int32), share.ravel()[pixels].astype(np.uint16))


def _fixed_point(
    indices: NDArray[np.float32],
) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
    """Return 1/32 pixel tables; cv2.remap is fastest with them."""
    whole, fraction = cv2.convertMaps(np.ascontiguousarray(indices), None, cv2.CV_16SC2)
    return np.asarray(whole, dtype=np.int16), np.asarray(fraction, dtype=np.uint16)


def _remap(
    canvas: NDArray[np.uint8],
    maps: tuple[NDArray[np.int16], NDArray[np.uint16]],
    out: NDArray[np.uint8] | None,
) -> NDArray[np.uint8]:
    image = cv2.remap(
        canvas, *maps, cv2.INTER_LINEAR, dst=out, borderMode=cv2.BORDER_CONSTANT, borderValue=0
    )
    return np.asarray(image, dtype=np.uint8)


@numba.njit(cache=True, nogil=True)
def _blend(
    panorama: NDArray[np.uint8],
    strip: NDArray[np.uint8],
    pixels: NDArray[np.int32],
    shares: NDArray[np.uint16],
) -> None:
    """Mix a strip (M, 3) into the panorama (P, 3) at the pixels (N,), rounding to nearest."""
    for i in range(pixels.size):
        pixel, share = pixels[i], np.int32(shares[i])
        for channel in range(3):
            below, above = np.int32(panorama[pixel, channel]), np.int32(strip[i, channel])
            panorama[pixel, channel] = below + (((above - below) * share + 32768) >> 16)
