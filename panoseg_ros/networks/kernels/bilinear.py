"""Bilinear sampling inside Triton kernels: where a sample lies, its corners, its slopes.

Convention: places are float32 (row, column) in pixels of a map (height, width); what lies
outside is zero, a sample between inside and outside is weighed. Functions take tiles of any
shape; `at` is where a sample's channel starts and `step` how far apart pixels lie, both in
elements of the map.
"""

import triton
import triton.language as tl


@triton.jit
def settled(move, bound):
    """Return a float32 shift held within `bound`, and where it was within."""
    move = move.to(tl.float32)
    return tl.clamp(move, -bound, bound), tl.abs(move) < bound


@triton.jit
def modulation(logit):
    """Return 2 sigmoid(logit) in float32, and its slope."""
    weight = 2 * tl.sigmoid(logit.to(tl.float32))
    return weight, weight * (1 - 0.5 * weight)


@triton.jit
def place(position, size):
    """Split a coordinate into int32 pixel below and float32 rest.

    Beyond one pixel outside nothing is seen, so farther places are drawn there: their
    integers would not fit otherwise.
    """
    position = tl.clamp(position, -2.0, size + 1.0)
    low = tl.floor(position)
    return low.to(tl.int32), position - low


@triton.jit
def corner(x, at, row, column, height, width, step, live):
    """Return the float32 values of pixels (row, column), zero outside and where not live."""
    seen = live & (row >= 0) & (row < height) & (column >= 0) & (column < width)
    return tl.load(x + at + (row * width + column) * step, mask=seen, other=0).to(tl.float32)


@triton.jit
def sample(x, at, row, column, down, right, height, width, step, live):
    """Return the value between four pixels, and its slopes downwards and to the right."""
    a = corner(x, at, row, column, height, width, step, live)
    b = corner(x, at, row, column + 1, height, width, step, live)
    c = corner(x, at, row + 1, column, height, width, step, live)
    d = corner(x, at, row + 1, column + 1, height, width, step, live)
    above = a + right * (b - a)
    below = c + right * (d - c)
    slope_right = (b - a) + down * ((d - c) - (b - a))
    return above + down * (below - above), below - above, slope_right


@triton.jit
def add_corner(grad, at, row, column, height, width, step, live, value):
    """Add to pixels (row, column) of a float32 map; the order of additions is not fixed."""
    seen = live & (row >= 0) & (row < height) & (column >= 0) & (column < width)
    tl.atomic_add(grad + at + (row * width + column) * step, value, mask=seen, sem='relaxed')


@triton.jit
def spread(grad, at, row, column, down, right, height, width, step, live, value):
    """Add `value` to the four pixels it was sampled from: the transpose of `sample`."""
    above = value * (1 - down)
    below = value * down
    add_corner(grad, at, row, column, height, width, step, live, above * (1 - right))
    add_corner(grad, at, row, column + 1, height, width, step, live, above * right)
    add_corner(grad, at, row + 1, column, height, width, step, live, below * (1 - right))
    add_corner(grad, at, row + 1, column + 1, height, width, step, live, below * right)
