"""Which errors leave CUDA usable, and that nothing calls it after one that does not."""

import gc
import weakref

import pytest

from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference.cuda_guard import await_device

STICKY = [
    'CUDA error: an illegal memory access was encountered\nCompile with ...',
    'CUDA failure 700: an illegal memory access was encountered ; GPU=0',
    'cuStreamQuery: CUDA_ERROR_ILLEGAL_ADDRESS (700)',
    'CUDA error: unspecified launch failure',
    'CUDA error: device-side assert triggered',
    'CUDA error: uncorrectable ECC error encountered',
    'cuDNN error: CUDNN_STATUS_EXECUTION_FAILED',
    'CUBLAS failure 13: CUBLAS_STATUS_EXECUTION_FAILED',
]
HARMLESS = [
    'CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has ...',
    'cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2)',
    'CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate',
    'BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 1',
    'Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU',
    'CUDA error: no kernel image is available for execution on the device',
    'CUDA error: operation not permitted when stream is capturing',
    'cuInit: CUDA_ERROR_NO_DEVICE (100)',
    'PTXAS error: Internal Triton PTX codegen error\nRepro command: ptxas --gpu-name=sm_75',
]


def fail(guard, text, running):
    with pytest.raises(GpuError) as caught, guard.calls('a runtime', running):
        raise RuntimeError(text)
    assert '\n' not in str(caught.value)
    return caught.value


@pytest.mark.parametrize('running', [False, True])
@pytest.mark.parametrize('text', STICKY)
def test_a_sticky_error_closes_the_guard(open_guard, text, running):
    assert fail(open_guard, text, running).lost
    assert text.splitlines()[0] in open_guard.reason
    entered = []
    with (
        pytest.raises(GpuError, match='does not use the GPU any more') as caught,
        open_guard.calls('another runtime'),
    ):
        entered.append(True)
    assert caught.value.lost and not entered


@pytest.mark.parametrize('running', [False, True])
@pytest.mark.parametrize('text', HARMLESS)
def test_want_of_memory_and_the_like_leave_it_open(open_guard, text, running):
    assert not fail(open_guard, text, running).lost
    with open_guard.calls('another runtime'):
        pass


def test_what_is_not_known_counts_as_sticky_only_while_running(open_guard):
    assert not fail(open_guard, 'shape (1, 2) is wrong', running=False).lost
    assert not open_guard.reason
    assert fail(open_guard, 'something never heard of', running=True).lost


def test_an_error_that_was_translated_is_judged_by_its_cause(open_guard):
    with pytest.raises(GpuError) as caught, open_guard.calls('a runtime'):
        try:
            raise RuntimeError(STICKY[0])
        except RuntimeError as err:
            raise BackendError('model.onnx: cannot be loaded') from err
    assert caught.value.lost and open_guard.reason == 'model.onnx: cannot be loaded'


def test_other_errors_pass_as_they_are(open_guard):
    with (
        pytest.raises(BackendError, match=r'^no CUDA provider$') as caught,
        open_guard.calls('a runtime'),
    ):
        raise BackendError('no CUDA provider')
    assert type(caught.value) is BackendError and not open_guard.reason


def test_the_first_reason_stays(open_guard):
    open_guard.close('first')
    open_guard.close('second')
    assert open_guard.reason == 'first'


def test_a_gpu_that_does_not_answer_is_lost(open_guard):
    with (
        pytest.raises(GpuError, match=r'does not answer within 0\.01 s') as caught,
        open_guard.calls('a runtime', running=True),
    ):
        await_device(lambda: False, 0.01)
    assert caught.value.lost and open_guard.reason


def test_waiting_ends_with_the_work():
    answers = iter([False, False, True])
    await_device(lambda: next(answers))
    assert list(answers) == []


def test_what_failed_is_never_freed_either(open_guard):
    """A model that breaks the GPU while it loads holds memory there."""

    class Model:
        def __init__(self, seen):
            seen.append(weakref.ref(self))
            with open_guard.calls('a runtime'):
                raise RuntimeError(STICKY[0])

    seen = []
    with pytest.raises(GpuError):
        Model(seen)
    gc.collect()
    assert seen[0]() is not None


def test_what_is_kept_for_ever_is_never_freed(open_guard):
    class Thing:
        pass

    kept, dropped = Thing(), Thing()
    open_guard.keep_for_ever(kept)
    seen = weakref.ref(kept), weakref.ref(dropped)
    del kept, dropped
    gc.collect()
    assert seen[0]() is not None and seen[1]() is None
