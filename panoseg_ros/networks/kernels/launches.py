"""How the kernels are launched: arguments, blocks and warps for tensors of given shapes.

Only shapes, strides and types of the tensors are looked at, so that a launch can also be made
from meta tensors and compiled for a GPU that is not there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import triton
from torch import Tensor

from panoseg_ros.networks.kernels import convolution, pointwise

ENOUGH = 256  # programs that keep a large GPU busy: about two on each of its multiprocessors
SMALLEST = 16  # side of the smallest tile that tensor cores multiply

Grid = Callable[[Mapping[str, int]], tuple[int, int, int]]


@dataclass(frozen=True)
class Launch:
    """One call of a kernel."""

    kernel: triton.JITFunction
    grid: Grid  # of the constants
    arguments: dict[str, Tensor | int | float]
    constants: dict[str, int | bool | str]
    warps: int
    stages: int

    def run(self) -> None:
        """Start the kernel on the current stream of the tensors' device."""
        with torch.cuda.device_of(self.arguments['x']):
            self.kernel[self.grid](
                **self.arguments, **self.constants, num_warps=self.warps, num_stages=self.stages
            )


def pointwise_forward(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor, out: Tensor
) -> Launch:
    """Launch the 1 x 1 layer on contiguous (B, C, H, W), (B, 3 C, H, W), (O, C) into `out`."""
    batch, channels, height, width = x.shape
    outputs, pixels = len(weight), height * width
    blocks = {'BLOCK_O': tile(outputs), 'BLOCK_C': SMALLEST}
    blocks['BLOCK_P'] = halved(64, lambda size: batch * triton.cdiv(pixels, size))
    return Launch(
        pointwise.forward,
        lambda c: (triton.cdiv(pixels, c['BLOCK_P']), triton.cdiv(outputs, c['BLOCK_O']), batch),
        {'x': x, 'moves': moves, 'weight': weight, 'bias': bias, 'out': out,
         'bound': float(bound), 'height': height, 'width': width, 'pixels': pixels},
        {'CHANNELS': channels, 'OUTPUTS': outputs, 'PRECISION': dot_precision(), **blocks},
        warps=8,
        stages=3,
    )  # fmt: skip


def pointwise_backward(
    x: Tensor,
    moves: Tensor,
    bound: float,
    grad: Tensor,
    grad_x: Tensor | None,
    grad_moves: Tensor,
    fetched: Tensor | None,
) -> Launch:
    """Launch the way back from `grad` (B, C, H, W) of what was fetched, all contiguous.

    `grad_x` and `fetched`, where asked for, have the shape of `x`; `grad_x` is float32 zeros.
    """
    batch, channels, height, width = x.shape
    want = {'WANT_X': grad_x is not None, 'WANT_FETCHED': fetched is not None}
    return Launch(
        pointwise.backward,
        lambda c: (
            triton.cdiv(height * width, c['BLOCK_P']),
            triton.cdiv(channels, c['BLOCK_C']),
            batch,
        ),
        {'x': x, 'moves': moves, 'grad': grad, 'grad_x': x if grad_x is None else grad_x,
         'grad_moves': grad_moves, 'fetched': x if fetched is None else fetched,
         'bound': float(bound), 'height': height, 'width': width},
        {'CHANNELS': channels, **want, 'BLOCK_C': 1, 'BLOCK_P': 256},
        warps=4,
        stages=1,
    )  # fmt: skip


def conv_forward(
    x: Tensor,
    moves: Tensor,
    bound: float,
    weight: Tensor,
    bias: Tensor,
    out: Tensor,
    stride: int,
    pad: int,
) -> Launch:
    """Launch the k x k layer on packed maps and weights (see `operators`) into (B, O, Ho, Wo)."""
    batch, outputs, pixels = len(x), len(weight), out.shape[2] * out.shape[3]
    blocks = _columns(x)
    blocks['BLOCK_O'] = tile(outputs)
    blocks['BLOCK_P'] = halved(64, lambda size: batch * triton.cdiv(pixels, size))
    programs = batch * triton.cdiv(pixels, blocks['BLOCK_P'])
    blocks['BLOCK_O'] = halved(
        blocks['BLOCK_O'], lambda size: programs * triton.cdiv(outputs, size)
    )
    return Launch(
        convolution.forward,
        lambda c: (triton.cdiv(pixels, c['BLOCK_P']), triton.cdiv(outputs, c['BLOCK_O']), batch),
        {'x': x, 'moves': moves, 'weight': weight, 'bias': bias, 'out': out,
         **_sizes(x, moves, bound)},
        {**_layer(x, weight, stride, pad), **blocks},
        warps=4 if x.element_size() == 2 else 8,  # fewer would spill registers
        stages=2,
    )  # fmt: skip


