"""A GPU that is not there: stand-ins of its driver and of TensorRT, and an open guard."""

import sys

import pytest

from panoseg_ros.inference import cuda_driver
from panoseg_ros.inference.cuda_guard import cuda


@pytest.fixture(autouse=True, scope='session')
def no_real_gpu():
    """Where a test has not asked for a GPU there is none, whatever machine this is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuda_driver, 'LIBRARY', 'libcuda_is_hidden.so')
        cuda_driver.find_gpu.cache_clear()
        yield


@pytest.fixture
def open_guard(monkeypatch):
    """The guard of a process that has not met a GPU yet; tests may close it."""
    monkeypatch.setattr(cuda, '_reason', '')
    cuda_driver.find_gpu.cache_clear()
    yield cuda
    cuda_driver.find_gpu.cache_clear()


@pytest.fixture
def stand_in_cuda(monkeypatch, open_guard):
    from stand_in_cuda import install

    return install(monkeypatch)


@pytest.fixture
def stand_in_tensorrt(monkeypatch, stand_in_cuda, tmp_path):
    """TensorRT on the stand-in GPU, with an empty cache."""
    pytest.importorskip('onnx', reason='engines are built from graphs')
    from stand_in_tensorrt import World

    world = World()
    monkeypatch.setitem(sys.modules, 'tensorrt', world)
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return world


@pytest.fixture
def no_other_gpu_runtime(monkeypatch):
    """Torch and ONNX Runtime do not know the stand-in GPU, wherever these tests run."""
    from panoseg_ros.errors import BackendError
    from panoseg_ros.inference import loading

    real = loading._load_torch, loading._load_onnx

    def refused(load):
        def only_on_cpu(bundle, threads, device='cpu', *more):
            if device != 'cpu':
                raise BackendError('knows no GPU')
            return load(bundle, threads, device, *more)

        return only_on_cpu

    for name, load in zip(('_load_torch', '_load_onnx'), real, strict=True):
        monkeypatch.setattr(loading, name, refused(load))
