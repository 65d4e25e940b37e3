"""What a step minimises: weighted cross entropy of a batch."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from panoseg_ros.bundles import InputSpec
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.training.samples import Batch


def batch_loss(model: Any, batch: Batch, spec: InputSpec, balance: Tensor) -> Tensor:
    """Return the mean cross entropy over labelled pixels, at the batch's full size.

    Args:
        model: Offers `quarter_logits`: (B, 3, H, W) to (B, C, H / 4, W / 4).
        batch: Pictures and labels.
        spec: Mean and spread of pixel values.
        balance: Weight of each class, (C,), on the device that computes.
    """
    images = normalised(torch.from_numpy(batch.images).to(balance.device), spec)
    labels = torch.from_numpy(batch.labels).to(balance.device, torch.int64)
    quarter = model.quarter_logits(images).float()
    logits = F.interpolate(quarter, labels.shape[1:], mode='bilinear', align_corners=True)
    if not (labels != UNLABELLED).any():
        return logits.sum() * 0.0  # a mean over nothing is not a number
    return F.cross_entropy(logits, labels, balance, ignore_index=UNLABELLED)


def normalised(images: Tensor, spec: InputSpec) -> Tensor:
    """Return uint8 (B, H, W, 3) as the network wants it, (B, 3, H, W)."""
    mean = torch.tensor(spec.mean, device=images.device)
    std = torch.tensor(spec.std, device=images.device)
    return ((images / 255 - mean) / std).permute(0, 3, 1, 2)
