"""TensorRT's code path against a stand-in of its documented classes."""

import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('onnx', reason='building a graph needs onnx')

from onnx import TensorProto

from panoseg_ros.bundles import load_bundle
from panoseg_ros.errors import BackendError, GpuError
from panoseg_ros.inference import load_backend
from panoseg_ros.inference.probes import load_probes
from panoseg_ros.inference.tensorrt import build_engine, loading

HERE = Path(__file__).parent


@pytest.fixture
def bundle(make_bundle):
    return load_bundle(make_bundle())


@pytest.fixture
def two_renderings(make_bundle, monkeypatch):
    """A bundle whose graph counts as one with DeformConv, and the graph without."""
    bundle, other = load_bundle(make_bundle()), load_bundle(make_bundle(name='sampled'))
    graph = other.files['model.onnx']
    monkeypatch.setattr(loading, 'has_deform_conv', lambda _: True)
    sampled = replace(bundle, files={'model.onnx': graph})
    monkeypatch.setattr(loading, 'with_graph', lambda _, rendering: sampled)
    return replace(bundle, files={**bundle.files, 'weights.safetensors': graph})


def engines(tmp_path):
    folder = tmp_path / 'cache' / 'panoseg_ros' / 'engines'
    return sorted(folder.iterdir()) if folder.exists() else []


def load(bundle, **kwargs):
    return load_backend(bundle, 'tensorrt', threads=1, **kwargs)


def test_an_engine_is_built_told_of_proved_and_kept(bundle, stand_in_tensorrt, tmp_path):
    told = []
    built = build_engine(bundle, 'float16', told.append)
    assert 'takes minutes, once' in told[0]
    assert told[1:] == [f'TensorRT: {n}0 %, Timing tactics' for n in range(1, 11)]
    assert built.rendering == 'the graph' and built.agreement.same > 0.995
    assert engines(tmp_path) == [built.path]
    assert stand_in_tensorrt.flags == [1 << 1]  # strongly typed
    (model,) = stand_in_tensorrt.parsed
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    (product,) = [node for node in model.graph.node if node.op_type == 'Conv']
    assert kinds[product.input[1]] == kinds[product.input[2]] == TensorProto.FLOAT16


def test_labels_are_those_of_the_graph(bundle, stand_in_tensorrt):
    backend = load(bundle, precision='float32')
    assert backend.runtime == 'TensorRT 10.16.1.11 on Stand-in GPU in float32'
    assert backend.num_classes == 19 and backend.fault == ''
    for probe in load_probes(bundle.input):
        expected = load_backend(bundle, 'onnx', 1, 'cpu').segment(probe.image)
        for found, wanted in zip(backend.segment(probe.image), expected, strict=True):
            assert np.array_equal(found, wanted)


def test_a_kept_engine_is_used_again(bundle, stand_in_tensorrt):
    load(bundle)
    load(bundle)
    assert len(stand_in_tensorrt.built) == 1


def test_results_of_a_frame_survive_the_next(bundle, stand_in_tensorrt):
    backend = load(bundle)
    black = backend.segment(np.zeros((32, 64, 3), np.uint8))[0]
    backend.segment(np.full((32, 64, 3), 255, np.uint8))
    assert (black == 0).all()


def test_full_precision_keeps_the_graph_and_clears_tf32(bundle, stand_in_tensorrt):
    load(bundle, precision='float32')
    assert stand_in_tensorrt.built == [bundle.files['model.onnx'].read_bytes()]
    assert stand_in_tensorrt.cleared == [stand_in_tensorrt.BuilderFlag.TF32]


