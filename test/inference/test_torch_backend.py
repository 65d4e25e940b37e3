"""The network itself as a runtime, and when it stands in for ONNX Runtime."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.bundles import Bundle, InputSpec, load_bundle, write_card
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import load_backend

torch = pytest.importorskip('torch', reason='the torch runtime needs torch')

SPEC = InputSpec(64, 128, wrap_px=32)


@pytest.fixture(scope='module')
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    from panoseg_ros.inference.export import export_onnx
    from panoseg_ros.networks import build_network, save_weights

    folder = tmp_path_factory.mktemp('nano')
    torch.manual_seed(0)
    network = build_network('trans4pass_nano')
    with torch.no_grad():  # a fresh network deforms nothing, which would test little
        for name, parameter in network.named_parameters():
            if 'offset' in name:
                parameter.normal_(0.0, 0.01)
    save_weights(network.state_dict(), folder / 'weights.safetensors')
    export_onnx(network, SPEC, folder / 'model.onnx')
    write_card(folder, name='nano', network='trans4pass_nano', label_set='cityscapes19', spec=SPEC)
    return load_bundle(folder)


def test_agrees_with_the_graph(bundle: Bundle) -> None:
    image = np.random.default_rng(1).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    labels, confidence = load_backend(bundle, 'torch', threads=1).segment(image)
    onnx_labels, onnx_confidence = load_backend(bundle, 'onnx', threads=1).segment(image)
    assert np.mean(labels == onnx_labels) > 0.99  # float16 weights in both, noise as input
    assert np.abs(confidence.astype(int) - onnx_confidence).max() <= 4


def test_other_sizes_are_refused(bundle: Bundle) -> None:
    with pytest.raises(BackendError, match=r'wants a panorama \(64, 128, 3\)'):
        load_backend(bundle, 'torch').segment(np.zeros((64, 64, 3), np.uint8))


def test_auto_falls_back_where_the_graph_cannot_run(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from panoseg_ros.inference import onnx_backend

    def old_runtime(*_: object) -> None:
        raise BackendError('model.onnx: cannot be loaded: no kernel for DeformConv(19)')

    monkeypatch.setattr(onnx_backend, 'OnnxBackend', old_runtime)
    with caplog.at_level(logging.WARNING):
        backend = load_backend(bundle)
    assert type(backend).__name__ == 'TorchBackend'
    said = caplog.text
    assert f'{backend.runtime} is used, which is slower' in said and 'DeformConv(19)' in said
    with pytest.raises(BackendError, match='DeformConv'):
        load_backend(bundle, 'onnx')


def test_auto_says_what_it_took(bundle: Bundle, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, 'panoseg_ros'):
        backend = load_backend(bundle, threads=1)
    assert backend.runtime.startswith('ONNX Runtime 1.')
    assert f'{backend.runtime} is used: the fastest here' in caplog.text


def test_missing_torch_is_one_line(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, 'panoseg_ros.inference.torch_backend', raising=False)
    monkeypatch.setitem(sys.modules, 'torch', None)
    with pytest.raises(BackendError, match='torch is missing: pip install'):
        load_backend(bundle, 'torch')


def test_bundle_without_weights_is_named(make_bundle: Callable[..., Path]) -> None:
    with pytest.raises(BackendError, match=r'holds no weights\.safetensors'):
        load_backend(load_bundle(make_bundle()), 'torch')


def test_results_of_a_frame_survive_the_next(bundle: Bundle) -> None:
    backend = load_backend(bundle, 'torch', threads=1)
    noise = np.random.default_rng(1).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    labels, confidence = backend.segment(noise)
    kept = labels.copy(), confidence.copy()
    backend.segment(np.zeros((64, 128, 3), np.uint8))
    assert np.array_equal(labels, kept[0]) and np.array_equal(confidence, kept[1])


def test_half_precision_and_channels_last_give_nearly_the_same(bundle: Bundle) -> None:
    """What a GPU runs, without the GPU: bfloat16, which a CPU computes in bearable time."""
    from panoseg_ros.inference.frame_road import FrameRoad
    from panoseg_ros.inference.torch_backend import load_network

    image = np.random.default_rng(1).integers(0, 256, (64, 128, 3), dtype=np.uint8)
    expected, _ = load_backend(bundle, 'torch', threads=1).segment(image)
    network = load_network(bundle).to(memory_format=torch.channels_last)
    road = FrameRoad(network, SPEC, 'cpu', torch.bfloat16)
    labels, _ = road(image)
    assert np.mean(labels == expected) > 0.9  # of an untrained network, whose classes nearly tie


def test_a_torch_that_knows_no_gpu_leaves_the_cpu(
    bundle: Bundle, stand_in_cuda: object, caplog: pytest.LogCaptureFixture
) -> None:
    if torch.cuda.is_available():
        pytest.skip('torch knows a GPU here')
    with pytest.raises(BackendError, match='does not run on the GPU: torch: ') as caught:
        load_backend(bundle, 'torch', 1, 'cuda', 'float32')
    assert '\n' not in str(caught.value)
    backend = load_backend(bundle, 'torch', 1)
    assert backend.runtime == f'torch {torch.__version__} on the CPU'
    assert 'the GPU is not: torch: ' in caplog.text
