"""The way of a panorama through the network on a torch device, with buffers made once."""

import logging
import threading
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from panoseg_ros.bundles import InputSpec
from panoseg_ros.inference.cuda_guard import await_device, is_lost
from panoseg_ros.inference.export import wrap_network
from panoseg_ros.inference.torch_tail import make_tail

WARM_RUNS = 3  # libraries choose kernels and make workspaces, which a recording cannot
_log = logging.getLogger(__name__)


class FrameRoad:
    """Takes a panorama to the device, and labels and confidence from there.

    Everything is done on the device's current stream, so that what is called in turn is done
    in turn. Calls may come from several threads; whoever calls `take` or `finish`, or writes
    `tensor`, holds the lock.

    Args:
        network: float32, in evaluation mode; it is moved and converted.
        spec: what it wants.
        device: of torch.
        dtype: precision of the network.

    Attributes:
        lock: held by whoever uses the buffers.
        device: as given.
        on_gpu: whether it is another one than the CPU.
        tensor: what the network takes, (1, 3, H, W + 2 wrap) of its precision, channels-last.
        norms: (2, 3) float32, scale and shift that normalise values 0..255.
        planes: (3, H, W) uint8, what leaves the device: labels, confidence, and room for
            what else a road to `tensor` has to tell.
    """

    def __init__(
        self, network: nn.Module, spec: InputSpec, device: str, dtype: torch.dtype
    ) -> None:
        self.lock = threading.RLock()
        self.device, self.on_gpu = device, device != 'cpu'
        if self.on_gpu:  # convolutions on tensor cores want channels last
            network = network.to(memory_format=torch.channels_last)
        self._deployed = wrap_network(network.to(dtype), spec).to(device)
        self.norms = torch.stack([self._deployed.scale, self._deployed.shift])
        size = (spec.height, spec.width)
        self._frame = self.pinned((1, *size, 3))
        self._image = torch.zeros_like(self._frame, device=device)
        self.tensor = torch.zeros(
            (1, 3, spec.height, spec.width + 2 * spec.wrap_px), dtype=dtype, device=device
        ).to(memory_format=torch.channels_last)
        self.planes = torch.zeros((3, *size), dtype=torch.uint8, device=device)
        self._found = self.pinned((3, *size))
        self._done = torch.cuda.Event() if self.on_gpu else None
        self._tail = make_tail(spec, self.planes[:2])
        self._run: Callable[[], None] = self._compute

    def __call__(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence, both (H, W) uint8, of an (H, W, 3) uint8 panorama."""
        with self.lock:
            self._frame.numpy()[0] = image
            self._image.copy_(self._frame, non_blocking=True)
            self.take(self._image)
            labels, confidence = self.finish()
        return labels, confidence

    def take(self, image: torch.Tensor) -> None:
        """Write `tensor` from a panorama (1, H, W, 3) uint8 on the device."""
        with torch.inference_mode():
            self.tensor.copy_(self._deployed.prepared(image))

    def finish(self, count: int = 2) -> NDArray[np.uint8]:
        """Run the network on `tensor`; return the first planes (count, H, W), a copy.

        Raises:
            GpuError: lost, if the device does not answer.
        """
        self._run()
        self._found[:count].copy_(self.planes[:count], non_blocking=True)
        self.wait()
        return self._found[:count].numpy().copy()

    def wait(self) -> None:
        """Wait until the device has done what it was given.

        Raises:
            GpuError: lost, if that takes too long.
        """
        if self._done is not None:
            self._done.record()
            await_device(self._done.query)

    def pinned(self, shape: tuple[int, ...]) -> torch.Tensor:
        """Return uint8 memory of the host from which a GPU copies by itself."""
        return torch.empty(shape, dtype=torch.uint8, pin_memory=self.on_gpu)

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
            self._tail(self._deployed.network.quarter_logits(self.tensor)[0])
