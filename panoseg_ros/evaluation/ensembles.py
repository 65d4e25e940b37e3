"""Averaging a network's logits over other views of the same panorama, for evaluation.

Each function takes what maps pictures to logits and returns the same with more views, so
they can be put into each other: `rolled(scaled(flipped(network), (0.75, 1.0, 1.25)), 4)`.

Convention: a `Predict` maps normalised float (B, 3, H, W) to logits (B, C, H, W), as the
networks do. Logits are averaged, not probabilities, as the authors of Trans4PASS do
when they test on several scales and mirrored pictures.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from panoseg_ros.errors import DatasetError

if TYPE_CHECKING:
    from torch import Tensor

Predict: TypeAlias = 'Callable[[Tensor], Tensor]'


def flipped(predict: Predict) -> Predict:
    """Average over a panorama and its mirror image."""

    def both(image: 'Tensor') -> 'Tensor':
        return (predict(image) + predict(image.flip(-1)).flip(-1)) / 2

    return both


def rolled(predict: Predict, count: int) -> Predict:
    """Average over `count` turns of a panorama about the vertical, evenly spaced.

    Turning rolls the columns, which loses nothing; every column lies near the
    picture's border in at most one of the turns, if there are more than one.

    Raises:
        DatasetError: if the count is below 1, or, when called, above the width.
    """
    if count < 1:
        raise DatasetError(f'rolls must be at least 1, got {count}')

    def turns(image: 'Tensor') -> 'Tensor':
        width = image.shape[-1]
        if count > width:
            raise DatasetError(f'rolls must be at most the width of {width}, got {count}')
        shifts = [round(turn * width / count) for turn in range(count)]
        logits = (predict(image.roll(-shift, -1)).roll(shift, -1) for shift in shifts)
        return sum(logits, start=image.new_zeros(())) / count

    return turns


def scaled(predict: Predict, scales: Sequence[float]) -> Predict:
    """Average over enlarged and shrunk copies, logits brought back to the picture's size.

    Sizes are rounded to whole pixels; pictures and logits are resized bilinearly with
    corners aligned, as inside the network. Scale 1 is the picture as it is.

    Raises:
        DatasetError: if there is no scale, or one is not within 0.1 to 4.
    """
    wrong = [scale for scale in scales if not 0.1 <= scale <= 4.0]
    if wrong or not scales:
        raise DatasetError(f'scales must be one or more numbers within 0.1 to 4, got {scales!r}')

    def sizes(image: 'Tensor') -> 'Tensor':
        height, width = image.shape[-2:]
        total = image.new_zeros(())
        for scale in scales:
            size = max(1, round(height * scale)), max(1, round(width * scale))
            total = total + _resized(predict(_resized(image, size)), (height, width))
        return total / len(scales)

    return sizes


def wrapped(predict: Predict, wrap_px: int) -> Predict:
    """Add `wrap_px` columns of the opposite border on each side, and cut them off the logits.

    Raises:
        DatasetError: if the margin is negative, or, when called, wider than the picture.
    """
    if wrap_px < 0:
        raise DatasetError(f'wrap_px must be 0 or more, got {wrap_px}')

    def padded(image: 'Tensor') -> 'Tensor':
        import torch

        width = image.shape[-1]
        if wrap_px > width:
            raise DatasetError(f'wrap_px must be at most the width of {width}, got {wrap_px}')
        parts = [image[..., width - wrap_px :], image, image[..., :wrap_px]]
        return predict(torch.cat(parts, -1))[..., wrap_px : wrap_px + width]

    return padded


def _resized(x: 'Tensor', size: tuple[int, int]) -> 'Tensor':
    from torch.nn.functional import interpolate

    if tuple(x.shape[-2:]) == size:
        return x
    return interpolate(x, size, mode='bilinear', align_corners=True)
