# ruff: noqa: N803 - what is known when a kernel is compiled stands in capitals
"""Triton kernels of the 1 x 1 deformable layer whose every channel moves by itself.

y(p) = W s(p) + b with s_c(p) = m_c(p) x_c(p + d_c(p)). Neighbouring threads hold neighbouring
pixels of one channel: the map is planar (B, C, H, W), so that smooth shifts give neighbouring
reads. Sampled tiles go into the matrix product within the chip, never to memory; by the
roofline, a buffer of them would add two of its passes to the layer's five (at half precision:
moves 3, map 1, result 1) where the product itself takes an eighth of the time of these (H200).

`height` and `width` are no hint of alignment: a thread would be given eight pixels in a row to
read their moves at once, and neighbouring threads would sample places eight pixels apart.
"""

import triton
import triton.language as tl

from panoseg_ros.networks.kernels.bilinear import modulation, place, sample, settled, spread


@triton.jit
def _sampled(x, moves, c, p, height, width, bound, live, CHANNELS: tl.constexpr):
    """Return what both directions need of channels c (BLOCK_C, 1) at pixels p (1, BLOCK_P)."""
    plane = c * (height * width)
    at = moves + plane + plane + p  # twice a plane would be a hint of alignment, too
    down, down_free = settled(tl.load(at, mask=live, other=0), bound)
    right, right_free = settled(tl.load(at + height * width, mask=live, other=0), bound)
    logit = tl.load(moves + 2 * CHANNELS * (height * width) + plane + p, mask=live, other=0)
    gain, gain_slope = modulation(logit)
    row, down = place(p // width + down, height)
    column, right = place(p % width + right, width)
    value, slope_down, slope_right = sample(
        x, plane, row, column, down, right, height, width, 1, live
    )
    slope_down = tl.where(down_free, slope_down, 0.0)
    slope_right = tl.where(right_free, slope_right, 0.0)
    return value, gain, gain_slope, slope_down, slope_right, row, column, down, right


@triton.jit(do_not_specialize_on_alignment=['height', 'width'])
def forward(
    x, moves, weight, bias, out, bound, height, width, pixels,
    CHANNELS: tl.constexpr, OUTPUTS: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_O: tl.constexpr, BLOCK_C: tl.constexpr, BLOCK_P: tl.constexpr,
):  # fmt: skip
    """Write out (B, O, H, W) for one block of pixels, one of outputs, one image."""
    p = (tl.program_id(0) * BLOCK_P + tl.arange(0, BLOCK_P))[None, :]
    o = (tl.program_id(1) * BLOCK_O + tl.arange(0, BLOCK_O))[:, None]
    image = tl.program_id(2).to(tl.int64) * pixels
    x += image * CHANNELS
    moves += image * 3 * CHANNELS
    total = tl.zeros((BLOCK_O, BLOCK_P), tl.float32)
    for start in range(0, CHANNELS, BLOCK_C):
        c = start + tl.arange(0, BLOCK_C)
        live = (c[:, None] < CHANNELS) & (p < pixels)
        value, gain, _, _, _, _, _, _, _ = _sampled(
            x, moves, c[:, None], p, height, width, bound, live, CHANNELS
        )
        seen = (o < OUTPUTS) & (c[None, :] < CHANNELS)
        matrix = tl.load(weight + o * CHANNELS + c[None, :], mask=seen, other=0)
        fetched = (value * gain).to(matrix.dtype)
        total = tl.dot(matrix, fetched, total, input_precision=PRECISION)
    total += tl.load(bias + o, mask=o < OUTPUTS, other=0).to(tl.float32)
    at = out + image * OUTPUTS + o * pixels + p
    tl.store(at, total.to(out.dtype.element_ty), mask=(o < OUTPUTS) & (p < pixels))


@triton.jit(do_not_specialize_on_alignment=['height', 'width'])
def backward(
    x, moves, grad, grad_x, grad_moves, fetched, bound, height, width,
    CHANNELS: tl.constexpr, WANT_X: tl.constexpr, WANT_FETCHED: tl.constexpr,
    BLOCK_C: tl.constexpr, BLOCK_P: tl.constexpr,
):  # fmt: skip
    """Turn the gradient of s (B, C, H, W) into those of moves and map; write s itself.

    `grad_x` is float32 and zero before.
    """
    p = (tl.program_id(0) * BLOCK_P + tl.arange(0, BLOCK_P))[None, :]
    c = (tl.program_id(1) * BLOCK_C + tl.arange(0, BLOCK_C))[:, None]
    image = tl.program_id(2).to(tl.int64) * (height * width) * CHANNELS
    live = (c < CHANNELS) & (p < height * width)
    value, gain, gain_slope, slope_down, slope_right, row, column, down, right = _sampled(
        x + image, moves + 3 * image, c, p, height, width, bound, live, CHANNELS
    )
    plane = c * (height * width)
    arrived = tl.load(grad + image + plane + p, mask=live, other=0).to(tl.float32)
    kind = grad_moves.dtype.element_ty
    at = grad_moves + 3 * image + plane + plane + p
    tl.store(at, (arrived * gain * slope_down).to(kind), mask=live)
    tl.store(at + height * width, (arrived * gain * slope_right).to(kind), mask=live)
    at = grad_moves + 3 * image + 2 * CHANNELS * (height * width) + plane + p
    tl.store(at, (arrived * value * gain_slope).to(kind), mask=live)
    if WANT_FETCHED:
        at = fetched + image + plane + p
        tl.store(at, (value * gain).to(fetched.dtype.element_ty), mask=live)
    if WANT_X:
        grad_x += image
        arrived *= gain
        spread(grad_x, plane, row, column, down, right, height, width, 1, live, arrived)
