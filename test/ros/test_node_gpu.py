"""A GPU that fails under the real node: stand-ins of driver and builder, faults injected."""

import sys
from pathlib import Path

import numpy as np
import pytest
from node_harness import Harness, harness, image, stamp_of
from sensor_msgs.msg import Image
from std_srvs.srv import Trigger

from panoseg_ros.bundles import InputSpec, write_card
from panoseg_ros.inference import cuda_driver
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.ros import main as ros_main
from panoseg_ros.ros.factory import build_pipeline

__all__ = ['harness']
WARN = b'\x01'


@pytest.fixture
def library(monkeypatch, tmp_path):
    """The driver of a GPU on which TensorRT runs; both are stand-ins."""
    pytest.importorskip('onnx', reason='engines are built from graphs')
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / 'inference'))
    from stand_in_cuda import install
    from stand_in_tensorrt import World

    library = install(monkeypatch)
    monkeypatch.setitem(sys.modules, 'tensorrt', World())
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    yield library
    cuda_driver.find_gpu.cache_clear()


@pytest.fixture
def real_work(harness, monkeypatch):
    """A harness whose node builds real pipelines of real bundles."""
    monkeypatch.setattr(
        Harness, 'build', lambda self, settings, rig: build_pipeline(settings, rig)
    )
    return harness


def start(harness, bundle, **values):
    harness.start(wait_for=None, model__bundle=str(bundle), model__threads=1, **values)
    harness.spin_until(lambda: harness.node.state == 'active')
    return harness.listen('segmentation/mask', Image, 10), harness.camera()


def show(harness, camera, masks, value):
    """Publish pictures until one is segmented, and return the labels of its mask.

    Pictures can get lost on their way to the node, but none in it: that would be a fault.
    """
    before, stamps = harness.node.faults.counts(), set()

    def arrived():
        stamps.add(harness.next_ns())
        camera.publish(image(value, max(stamps)))
        return [mask for mask in masks if stamp_of(mask) in stamps]

    mask = harness.spin_until(arrived)[0]
    assert harness.node.faults.counts() == before
    return set(np.unique(mask.data))


def load_model(harness, bundle):
    harness.set_parameters(model__bundle=str(bundle))
    return harness.call(Trigger, 'panoseg/load_model')


def test_a_sticky_error_costs_no_frame_and_is_a_warning(
    real_work, library, make_bundle, spin_until
):
    masks, camera = start(real_work, make_bundle(), model__backend='tensorrt')
    newest = real_work.diagnostics()
    assert show(real_work, camera, masks, 200) == {10}
    spin_until(lambda: newest() and 'Stand-in GPU' in newest().values['runtime'])
    library.fail_with = 700
    assert show(real_work, camera, masks, 20) == {0}  # the very frame that failed
    calls = len(library.calls)
    library.fail_with = 0  # whoever called again would be answered
    assert show(real_work, camera, masks, 200) == {10}
    spin_until(lambda: 'on the CPU' in newest().values['runtime'])
    assert newest().level == WARN and real_work.node.state == 'active'
    assert 'the GPU failed' in newest().message and 'starts anew' in newest().message
    assert 'CUDA_ERROR_ILLEGAL_ADDRESS' in newest().message
    answer = load_model(real_work, make_bundle(name='next'))
    assert not answer.success and 'keeps running' in answer.message
    assert 'no GPU for backend tensorrt' in answer.message and '\n' not in answer.message
    assert show(real_work, camera, masks, 20) == {0}
    assert len(library.calls) == calls


def test_after_want_of_memory_the_next_model_may_have_the_gpu(
    real_work, library, make_bundle, spin_until
):
    masks, camera = start(real_work, make_bundle(), model__backend='tensorrt')
    newest = real_work.diagnostics()
    library.fail_with, library.fail_in = 2, 'cuMemcpyHtoDAsync_v2'
    assert show(real_work, camera, masks, 20) == {0}
    spin_until(lambda: newest() and 'until a model is loaded again' in newest().message)
    library.fail_with = 0
    answer = load_model(real_work, make_bundle(name='next'))
    assert answer.success, answer.message
    seen = newest().count
    spin_until(lambda: newest().count > seen and 'Stand-in GPU' in newest().values['runtime'])
    assert 'the GPU failed' not in newest().message
    assert show(real_work, camera, masks, 200) == {10}


def unusable(kind, make_bundle, library):
    """Return a bundle that cannot be loaded."""
    if kind == 'other label set':
        return make_bundle(name='other', label_set='stanford2d3d13', num_classes=13)
    if kind == 'other number':
        return make_bundle(name='other', label_set='densepass13', num_classes=11)
    if kind == 'no memory':
        library.fail_with, library.fail_in = 2, 'cuMemAlloc_v2'
        return make_bundle(name='other', wrap_px=0)
    folder = make_bundle(name='other')
    if kind == 'unexpected input':
        spec = InputSpec(64, 64)
        write_card(folder, name='x', network='tiny', label_set='cityscapes19', spec=spec)
    else:
        graph = folder / 'model.onnx'
        graph.write_bytes(graph.read_bytes()[:300])
    return folder


@pytest.mark.parametrize(
    ('kind', 'words'),
    [
        ('unexpected input', 'expected input image uint8'),
        ('truncated graph', 'damaged or exchanged'),
        ('other label set', 'has grids of chair, door, floor, table, but those of car, person'),
        ('other number', 'has 11 classes, its label set'),
        ('no memory', 'CUDA_ERROR_OUT_OF_MEMORY'),
    ],
)
def test_a_model_that_cannot_run_leaves_the_previous_one_running(
    real_work, library, make_bundle, spin_until, kind, words
):
    masks, camera = start(real_work, make_bundle(), model__backend='tensorrt')
    answer = load_model(real_work, unusable(kind, make_bundle, library))
    assert not answer.success and words in answer.message, answer.message
    assert '\n' not in answer.message and answer.message.endswith('keeps running')
    assert show(real_work, camera, masks, 200) == {10}
    assert real_work.node.state == 'active' and not cuda.reason


def test_a_truncated_engine_is_rebuilt_while_the_previous_model_runs(
    real_work, library, make_bundle, tmp_path
):
    bundle = make_bundle()
    masks, camera = start(real_work, bundle, model__backend='tensorrt')
    (engine,) = (tmp_path / 'cache' / 'panoseg_ros' / 'engines').iterdir()
    whole = engine.read_bytes()
    engine.write_bytes(whole[:100])
    assert load_model(real_work, bundle).success
    assert engine.read_bytes() == whole and len(sys.modules['tensorrt'].built) == 2
    assert show(real_work, camera, masks, 200) == {10}


@pytest.mark.parametrize('reason', ['', 'an illegal address'])
def test_a_process_that_lost_its_gpu_ends_without_the_farewell_of_libraries(monkeypatch, reason):
    left = []
    monkeypatch.setattr(ros_main, 'serve', lambda argv: 0)
    monkeypatch.setattr(ros_main.os, '_exit', left.append)
    monkeypatch.setattr(cuda, '_reason', reason)
    assert ros_main.main([]) == 0
    assert left == ([0] if reason else [])
