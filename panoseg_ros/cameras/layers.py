"""Turns what several lenses see into one pass over one table.

The panorama is cut into segments of a row that the same number of lenses sees. Every
pixel of a segment is sampled once per lens that sees it, the best lens first, and the
others are mixed in with their shares: no pixel is sampled for a lens that does not see it,
and nothing is written twice.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.canvas import Canvas
from panoseg_ros.compiled import compiled

SEGMENT = 256  # pixels of a segment at most: its working arrays stay in the first cache
FRACTION_BITS = 5  # pixels are sampled to 1/32, as OpenCV's fixed-point remap does
SHARE_ONE = 65536  # shares are in 1/65536


class Layers(NamedTuple):
    """The table of one panorama over one canvas.

    A segment is its first pixel (row-major), its number of pixels and of lenses. Its
    samples stand one lens after the other, so that of its lens k and pixel i comes
    `k * pixels + i` after its first; a lens but the best has shares, in the same order.
    """

    shape: tuple[int, int]  # rows and columns of the panorama
    segments: NDArray[np.int32]  # (S, 3)
    cells: NDArray[np.uint32]  # (T,) canvas pixel, row-major, above and left of the sample
    fractions: NDArray[np.uint16]  # (T,) 1/32 pixels to the right, plus 32 times those down
    shares: NDArray[np.uint16]  # (U,) of the mixture with all better lenses, at most half


class Taps(NamedTuple):
    """The same table as a plain list of samples, for devices that add up in any order."""

    pixels: NDArray[np.int64]  # (T,) panorama pixel, row-major
    at: NDArray[np.float32]  # (T, 2) canvas column and row, 0.0 at the first pixel's centre
    weights: NDArray[np.float32]  # (T,), summing to 1 for every pixel that is seen


def build_layers(
    reach: NDArray[np.float32], canvas_maps: NDArray[np.float32], canvas_width: int
) -> Layers:
    """Return the table that mixes the lenses, feathered by distance to each lens' edge.

    The weight of a lens is its reach squared over the sum of all: zero at its own edge,
    one at the edge of the last other lens, and steepest half-way, so that far things at
    the seam are mixed over few pixels only.

    Args:
        reach: (L, H, W) angle to the edge of what the lens sees, 0 where it does not see.
        canvas_maps: (L, H, W, 2) column and row in the canvas, 0.0 at a pixel's centre.
        canvas_width: columns of the canvas.
    """
    lenses, *shape = reach.shape
    order = np.argsort(-reach, axis=0, kind='stable').reshape(lenses, -1)  # (L, P)
    weights = np.take_along_axis(reach.reshape(lenses, -1), order, 0) ** 2
    totals = np.cumsum(weights, 0)
    shares = np.rint(SHARE_ONE * (weights / np.where(totals > 0.0, totals, 1.0)))
    segments = _segments(np.count_nonzero(shares, 0))
    first, pixels, counts = segments.T.astype(np.int64)
    sample = _starts(pixels * counts)  # of each segment's first sample, and of its first share
    share = _starts(pixels * np.maximum(counts - 1, 0))
    cells = np.empty(int(np.sum(pixels * counts)), np.uint32)
    fractions = np.empty(cells.size, np.uint16)
    mixed = np.empty(int(np.sum(pixels * np.maximum(counts - 1, 0))), np.uint16)
    maps = canvas_maps.reshape(lenses, -1, 2)
    segment_of = np.repeat(np.arange(len(segments)), pixels)
    for rank in range(lenses):
        seen = np.flatnonzero(counts[segment_of] > rank)
        home = segment_of[seen]
        within = rank * pixels[home] + seen - first[home]
        at = sample[home] + within
        cells[at], fractions[at] = fixed_point(maps[order[rank, seen], seen], canvas_width)
        if rank:
            mixed[share[home] + within - pixels[home]] = shares[rank, seen]
    return Layers((shape[0], shape[1]), segments, cells, fractions, mixed)


def fixed_point(
    at: NDArray[np.float32], canvas_width: int
) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Return cells and fractions, as in `Layers`, of canvas columns and rows (..., 2)."""
    fine = np.rint(at * np.float32(1 << FRACTION_BITS)).astype(np.uint32)
    whole, part = fine >> FRACTION_BITS, fine & ((1 << FRACTION_BITS) - 1)
    cells = whole[..., 1] * np.uint32(canvas_width) + whole[..., 0]
    fractions = (part[..., 1] << FRACTION_BITS) + part[..., 0]
    return cells, fractions.astype(np.uint16)


def taps_of(layers: Layers, canvas_width: int) -> Taps:
    """Return every sample of a table with its pixel and its weight in the end."""
    first, pixels, counts = layers.segments.T.astype(np.int64)
    sample, share = _starts(pixels * counts), _starts(pixels * np.maximum(counts - 1, 0))
    target = np.empty(layers.cells.size, np.int64)
    weights = np.ones(layers.cells.size, np.float64)
    for n, count, start, shares_at, at in zip(pixels, counts, first, share, sample, strict=True):
        target[at : at + n * count] = np.tile(np.arange(start, start + n), count)
        better = weights[at : at + n * count].reshape(count, n)
        for rank in range(1, count):
            above = layers.shares[shares_at + (rank - 1) * n :][:n] / SHARE_ONE
            better[:rank] *= 1.0 - above
            better[rank] = above
    part = (1 << FRACTION_BITS) - 1
    column = layers.cells % canvas_width + (layers.fractions & part) / (part + 1)
    row = layers.cells // canvas_width + (layers.fractions >> FRACTION_BITS) / (part + 1)
    return Taps(target, np.stack([column, row], -1).astype(np.float32), weights.astype(np.float32))


