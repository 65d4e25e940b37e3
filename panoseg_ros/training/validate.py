"""Scoring a network on labelled pictures, the way it will be run."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from panoseg_ros.bundles import InputSpec
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.metrics import confusion_matrix
from panoseg_ros.training.samples import Samples


def confusion(
    network: nn.Module, samples: Samples, spec: InputSpec, part: slice = slice(None)
) -> NDArray[np.int64]:
    """Return the (C, C) counts [truth, prediction] of all pixels of a part of the samples.

    Perspective pictures get no wrap margin: their left and right borders do not meet.
    """
    device = next(network.parameters()).device
    specs = [spec, replace(spec, wrap_px=0)]  # of panoramas, of perspective pictures
    deployed = [wrap_network(network, one).to(device) for one in specs]
    classes = network.dede_head.pred.out_channels
    total = np.zeros((classes, classes), np.int64)
    for index in range(len(samples))[part]:
        picture, _ = samples.picture(index, spec.height, spec.width)
        flat = picture.aspect > 0
        labels = predict(deployed[flat], picture.image, specs[flat])
        total += confusion_matrix(picture.labels, labels, classes)
    return total


@torch.no_grad()
def predict(deployed: nn.Module, image: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Return labels (H, W) of an image (H, W, 3), its margin upsampled and then cut."""
    size = [spec.height, spec.width + 2 * spec.wrap_px]
    device = next(deployed.parameters()).device
    quarter = deployed(torch.tensor(image, device=device)[None])
    logits = F.interpolate(quarter, size, mode='bilinear', align_corners=True)
    best = logits[0].argmax(0)[:, spec.wrap_px : spec.wrap_px + spec.width]
    return np.asarray(best.to(torch.uint8).cpu().numpy())
