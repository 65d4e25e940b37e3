"""A decoder branch of Trans4PASS (Zhang et al., Bending Reality, CVPR 2022): DMLP.

With x the projected stage map, y = x + h(x) + w(x), where h and w are deformable MLPs, and
the branch gives proj(y + c(y)) with pointwise linear c and proj.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from panoseg_ros.networks import deform
from panoseg_ros.networks.encoder import DeformableProjection, to_image, to_tokens


class SeparableConv(nn.Module):
    """A 3 x 3 depthwise and a pointwise convolution without biases."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False)
        self.pointwise = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, inputs, H, W) to (B, outputs, H, W)."""
        return deform.pointwise(self.depthwise(x), self.pointwise.weight)


class DeformableMLP(nn.Module):
    """A pointwise layer that fetches every channel from a place of its own, by predicted offsets.

    Attributes `weight` (C, C, 1, 1) and `bias` (C,) are those of the pointwise layer.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.deform_operator = 'auto'
        self.weight = nn.Parameter(torch.empty(width, width, 1, 1))
        self.bias = nn.Parameter(torch.zeros(width))
        self.offset_modulator_conv = SeparableConv(width, 3 * width)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C, H, W)."""
        # Of its outputs, channel g moves by 2 g and 2 g + 1, read as a (down, right) pair: the
        # authors meant two halves, but their operator, and so the weights, read pairs.
        moves = self.offset_modulator_conv(x)
        # Released weights were trained with the longer side here, the shorter in projections.
        bound = max(x.shape[2], x.shape[3]) // 4
        fetch = deform.OPERATORS[self.deform_operator].pointwise
        return F.gelu(self.norm(fetch(x, moves, bound, self.weight, self.bias)))


class NormedProjection(DeformableProjection):
    """The deformable 3 x 3 projection at the start of a branch, with its norm and activation."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__(inputs, width, 3, 1, nn.BatchNorm2d(width))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, width, H, W)."""
        return F.gelu(self.norm(self.project(x)))


class DMLPBranch(nn.Module):
    """The decoder of one stage."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.sdp = NormedProjection(inputs, width)
        self.h_mlp = DeformableMLP(width)
        self.w_mlp = DeformableMLP(width)
        self.c_mlp = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)

    def mix(self, x: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to y (B, width, H, W), all of the branch that is not linear."""
        x = self.sdp(x)
        return x + self.h_mlp(x) + self.w_mlp(x)

    def forward(self, x: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to its decoder map (B, width, H, W)."""
        y = to_tokens(self.mix(x))
        return to_image(self.proj(y + self.c_mlp(y)))

    def classify(self, x: Tensor, weight: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to logits by weight (classes, width) of its map.

        What follows `mix` is linear, so its matrices are multiplied before they meet the map.
        """
        tail = weight @ self.proj.weight
        matrix = tail + tail @ self.c_mlp.weight
        bias = tail @ self.c_mlp.bias + weight @ self.proj.bias
        return deform.pointwise(self.mix(x), matrix, bias)
