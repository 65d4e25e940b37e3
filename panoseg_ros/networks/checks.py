"""What a network's input must be: cheap checks, which are no part of a traced graph."""

import torch
from torch import Tensor

from panoseg_ros.errors import NetworkError


def checked_image(image: Tensor, weight: Tensor, smallest: int) -> Tensor:
    """Return a (B, 3, H, W) image that fits a network.

    Args:
        image: What the network was given.
        weight: One of the network's weights, whose precision the image must have.
        smallest: The shortest side in pixels that the network can take.

    Raises:
        NetworkError: naming expected and actual number of dimensions, channels, batch, size
            or precision, or saying that a pixel is NaN or infinite.
    """
    if image.ndim != 4 or image.shape[1] != 3 or image.shape[0] == 0:
        raise NetworkError(f'input must be (B >= 1, 3, H, W), got {tuple(image.shape)}')
    if min(image.shape[2], image.shape[3]) < smallest:
        raise NetworkError(
            f'input must be at least {smallest}x{smallest} pixels, '
            f'got {image.shape[3]}x{image.shape[2]}'
        )
    if image.dtype != weight.dtype and not _is_cast(image):
        raise NetworkError(f'input must be {weight.dtype} like the weights, got {image.dtype}')
    if _has_values(image) and not torch.isfinite(image.sum(dtype=torch.float64)):
        raise NetworkError('input must hold finite numbers, got NaN or infinite pixels')
    return image


def _is_cast(image: Tensor) -> bool:
    """Return True where layers bring a floating-point image to their precision."""
    if not image.is_floating_point() or image.is_meta:
        return False
    return torch.is_autocast_enabled(image.device.type)


def _has_values(image: Tensor) -> bool:
    """Return False where the image only stands for one: tracing, meta tensors, graph capture."""
    if torch.compiler.is_compiling() or image.is_meta:
        return False
    return not (image.is_cuda and torch.cuda.is_current_stream_capturing())
