"""Runs a bundle's weights in PyTorch: on a GPU, or on the CPU where ONNX Runtime cannot."""

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from panoseg_ros.bundles import WEIGHTS, Bundle
from panoseg_ros.cameras import PanoramaMapper
from panoseg_ros.errors import BackendError, NetworkError
from panoseg_ros.inference.backend import Road, checked_panorama
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.inference.frame_road import FrameRoad
from panoseg_ros.inference.lens_road import LensRoad
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
        device: `cpu` or `cuda`.
        precision: float32, or float16 or bfloat16 on a GPU.

    Raises:
        BackendError, LabelError: as `load_network`.
        GpuError: if the GPU cannot be used.
    """

    fault = ''

    def __init__(
        self,
        bundle: Bundle,
        threads: int = 0,
        device: str = 'cpu',
        precision: str = 'float32',
    ) -> None:
        if threads < 0:
            raise BackendError(f'threads must be 0 or more, got {threads}')
        network = load_network(bundle)
        if threads:
            torch.set_num_threads(threads)
        self.num_classes = network.dede_head.pred.out_channels
        self._spec, self._on_gpu = bundle.input, device != 'cpu'
        self._name = f'torch {torch.__version__}'
        self._guard = partial(cuda.calls, self._name, True)
        if not self._on_gpu:
            self.runtime = f'{self._name} on the CPU'
            self._road = FrameRoad(network, bundle.input, device, torch.float32)
            return
        if precision == 'float32':
            torch.backends.cudnn.allow_tf32 = False  # which is hardly more exact than float16
        with cuda.calls(self._name):
            self._road = FrameRoad(network, bundle.input, device, getattr(torch, precision))
            self._road.record()
            self.runtime = f'{self._name} on {torch.cuda.get_device_name()} in {precision}'

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        checked_panorama(image, self._spec)
        if not self._on_gpu:
            return self._road(image)
        with self._guard():
            return self._road(image)

    def lens_road(self, mapper: PanoramaMapper) -> Road | None:
        """Return the road of a rig's pictures; see `SegmentsLenses`.

        On a CPU there is none: its own panoramas are faster.
        """
        if not self._on_gpu:
            return None
        with cuda.calls(self._name):
            road = LensRoad(mapper.geometry, self._road, self._guard)
            road.prove(mapper)
        return road