def conv_backward_moves(
    x: Tensor,
    moves: Tensor,
    bound: float,
    weight: Tensor,
    grad_out: Tensor,
    grad_x: Tensor | None,
    grad_moves: Tensor,
    stride: int,
    pad: int,
) -> Launch:
    """Launch the way back to moves and map; `grad_x` is float32 zeros, shaped like `x`."""
    batch, pixels = len(x), grad_out.shape[2] * grad_out.shape[3]
    blocks = _columns(x)
    taps = weight.shape[1] ** 2
    blocks['BLOCK_O'] = min(64, tile(len(weight)))
    blocks['BLOCK_P'] = 64
    return Launch(
        convolution.backward_moves,
        lambda c: (triton.cdiv(pixels, c['BLOCK_P']), triton.cdiv(taps, c['TAPS']), batch),
        {'x': x, 'moves': moves, 'weight': weight, 'grad_out': grad_out,
         'grad_x': x if grad_x is None else grad_x, 'grad_moves': grad_moves,
         **_sizes(x, moves, bound)},
        {**_layer(x, weight, stride, pad), 'WANT_X': grad_x is not None, **blocks},
        warps=8,
        stages=2,
    )  # fmt: skip


def conv_backward_weight(
    x: Tensor,
    moves: Tensor,
    bound: float,
    grad_out: Tensor,
    parts: Tensor,
    stride: int,
    pad: int,
) -> Launch:
    """Launch the way back to the weights, into float32 parts (N, O, k, k, C) to be summed."""
    outputs, kernel = parts.shape[1:3]
    blocks = _columns(x)
    blocks['BLOCK_O'], blocks['BLOCK_P'] = tile(outputs), 64
    groups = triton.cdiv(kernel**2, blocks['TAPS']) * (x.shape[1] // blocks['CH'])
    return Launch(
        convolution.backward_weight,
        lambda c: (groups, triton.cdiv(outputs, c['BLOCK_O']), len(parts)),
        {'x': x, 'moves': moves, 'grad_out': grad_out, 'parts': parts, 'images': len(x),
         **_sizes(x, moves, bound)},
        {**_layer(x, parts[0], stride, pad), **blocks},
        warps=4 if x.element_size() == 2 else 8,  # fewer would spill registers
        stages=2,
    )  # fmt: skip


def weight_parts(x: Tensor, outputs: int, kernel: int, pixels: int) -> int:
    """Return into how many parts the sum over pixels is cut to keep the GPU busy."""
    blocks = _columns(x)
    programs = triton.cdiv(kernel**2, blocks['TAPS']) * (x.shape[1] // blocks['CH'])
    programs *= triton.cdiv(outputs, tile(outputs))
    return max(1, min(triton.cdiv(ENOUGH, programs), len(x) * triton.cdiv(pixels, 64)))


def padded_channels(channels: int) -> int:
    """Return how many channels the k x k kernels see: whole tiles, the rest being zeros."""
    if channels < SMALLEST:
        return max(4, triton.next_power_of_2(channels))
    return triton.cdiv(channels, SMALLEST) * SMALLEST


def tile(size: int) -> int:
    """Return the side of the tiles that cover `size`: a power of two from 16 to 128."""
    return min(128, max(SMALLEST, triton.next_power_of_2(size)))


def halved(size: int, programs: Callable[[int], int]) -> int:
    """Halve a block until there are enough programs, or it is as small as tiles may be."""
    while size > SMALLEST and programs(size) < ENOUGH // 2:
        size //= 2
    return size


def dot_precision() -> str:
    """Return how float32 products are made; other types do not look at it.

    Three products of TensorFloat-32 keep what one of float32 keeps, to some units in the last
    place, and run on tensor cores.
    """
    return 'tf32x3' if torch.get_float32_matmul_precision() == 'highest' else 'tf32'


def _columns(x: Tensor) -> dict[str, int]:
    """Return the shape of a block of columns: taps by channels, at least as wide as a tile."""
    channels, widest = x.shape[1], 128 // x.element_size()  # 64 halves, 32 floats
    if channels < SMALLEST:
        return {'TAPS': 2 * SMALLEST // channels, 'CH': channels}
    width = next(size for size in (widest, 32, 16) if channels % size == 0)
    return {'TAPS': 1, 'CH': width}


def _sizes(x: Tensor, moves: Tensor, bound: float) -> dict[str, int | float]:
    pixels = moves.shape[2] * moves.shape[3]
    planar = moves.is_contiguous()
    return {
        'bound': float(bound),
        'height': x.shape[2],
        'width': x.shape[3],
        'out_width': moves.shape[3],
        'pixels': pixels,
        'moves_image': moves.shape[1] * pixels,
        'channel_step': pixels if planar else 1,
        'pixel_step': 1 if planar else moves.shape[1],
    }


def _layer(x: Tensor, weight: Tensor, stride: int, pad: int) -> dict[str, int | str]:
    outputs, kernel = weight.shape[:2]
    return {
        'CHANNELS': x.shape[1],
        'OUTPUTS': outputs,
        'KERNEL': kernel,
        'STRIDE': stride,
        'PAD': pad,
        'PRECISION': dot_precision(),
    }
