"""A bundle run as a robot would run it, against the network that it was made from."""

import copy
from typing import TYPE_CHECKING

import numpy as np

from panoseg_ros.bundles import Bundle
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.backend import load_backend
from panoseg_ros.inference.export import AGREEMENT, probe_images, wrap_network
from panoseg_ros.inference.tail import upsample_argmax

if TYPE_CHECKING:
    from torch import nn


def verify_bundle(bundle: Bundle, network: 'nn.Module') -> float:
    """Segment probe images with a bundle and compare with torchvision's form of its network.

    Returns:
        The share of pixels that have the same class.

    Raises:
        BackendError: if that share is below 0.999, or the bundle does not run.
    """
    import torch

    from panoseg_ros.networks import set_deform_operator

    spec, backend = bundle.input, load_backend(bundle)
    exact = wrap_network(copy.deepcopy(network), spec)
    set_deform_operator(exact, 'torchvision')
    same = []
    for image in probe_images(spec):
        labels, _ = backend.segment(image[0])
        with torch.inference_mode():
            logits = exact(torch.from_numpy(image))[0].numpy()
        expected, _ = upsample_argmax(logits, spec.height, spec.width, spec.wrap_px)
        same.append((labels == expected).mean())
    agreement = float(np.mean(same))
    if agreement < AGREEMENT:
        raise BackendError(
            f'bundle {bundle.name}: only {agreement:.4f} of the pixels have the class that its '
            f'network gives, at least {AGREEMENT} must'
        )
    return agreement
