"""Scoring a network on labelled panoramas, the way it will be run."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F

from panoseg_ros.bundles import InputSpec
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.metrics import confusion_matrix, mean_iou
from panoseg_ros.training.samples import Samples


def validate(network: nn.Module, samples: Samples, spec: InputSpec) -> float:
    """Return the mean IoU over the classes that occur, from one pooled confusion matrix."""
    return float(mean_iou(confusion(network, samples, spec)))


def confusion(network: nn.Module, samples: Samples, spec: InputSpec) -> NDArray[np.int64]:
    """Return the (C, C) counts [truth, prediction] of all pixels of all samples."""
    deployed = wrap_network(network, spec)
    total = None
    for image, truth in zip(samples.images, samples.labels, strict=True):
        labels = predict(deployed, image, spec)
        counts = confusion_matrix(truth, labels, network.dede_head.pred.out_channels)
        total = counts if total is None else total + counts
    return np.asarray(total)


@torch.no_grad()
def predict(deployed: nn.Module, image: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.uint8]:
    """Return labels (H, W) of an image (H, W, 3), its margin upsampled and then cut."""
    size = [spec.height, spec.width + 2 * spec.wrap_px]
    quarter = deployed(torch.from_numpy(image)[None])
    logits = F.interpolate(quarter, size, mode='bilinear', align_corners=True)
    best = logits[0].argmax(0)[:, spec.wrap_px : spec.wrap_px + spec.width]
    return np.asarray(best.to(torch.uint8).numpy())
