"""What is done where a kernel does not compile: torchvision's operator, and one line in the log.

A kernel can fail on a GPU or with a version of Triton or driver that nobody has tried, or for want
of the C compiler that Triton calls. Errors of the device are none of these, and are raised: after
one, whatever is tried next fails as well.
"""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from panoseg_ros.networks.deform import deform_conv_reference, settle

Result = TypeVar('Result')
log = logging.getLogger(__name__)
refused: set[tuple[str, torch.dtype, torch.device]] = set()  # what is not tried again


def guarded(
    name: str, x: Tensor, launch: Callable[[], Result], instead: Callable[[], Result]
) -> Result:
    """Return what `launch` gives, or, once it failed for this type and device, `instead`."""
    key = (name, x.dtype, x.device)
    if key in refused:
        return instead()
    try:
        return launch()
    except Exception as err:
        if is_device_error(err):
            raise
        refused.add(key)
        reason = (str(err).strip().splitlines() or [''])[-1]
        log.warning(
            "%s in %s: Triton's kernel failed (%s: %s), torchvision's operator is used instead",
            name, x.dtype, type(err).__name__, reason,
        )  # fmt: skip
        return instead()


def is_device_error(err: Exception) -> bool:
    """Return True for errors after which the device cannot be relied on, or has no memory."""
    if isinstance(err, (torch.OutOfMemoryError, getattr(torch, 'AcceleratorError', ()))):
        return True
    broken = ('CUDA error', 'illegal memory access', 'launch failed', 'misaligned address')
    return any(words in str(err) for words in broken)


def forward(
    x: Tensor, moves: Tensor, bound: float, weight: Tensor, bias: Tensor, stride: int, pad: int
) -> Tensor:
    """Return what the operators of `operators` return, by torchvision's."""
    offset, mask = settle(moves, bound)
    return deform_conv_reference(x, offset, mask, weight, bias, stride, pad)


def backward(
    grad: Tensor,
    x: Tensor,
    moves: Tensor,
    bound: float,
    weight: Tensor,
    stride: int,
    pad: int,
    want: Sequence[bool],
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of map, moves and weight; empty where the first or last is unwanted.

    An operator cannot call autograd, so settling the moves is differentiated by hand.
    """
    import torchvision.ops  # noqa: F401 - registers the operator

    offset, mask = settle(moves, bound)
    groups = mask.shape[1] // (weight.shape[2] * weight.shape[3])
    values = [
        value.to(offset.dtype) for value in (grad, x, weight, offset, mask, weight[:, 0, 0, 0])
    ]
    grad_x, grad_weight, grad_offset, grad_mask, _ = torch.ops.torchvision._deform_conv2d_backward(
        *values, stride, stride, pad, pad, 1, 1, 1, groups, True
    )
    grad_offset = grad_offset * (moves[:, : offset.shape[1]].abs() < bound)
    grad_mask = grad_mask * (mask * (1 - 0.5 * mask))
    grad_moves = torch.cat([grad_offset, grad_mask], 1).to(moves.dtype)
    return (
        grad_x.to(x.dtype).contiguous() if want[0] else x.new_empty(0),
        grad_moves.contiguous(),
        grad_weight.to(weight.dtype).contiguous() if want[1] else weight.new_empty(0),
    )
