"""The few calls of the CUDA driver that a runtime without torch needs, by ctypes.

The driver's library, libcuda.so.1, is there wherever a GPU can be used, on a Jetson too, and
its names are stable; the runtime library and Python's cuda packages come in one version
per CUDA and would have to fit the one that TensorRT was built for. The device's primary
context is the one that TensorRT's own calls use. Signatures: CUDA Driver API reference.
"""

import ctypes
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import GpuError
from panoseg_ros.inference.cuda_guard import cuda

LIBRARY = 'libcuda.so.1'
NOT_READY = 600  # CUDA_ERROR_NOT_READY: a stream has work left
MAJOR, MINOR = 75, 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_*


class Gpu(NamedTuple):
    """The first device that the driver shows, or why there is none."""

    name: str = ''
    capability: tuple[int, int] = (0, 0)
    missing: str = ''


@lru_cache(maxsize=1)
def find_gpu() -> Gpu:
    """Return the GPU of this process; what CUDA_VISIBLE_DEVICES hides is not there."""
    try:
        with cuda.calls('CUDA driver'):
            return Driver().gpu()
    except GpuError as err:
        return Gpu(missing=str(err))


class Driver:
    """Device 0, its primary context, one stream, and the memory that was asked for.

    Raises:
        GpuError: if there is no driver or no device.
    """

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as err:
            raise GpuError(f'no NVIDIA driver ({LIBRARY})') from err
        self._call('cuInit', 0)
        device = ctypes.c_int()
        self._call('cuDeviceGet', ctypes.byref(device), 0)
        self._device = device.value
        self._on_device: list[int] = []
        self._on_host: list[int] = []

    def gpu(self) -> Gpu:
        """Return name and compute capability."""
        name = ctypes.create_string_buffer(256)
        self._call('cuDeviceGetName', name, len(name), self._device)
        found = []
        for attribute in (MAJOR, MINOR):
            value = ctypes.c_int()
            self._call('cuDeviceGetAttribute', ctypes.byref(value), attribute, self._device)
            found.append(value.value)
        return Gpu(name.value.decode(errors='replace'), (found[0], found[1]))

    def open(self) -> None:
        """Retain the primary context and make a stream in it."""
        context, stream = ctypes.c_void_p(), ctypes.c_void_p()
        self._call('cuDevicePrimaryCtxRetain', ctypes.byref(context), self._device)
        self._context = context
        self.enter()
        self._call('cuStreamCreate', ctypes.byref(stream), 1)  # CU_STREAM_NON_BLOCKING
        self.stream = int(stream.value or 0)

    def close(self) -> None:
        """Give everything back, unless CUDA may not be called any more."""
        if cuda.reason:
            return
        self.enter()
        for address in self._on_device:
            self._call('cuMemFree_v2', ctypes.c_uint64(address))
        for address in self._on_host:
            self._call('cuMemFreeHost', ctypes.c_void_p(address))
        self._call('cuStreamDestroy_v2', ctypes.c_void_p(self.stream))
        self._call('cuDevicePrimaryCtxRelease_v2', self._device)

    def enter(self) -> None:
        """Make the context current in the calling thread."""
        self._call('cuCtxSetCurrent', self._context)

    def device_buffer(self, size_bytes: int) -> int:
        """Return the address of new device memory."""
        address = ctypes.c_uint64()
        self._call('cuMemAlloc_v2', ctypes.byref(address), ctypes.c_size_t(size_bytes))
        self._on_device.append(int(address.value))
        return self._on_device[-1]

    def pinned(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        """Return an array in page-locked memory, not to be used after `close`."""
        count = int(np.prod(shape))
        size = count * np.dtype(dtype).itemsize
        address = ctypes.c_void_p()
        self._call('cuMemHostAlloc', ctypes.byref(address), ctypes.c_size_t(size), 0)
        self._on_host.append(int(address.value or 0))
        raw = (ctypes.c_uint8 * size).from_address(self._on_host[-1])
        return np.frombuffer(raw, dtype, count).reshape(shape)

    def upload(self, address: int, array: NDArray[Any]) -> None:
        """Copy a pinned array to the device, in the stream."""
        self._copy('cuMemcpyHtoDAsync_v2', ctypes.c_uint64(address), _pointer(array), array)

    def download(self, array: NDArray[Any], address: int) -> None:
        """Copy device memory into a pinned array, in the stream."""
        self._copy('cuMemcpyDtoHAsync_v2', _pointer(array), ctypes.c_uint64(address), array)

    def is_idle(self) -> bool:
        """Return whether the stream has no work left."""
        code = self._library.cuStreamQuery(ctypes.c_void_p(self.stream))
        if code == NOT_READY:
            return False
        self._check('cuStreamQuery', code)
        return True

    def _copy(self, name: str, to: Any, source: Any, array: NDArray[Any]) -> None:
        size = ctypes.c_size_t(array.nbytes)
        self._call(name, to, source, size, ctypes.c_void_p(self.stream))

    def _call(self, name: str, *arguments: Any) -> None:
        self._check(name, getattr(self._library, name)(*arguments))

    def _check(self, name: str, code: int) -> None:
        if code:
            text = ctypes.c_char_p()
            self._library.cuGetErrorName(code, ctypes.byref(text))
            known = (text.value or b'unknown error').decode()
            raise RuntimeError(f'{name}: {known} ({code})')


def _pointer(array: NDArray[Any]) -> Any:
    return ctypes.c_void_p(array.ctypes.data)
