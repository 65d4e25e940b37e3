"""A decoder branch of Trans4PASS+ (Zhang et al., Behind Every Domain There is a Shift): DMLPv2.

With x the projected stage map, a = c1(x) + pool(norm(x)) and the branch gives c2(a) + d(a),
where c1 and c2 mix channels, pool averages 3 x 3 pixels and d is a deformable MLP.

A channel mixer gives y s(y), where y = fc2(h + gamma dw(h)), h = fc1(x), dw is a depthwise
convolution (Zhou et al., Fully Attentional Networks, ICML 2022) and s, one number per channel
between 0 and 1, squeezes and excites (Hu et al., Squeeze-and-Excitation Networks, CVPR 2018).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from panoseg_ros.networks import deform
from panoseg_ros.networks.dmlp import DeformableMLP, NormedProjection
from panoseg_ros.networks.encoder import DepthwiseConv


class SqueezeExcite(nn.Module):
    """Two pointwise layers that turn the means of channels into their weights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_reduce = nn.Conv2d(width, width // 4, 1)
        self.conv_expand = nn.Conv2d(width // 4, width, 1)

    def forward(self, means: Tensor) -> Tensor:
        """Map means (B, C) to weights (B, C) between 0 and 1."""
        reduce, expand = self.conv_reduce, self.conv_expand
        squeezed = F.relu(F.linear(means, reduce.weight.flatten(1), reduce.bias))
        return torch.sigmoid(F.linear(squeezed, expand.weight.flatten(1), expand.bias))


class ChannelMLP(nn.Module):
    """Mixes channels and weighs them by what the whole map holds."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))
        self.fc1 = nn.Linear(width, width)
        self.dwconv = DepthwiseConv(width)
        self.fc2 = nn.Linear(width, width)
        self.se = SqueezeExcite(width)

    def forward(self, x: Tensor, tail: Tensor | None = None) -> Tensor:
        """Map (B, C, H, W) to (B, C, H, W), or to (B, O, H, W) by a last matrix (O, C).

        What follows the depthwise convolution is linear but for the weights of channels, and
        these need means only: one matrix per image holds it all.
        """
        hidden = self._hidden(x)
        pooled = self.fc2(hidden.mean((2, 3)))  # the mean of fc2 is fc2 of the mean
        gate = self.se(pooled)
        matrix, bias = gate[:, :, None] * self.fc2.weight, gate * self.fc2.bias
        if tail is not None:
            matrix, bias = tail @ matrix, bias @ tail.T
        out = torch.bmm(matrix, hidden.flatten(2)) + bias[:, :, None]
        return out.view(x.shape[0], -1, *x.shape[2:])

    def _hidden(self, x: Tensor) -> Tensor:
        # Released weights were trained with no activation between the linear layers.
        hidden = deform.pointwise(x, self.fc1.weight, self.fc1.bias)
        conv = self.dwconv.dwconv
        identity = F.pad(torch.ones_like(conv.weight[:, :, :1, :1]), (1, 1, 1, 1))
        kernel = self.gamma[:, None, None, None] * conv.weight + identity
        return F.conv2d(hidden, kernel, self.gamma * conv.bias, padding=1, groups=x.shape[1])


class DMLPv2Branch(nn.Module):
    """The decoder of one stage."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.sdp = NormedProjection(inputs, width)
        self.dmlp = DeformableMLP(width)
        self.cmlp1 = ChannelMLP(width)
        self.cmlp2 = ChannelMLP(width)
        self.norm1 = nn.GroupNorm(1, width)

    def mix(self, x: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to a (B, width, H, W)."""
        x = self.sdp(x)
        # Border means are of the pixels inside alone, as released weights were trained.
        pooled = F.avg_pool2d(self.norm1(x), 3, 1, 1, count_include_pad=False)
        return self.cmlp1(x) + pooled

    def forward(self, x: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to its decoder map (B, width, H, W)."""
        mixed = self.mix(x)
        return self.cmlp2(mixed) + self.dmlp(mixed)

    def classify(self, x: Tensor, weight: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to logits by weight (classes, width) of its map."""
        mixed = self.mix(x)
        return self.cmlp2(mixed, weight) + deform.pointwise(self.dmlp(mixed), weight)
