"""Runs a bundle's weights in PyTorch: on a GPU, or on the CPU where ONNX Runtime cannot."""

import logging
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from panoseg_ros.bundles import WEIGHTS, Bundle, InputSpec
from panoseg_ros.errors import BackendError, NetworkError
from panoseg_ros.inference.backend import checked_panorama
from panoseg_ros.inference.cuda_guard import await_device, cuda, is_lost
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.inference.torch_tail import make_tail
from panoseg_ros.labels import load_label_set
from panoseg_ros.networks import build_network, load_weights

WARM_RUNS = 3  # libraries choose kernels and make workspaces, which a recording cannot
_log = logging.getLogger(__name__)


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
        if not self._on_gpu:
            self.runtime = f'{self._name} on the CPU'
            self._road = FrameRoad(network, bundle.input, device, torch.float32)
            return
        with cuda.calls(self._name):
            self._road = FrameRoad(network, bundle.input, device, getattr(torch, precision))
            self._road.record()
            self.runtime = f'{self._name} on {torch.cuda.get_device_name()} in {precision}'

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        checked_panorama(image, self._spec)
        if not self._on_gpu:
            return self._road(image)
        with cuda.calls(self._name, running=True):
            return self._road(image)


class FrameRoad:
    """The way of a frame to the device and of its labels back, with buffers made once.

    Args:
        network: float32, in evaluation mode; it is moved and converted.
        spec: what it wants.
        device: of torch.
        dtype: precision of the network.
    """

    def __init__(
        self, network: nn.Module, spec: InputSpec, device: str, dtype: torch.dtype
    ) -> None:
        self._on_gpu = device != 'cpu'
        if self._on_gpu:  # convolutions on tensor cores want channels last
            network = network.to(memory_format=torch.channels_last)
        self._deployed = wrap_network(network.to(dtype), spec).to(device)
        size = (spec.height, spec.width)
        self._frame = torch.empty((1, *size, 3), dtype=torch.uint8, pin_memory=self._on_gpu)
        self._image = torch.zeros_like(self._frame, device=device)
        self._out = torch.empty((2, *size), dtype=torch.uint8, device=device)
        self._found = torch.empty((2, *size), dtype=torch.uint8, pin_memory=self._on_gpu)
        self._done = torch.cuda.Event() if self._on_gpu else None
        self._tail = make_tail(spec, self._out)
        self._run: Callable[[], None] = self._compute

    def __call__(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence, both (H, W) uint8, of an (H, W, 3) uint8 panorama."""
        self._frame.numpy()[0] = image
        self._image.copy_(self._frame, non_blocking=True)
        self._run()
        self._found.copy_(self._out, non_blocking=True)
        if self._done is not None:
            self._done.record()
            await_device(self._done.query)
        labels, confidence = self._found.numpy().copy()
        return labels, confidence

    def record(self) -> None:
        """Replay the network from here on as one CUDA graph, if it can be recorded as one."""
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_RUNS):
                self._compute()
        aside.synchronize()
        graph = torch.cuda.CUDAGraph()
        try:
            # Another model may be running in another thread meanwhile.
            with torch.cuda.graph(graph, capture_error_mode='thread_local'):
                self._compute()
        except RuntimeError as err:
            if is_lost(str(err)):
                raise
            _log.warning('the network runs unrecorded, which is slower: %s', err)
            return
        self._run = graph.replay

    def _compute(self) -> None:
        with torch.inference_mode():
            self._tail(self._deployed(self._image)[0])