@pytest.mark.parametrize('damage', ['truncated', 'changed', 'foreign', 'empty'])
def test_an_engine_that_is_not_ours_is_rebuilt_and_never_run(
    bundle, stand_in_tensorrt, tmp_path, damage, caplog
):
    load(bundle)
    (path,) = engines(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(
        {
            'truncated': whole[: len(whole) // 2],
            'changed': whole[:-1] + bytes([whole[-1] ^ 1]),
            'foreign': whole.replace(b'Stand-in GPU', b'Another GPU.'),
            'empty': b'',
        }[damage]
    )
    stand_in_tensorrt.deserialised.clear()
    load(bundle)
    assert len(stand_in_tensorrt.built) == 2 and path.read_bytes() == whole
    assert set(stand_in_tensorrt.deserialised) == {whole.split(b'\n', 1)[1]}
    assert 'damaged, or of another graph, GPU or TensorRT' in caplog.text


def test_another_library_or_gpu_gets_an_engine_of_its_own(
    bundle, stand_in_tensorrt, stand_in_cuda, open_guard, tmp_path
):
    from panoseg_ros.inference.cuda_driver import find_gpu

    load(bundle)
    stand_in_tensorrt.__version__ = '11.4.0.106'
    load(bundle)
    stand_in_cuda.name = 'Another GPU'
    find_gpu.cache_clear()
    load(bundle)
    assert len(stand_in_tensorrt.built) == len(engines(tmp_path)) == 3


def test_what_the_library_refuses_to_load_is_rebuilt(bundle, stand_in_tensorrt, monkeypatch):
    load(bundle)
    runtime = sys.modules['stand_in_tensorrt'].Runtime
    real, refused = runtime.deserialize_cuda_engine, []

    def refuse_once(self, plan):
        if refused:
            return real(self, plan)
        refused.append(plan)
        self.logger.log(stand_in_tensorrt.ILogger.Severity.ERROR, 'incompatible device')
        return None

    monkeypatch.setattr(runtime, 'deserialize_cuda_engine', refuse_once)
    assert load(bundle).fault == ''
    assert len(stand_in_tensorrt.built) == 2


@pytest.mark.parametrize(
    ('trouble', 'words'),
    [({'refuse': [0]}, 'does not take the graph: No importer'), ({'spoil': [0]}, 'differs from')],
)
def test_the_sampled_rendering_helps_out(
    two_renderings, stand_in_tensorrt, tmp_path, trouble, words
):
    vars(stand_in_tensorrt).update(trouble)
    told = []
    built = build_engine(two_renderings, 'float16', told.append)
    assert built.rendering == 'grid_sample' and engines(tmp_path) == [built.path]
    assert [line for line in told if line.startswith('deform_conv: ') and words in line]
    assert load(two_renderings).runtime.startswith('TensorRT')
    assert len(stand_in_tensorrt.parsed) == 2  # the kept one serves both


def test_an_engine_of_other_numbers_is_never_kept(two_renderings, stand_in_tensorrt, tmp_path):
    stand_in_tensorrt.spoil = range(9)
    with pytest.raises(BackendError, match=r'deform_conv: .*; grid_sample: TensorRT') as e:
        load(two_renderings, precision='float16')
    assert '\n' not in str(e.value) and engines(tmp_path) == []


def test_nothing_is_half_written(bundle, stand_in_tensorrt, tmp_path, monkeypatch):
    def full(self, target):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(Path, 'replace', full)
    with pytest.raises(BackendError, match=r'\.engine: cannot be written: No space left'):
        load(bundle, precision='float32')
    assert engines(tmp_path) == []


def test_auto_builds_nothing_and_says_how(bundle, stand_in_tensorrt, no_other_gpu_runtime, caplog):
    with caplog.at_level(logging.INFO, 'panoseg_ros'):
        backend = load_backend(bundle, threads=1)
    assert backend.runtime.startswith('ONNX Runtime') and stand_in_tensorrt.built == []
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == 'WARNING']
    assert 'no engine has been built for Stand-in GPU' in line
    assert f'panoseg export {bundle.path} --format tensorrt builds one' in line


def test_auto_takes_a_kept_engine_only_if_it_is_faster(
    bundle, stand_in_tensorrt, no_other_gpu_runtime, monkeypatch, caplog
):
    from panoseg_ros.inference import standby

    build_engine(bundle, 'float16', lambda _: None)
    prove = standby.prove
    for gpu_s, taken in ((0.001, 'TensorRT'), (9.0, 'ONNX Runtime')):
        monkeypatch.setattr(
            standby, 'prove', lambda *a, s=gpu_s: prove(*a)._replace(gpu_s=s, cpu_s=1.0)
        )
        with caplog.at_level(logging.INFO, 'panoseg_ros'):
            assert load_backend(bundle, threads=1).runtime.startswith(taken)
    assert '1.0 ms a panorama, 1000.0 ms on the CPU' in caplog.text
    assert 'is no faster' in caplog.text


def test_without_the_library_there_is_one_line(
    bundle, stand_in_cuda, no_other_gpu_runtime, monkeypatch, caplog
):
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    with pytest.raises(GpuError, match=r'tensorrt is not installed; docs/tensorrt\.md'):
        load(bundle)
    with caplog.at_level(logging.INFO, 'panoseg_ros'):
        assert load_backend(bundle, threads=1).runtime.startswith('ONNX Runtime')
    assert 'tensorrt is not installed' in caplog.text


def test_an_old_library_is_refused(bundle, stand_in_tensorrt):
    stand_in_tensorrt.__version__ = '10.0.1'
    with pytest.raises(GpuError, match=r'10\.0\.1 is too old, 10\.1 or newer'):
        load(bundle)


def test_an_engine_of_another_input_is_refused(bundle, stand_in_tensorrt, make_bundle):
    other = load_bundle(make_bundle(height=64, width=128, name='large'))
    wrong = replace(bundle, files=other.files)
    with pytest.raises(BackendError, match='expected input image uint8'):
        load(wrong)
    assert stand_in_tensorrt.built == []


def test_the_process_needs_no_torch(make_bundle):
    program = f"""
import sys
sys.modules['torch'] = None
sys.path.insert(0, {str(HERE)!r})
import pytest
from stand_in_cuda import install
from stand_in_tensorrt import World
install(pytest.MonkeyPatch())
sys.modules['tensorrt'] = World()
import numpy as np
from panoseg_ros.bundles import load_bundle
from panoseg_ros.inference import load_backend
backend = load_backend(load_bundle({str(make_bundle())!r}), 'tensorrt', 1)
backend.segment(np.zeros((32, 64, 3), np.uint8))
assert backend.runtime.startswith('TensorRT'), backend.runtime
assert not [name for name in sys.modules if name.startswith('torch.')]
"""
    done = subprocess.run(
        [sys.executable, '-c', program], check=False, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
