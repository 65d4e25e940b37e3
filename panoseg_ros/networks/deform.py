"""Modulated deformable convolution: torchvision's operator and a differentiable rewrite.

Formula: y(p) = sum_k w_k m_k(p) x(p + p_k + d_k(p)), x sampled bilinearly and zero
outside (Zhu et al., Deformable ConvNets v2, CVPR 2019).

Convention: offsets are (B, 2 G K, Ho, Wo) in pixels, for group g and tap k the
channels 2 (g K + k) and 2 (g K + k) + 1 hold the shift down and to the right; masks are
(B, G K, Ho, Wo). K is the number of kernel taps and G the number of offset groups.
torchvision's operator takes any G; the rewrites are for the two layers that
Trans4PASS has, G = 1 with any kernel and G = channels with a 1 x 1 kernel. They
are built from `grid_sample`, whose loops run over all cores forward and backward,
where torchvision's run on one; for GPUs there are Triton kernels in `kernels/`. Whatever the
precision of the maps, offsets, coordinates and the sampling itself are float32 or better.

Layers predict offsets and the logits of masks by one convolution, and hand both as `moves`,
(B, 3 G K, Ho, Wo), to one of OPERATORS: what settles them there can be part of a kernel.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from panoseg_ros.errors import NetworkError

Size = Sequence[int]

HAS_TRITON = find_spec('triton') is not None
HAS_TORCHVISION = find_spec('torchvision') is not None
ON_TENSOR_CORES = (torch.float16, torch.bfloat16, torch.float32)
AMPERE = (8, 0)  # compute capability of the first GPUs that Triton supports


def settle(moves: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """Return offsets (B, 2 G K, ...) held within `bound` pixels, and masks (B, G K, ...).

    A mask is twice the sigmoid of its logit: 1 where the layer is undecided.
    """
    groups = moves.shape[1] // 3
    offset = at_least_single(moves[:, : 2 * groups]).clamp(-bound, bound)
    return offset, 2 * torch.sigmoid(moves[:, 2 * groups :])


def deform_conv_reference(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor, stride: int, pad: int
) -> Tensor:
    """Convolve (B, C, H, W) to (B, O, Ho, Wo) with torchvision's operator, any groups.

    Half precision is computed in float32: the operator has no bfloat16.
    """
    from torchvision.ops import deform_conv2d

    offset = at_least_single(offset)
    maps, mask, weight, bias = (value.to(offset.dtype) for value in (x, mask, weight, bias))
    return deform_conv2d(maps, offset, weight, bias, stride, pad, mask=mask).to(x.dtype)


def deform_pointwise_reference(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:
    """Convolve (B, C, H, W) with a 1 x 1 kernel with torchvision's operator, any groups."""
    return deform_conv_reference(x, offset, mask, weight, bias, 1, 0)


def deform_conv(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor, stride: int, pad: int
) -> Tensor:
    """Convolve (B, C, H, W) to (B, O, Ho, Wo) with one offset group, any kernel."""
    batch, channels = x.shape[:2]
    kernel, out_size = weight.shape[2:], offset.shape[2:]
    taps = kernel[0] * kernel[1]
    shift = offset.reshape(batch, taps, 2, *out_size).transpose(1, 2)
    grid = _grid(shift, _tap_positions(kernel, out_size, stride, pad), x.shape[2:])
    grid = grid.reshape(batch, 2, taps * out_size[0], out_size[1])
    columns = _sample(x, grid).view(batch, channels, taps, -1) * mask.flatten(2)[:, None]
    return pointwise(columns.view(batch, channels * taps, *out_size), weight, bias)


def deform_pointwise(
    x: Tensor, offset: Tensor, mask: Tensor, weight: Tensor, bias: Tensor
) -> Tensor:
    """Convolve (B, C, H, W) with a 1 x 1 kernel and one offset group per channel."""
    batch, channels, height, width = x.shape
    shift = offset.reshape(batch * channels, 2, height, width)
    grid = _grid(shift, torch.stack(_mesh(torch.arange(height), torch.arange(width))), x.shape[2:])
    sampled = _sample(x.reshape(batch * channels, 1, height, width), grid)
    return pointwise(sampled.view(x.shape) * mask, weight, bias)


