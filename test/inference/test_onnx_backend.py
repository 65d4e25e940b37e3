"""A real graph through ONNX Runtime."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from panoseg_ros.bundles import load_bundle, write_card
from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference import load_backend, onnx_backend


def test_labels_follow_the_picture(make_bundle: Callable[..., Path]) -> None:
    backend = load_backend(load_bundle(make_bundle()), threads=1)
    image = np.zeros((32, 64, 3), np.uint8)
    image[:16] = 255
    labels, confidence = backend.segment(image)
    assert backend.num_classes == 19
    assert (labels[:12] == 10).all() and (labels[20:] == 0).all()
    assert confidence[0, 0] == 255
    assert labels.dtype == confidence.dtype == np.uint8


def test_left_and_right_border_are_neighbours(make_bundle: Callable[..., Path]) -> None:
    backend = load_backend(load_bundle(make_bundle()), threads=1)
    image = np.zeros((32, 64, 3), np.uint8)
    image[:, :8] = 255
    rolled = np.roll(image, 32, axis=1)
    direct = backend.segment(image)[0]
    centred = np.roll(backend.segment(rolled)[0], -32, axis=1)
    assert np.mean(direct == centred) > 0.97  # sampling grids differ by a fraction of a pixel


@pytest.mark.parametrize('shape', [(32, 60, 3), (32, 64), (0, 0, 3)])
def test_other_sizes_are_refused(make_bundle: Callable[..., Path], shape: tuple) -> None:
    backend = load_backend(load_bundle(make_bundle()), threads=1)
    with pytest.raises(BackendError, match=r'wants a panorama \(32, 64, 3\)'):
        backend.segment(np.zeros(shape, np.uint8))


def test_card_and_graph_must_agree(make_bundle: Callable[..., Path]) -> None:
    folder = make_bundle()
    bundle = load_bundle(folder)
    spec = type(bundle.input)(64, 64, wrap_px=8)
    write_card(folder, name='x', network='tiny', label_set='cityscapes19', spec=spec)
    with pytest.raises(BackendError, match='expected input image'):
        load_backend(load_bundle(folder))


def test_missing_and_truncated_graphs_are_named(make_bundle: Callable[..., Path]) -> None:
    folder = make_bundle()
    graph = folder / 'model.onnx'
    graph.write_bytes(graph.read_bytes()[:200])
    with pytest.raises(BackendError, match=r'model\.onnx: cannot be loaded'):
        load_backend(load_bundle(folder, verify=False))
    graph.rename(folder / 'other.bin')
    spec = load_bundle(folder, verify=False).input
    write_card(folder, name='x', network='tiny', label_set='cityscapes19', spec=spec)
    with pytest.raises(BackendError, match=r'holds no model\.onnx'):
        load_backend(load_bundle(folder))


def test_unknown_backend_names_the_known_ones(make_bundle: Callable[..., Path]) -> None:
    bundle = load_bundle(make_bundle())
    with pytest.raises(BackendError, match='expected one of auto, onnx, torch'):
        load_backend(bundle, 'tpu')
    with pytest.raises(BackendError, match='threads must be 0 or more'):
        load_backend(bundle, threads=-1)


class StandInSession:
    """ONNX Runtime's session as its CUDA provider would make it, run on the CPU."""

    loads = True
    error = ''

    def __init__(self, path: str, options: object, providers: list) -> None:
        type(self).asked = providers
        self._real = REAL_SESSION(path, options, providers=['CPUExecutionProvider'])

    def get_providers(self) -> list[str]:
        return ['CUDAExecutionProvider'] * self.loads + ['CPUExecutionProvider']

    def run_with_iobinding(self, binding: object) -> None:
        if self.error:
            raise RuntimeError(self.error)
        self._real.run_with_iobinding(binding)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


REAL_SESSION = onnxruntime.InferenceSession


@pytest.fixture
def cuda_provider(
    monkeypatch: pytest.MonkeyPatch, stand_in_cuda: object
) -> Iterator[type[StandInSession]]:
    class Session(StandInSession):
        pass

    names = ['CUDAExecutionProvider', 'CPUExecutionProvider']
    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: names)
    monkeypatch.setattr(onnxruntime, 'preload_dlls', lambda: None, raising=False)
    monkeypatch.setattr(onnx_backend.onnxruntime, 'InferenceSession', session_of(Session))
    yield Session


def session_of(kind: type[StandInSession]) -> Callable[..., object]:
    """Give sessions of the CPU alone to those who ask for that."""

    def make(path: str, options: object, providers: list) -> object:
        alone = providers == ['CPUExecutionProvider']
        return (REAL_SESSION if alone else kind)(path, options, providers=providers)

    return make


def test_the_cuda_provider_runs_the_same_graph(
    make_bundle: Callable[..., Path], cuda_provider: type[StandInSession]
) -> None:
    bundle = load_bundle(make_bundle())
    backend = load_backend(bundle, 'onnx', 1, 'cuda')
    name = f'ONNX Runtime {onnxruntime.__version__}'
    assert backend.runtime == f'{name} on Stand-in GPU in float32'
    (provider, options), last = cuda_provider.asked
    assert (provider, last) == ('CUDAExecutionProvider', 'CPUExecutionProvider')
    assert options['use_tf32'] == '0'
    image = np.full((32, 64, 3), 200, np.uint8)
    assert (backend.segment(image)[0] == 10).all()


def test_a_cuda_provider_that_does_not_load_leaves_the_cpu(
    make_bundle: Callable[..., Path],
    cuda_provider: type[StandInSession],
    caplog: pytest.LogCaptureFixture,
) -> None:
    bundle = load_bundle(make_bundle())
    cuda_provider.loads = False
    with pytest.raises(GpuError, match='cannot load its CUDA provider'):
        load_backend(bundle, 'onnx', 1, 'cuda')
    assert load_backend(bundle, 'onnx', 1).runtime.endswith('on the CPU')
    assert 'cannot load its CUDA provider' in caplog.text


def test_a_cuda_provider_that_fails_leaves_the_cpu(
    make_bundle: Callable[..., Path], cuda_provider: type[StandInSession], open_guard: Any
) -> None:
    backend = load_backend(load_bundle(make_bundle()), 'onnx', 1, 'cuda')
    cuda_provider.error = 'CUDA failure 700: an illegal memory access was encountered ; GPU=0'
    assert (backend.segment(np.zeros((32, 64, 3), np.uint8))[0] == 0).all()
    assert backend.runtime.endswith('on the CPU') and 'CUDA failure 700' in backend.fault
    assert open_guard.reason


def test_logits_are_the_callers_own(make_bundle: Callable[..., Path]) -> None:
    backend = onnx_backend.OnnxBackend(load_bundle(make_bundle()), 1)
    dark = backend.logits(np.zeros((32, 64, 3), np.uint8))
    kept = dark.copy()
    backend.logits(np.full((32, 64, 3), 255, np.uint8))
    assert np.array_equal(dark, kept)
