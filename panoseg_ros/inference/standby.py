"""A network on a GPU, proved against one on the CPU that takes over when the GPU fails."""

import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import InputSpec
from panoseg_ros.cameras import Directions, Moment, PanoramaMapper
from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference.agreement import Agreement, Limits, compare
from panoseg_ros.inference.backend import Backend, Road, SegmentsLenses
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.inference.panorama import Seen
from panoseg_ros.inference.probes import Probe, load_probes

Masks = tuple[NDArray[np.uint8], NDArray[np.uint8]]
_log = logging.getLogger(__name__)


class StandbyBackend:
    """Runs on the GPU; from its first failure on, that frame included, on the CPU.

    The backend on the CPU is loaded and warm, so what a failure costs is one frame of it.

    Args:
        gpu: raises GpuError when the GPU fails.
        cpu: the same network.
    """

    def __init__(self, gpu: Backend, cpu: Backend) -> None:
        self.num_classes = cpu.num_classes
        self.fault = ''
        self._gpu: Backend | None = gpu
        self._cpu = cpu
        self._roads: WeakSet[Road] = WeakSet()

    @property
    def runtime(self) -> str:
        """Return the name of what runs at present."""
        return (self._gpu or self._cpu).runtime

    def segment(self, image: NDArray[np.uint8]) -> Masks:
        """Return labels and confidence; see `Backend.segment`."""
        gpu = self._gpu
        if gpu is not None:
            try:
                return gpu.segment(image)
            except GpuError as err:
                self._give_up(gpu, err)
        return self._cpu.segment(image)

    def lens_road(self, mapper: PanoramaMapper) -> Road | None:
        """Return the GPU's road, which gives None from the GPU's first failure on."""
        gpu = self._gpu
        able: object = gpu
        if gpu is None or not isinstance(able, SegmentsLenses):
            return None
        try:
            road = able.lens_road(mapper)
        except BackendError as err:
            if isinstance(err, GpuError) and err.lost:
                self._give_up(gpu, err)
            else:
                _log.warning('%s takes panoramas from the CPU: %s', gpu.runtime, err)
            return None
        if road is None:
            return None
        self._roads.add(road)
        return partial(self._see, gpu, road)

    def _see(
        self, gpu: Backend, road: Road, moment: Moment, directions: Directions | None
    ) -> Seen | None:
        if self._gpu is None:
            return None
        try:
            return road(moment, directions)
        except GpuError as err:
            self._give_up(gpu, err)
            return None

    def _give_up(self, gpu: Backend, err: GpuError) -> None:
        if err.lost:  # to free them would be to call CUDA
            for holder in (gpu, *self._roads):
                cuda.keep_for_ever(holder)
        self._gpu = None
        until = 'the process starts anew' if err.lost else 'a model is loaded again'
        self.fault = f'the GPU failed, {self._cpu.runtime} is used until {until}: {err}'
        _log.error('%s', self.fault)


class Proof(NamedTuple):
    """What a comparison with the CPU has shown."""

    agreement: Agreement
    gpu_s: float  # a panorama, the fastest of the probes
    cpu_s: float


def prove(gpu: Backend, cpu: Backend, spec: InputSpec, limits: Limits) -> Proof:
    """Segment the probes with both.

    Raises:
        BackendError: if they differ by more than the limits, or one of them fails.
    """
    probes: Sequence[Probe] = load_probes(spec)
    expected, found = _Timed(cpu), _Timed(gpu)
    agreement = compare(probes, expected.labels, found.labels)
    fault = agreement.beyond(limits)
    if fault:
        raise BackendError(f'{gpu.runtime} differs from {cpu.runtime}: {fault}')
    return Proof(agreement, min(found.seconds), min(expected.seconds))


class _Timed:
    """Segments with a backend and notes how long that takes."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.seconds: list[float] = []

    def labels(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        began_s = time.perf_counter()
        labels = self._backend.segment(image)[0]
        self.seconds.append(time.perf_counter() - began_s)
        return labels
