"""Bundles of weights only get their graph once."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.bundles import Bundle, InputSpec, load_bundle, write_card
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import graph_cache, load_backend

torch = pytest.importorskip('torch', reason='exporting needs torch')

SPEC = InputSpec(32, 64, wrap_px=16)


def weights_only(folder: Path, spec: InputSpec = SPEC) -> Bundle:
    from panoseg_ros.networks import build_network, save_weights

    folder.mkdir()
    torch.manual_seed(0)
    save_weights(build_network('trans4pass_nano', 8).state_dict(), folder / 'weights.safetensors')
    write_card(
        folder, name='room', network='trans4pass_nano', label_set='stanford2d3d8', spec=spec
    )
    return load_bundle(folder)


@pytest.fixture(scope='module')
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return weights_only(tmp_path_factory.mktemp('models') / 'room')


@pytest.fixture(scope='module')
def cache(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle) -> Path:
    """A cache that holds the bundle's graph."""
    root = tmp_path_factory.mktemp('cache')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_CACHE_HOME', str(root))
        assert type(load_backend(bundle)).__name__ == 'OnnxBackend'
    return root


def graphs(cache: Path) -> list[Path]:
    return list((cache / 'panoseg_ros' / 'graphs').iterdir())


def test_exports_once_and_agrees_with_torch(
    bundle: Bundle, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(cache))
    (graph,) = graphs(cache)
    written = graph.stat().st_mtime_ns
    image = np.random.default_rng(1).integers(0, 256, (32, 64, 3), dtype=np.uint8)
    labels, _ = load_backend(bundle, threads=1).segment(image)
    expected, _ = load_backend(bundle, 'torch', threads=1).segment(image)
    assert (labels == expected).mean() > 0.98
    assert graph.stat().st_mtime_ns == written
    assert set(bundle.files) == {'weights.safetensors'}


def test_damaged_graph_is_made_again(
    bundle: Bundle, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(cache))
    (graph,) = graphs(cache)
    whole = graph.read_bytes()
    graph.write_bytes(whole[: len(whole) // 2])
    assert type(load_backend(bundle, 'onnx')).__name__ == 'OnnxBackend'
    assert graph.stat().st_size > len(whole) // 2


def test_other_input_is_another_graph(tmp_path: Path, bundle: Bundle) -> None:
    other = weights_only(tmp_path / 'room', InputSpec(32, 64, wrap_px=0))
    assert other.hashes == bundle.hashes
    ours, theirs = (graph_cache._key(each, 'deform_conv') for each in (bundle, other))
    assert ours != theirs != graph_cache._key(other, 'grid_sample')


def test_torch_runs_it_where_nothing_can_be_kept(
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    blocked = tmp_path / 'file'
    blocked.touch()
    monkeypatch.setenv('XDG_CACHE_HOME', str(blocked))
    with caplog.at_level(logging.WARNING):
        assert type(load_backend(bundle)).__name__ == 'TorchBackend'
    assert 'cannot be written' in caplog.text
    with pytest.raises(BackendError, match='cannot be written'):
        load_backend(bundle, 'onnx')


def test_missing_exporter_is_one_line(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    monkeypatch.setitem(sys.modules, 'onnx', None)
    with pytest.raises(BackendError, match='onnx is missing to export its graph: pip install'):
        load_backend(bundle, 'onnx')


# A machine without the extra `train`: nothing that needs torch can be imported.
LOADS = """
import sys
sys.modules.update(dict.fromkeys(('torch', 'torchvision', 'onnx')))
from pathlib import Path
from panoseg_ros.bundles import load_bundle
from panoseg_ros.errors import BackendError
from panoseg_ros.inference import load_backend
try:
    print(type(load_backend(load_bundle(Path(sys.argv[1])))).__name__)
except BackendError as err:
    print(err)
"""


def without_torch(bundle: Bundle, cache: Path) -> str:
    command = [sys.executable, '-c', LOADS, str(bundle.path)]
    environment = {**os.environ, 'XDG_CACHE_HOME': str(cache)}
    ran = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_a_kept_graph_needs_no_torch(bundle: Bundle, cache: Path) -> None:
    assert without_torch(bundle, cache) == 'OnnxBackend'


def test_nothing_to_make_a_graph_with_is_one_line(bundle: Bundle, tmp_path: Path) -> None:
    said = without_torch(bundle, tmp_path)
    assert 'torch is missing' in said
    assert "pip install 'panoseg_ros[train]'" in said
    assert 'Traceback' not in said
    assert len(said.splitlines()) == 1


def test_a_user_without_a_home_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError('Could not determine home directory.')

    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    monkeypatch.setattr(Path, 'home', nowhere)
    with pytest.raises(BackendError, match=r'Could not determine home .* Set XDG_CACHE_HOME'):
        graph_cache.cache_folder()
