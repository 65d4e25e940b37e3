"""A GPU that fails, with faults injected where a driver would report them."""

import gc
import logging
import sys

import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference import load_backend
from panoseg_ros.inference.agreement import EXACT, Limits
from panoseg_ros.inference.standby import StandbyBackend, prove
from panoseg_ros.inference.tensorrt import backend as tensorrt_backend

DARK = np.zeros((32, 64, 3), np.uint8)


@pytest.fixture
def bundle(make_bundle):
    return load_bundle(make_bundle())


@pytest.fixture
def on_gpu(bundle, stand_in_tensorrt):
    backend = load_backend(bundle, 'tensorrt', threads=1)
    assert (backend.segment(DARK)[0] == 0).all() and 'Stand-in GPU' in backend.runtime
    return backend


def test_an_illegal_address_is_answered_by_the_cpu_in_the_same_frame(
    on_gpu, stand_in_cuda, open_guard, caplog
):
    stand_in_cuda.fail_with = 700
    labels, _ = on_gpu.segment(DARK)
    assert (labels == 0).all() and on_gpu.runtime.endswith('on the CPU')
    assert 'CUDA_ERROR_ILLEGAL_ADDRESS' in on_gpu.fault and 'starts anew' in on_gpu.fault
    assert [r.getMessage() for r in caplog.records if r.levelname == 'ERROR'] == [on_gpu.fault]


def test_after_a_sticky_error_nothing_calls_cuda_again(
    on_gpu, bundle, stand_in_cuda, stand_in_tensorrt, open_guard, no_other_gpu_runtime
):
    stand_in_cuda.fail_with, stand_in_cuda.fail_in = 700, 'cuStreamQuery'
    on_gpu.segment(DARK)
    stand_in_cuda.fail_with = 0
    calls, plans = len(stand_in_cuda.calls), len(stand_in_tensorrt.deserialised)
    for _ in range(3):
        on_gpu.segment(DARK)
    assert load_backend(bundle, threads=1).runtime.endswith('on the CPU')
    assert load_backend(bundle, 'onnx', 1).runtime.endswith('on the CPU')
    with pytest.raises(GpuError, match=r'no GPU for backend tensorrt: .*ILLEGAL_ADDRESS'):
        load_backend(bundle, 'tensorrt', threads=1)
    del on_gpu
    gc.collect()
    assert len(stand_in_cuda.calls) == calls and len(stand_in_tensorrt.deserialised) == plans


def test_want_of_memory_leaves_the_gpu_for_the_next_model(
    on_gpu, bundle, stand_in_tensorrt, open_guard
):
    stand_in_tensorrt.run_error = 'CUDA out of memory'
    on_gpu.segment(DARK)
    assert 'until a model is loaded again' in on_gpu.fault and not open_guard.reason
    stand_in_tensorrt.run_error = ''
    on_gpu.segment(DARK)
    assert on_gpu.runtime.endswith('on the CPU')  # it does not come and go
    assert load_backend(bundle, 'tensorrt', threads=1).fault == ''


def test_a_gpu_without_memory_is_one_line_at_load(
    bundle, stand_in_tensorrt, stand_in_cuda, open_guard, no_other_gpu_runtime, caplog
):
    stand_in_cuda.fail_with, stand_in_cuda.fail_in = 2, 'cuMemAlloc_v2'
    with pytest.raises(BackendError, match='CUDA_ERROR_OUT_OF_MEMORY') as caught:
        load_backend(bundle, 'tensorrt', threads=1)
    assert '\n' not in str(caught.value) and not open_guard.reason
    assert load_backend(bundle, threads=1).runtime.endswith('on the CPU')


def test_a_gpu_that_hangs_is_lost_within_the_limit(on_gpu, stand_in_cuda, open_guard, monkeypatch):
    monkeypatch.setattr(on_gpu._gpu, '_limit_s', 0.02)
    stand_in_cuda.hangs = True
    assert (on_gpu.segment(DARK)[0] == 0).all()
    assert 'does not answer within 0.02 s' in on_gpu.fault and open_guard.reason


