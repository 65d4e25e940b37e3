"""Runs a TensorRT engine, without torch."""

import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import STRIDE, InputSpec
from panoseg_ros.errors import BackendError
from panoseg_ros.inference.backend import checked_panorama
from panoseg_ros.inference.cuda_driver import Driver, find_gpu
from panoseg_ros.inference.cuda_guard import LIMIT_S, await_device, cuda
from panoseg_ros.inference.tail import upsample_argmax
from panoseg_ros.inference.tensorrt.library import make_logger, tensorrt

FIRST_LIMIT_S = 60.0  # the first run loads kernels


class TensorRtBackend:
    """One engine: uint8 panorama in, quarter-resolution logits of the wrapped panorama out.

    Frame and logits have one buffer each on either side, all made here.

    Args:
        plan: a serialised engine that was built for this GPU and library.
        spec: what the network wants.
        precision: of the engine, for people.

    Raises:
        BackendError: if the engine cannot be used or has other inputs and outputs.
        GpuError: if the GPU fails, for example for want of memory.
    """

    fault = ''

    def __init__(self, plan: bytes, spec: InputSpec, precision: str) -> None:
        trt = tensorrt()
        self._spec, self._name = spec, f'TensorRT {trt.__version__}'
        self.runtime = f'{self._name} on {find_gpu().name} in {precision}'
        self._limit_s = FIRST_LIMIT_S
        with cuda.calls(self._name):
            self._driver = Driver()
            self._driver.open()
            # Not at exit, where CUDA may be gone already.
            weakref.finalize(self, self._driver.close).atexit = False
            self._logger = make_logger()
            self._runtime = trt.Runtime(self._logger)
            self._engine = self._runtime.deserialize_cuda_engine(plan)
            if self._engine is None:
                raise RuntimeError(f'the engine is refused: {self._logger.error}')
            self.num_classes = _check_engine(trt, self._engine, spec)
            self._context = self._engine.create_execution_context()
            if self._context is None:
                raise RuntimeError(self._logger.error or 'out of memory')
            self._make_buffers()

    def segment(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return labels and confidence; see `Backend.segment`."""
        spec = self._spec
        checked_panorama(image, spec)
        with cuda.calls(self._name, running=True):
            self._driver.enter()
            self._frame[0] = image
            self._driver.upload(self._image_at, self._frame)
            if not self._context.execute_async_v3(self._driver.stream):
                raise RuntimeError(self._logger.error or 'the engine does not run')
            self._driver.download(self._logits, self._logits_at)
            await_device(self._driver.is_idle, self._limit_s)
        self._limit_s = LIMIT_S
        return upsample_argmax(self._logits[0], spec.height, spec.width, spec.wrap_px)

    def _make_buffers(self) -> None:
        driver, (image, logits) = self._driver, _shapes(self._spec, self.num_classes)
        self._frame = driver.pinned(image, np.uint8)
        self._logits = driver.pinned(logits, np.float32)
        self._image_at = driver.device_buffer(self._frame.nbytes)
        self._logits_at = driver.device_buffer(self._logits.nbytes)
        self._context.set_tensor_address('image', self._image_at)
        self._context.set_tensor_address('logits', self._logits_at)


def _shapes(spec: InputSpec, classes: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    padded = (spec.width + 2 * spec.wrap_px) // STRIDE
    return (1, spec.height, spec.width, 3), (1, classes, spec.height // STRIDE, padded)


def _check_engine(trt: Any, engine: Any, spec: InputSpec) -> int:
    """Hold an engine's names, types and shapes against the card; return its classes."""
    names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
    found = {
        name: (
            engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT,
            engine.get_tensor_dtype(name),
            tuple(engine.get_tensor_shape(name)),
        )
        for name in names
    }
    classes = found['logits'][2][1] if 'logits' in found else 0
    image, logits = _shapes(spec, classes)
    wanted = {
        'image': (True, trt.DataType.UINT8, image),
        'logits': (False, trt.DataType.FLOAT, logits),
    }
    if found != wanted:
        raise BackendError(f'engine: expected image uint8 {image} and logits, got {found}')
    return int(classes)
