"""The tail of `tail.py` on a torch device: logits in, labels and confidence out, no copies.

`upsample_argmax_torch` says what is computed, on any device. On a GPU one Triton kernel does
the same in one pass: a thread reads its pixel's four logits of a class after the other and
keeps the largest and the sum of exponentials relative to it (Milakov and Gimelshein, Online
normalizer calculation for softmax, 2018), so that no upsampled logit reaches memory.
"""

from collections.abc import Callable
from typing import Any

from panoseg_ros.bundles import STRIDE, InputSpec
from panoseg_ros.inference.tail import aligned_axis, upsample_argmax

Tensor = Any  # torch.Tensor; torch is imported only where it is asked for
Tail = Callable[[Tensor], None]


def upsample_argmax_torch(
    logits: Tensor, height: int, width: int, wrap_px: int, out: Tensor
) -> None:
    """Write labels and confidence as `tail.upsample_argmax` does.

    Args:
        logits: (C, h, w) of any floating type.
        height: Rows of the panorama.
        width: Columns of the panorama without margins.
        wrap_px: Columns of margin on each side.
        out: (2, height, width) uint8 on the same device, labels before confidence.
    """
    import torch
    from torch.nn import functional

    size = (height, width + 2 * wrap_px)
    full = functional.interpolate(logits[None].float(), size, mode='bilinear', align_corners=True)
    full = full[0, :, :, wrap_px : wrap_px + width]
    peak, best = full.max(0)
    total = (full - peak).exp().sum(0)  # NaN if anything is NaN or +inf
    known = total >= 1
    out[0] = torch.where(known, best, 255)
    out[1] = torch.where(known, 255 / total + 0.5, 0)


def make_tail(spec: InputSpec, out: Tensor) -> Tail:
    """Return what writes labels and confidence from logits (C, h, w), fastest on the device.

    What it needs besides is made here, so that a graph can be captured.

    Args:
        spec: Size and margin of the panorama.
        out: (2, H, W) uint8 on the device.
    """
    size = (spec.height, spec.width, spec.wrap_px)
    if not out.is_cuda:
        return lambda logits: _on_cpu(logits, *size, out)
    import torch

    from panoseg_ros.networks.deform import AMPERE, HAS_TRITON

    if HAS_TRITON and torch.cuda.get_device_capability(out.device) >= AMPERE:
        return make_kernel_tail(spec, out)
    return lambda logits: upsample_argmax_torch(logits, *size, out)


def make_kernel_tail(spec: InputSpec, out: Tensor) -> Tail:
    """Return Triton's kernel with its tables; see `make_tail`."""
    import torch

    from panoseg_ros.inference.tail_kernel import launch

    padded = spec.width + 2 * spec.wrap_px
    rows = aligned_axis(spec.height // STRIDE, spec.height)
    columns = aligned_axis(padded // STRIDE, padded, spec.wrap_px)
    # Copies, since torch warns of arrays that are read-only.
    row_low, row_weight, column_low, column_weight = (
        torch.tensor(table, device=out.device) for table in (*rows, *columns)
    )
    return lambda logits: launch(logits, row_low, row_weight, column_low, column_weight, out)


def _on_cpu(logits: Tensor, height: int, width: int, wrap_px: int, out: Tensor) -> None:
    labels, confidence = out.numpy()
    upsample_argmax(logits.float().numpy(), height, width, wrap_px, (labels, confidence))