def test_frames_after_the_first_have_the_short_limit(on_gpu):
    assert on_gpu._gpu._limit_s == tensorrt_backend.LIMIT_S <= 1.0


def test_a_bad_picture_is_no_fault_of_the_gpu(on_gpu, open_guard):
    with pytest.raises(BackendError, match='wants a panorama'):
        on_gpu.segment(DARK[:3])
    assert on_gpu.fault == '' and 'Stand-in GPU' in on_gpu.runtime


def test_a_replaced_model_gives_its_memory_back(bundle, stand_in_tensorrt, stand_in_cuda):
    backend = load_backend(bundle, 'tensorrt', threads=1)
    assert len(stand_in_cuda.memory) % 4 == 0 and stand_in_cuda.memory
    del backend
    gc.collect()
    assert not stand_in_cuda.memory


def test_proof_names_what_differs(bundle):
    class Wrong:
        runtime, fault, num_classes = 'wrong', '', 19

        def segment(self, image):
            return np.full(image.shape[:2], 7, np.uint8), np.zeros(image.shape[:2], np.uint8)

    cpu = load_backend(bundle, 'onnx', 1, 'cpu')
    with pytest.raises(BackendError, match=r'wrong differs from ONNX .* on the CPU: only'):
        prove(Wrong(), cpu, bundle.input, EXACT)
    loose = prove(Wrong(), cpu, bundle.input, Limits(0.0, 100.0))
    assert loose.agreement.same < 0.5 and min(loose.gpu_s, loose.cpu_s) > 0


def test_arguments_are_checked(bundle):
    for arguments, words in (
        (('auto', 0, 'tpu'), "unknown device 'tpu', expected one of auto, cpu, cuda"),
        (('auto', 0, 'cpu', 'int8'), "unknown precision 'int8'"),
        (('tensorrt', 0, 'cpu'), 'tensorrt runs on a GPU only'),
    ):
        with pytest.raises(BackendError, match=words):
            load_backend(bundle, *arguments)


def test_a_precision_that_a_runtime_lacks_is_said(bundle, stand_in_cuda):
    with pytest.raises(GpuError, match='on the GPU: onnx does not run in float16 there'):
        load_backend(bundle, 'onnx', 1, 'cuda', 'float16')


@pytest.mark.parametrize('kind', ['auto', 'onnx', 'torch', 'tensorrt'])
def test_without_a_gpu_cuda_is_refused_in_one_line(bundle, open_guard, monkeypatch, kind):
    from panoseg_ros.inference import cuda_driver

    monkeypatch.setattr(cuda_driver, 'LIBRARY', 'libcuda_of_nobody.so')
    with pytest.raises(GpuError, match=f'no GPU for backend {kind}: no NVIDIA driver'):
        load_backend(bundle, kind, 1, 'cuda')


def test_without_a_gpu_auto_asks_no_gpu_runtime(bundle, open_guard, monkeypatch, caplog):
    from panoseg_ros.inference import cuda_driver

    monkeypatch.setattr(cuda_driver, 'LIBRARY', 'libcuda_of_nobody.so')
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    with caplog.at_level(logging.INFO, 'panoseg_ros'):
        assert load_backend(bundle, threads=1).runtime.endswith('on the CPU')
    assert [record.levelname for record in caplog.records] == ['INFO']


def test_nothing_is_done_on_the_gpu_by_a_standby_pair_of_cpus(bundle, open_guard):
    cpu = load_backend(bundle, 'onnx', 1, 'cpu')

    class Failing:
        runtime, fault, num_classes = 'failing', '', 19

        def segment(self, image):
            raise GpuError('lost', True)

    pair = StandbyBackend(Failing(), cpu)
    assert pair.runtime == 'failing'
    assert (pair.segment(DARK)[0] == cpu.segment(DARK)[0]).all()
    assert pair.runtime == cpu.runtime and pair.fault.endswith(': lost')
