"""The deformable layers as operators of torch, on Triton kernels: values and gradients.

Convention: a map is (B, C, H, W), and `moves` are what the layer's convolution predicts,
shifts and then logits: (B, 3 K, Ho, Wo) for K taps, or (B, 3 C, H, W) for C channels that move
by themselves. Shifts are (down, right) pairs in pixels, held within `bound`; twice the sigmoid of
a logit weighs a sample. Both are read as they were predicted, because settling them first would
write and read them thrice. Maps, moves and weights are float16, bfloat16 or float32;
places, samples and sums are float32 in the kernels. Results are contiguous and of the map's type.

`torch.compile`, `torch.export` and CUDA graphs take the operators as they are: shapes of
results follow from shapes, nothing waits for the device and no size is tuned while running.

The gradient of the map is a sum by atomic additions, whose order, and so whose last bits, differ
from run to run; all else is the same every time. A kernel that does not compile is replaced
by torchvision's operator, see `fallback`.
"""

import warnings
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from panoseg_ros.networks import deform
from panoseg_ros.networks.kernels import fallback, launches

Grads = tuple[Tensor | None, ...]


def _forward_pointwise(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor
) -> Tensor:
    """Convolve (B, C, H, W) with (O, C, 1, 1) to (B, O, H, W), every channel moving by itself."""

    def launch() -> Tensor:
        out = _pointwise_out(x, weight)
        matrix = weight.flatten(1).contiguous()
        launches.pointwise_forward(
            x.contiguous(), moves.contiguous(), bound, matrix, bias.contiguous(), out
        ).run()
        return out

    arguments = (x, moves, bound, weight, bias, 1, 0)
    return fallback.guarded('deform_pointwise', x, launch, lambda: fallback.forward(*arguments))


