"""Whether this process may still call CUDA, asked before every such call.

After an illegal address, a failed launch, a lost device and their like "the process is in an
inconsistent state and any further CUDA work will return the same error. To continue using
CUDA, the process must be terminated and relaunched" (CUDA Runtime API, `cudaError_t`). Some
such calls never return. So the first of these errors closes the guard for good, and what
holds CUDA objects is kept for ever, because to free them is to call CUDA.
"""

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from panoseg_ros.errors import BackendError, GpuError

LIMIT_S = 1.0  # a frame that takes longer than that on a GPU will not come
PAUSE_S = 1e-4  # between two looks; waiting inside CUDA would keep a core busy
CUDA_WORDS = ('cuda', 'cudnn', 'cublas', 'nvrtc', 'gpu')
HARMLESS = (  # after which CUDA works as before
    'out of memory',
    'alloc failed',
    'failed to allocate memory',  # ONNX Runtime's arena
    'no kernel image',
    'captur',  # a graph could not be recorded
    'ptxas',  # a kernel could not be compiled, whose command names the GPU
    'no cuda gpus are available',
    'no cuda-capable device',
    'no device',
    'no nvidia driver',
    'initialization failed',
    'driver version is insufficient',
    'driver on your system is too old',
    'driver mismatch',
    'not compiled with cuda',
    'not supported',
)


class CudaGuard:
    """Lets calls of CUDA through until one of them has left the process unable to use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason = ''

    @property
    def reason(self) -> str:
        """Return why CUDA may not be called any more, empty while it may."""
        return self._reason

    def check(self) -> None:
        """Pass while CUDA may be called.

        Raises:
            GpuError: if not, with the reason.
        """
        if self._reason:
            raise GpuError(f'this process does not use the GPU any more: {self._reason}', True)

    @contextmanager
    def calls(self, what: str, running: bool = False) -> Iterator[None]:
        """Run a block that calls CUDA, and turn what it raises into a GpuError.

        Args:
            what: the runtime, for people.
            running: True once the model has run before: then every error closes the guard
                but those of HARMLESS; else also those that do not speak of CUDA leave it open.

        Raises:
            GpuError: if the guard is closed, or the block fails.
            BackendError: as the block raises it.
        """
        self.check()
        try:
            yield
        except GpuError as err:
            if err.lost:
                self._lose(str(err), err)
            raise
        except BackendError as err:
            if err.__cause__ is not None and is_lost(str(err.__cause__), running):
                self._lose(str(err), err)
                raise GpuError(str(err), True) from err
            raise
        except Exception as err:  # runtimes raise many kinds
            line = (str(err).strip().splitlines() or [type(err).__name__])[0]
            message, lost = f'{what}: {line}', is_lost(str(err), running)
            if lost:
                self._lose(message, err)
            raise GpuError(message, lost) from err

    def _lose(self, reason: str, err: Exception) -> None:
        # Behind the error are the frames, and in those whatever it was that failed.
        self.keep_for_ever(err)
        self.close(reason)

    def close(self, reason: str) -> None:
        """Let nothing through from here on; the first reason stays."""
        with self._lock:
            self._reason = self._reason or reason

    def keep_for_ever(self, thing: object) -> None:
        """Never free this object, not even when the interpreter ends."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


cuda = CudaGuard()  # the process has one CUDA


def await_device(is_done: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    """Return as soon as `is_done` says so, looking every tenth of a millisecond.

    Raises:
        GpuError: lost, if that takes longer than the limit.
    """
    deadline_s = time.monotonic() + limit_s
    while not is_done():
        if time.monotonic() > deadline_s:
            raise GpuError(f'the GPU does not answer within {limit_s:g} s', True)
        time.sleep(PAUSE_S)


def is_lost(text: str, running: bool = False) -> bool:
    """Return whether CUDA may not be called any more after an error; see `CudaGuard.calls`."""
    words = ' '.join(text.lower().replace('_', ' ').split())
    if any(harmless in words for harmless in HARMLESS):
        return False
    return running or any(word in words for word in CUDA_WORDS)
