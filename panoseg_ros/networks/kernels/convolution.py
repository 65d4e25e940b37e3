# ruff: noqa: N803 - what is known when a kernel is compiled stands in capitals
"""Triton kernels of the k x k deformable layer, all channels of which move together.

y(p) = sum_t W_t m_t(p) x(p + p_t + d_t(p)) + b, as one matrix product (pixels x columns) by
(columns x outputs) whose columns, taps times channels, are sampled as they are needed and
never stored: stored, they would be read and written at k^2 times the size of the map. Neighbouring
threads hold neighbouring channels of one place: the map is channels-last (B, H, W, C).

Blocks of columns are TAPS taps by CH channels: one tap by many channels, or, on pictures,
many taps by all of the few channels. Weights are (O, k k C), channels last.
"""

import triton
import triton.language as tl

from panoseg_ros.networks.kernels.bilinear import modulation, place, sample, settled, spread


@triton.jit
def _places(
    moves, p, t, height, width, out_width, bound, live, channel_step, pixel_step,
    KERNEL: tl.constexpr, STRIDE: tl.constexpr, PAD: tl.constexpr,
):  # fmt: skip
    """Return where taps t (1, TAPS) of pixels p (BLOCK_P, 1) sample and how they are weighed."""
    at = moves + 2 * t * channel_step + p * pixel_step
    down, down_free = settled(tl.load(at, mask=live, other=0), bound)
    right, right_free = settled(tl.load(at + channel_step, mask=live, other=0), bound)
    at = moves + (2 * KERNEL * KERNEL + t) * channel_step + p * pixel_step
    gain, gain_slope = modulation(tl.load(at, mask=live, other=0))
    row, down = place(p // out_width * STRIDE - PAD + t // KERNEL + down, height)
    column, right = place(p % out_width * STRIDE - PAD + t % KERNEL + right, width)
    return row, down, column, right, gain, gain_slope, down_free, right_free


@triton.jit
def forward(
    x, moves, weight, bias, out, bound, height, width, out_width, pixels,
    moves_image, channel_step, pixel_step,
    CHANNELS: tl.constexpr, OUTPUTS: tl.constexpr, KERNEL: tl.constexpr, STRIDE: tl.constexpr,
    PAD: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_P: tl.constexpr, BLOCK_O: tl.constexpr, TAPS: tl.constexpr, CH: tl.constexpr,
):  # fmt: skip
    """Write out (B, O, Ho, Wo) for one block of pixels, one of outputs, one image."""
    columns: tl.constexpr = KERNEL * KERNEL * CHANNELS
    p = (tl.program_id(0) * BLOCK_P + tl.arange(0, BLOCK_P))[:, None]
    o = tl.program_id(1) * BLOCK_O + tl.arange(0, BLOCK_O)
    image = tl.program_id(2).to(tl.int64)
    x += image * height * width * CHANNELS
    moves += image * moves_image
    total = tl.zeros((BLOCK_P, BLOCK_O), tl.float32)
    for first in range(0, KERNEL * KERNEL, TAPS):
        t = (first + tl.arange(0, TAPS))[None, :]
        live = (p < pixels) & (t < KERNEL * KERNEL)
        row, down, column, right, gain, _slope, _free, _free = _places(
            moves, p, t, height, width, out_width, bound, live, channel_step, pixel_step,
            KERNEL, STRIDE, PAD,
        )  # fmt: skip
        for start in range(0, CHANNELS, CH):
            value, _down, _right = sample(
                x, (start + tl.arange(0, CH))[None, None, :], row[:, :, None],
                column[:, :, None], down[:, :, None], right[:, :, None], height, width, CHANNELS,
                live[:, :, None],
            )  # fmt: skip
            k = first * CHANNELS + start + tl.arange(0, TAPS * CH)
            seen = (o[None, :] < OUTPUTS) & (k[:, None] < columns)
            matrix = tl.load(weight + o[None, :] * columns + k[:, None], mask=seen, other=0)
            fetched = (value * gain[:, :, None]).to(matrix.dtype)
            fetched = tl.reshape(fetched, (BLOCK_P, TAPS * CH))
            total = tl.dot(fetched, matrix, total, input_precision=PRECISION)
    total += tl.load(bias + o, mask=o < OUTPUTS, other=0).to(tl.float32)[None, :]
    at = out + image * OUTPUTS * pixels + o[None, :] * pixels + p
    tl.store(at, total.to(out.dtype.element_ty), mask=(o[None, :] < OUTPUTS) & (p < pixels))


@triton.jit
def backward_moves(
    x, moves, weight, grad_out, grad_x, grad_moves, bound, height, width, out_width, pixels,
    moves_image, channel_step, pixel_step,
    CHANNELS: tl.constexpr, OUTPUTS: tl.constexpr, KERNEL: tl.constexpr, STRIDE: tl.constexpr,
    PAD: tl.constexpr, PRECISION: tl.constexpr, WANT_X: tl.constexpr,
    BLOCK_P: tl.constexpr, BLOCK_O: tl.constexpr, TAPS: tl.constexpr, CH: tl.constexpr,
):  # fmt: skip
    """Write the gradients of moves, and add those of the map, for some taps of some pixels.

    `grad_out` is (B, O, Ho, Wo); `grad_x` is float32, channels-last and zero before.
    """
    columns: tl.constexpr = KERNEL * KERNEL * CHANNELS
    p = (tl.program_id(0) * BLOCK_P + tl.arange(0, BLOCK_P))[:, None]
    first = tl.program_id(1) * TAPS
    image = tl.program_id(2).to(tl.int64)
    x += image * height * width * CHANNELS
    moves += image * moves_image
    t = (first + tl.arange(0, TAPS))[None, :]
    live = (p < pixels) & (t < KERNEL * KERNEL)
    row, down, column, right, gain, gain_slope, down_free, right_free = _places(
        moves, p, t, height, width, out_width, bound, live, channel_step, pixel_step,
        KERNEL, STRIDE, PAD,
    )  # fmt: skip
    grad_down = tl.zeros((BLOCK_P, TAPS), tl.float32)
    grad_right = tl.zeros((BLOCK_P, TAPS), tl.float32)
    grad_gain = tl.zeros((BLOCK_P, TAPS), tl.float32)
    for start in range(0, CHANNELS, CH):
        k = first * CHANNELS + start + tl.arange(0, TAPS * CH)
        grad = tl.zeros((BLOCK_P, TAPS * CH), tl.float32)
        for other in range(0, OUTPUTS, BLOCK_O):
            o = other + tl.arange(0, BLOCK_O)
            seen = (o[:, None] < OUTPUTS) & (k[None, :] < columns)
            matrix = tl.load(weight + o[:, None] * columns + k[None, :], mask=seen, other=0)
            at = grad_out + image * OUTPUTS * pixels + o[None, :] * pixels + p
            arrived = tl.load(at, mask=(o[None, :] < OUTPUTS) & (p < pixels), other=0)
            grad = tl.dot(arrived, matrix, grad, input_precision=PRECISION)
        grad = tl.reshape(grad, (BLOCK_P, TAPS, CH))
        c = (start + tl.arange(0, CH))[None, None, :]
        value, slope_down, slope_right = sample(
            x, c, row[:, :, None], column[:, :, None], down[:, :, None], right[:, :, None],
            height, width, CHANNELS, live[:, :, None],
        )  # fmt: skip
        grad_gain += tl.sum(grad * value, 2)
        grad_down += tl.sum(grad * slope_down, 2)
        grad_right += tl.sum(grad * slope_right, 2)
        if WANT_X:
            spread(
                grad_x + image * height * width * CHANNELS, c, row[:, :, None], column[:, :, None],
                down[:, :, None], right[:, :, None], height, width, CHANNELS, live[:, :, None],
                grad * gain[:, :, None],
            )  # fmt: skip
    kind = grad_moves.dtype.element_ty
    grad_down = tl.where(down_free, grad_down * gain, 0.0).to(kind)
    grad_right = tl.where(right_free, grad_right * gain, 0.0).to(kind)
    at = grad_moves + image * moves_image + 2 * t * channel_step + p * pixel_step
    tl.store(at, grad_down, mask=live)
    tl.store(at + channel_step, grad_right, mask=live)
    at = grad_moves + image * moves_image + p * pixel_step
    at += (2 * KERNEL * KERNEL + t) * channel_step
    tl.store(at, (grad_gain * gain_slope).to(kind), mask=live)


@triton.jit
def backward_weight(
    x, moves, grad_out, parts, bound, height, width, out_width, pixels, images,
    moves_image, channel_step, pixel_step,
    CHANNELS: tl.constexpr, OUTPUTS: tl.constexpr, KERNEL: tl.constexpr, STRIDE: tl.constexpr,
    PAD: tl.constexpr, PRECISION: tl.constexpr,
    BLOCK_P: tl.constexpr, BLOCK_O: tl.constexpr, TAPS: tl.constexpr, CH: tl.constexpr,
):  # fmt: skip
    """Write one float32 part (O, k k C) of the weights' gradient; the sum of parts is the whole.

    Of the blocks of pixels of all images, a part takes every n-th, n being their number.
    """
    columns: tl.constexpr = KERNEL * KERNEL * CHANNELS
    blocks_of_channels: tl.constexpr = CHANNELS // CH
    first = tl.program_id(0) // blocks_of_channels * TAPS
    start = tl.program_id(0) % blocks_of_channels * CH
    o = (tl.program_id(1) * BLOCK_O + tl.arange(0, BLOCK_O))[:, None]
    part = tl.program_id(2)
    t = (first + tl.arange(0, TAPS))[None, :]
    c = (start + tl.arange(0, CH))[None, None, :]
    blocks = tl.cdiv(pixels, BLOCK_P)
    total = tl.zeros((BLOCK_O, TAPS * CH), tl.float32)
    for block in range(part, blocks * images, tl.num_programs(2)):
        image = (block // blocks).to(tl.int64)
        p = block % blocks * BLOCK_P + tl.arange(0, BLOCK_P)
        live = (p[:, None] < pixels) & (t < KERNEL * KERNEL)
        row, down, column, right, gain, _slope, _free, _free = _places(
            moves + image * moves_image, p[:, None], t, height, width, out_width, bound, live,
            channel_step, pixel_step, KERNEL, STRIDE, PAD,
        )  # fmt: skip
        value, _down, _right = sample(
            x + image * height * width * CHANNELS, c, row[:, :, None], column[:, :, None],
            down[:, :, None], right[:, :, None], height, width, CHANNELS, live[:, :, None],
        )  # fmt: skip
        at = grad_out + image * OUTPUTS * pixels + o * pixels + p[None, :]
        arrived = tl.load(at, mask=(o < OUTPUTS) & (p[None, :] < pixels), other=0)
        fetched = tl.reshape(value * gain[:, :, None], (BLOCK_P, TAPS * CH)).to(arrived.dtype)
        total = tl.dot(arrived, fetched, total, input_precision=PRECISION)
    k = (first * CHANNELS + start + tl.arange(0, TAPS * CH))[None, :]
    at = parts + part.to(tl.int64) * OUTPUTS * columns + o * columns + k
    tl.store(at, total, mask=(o < OUTPUTS) & (k < columns))