def mix(canvas: Canvas, layers: Layers, out: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """Return a panorama (H, W, 3), black where no lens sees anything.

    Args:
        canvas: the pictures.
        layers: how they are mixed.
        out: C-contiguous array of the panorama's shape to write; a new one if not given.
    """
    if out is None:
        out = np.empty((*layers.shape, 3), np.uint8)
    assert out.shape == (*layers.shape, 3) and out.flags.c_contiguous
    _mix(canvas.words, canvas.picture.shape[1], *layers[1:], out.reshape(-1))
    return out


def _segments(counts: NDArray[np.intp]) -> NDArray[np.int32]:
    """Return the runs of equal counts (P,) as first pixel, number of pixels, count, (S, 3)."""
    changes = np.flatnonzero(np.diff(counts)) + 1
    first = np.union1d(changes, np.arange(0, counts.size, SEGMENT))
    pixels = np.diff(np.append(first, counts.size))
    return np.stack([first, pixels, counts[first]], -1).astype(np.int32)


def _starts(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.cumsum(sizes) - sizes


@compiled()
def _mix(  # pragma: no cover - compiled
    words: NDArray[np.uint64],
    width: int,
    segments: NDArray[np.int32],
    cells: NDArray[np.uint32],
    fractions: NDArray[np.uint16],
    shares: NDArray[np.uint16],
    panorama: NDArray[np.uint8],  # (3 P,)
) -> None:
    upper, lower = np.empty(SEGMENT, np.uint64), np.empty(SEGMENT, np.uint64)
    mixed, other = np.empty(SEGMENT, np.uint32), np.empty(SEGMENT, np.uint32)
    at = shares_at = 0
    for s in range(segments.shape[0]):
        first, pixels, count = segments[s]
        mixed[:pixels] = 0
        for rank in range(count):
            # Scattered reads first and alone: what follows then runs on whole vectors.
            for i in range(pixels):
                cell = np.uint64(cells[at + i])
                upper[i] = words[cell]
                lower[i] = words[cell + np.uint64(width)]
            target = other if rank else mixed
            _interpolate(upper, lower, fractions[at : at + pixels], target)
            if rank:
                _blend(mixed, other, shares[shares_at : shares_at + pixels])
                shares_at += pixels
            at += pixels
        for i in range(pixels):
            out = 3 * (first + i)
            panorama[out] = np.uint8(mixed[i])
            panorama[out + 1] = np.uint8(mixed[i] >> np.uint32(8))
            panorama[out + 2] = np.uint8(mixed[i] >> np.uint32(16))


@compiled()
def _interpolate(  # pragma: no cover - compiled
    upper: NDArray[np.uint64],
    lower: NDArray[np.uint64],
    fractions: NDArray[np.uint16],
    colours: NDArray[np.uint32],
) -> None:
    """Interpolate between two pixels above and two below, red in the lowest byte."""
    eight, sixteen, next_pixel = np.uint32(8), np.uint32(16), np.uint64(24)
    for i in range(fractions.size):
        fraction = np.uint32(fractions[i])
        right, down = fraction & np.uint32(31), fraction >> np.uint32(5)
        left, up = np.uint32(32) - right, np.uint32(32) - down
        a, b = np.uint32(upper[i]), np.uint32(upper[i] >> next_pixel)
        c, d = np.uint32(lower[i]), np.uint32(lower[i] >> next_pixel)
        weights = (left * up, right * up, left * down, right * down)
        red = _weigh(a, b, c, d, weights)
        green = _weigh(a >> eight, b >> eight, c >> eight, d >> eight, weights)
        blue = _weigh(a >> sixteen, b >> sixteen, c >> sixteen, d >> sixteen, weights)
        colours[i] = red | (green << eight) | (blue << sixteen)


@compiled(inline='always')
def _weigh(
    a: int, b: int, c: int, d: int, weights: tuple[int, int, int, int]
) -> int:  # pragma: no cover - compiled
    byte = np.uint32(255)
    total = (a & byte) * weights[0] + (b & byte) * weights[1]
    total += (c & byte) * weights[2] + (d & byte) * weights[3]
    return (total + np.uint32(512)) >> np.uint32(10)


@compiled()
def _blend(  # pragma: no cover - compiled
    mixed: NDArray[np.uint32], other: NDArray[np.uint32], shares: NDArray[np.uint16]
) -> None:
    """Mix other colours in with their share, rounding to nearest."""
    byte = np.uint32(255)
    for i in range(shares.size):
        share, colour = np.int32(shares[i]), np.uint32(0)
        for bits in (0, 8, 16):
            shift = np.uint32(bits)
            below = np.int32((mixed[i] >> shift) & byte)
            above = np.int32((other[i] >> shift) & byte)
            step = ((above - below) * share + np.int32(32768)) >> np.int32(16)
            colour |= np.uint32(below + step) << shift
        mixed[i] = colour
