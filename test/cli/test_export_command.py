"""`panoseg export`: what it refuses without a builder, and what it says with one."""

import sys
from pathlib import Path

import pytest

from panoseg_ros.cli.export import export
from panoseg_ros.cli.main import main
from panoseg_ros.errors import BackendError, BundleError
from panoseg_ros.inference import cuda_driver

STAND_INS = str(Path(__file__).parents[1] / 'inference')


def test_unknown_words_are_named(make_bundle):
    with pytest.raises(BackendError, match="format 'openvino', expected one of onnx, tensorrt"):
        export(make_bundle(), to='openvino')


def test_a_graph_needs_weights(make_bundle):
    with pytest.raises(BundleError, match=r'holds no weights\.safetensors to export'):
        export(make_bundle())


def test_without_a_gpu_there_is_one_line(make_bundle, monkeypatch, capsys):
    monkeypatch.setattr(cuda_driver, 'LIBRARY', 'libcuda_of_nobody.so')
    cuda_driver.find_gpu.cache_clear()
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    assert main(['export', str(make_bundle()), '--format', 'tensorrt']) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert 'tensorrt is not installed; docs/tensorrt.md says how' in line


def test_an_engine_is_told_of_and_kept(make_bundle, monkeypatch, tmp_path, capsys):
    monkeypatch.syspath_prepend(STAND_INS)
    from stand_in_cuda import install
    from stand_in_tensorrt import World

    install(monkeypatch)
    monkeypatch.setitem(sys.modules, 'tensorrt', World())
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    try:
        assert export(make_bundle(), to='tensorrt', precision='float32') == 0
    finally:
        cuda_driver.find_gpu.cache_clear()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith('building the TensorRT engine of tiny in float32')
    (engine,) = (tmp_path / 'cache' / 'panoseg_ros' / 'engines').iterdir()
    assert lines[-1].startswith(f'wrote {engine}: TensorRT 10.16.1.11 on Stand-in GPU in float32')
    assert lines[-1].endswith('100.0000% of the pixels as on the CPU')
