"""The deformable layers of Trans4PASS tiny and small, and inputs for them."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F


class Layer(NamedTuple):
    """A deformable layer; kernel 1 means that every channel moves by itself."""

    name: str
    channels: int
    outputs: int
    kernel: int
    stride: int
    shrunk: int  # how much smaller than the panorama its input is


class Case(NamedTuple):
    """A layer on inputs of one size and type."""

    layer: Layer
    height: int
    width: int
    batch: int
    dtype: torch.dtype


LAYERS = (
    Layer('embedding 7x7', 3, 64, 7, 4, 1),
    *(Layer(f'head {i} 3x3', c, 128, 3, 1, 2 << i) for i, c in enumerate((64, 128, 320, 512), 1)),
    *(Layer(f'head {i} 1x1', 128, 128, 1, 1, 2 << i) for i in range(1, 5)),
)
SIZES = ((512, 1024), (1024, 2048))
HALF, SINGLE, BRAIN = torch.float16, torch.float32, torch.bfloat16


def inputs_of(case: Case, device: str) -> tuple[Tensor, Tensor, float, Tensor, Tensor]:
    """Return map, moves, bound, weight and bias; shifts are a few pixels and smooth."""
    layer, rows, columns = case.layer, case.height, case.width
    rows, columns = rows // layer.shrunk, columns // layer.shrunk
    maps = layer.channels if layer.kernel == 1 else layer.kernel**2
    where = {'device': device, 'dtype': torch.float32}
    x = torch.randn(case.batch, layer.channels, rows, columns, **where)
    size = rows // layer.stride, columns // layer.stride
    coarse = torch.randn(case.batch, 3 * maps, *(math.ceil(side / 8) for side in size), **where)
    moves = F.interpolate(coarse, size, mode='bilinear')
    moves[:, : 2 * maps] *= 3
    shape = (layer.outputs, layer.channels, layer.kernel, layer.kernel)
    weight = torch.randn(shape, **where) / math.sqrt(math.prod(shape[1:]))
    if layer.kernel == 3:
        x = x.contiguous(memory_format=torch.channels_last)  # as the encoder gives it
    bound = float((max if layer.kernel == 1 else min)(rows, columns) // 4)
    half = [tensor.to(case.dtype) for tensor in (x, moves, weight)]
    return half[0], half[1], bound, half[2], torch.randn(layer.outputs, **where).to(case.dtype)
