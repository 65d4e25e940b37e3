"""A stand-in for libcuda.so.1 whose device memory is memory of this process.

It has the functions that `cuda_driver` calls, with their arguments and codes. `fail_with` is
the code that every further call returns, as after a sticky error.
"""

import ctypes

from panoseg_ros.inference import cuda_driver
from panoseg_ros.inference.cuda_guard import cuda

LIBRARY = 'libcuda_that_stands_in.so'
NAMES = {
    2: b'CUDA_ERROR_OUT_OF_MEMORY',
    100: b'CUDA_ERROR_NO_DEVICE',
    700: b'CUDA_ERROR_ILLEGAL_ADDRESS',
}


class StandInCuda:
    def __init__(self, name='Stand-in GPU'):
        self.name = name
        self.calls = []
        self.memory = {}
        self.fail_with = 0
        self.fail_in = ''  # only this function, or all
        self.hangs = False

    def __getattr__(self, name):
        if not name.startswith('cu'):
            raise AttributeError(name)

        def call(*arguments):
            self.calls.append(name)
            if self.fail_with and self.fail_in in ('', name):
                return self.fail_with
            handler = getattr(StandInCuda, f'_{name}', None)
            return (handler(self, *arguments) if handler else 0) or 0

        return call

    def cuGetErrorName(self, code, text):  # noqa: N802
        text._obj.value = NAMES.get(code, b'CUDA_ERROR_UNKNOWN')
        return 0

    def _cuDeviceGetName(self, buffer, size, device):  # noqa: N802
        buffer.value = self.name.encode()

    def _cuDeviceGetAttribute(self, value, attribute, device):  # noqa: N802
        value._obj.value = {75: 9, 76: 0}[attribute]

    def _cuStreamCreate(self, stream, flags):  # noqa: N802
        stream._obj.value = 77

    def _allocate(self, address, size):
        block = ctypes.create_string_buffer(size.value)
        address._obj.value = ctypes.addressof(block)
        self.memory[address._obj.value] = block

    def _cuMemAlloc_v2(self, address, size):  # noqa: N802
        self._allocate(address, size)

    def _cuMemHostAlloc(self, address, size, flags):  # noqa: N802
        self._allocate(address, size)

    def _cuMemFree_v2(self, address):  # noqa: N802
        del self.memory[address.value]

    _cuMemFreeHost = _cuMemFree_v2  # noqa: N815

    def _cuMemcpyHtoDAsync_v2(self, to, source, size, stream):  # noqa: N802
        ctypes.memmove(to.value, source.value, size.value)

    _cuMemcpyDtoHAsync_v2 = _cuMemcpyHtoDAsync_v2  # noqa: N815

    def _cuStreamQuery(self, stream):  # noqa: N802
        assert stream.value == 77
        return 600 if self.hangs else 0


def install(monkeypatch):
    """Let this process find a stand-in GPU that nobody has used yet; return its driver.

    Whoever calls this clears the cache of `cuda_driver.find_gpu` in the end.
    """
    library, real = StandInCuda(), ctypes.CDLL

    def load(name, *more, **kwargs):
        return library if name == LIBRARY else real(name, *more, **kwargs)

    monkeypatch.setattr(cuda_driver, 'LIBRARY', LIBRARY)
    monkeypatch.setattr(cuda_driver.ctypes, 'CDLL', load)
    monkeypatch.setattr(cuda, '_reason', '')
    cuda_driver.find_gpu.cache_clear()
    return library
