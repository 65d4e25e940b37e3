"""Triton's kernel of `torch_tail`, apart because Triton has to be there to import it."""

from typing import Any

import triton
import triton.language as tl

BLOCK_PX = 256  # pixels of one row that one program takes
Tensor = Any  # torch.Tensor; torch itself is not needed here


@triton.jit
def _tail(  # type: ignore[no-untyped-def]
    logits, row_low, row_weight, column_low, column_weight, out,
    classes, rows, height, width, class_step, row_step, column_step,
    BLOCK: tl.constexpr,  # noqa: N803
):  # fmt: skip
    """Write labels and confidence of a block of pixels of one row."""
    y = tl.program_id(1)
    x = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = x < width
    upper, down = tl.load(row_low + y), tl.load(row_weight + y)
    lower = tl.minimum(upper + 1, rows - 1)
    left = tl.load(column_low + x, mask=inside, other=0)
    right = tl.load(column_weight + x, mask=inside, other=0.0)
    above = logits + upper * row_step + left * column_step
    below = logits + lower * row_step + left * column_step
    peak = tl.full((BLOCK,), float('-inf'), tl.float32)
    total = tl.zeros((BLOCK,), tl.float32)
    best = tl.zeros((BLOCK,), tl.int32)
    for c in range(classes):
        step = c * class_step
        a = tl.load(above + step, mask=inside, other=0.0).to(tl.float32)
        b = tl.load(above + step + column_step, mask=inside, other=0.0).to(tl.float32)
        top = a + right * (b - a)
        a = tl.load(below + step, mask=inside, other=0.0).to(tl.float32)
        b = tl.load(below + step + column_step, mask=inside, other=0.0).to(tl.float32)
        value = top + down * (a + right * (b - a) - top)
        better = value > peak
        highest = tl.where(better, value, peak)
        # NaN is never better, and stays in the sum from where it comes in.
        total = total * tl.exp(peak - highest) + tl.exp(value - highest)
        best = tl.where(better, c, best)
        peak = highest
    known = total >= 1.0
    confidence = tl.where(known, 255.0 / total + 0.5, 0.0)
    at = y * width + x
    tl.store(out + at, tl.where(known, best, 255).to(tl.uint8), mask=inside)
    tl.store(out + height * width + at, confidence.to(tl.uint8), mask=inside)


def launch(
    logits: Tensor,
    row_low: Tensor,
    row_weight: Tensor,
    column_low: Tensor,
    column_weight: Tensor,
    out: Tensor,
) -> None:
    """Run the kernel.

    Args:
        logits: (C, h, w) of any floating type and strides, w at least 2.
        row_low: (H,) int32, the cell above each row, see `tail.aligned_axis`.
        row_weight: (H,) float32, of the cell below.
        column_low: (W,) int32, the cell left of each column.
        column_weight: (W,) float32, of the cell right of it.
        out: (2, H, W) uint8, contiguous, written.
    """
    classes, rows, _ = logits.shape
    _, height, width = out.shape
    _tail[(triton.cdiv(width, BLOCK_PX), height)](
        logits, row_low, row_weight, column_low, column_weight, out,
        classes, rows, height, width, *logits.stride(), BLOCK=BLOCK_PX,
    )  # fmt: skip
