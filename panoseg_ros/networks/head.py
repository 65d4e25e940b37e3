"""The decoder head of Trans4PASS and Trans4PASS+: one branch per stage, summed and classified."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class DecoderHead(nn.Module):
    """Sums the branches at the size of the first stage and classifies the sum.

    A branch maps a stage to its decoder map, and has `classify(stage, weight)`, which gives
    weight @ map without the map.
    """

    def __init__(self, branches: Sequence[nn.Module], pred: nn.Conv2d) -> None:
        super().__init__()
        for index, branch in enumerate(branches, start=1):
            self.add_module(f'head{index}', branch)
        self.pred = pred

    def branches(self) -> list[nn.Module]:
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
