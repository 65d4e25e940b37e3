"""The all-MLP decoder of SegFormer (Xie et al., SegFormer, NeurIPS 2021), for comparisons.

Every stage is projected to one width, brought to the first stage's size, fused by a
pointwise layer, normalised and classified. Fusing is linear before the norm and commutes
with resizing, so each stage is fused at its own size and the results are added.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from panoseg_ros.networks import deform
from panoseg_ros.networks.head import resize


class MLPStage(nn.Module):
    """The projection and the part of the fusion that belong to one stage."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(inputs, width, 1)
        self.fuse = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map a stage (B, C, H, W) to (B, width, H, W)."""
        projected = deform.pointwise(x.contiguous(), self.proj.weight, self.proj.bias)
        return deform.pointwise(projected, self.fuse.weight)


class MLPHead(nn.Module):
    """Fuses four stages and classifies them at the first one's size."""

    def __init__(self, inputs: Sequence[int], width: int, num_classes: int) -> None:
        super().__init__()
        for index, channels in enumerate(inputs, start=1):
            self.add_module(f'head{index}', MLPStage(channels, width))
        self.norm = nn.BatchNorm2d(width)
        self.pred = nn.Conv2d(width, num_classes, 1)

    def forward(self, stages: Sequence[Tensor]) -> Tensor:
        """Return logits (B, classes, h, w) of the stages' maps, finest first."""
        size = stages[0].shape[2:]
        parts = [
            resize(self.get_submodule(f'head{index}')(stage), size)
            for index, stage in enumerate(stages, start=1)
        ]
        fused = F.relu(self.norm(torch.stack(parts).sum(0)))
        return deform.pointwise(fused, self.pred.weight, self.pred.bias)