def _backward_pointwise(
    grad: Tensor, x: Tensor, moves: Tensor, bound: float, weight: Tensor, want: Sequence[bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of map, moves and weight; empty where the first or last is unwanted."""

    def launch() -> tuple[Tensor, Tensor, Tensor]:
        arrived = grad.contiguous()
        grad_fetched = deform.pointwise(arrived, weight.flatten(1).T)
        grad_x = torch.zeros(x.shape, dtype=torch.float32, device=x.device) if want[0] else None
        fetched = torch.empty(x.shape, dtype=x.dtype, device=x.device) if want[1] else None
        grad_moves = torch.empty(moves.shape, dtype=moves.dtype, device=x.device)
        launches.pointwise_backward(
            x.contiguous(), moves.contiguous(), bound, grad_fetched, grad_x, grad_moves, fetched
        ).run()
        grad_weight = None
        if fetched is not None:
            per_image = torch.bmm(arrived.flatten(2), fetched.flatten(2).transpose(1, 2))
            grad_weight = per_image.sum(0).view(weight.shape)
        return _full(grad_x, x), grad_moves, _full(grad_weight, weight)

    arguments = (grad, x, moves, bound, weight, 1, 0)
    return fallback.guarded(
        'deform_pointwise_backward', x, launch, lambda: fallback.backward(*arguments, want)
    )


def _forward_conv(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor, stride: int, pad: int
) -> Tensor:
    """Convolve (B, C, H, W) with (O, C, k, k) to (B, O, Ho, Wo), all channels moving together."""

    def launch() -> Tensor:
        out = _conv_out(x, moves, weight)
        launches.conv_forward(
            _packed(x), _dense(moves), bound, _packed_weight(weight), bias.contiguous(), out,
            stride, pad,
        ).run()  # fmt: skip
        return out

    arguments = (x, moves, bound, weight, bias, stride, pad)
    return fallback.guarded('deform_conv', x, launch, lambda: fallback.forward(*arguments))


def _backward_conv(
    grad: Tensor,
    x: Tensor,
    moves: Tensor,
    bound: float,
    weight: Tensor,
    stride: int,
    pad: int,
    want: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of map, moves and weight; empty where the first or last is unwanted."""

    def launch() -> tuple[Tensor, Tensor, Tensor]:
        arrived, packed, dense = grad.contiguous(), _packed(x), _dense(moves)
        grad_x = torch.zeros_like(packed, dtype=torch.float32) if want[0] else None
        grad_moves = torch.empty_like(dense)
        launches.conv_backward_moves(
            packed, dense, bound, _packed_weight(weight), arrived, grad_x, grad_moves, stride, pad
        ).run()
        if grad_x is not None:
            grad_x = grad_x[:, : x.shape[1]]
        grad_weight = None
        if want[1]:
            grad_weight = _weight_gradient(arrived, packed, dense, bound, weight, stride, pad)
        return _full(grad_x, x), grad_moves.contiguous(), _full(grad_weight, weight)

    arguments = (grad, x, moves, bound, weight, stride, pad)
    return fallback.guarded(
        'deform_conv_backward', x, launch, lambda: fallback.backward(*arguments, want)
    )


def _weight_gradient(
    arrived: Tensor,
    packed: Tensor,
    dense: Tensor,
    bound: float,
    weight: Tensor,
    stride: int,
    pad: int,
) -> Tensor:
    outputs, channels, kernel = weight.shape[:3]
    count = launches.weight_parts(packed, outputs, kernel, arrived.shape[2] * arrived.shape[3])
    shape = (count, outputs, kernel, kernel, packed.shape[1])
    parts = torch.empty(shape, dtype=torch.float32, device=arrived.device)
    launches.conv_backward_weight(packed, dense, bound, arrived, parts, stride, pad).run()
    return parts.sum(0)[..., :channels].permute(0, 3, 1, 2)


def _packed(x: Tensor) -> Tensor:
    """Return (B, C, H, W) channels-last, with zero channels up to whole tiles."""
    channels = launches.padded_channels(x.shape[1])
    if channels == x.shape[1]:
        return x.contiguous(memory_format=torch.channels_last)
    packed = torch.zeros(
        (x.shape[0], *x.shape[2:], channels), dtype=x.dtype, device=x.device
    ).permute(0, 3, 1, 2)
    packed[:, : x.shape[1]] = x
    return packed


def _packed_weight(weight: Tensor) -> Tensor:
    """Return (O, C, k, k) as contiguous (O, k, k, C'), with the channels of `_packed`."""
    missing = launches.padded_channels(weight.shape[1]) - weight.shape[1]
    return F.pad(weight.permute(0, 2, 3, 1), (0, missing)).contiguous()


def _dense(moves: Tensor) -> Tensor:
    """Return moves contiguous or channels-last, the two orders that convolutions give."""
    if moves.is_contiguous(memory_format=torch.channels_last):
        return moves
    return moves.contiguous()


def _full(grad: Tensor | None, like: Tensor) -> Tensor:
    """Return a gradient contiguous and of its tensor's type, or empty for none."""
    if grad is None:
        return torch.empty(0, dtype=like.dtype, device=like.device)
    return grad.to(like.dtype).contiguous()


def _pointwise_shape(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor
) -> Tensor:
    return _pointwise_out(x, weight)


def _conv_shape(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor, stride: int, pad: int
) -> Tensor:
    return _conv_out(x, moves, weight)


def _pointwise_out(x: Tensor, weight: Tensor) -> Tensor:
    return x.new_empty((x.shape[0], weight.shape[0], *x.shape[2:]))


def _conv_out(x: Tensor, moves: Tensor, weight: Tensor) -> Tensor:
    return x.new_empty((x.shape[0], weight.shape[0], *moves.shape[2:]))


def _backward_shapes(
    grad: Tensor, x: Tensor, moves: Tensor, bound: float, weight: Tensor, *rest: object
) -> tuple[Tensor, Tensor, Tensor]:
    want = rest[-1]
    grad_x, grad_weight = (
        like.new_empty(like.shape if wanted else (0,))
        for like, wanted in zip((x, weight), want, strict=True)
    )
    return grad_x, moves.new_empty(moves.shape), grad_weight


def _keep(ctx: torch.autograd.function.FunctionCtx, inputs: tuple, output: Tensor) -> None:
    x, moves, ctx.bound, weight, _, *ctx.sizes = inputs
    ctx.save_for_backward(x, moves, weight)


def _differentiate(ctx: torch.autograd.function.FunctionCtx, grad: Tensor) -> Grads:
    x, moves, weight = ctx.saved_tensors
    want_x, _, _, want_weight, want_bias = ctx.needs_input_grad[:5]
    if want_x:
        _alert()
    operators, want = torch.ops.panoseg, [want_x, want_weight]
    backward = operators.deform_conv_backward if ctx.sizes else operators.deform_pointwise_backward
    grad_x, grad_moves, grad_weight = backward(grad, x, moves, ctx.bound, weight, *ctx.sizes, want)
    grad_bias = grad.sum((0, 2, 3)) if want_bias else None
    rest = [None for _ in ctx.sizes]
    return (
        grad_x if want_x else None, grad_moves, None, grad_weight if want_weight else None,
        grad_bias, *rest,
    )  # fmt: skip


def _alert() -> None:
    """Obey `torch.use_deterministic_algorithms`, as torch's own operators do.

    Raises:
        RuntimeError: where it asks for more than a warning.
    """
    if not torch.are_deterministic_algorithms_enabled():
        return
    text = 'the gradient of a deformable layer with respect to its map is not deterministic'
    if not torch.is_deterministic_algorithms_warn_only_enabled():
        raise RuntimeError(f'{text}; torch.use_deterministic_algorithms(True) forbids it')
    warnings.warn(text, stacklevel=2)


_LAYER = '(Tensor x, Tensor moves, Scalar bound, Tensor weight, Tensor bias'
_BACK = '(Tensor grad, Tensor x, Tensor moves, Scalar bound, Tensor weight'
_SIZES = ', SymInt stride, SymInt pad'
_GRADS = ', bool[] want) -> (Tensor, Tensor, Tensor)'
OPERATORS = {  # name -> schema, what computes it, what gives the shapes of its results
    'deform_pointwise': (f'{_LAYER}) -> Tensor', _forward_pointwise, _pointwise_shape),
    'deform_conv': (f'{_LAYER}{_SIZES}) -> Tensor', _forward_conv, _conv_shape),
    'deform_pointwise_backward': (_BACK + _GRADS, _backward_pointwise, _backward_shapes),
    'deform_conv_backward': (_BACK + _SIZES + _GRADS, _backward_conv, _backward_shapes),
}
for _name, (_schema, _compute, _shapes) in OPERATORS.items():
    torch.library.define(f'panoseg::{_name}', _schema)
    torch.library.impl(f'panoseg::{_name}', 'default', _compute)
    torch.library.register_fake(f'panoseg::{_name}', _shapes)
for _name in ('deform_pointwise', 'deform_conv'):
    torch.library.register_autograd(f'panoseg::{_name}', _differentiate, setup_context=_keep)
deform_pointwise = torch.ops.panoseg.deform_pointwise
deform_conv = torch.ops.panoseg.deform_conv
