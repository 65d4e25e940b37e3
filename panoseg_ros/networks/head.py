"""The DMLP decoder of Trans4PASS: one deformable branch per stage, summed and classified.

Formulas of a branch (Zhang et al., Trans4PASS, CVPR 2022): with x the projected stage map,
y = x + h(x) + w(x), where h and w are deformable MLPs, and the branch gives
proj(y + c(y)) with pointwise linear c and proj.
"""

from collections.abc import Sequence

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
        self.deform_operator = 'grid_sample'
        self.weight = nn.Parameter(torch.empty(width, width, 1, 1))
        self.bias = nn.Parameter(torch.zeros(width))
        self.offset_modulator_conv = SeparableConv(width, 3 * width)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C, H, W)."""
        channels = x.shape[1]
        moves = self.offset_modulator_conv(x)
        # Two thirds are offsets, read as interleaved (down, right) pairs: channel g moves by
        # outputs 2 g and 2 g + 1. Released weights were trained with this order.
        # The longer side bounds them here, the shorter one in the projections: also as trained.
        bound = max(x.shape[2], x.shape[3]) // 4
        offset = moves[:, : 2 * channels].float().clamp(-bound, bound)
        mask = 2 * torch.sigmoid(moves[:, 2 * channels :])
        if self.deform_operator == 'torchvision':
            y = deform.deform_conv_reference(x, offset, mask, self.weight, self.bias, 1, 0)
        else:
            y = deform.deform_pointwise(x, offset, mask, self.weight, self.bias)
        return F.gelu(self.norm(y))


class NormedProjection(DeformableProjection):
    """The deformable 3 x 3 projection at the start of a branch, with its norm and activation."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, width, H, W)."""
        return F.gelu(self.norm(self.project(x)))


class Branch(nn.Module):
    """The decoder of one stage."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.sdp = NormedProjection(inputs, width, 3, 1, nn.BatchNorm2d(width))
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


class DMLPHead(nn.Module):
    """Sums the branches at the size of the first stage and classifies the sum."""

    def __init__(self, branches: Sequence[Branch], pred: nn.Conv2d) -> None:
        super().__init__()
        for index, branch in enumerate(branches, start=1):
            self.add_module(f'head{index}', branch)
        self.pred = pred

    def branches(self) -> list[Branch]:
        """Return the branches, finest stage first."""
        return [child for name, child in self.named_children() if name != 'pred']

    def maps(self, stages: Sequence[Tensor]) -> list[Tensor]:
        """Return each branch's decoder map (B, width, h, w), brought to the first stage's size."""
        size = stages[0].shape[2:]
        pairs = zip(self.branches(), stages, strict=True)
        return [resize(branch(stage), size) for branch, stage in pairs]

    def forward(self, stages: Sequence[Tensor]) -> Tensor:
        """Return logits (B, classes, h, w) at the first stage's size.

        Equal to classifying the sum of `maps`; pointwise layers commute with resizing, so
        each branch is classified at its own size first and few channels are resized.
        """
        weight, size = self.pred.weight.flatten(1), stages[0].shape[2:]
        pairs = zip(self.branches(), stages, strict=True)
        logits = [resize(branch.classify(stage, weight), size) for branch, stage in pairs]
        return torch.stack(logits).sum(0) + self.pred.bias[:, None, None]


def resize(x: Tensor, size: Sequence[int]) -> Tensor:
    """Resize (B, C, H, W) bilinearly; corner pixels stay corners, as released weights expect."""
    if tuple(x.shape[2:]) == tuple(size):
        return x
    return F.interpolate(x, list(size), mode='bilinear', align_corners=True)
