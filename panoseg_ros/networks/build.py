"""The table of networks: the one place that says which name builds what."""

from collections.abc import Callable, Collection
from functools import partial

from torch import nn

from panoseg_ros.errors import NetworkError
from panoseg_ros.networks.dmlp import DMLPBranch
from panoseg_ros.networks.dmlpv2 import DMLPv2Branch
from panoseg_ros.networks.trans4pass import build_trans4pass

Builder = Callable[[int, Collection[int]], nn.Module]

DEFORMABLE = '_dpe'  # followed by the numbers of further deformable patch embeddings
_nano = partial(build_trans4pass, widths=(32, 64, 160, 256), depths=(2, 2, 2, 2), head_width=64)
_tiny = partial(build_trans4pass, widths=(64, 128, 320, 512), depths=(2, 2, 2, 2), head_width=128)
_small = partial(build_trans4pass, widths=(64, 128, 320, 512), depths=(3, 4, 6, 3), head_width=128)

NETWORKS: dict[str, Builder] = {
    'trans4pass_nano': partial(_nano, branch=DMLPBranch),
    'trans4pass_tiny': partial(_tiny, branch=DMLPBranch),
    'trans4pass_small': partial(_small, branch=DMLPBranch),
    'trans4pass_plus_nano': partial(_nano, branch=DMLPv2Branch),
    'trans4pass_plus_tiny': partial(_tiny, branch=DMLPv2Branch),
    'trans4pass_plus_small': partial(_small, branch=DMLPv2Branch),
}

# Parts of Trans4PASS nano exchanged for SegFormer's, of about the same cost, to tell what each
# part is worth. The decoder width is SegFormer's own for its small models.
_plain = partial(_nano, branch=None, head_width=256)
BASELINES: dict[str, Callable[[int], nn.Module]] = {
    'segformer_nano': partial(_plain, deformable=()),
    'segformer_dpe_nano': partial(_plain, deformable=(1,)),
    'dmlp_nano': partial(_nano, branch=DMLPBranch, deformable=()),
}


def build_network(name: str, num_classes: int = 19) -> nn.Module:
    """Build a freshly initialised network in evaluation mode.

    Args:
        name: A key of NETWORKS or BASELINES. In the former the first patch embedding is
            deformable; a name of these that ends in `_dpe` and some of the digits 2 to 4, as
            `trans4pass_tiny_dpe234`, makes these deformable too.
        num_classes: Channels of the logits.

    Returns:
        A module that maps normalised float (B, 3, H, W) to logits (B, num_classes, H, W).

    Raises:
        NetworkError: if the name is unknown or there is no class.
    """
    if num_classes < 1:
        raise NetworkError(f'num_classes must be at least 1, got {num_classes}')
    if name in BASELINES:
        return BASELINES[name](num_classes).eval()
    base, marker, stages = name.partition(DEFORMABLE)
    if base not in NETWORKS or (marker and stages not in ('2', '3', '4', '23', '24', '34', '234')):
        raise NetworkError(
            f'unknown network {name!r}, expected one of {", ".join(NETWORKS)}, '
            f'alone or with {DEFORMABLE}234 behind it for deformable patch embeddings 2 to 4; '
            f'or one of {", ".join(BASELINES)}'
        )
    return NETWORKS[base](num_classes, (1, *map(int, stages))).eval()
