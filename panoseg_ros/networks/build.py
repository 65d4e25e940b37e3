"""The table of networks: the one place that says which name builds what."""

from collections.abc import Callable

from torch import nn

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks.trans4pass import build_trans4pass

Builder = Callable[[int], nn.Module]

NETWORKS: dict[str, Builder] = {
    'trans4pass_nano': lambda classes: build_trans4pass(
        classes, (32, 64, 160, 256), (2, 2, 2, 2), 64
    ),
    'trans4pass_tiny': lambda classes: build_trans4pass(
        classes, (64, 128, 320, 512), (2, 2, 2, 2), 128
    ),
    'trans4pass_small': lambda classes: build_trans4pass(
        classes, (64, 128, 320, 512), (3, 4, 6, 3), 128
    ),
}


def build_network(name: str, num_classes: int = 19) -> nn.Module:
    """Build a freshly initialised network in evaluation mode.

    Returns:
        A module that maps normalised float (B, 3, H, W) to logits (B, num_classes, H, W).

    Raises:
        NetworkError: if the name is unknown or there is no class.
    """
    if name not in NETWORKS:
        raise NetworkError(f'unknown network {name!r}, expected one of {", ".join(NETWORKS)}')
    if num_classes < 1:
        raise NetworkError(f'num_classes must be at least 1, got {num_classes}')
    return NETWORKS[name](num_classes).eval()
