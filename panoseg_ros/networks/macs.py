"""Parameters, multiply-accumulates and map sizes of a network, without running it.

Convention: one multiply and one add are 1 MAC (counters that call them two operations
give twice as much). Counted are the products of convolutions, linear layers, attention
(queries with keys, weights with values) and deformable layers (kernel with sampled
values). Sampling, norms, activations, sums and resizing are not counted.
"""

import copy
import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

from panoseg_ros.networks.checks import checked_image
from panoseg_ros.networks.deform import set_deform_operator
from panoseg_ros.networks.encoder import Attention
from panoseg_ros.networks.trans4pass import SMALLEST_SIDE, Trans4PASS


class Macs(NamedTuple):
    """Multiply-accumulates by kind of layer."""

    convolution: int = 0
    linear: int = 0
    attention: int = 0
    deformable: int = 0

    @property
    def total(self) -> int:
        """Return the sum of all kinds."""
        return sum(self)


class Stage(NamedTuple):
    """One encoder stage and the decoder branch that reads it."""

    shape: tuple[int, int, int]  # (C, h, w) of the stage's map
    blocks: int
    encoder_parameters: int
    encoder_macs: int
    decoder_parameters: int
    decoder_macs: int


class Profile(NamedTuple):
    """What a network costs for one picture of one size."""

    height: int
    width: int
    parameters: int
    macs: Macs
    stages: tuple[Stage, ...]


def profile(network: Trans4PASS, height: int, width: int) -> Profile:
    """Return the figures of a Trans4PASS network for one picture (1, 3, height, width).

    What the stages leave over is the classification of the decoder maps.

    Raises:
        NetworkError: if the picture is too small for the network.
    """
    macs, shapes = _measure(network, height, width)
    parameters = sum(p.numel() for p in network.parameters())
    stages = tuple(
        _stage(network, index, shape, macs) for index, shape in enumerate(shapes, start=1)
    )
    return Profile(height, width, parameters, macs[''], stages)


def count_macs(network: Trans4PASS, height: int, width: int) -> Macs:
    """Return the MACs of one picture (1, 3, height, width).

    Products of weights alone, which a graph holds ready, are counted as they run.

    Raises:
        NetworkError: if the picture is too small for the network.
    """
    return _measure(network, height, width)[0]['']


def _measure(
    network: Trans4PASS, height: int, width: int
) -> tuple[dict[str, Macs], list[tuple[int, int, int]]]:
    """Return the MACs of every module by name, '' for all, and the encoder's map shapes."""
    import torchvision  # noqa: F401  (its operator must exist to be counted)
    from torch.utils.flop_counter import FlopCounterMode

    weight = network.dede_head.pred.weight
    checked_image(weight.new_zeros(1, 3, height, width), weight, SMALLEST_SIDE)
    parts = OrderedDict(encoder=network.encoder, dede_head=network.dede_head)
    shadow = copy.deepcopy(nn.Sequential(parts)).to('meta').eval().requires_grad_(False)
    set_deform_operator(shadow, 'torchvision')  # as one operator it can be told apart
    shapes: list[tuple[int, int, int]] = []
    shadow.encoder.register_forward_hook(
        lambda _module, _inputs, maps: shapes.extend(tuple(m.shape[1:]) for m in maps)
    )
    counter = FlopCounterMode(
        display=False,
        depth=None,
        custom_mapping={torch.ops.torchvision.deform_conv2d: _deformable_flops},
    )
    with torch.no_grad(), counter:
        shadow(torch.empty(1, 3, height, width, dtype=weight.dtype, device='meta'))
    root = type(shadow).__name__  # what the counter calls the outermost module
    counted = {
        key.partition('.')[2]: flops
        for key, flops in counter.get_flop_counts().items()
        if key == root or key.startswith(f'{root}.')
    }
    attention = [name for name, module in shadow.named_modules() if isinstance(module, Attention)]
    return {name: _by_kind(name, counted, attention) for name in counted}, shapes


def _deformable_flops(
    x: Sequence[int], weight: Sequence[int], *_: Any, out_shape: Sequence[int], **__: Any
) -> int:
    return 2 * out_shape[0] * out_shape[2] * out_shape[3] * math.prod(weight)


def _by_kind(
    name: str, counted: Mapping[str, Mapping[Any, int]], attention: Sequence[str]
) -> Macs:
    """Return the MACs of one module, its children included."""
    kinds = {'convolution': 0, 'linear': 0, 'attention': 0, 'deformable': 0}
    for operator, flops in counted[name].items():
        kinds[_kind(str(operator))] += flops // 2
    prefix = f'{name}.' if name else ''
    for other in attention:  # its products are batched ones where no fused operator exists
        inside = f'{other}.'.startswith(prefix)
        products = counted[other].get(torch.ops.aten.bmm, 0) // 2 if inside else 0
        kinds['linear'] -= products
        kinds['attention'] += products
    return Macs(**kinds)


def _kind(operator: str) -> str:
    if 'deform_conv' in operator:
        return 'deformable'
    if 'attention' in operator:
        return 'attention'
    return 'convolution' if 'conv' in operator else 'linear'


def _stage(
    network: nn.Module, index: int, shape: tuple[int, int, int], macs: Mapping[str, Macs]
) -> Stage:
    own = [f'encoder.{part}{index}' for part in ('patch_embed', 'block', 'norm')]
    branch = f'dede_head.head{index}'
    return Stage(
        shape,
        len(network.get_submodule(f'encoder.block{index}')),
        sum(_parameters(network, name) for name in own),
        sum(macs[name].total for name in own if name in macs),
        _parameters(network, branch),
        _branch_macs(network, branch, macs),
    )


def _branch_macs(network: nn.Module, branch: str, macs: Mapping[str, Macs]) -> int:
    """Return a branch's MACs, counted by its children: it need not be called as a whole."""
    children = [f'{branch}.{name}' for name, _ in network.get_submodule(branch).named_children()]
    return sum(macs[name].total for name in children if name in macs)


def _parameters(network: nn.Module, name: str) -> int:
    return sum(p.numel() for p in network.get_submodule(name).parameters())