def pointwise(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve contiguous (B, C, H, W) with (O, C, ...) of one tap, as one matrix product."""
    matrix = weight.flatten(1).expand(x.shape[0], -1, -1)  # torch.matmul would copy the map
    out = torch.bmm(matrix, x.flatten(2))
    if bias is not None:
        out = out + bias[:, None]
    return out.view(x.shape[0], -1, *x.shape[2:])


def _tap_positions(kernel: Size, out_size: Size, stride: int, pad: int) -> Tensor:
    """Return (2, K, Ho, Wo): row and column of every tap of every output, undeformed."""
    tap_y, tap_x = _mesh(*[torch.arange(size) for size in kernel])
    out_y, out_x = _mesh(*[torch.arange(size) * stride - pad for size in out_size])
    rows, columns = tap_y.reshape(-1, 1, 1) + out_y, tap_x.reshape(-1, 1, 1) + out_x
    return torch.stack([rows, columns])


def _mesh(rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    mesh = torch.meshgrid(rows, columns, indexing='ij')
    return mesh[0], mesh[1]


def _grid(shift: Tensor, position: Tensor, size: Size) -> Tensor:
    """Return shift (B, 2, ...) + position (2, ...), scaled from pixels to (-1, 1).

    Unaligned coordinates, because aligned ones divide by zero on maps one pixel wide.
    """
    shift = at_least_single(shift)
    shape = (2,) + (1,) * (position.ndim - 1)
    scale = 2 / torch.tensor(size, dtype=shift.dtype).view(shape)
    base = (position + 0.5) * scale - 1
    return torch.addcmul(base.to(shift.device), shift, scale.to(shift.device))


def _sample(x: Tensor, grid: Tensor) -> Tensor:
    """Sample (B, C, H, W) at grid (B, 2, Ho, Wo), zero outside.

    The image is handed over transposed, because `grid_sample` wants columns before rows;
    turning the image is free, turning the coordinates would be a copy.
    """
    turned, places = x.to(grid.dtype).transpose(2, 3), grid.permute(0, 2, 3, 1)
    return F.grid_sample(turned, places, 'bilinear', 'zeros', align_corners=False).to(x.dtype)


def at_least_single(x: Tensor) -> Tensor:
    """Return half precision as float32; bfloat16 has 8 bits and a map can be 512 pixels wide."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _with_kernels(
    layer: str, x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor, *sizes: int
) -> Tensor:
    """Call a Triton kernel, in the precision that autocast would give a convolution."""
    from panoseg_ros.networks import kernels

    kind = x.dtype
    if torch.is_autocast_enabled(x.device.type):
        kind = torch.get_autocast_dtype(x.device.type)
    x, weight, bias = (value.to(kind) for value in (x, weight, bias))
    return getattr(kernels, layer)(x, moves, bound, weight, bias, *sizes)


def _settled(
    function: Callable[..., Tensor],
    x: Tensor,
    moves: Tensor,
    bound: float,
    weight: Tensor,
    bias: Tensor,
    *sizes: int,
) -> Tensor:
    return function(x, *settle(moves, bound), weight, bias, *sizes)


def _fitting(layer: str, x: Tensor, *arguments: Tensor | float) -> Tensor:
    return getattr(OPERATORS[fitting_operator(x)], layer)(x, *arguments)


def fitting_operator(x: Tensor) -> str:
    """Return which of OPERATORS suits the device and precision of a map, whatever its shape.

    Kernels on GPUs that they are made for; elsewhere torchvision's operator, which is parallel
    on a GPU, and on a CPU, where it is not, `grid_sample`.
    """
    if not x.is_cuda:
        return 'grid_sample'
    made_for = HAS_TRITON and x.dtype in ON_TENSOR_CORES
    if made_for and torch.cuda.get_device_capability(x.device) >= AMPERE:
        return 'triton'
    return 'torchvision' if HAS_TORCHVISION else 'grid_sample'


@dataclass(frozen=True)
class Operator:
    """One way to compute the deformable layers."""

    convolve: Callable[..., Tensor]  # (x, moves, bound, weight, bias, stride, pad), G = 1
    pointwise: Callable[..., Tensor]  # (x, moves, bound, weight, bias), 1 x 1 and G = C


OPERATORS = {
    'auto': Operator(partial(_fitting, 'convolve'), partial(_fitting, 'pointwise')),
    'grid_sample': Operator(partial(_settled, deform_conv), partial(_settled, deform_pointwise)),
    'torchvision': Operator(
        partial(_settled, deform_conv_reference), partial(_settled, deform_pointwise_reference)
    ),
    'triton': Operator(
        partial(_with_kernels, 'deform_conv'), partial(_with_kernels, 'deform_pointwise')
    ),
}


def set_deform_operator(network: nn.Module, name: str) -> None:
    """Choose how every deformable layer of a network is computed: one of OPERATORS.

    Raises:
        NetworkError: if the operator is unknown, or Triton is asked for and not installed.
    """
    if name not in OPERATORS:
        raise NetworkError(f'deformable operator {name!r}: expected {" or ".join(OPERATORS)}')
    if name == 'triton' and not HAS_TRITON:
        raise NetworkError("deformable operator 'triton': Triton is not installed")
    for module in network.modules():
        if hasattr(module, 'deform_operator'):
            module.deform_operator = name
