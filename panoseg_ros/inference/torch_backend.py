"""Runs a bundle's weights in PyTorch on the CPU, where ONNX Runtime cannot run its graph."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from panoseg_ros.bundles import WEIGHTS, Bundle
from panoseg_ros.errors import BackendError, NetworkError
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.inference.tail import upsample_argmax
from panoseg_ros.labels import load_label_set
from panoseg_ros.networks import build_network, load_weights


def load_network(bundle: Bundle) -> nn.Module:
    """Return a bundle's network with its weights, in evaluation mode.

    Raises:
        BackendError: if the weights are missing or do not fit the network on the card.
        LabelError: if the bundle's label set is malformed.
    """
    if WEIGHTS not in bundle.files:
        raise BackendError(f'{bundle.path}: holds no {WEIGHTS}, which torch needs')
    try:
        network = build_network(bundle.network, len(load_label_set(bundle.label_set)))
        load_weights(network, bundle.files[WEIGHTS])
    except NetworkError as err:
        raise BackendError(f'bundle {bundle.name}: {err}') from err
    return network


class TorchBackend:
    """The network itself, with the same input, margin and tail as the graph.

    Args:
        bundle: A bundle that holds `weights.safetensors`.
        threads: CPU threads of torch in this whole process, 0 to leave them alone.

    Raises:
        BackendError, LabelError: as `load_network`.
    """

    def __init__(self, bundle: Bundle, threads: int = 0) -> None:
        if threads < 0:
            raise BackendError(f'threads must be 0 or more, got {threads}')
        network = load_network(bundle)
        if threads:
            torch.set_num_threads(threads)
        self.num_classes = network.dede_head.pred.out_channels
        self.runtime = f'torch {torch.__version__} on the CPU'
        self._spec = bundle.input
        self._network = wrap_network(network, bundle.input)

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        spec = self._spec
        wanted = (spec.height, spec.width, 3)
        if image.shape != wanted or image.dtype != np.uint8:
            raise BackendError(
                f'the model wants a panorama {wanted} uint8, got {image.shape} {image.dtype}'
            )
        with torch.inference_mode():
            logits = self._network(torch.tensor(image[None]))[0].numpy()
        return upsample_argmax(logits, spec.height, spec.width, spec.wrap_px)
