"""From lens pictures to labels on a device, against the road of the CPU."""

import gc
from contextlib import contextmanager, nullcontext

import numpy as np
import pytest

from panoseg_ros.cameras import Leveller, load_rig
from panoseg_ros.errors import BackendError, GpuError

pytest.importorskip('torch', reason='a torch device needs torch')

import torch
from device_scene import GEOMETRY, SPEC, TILT, frame_road, mapper, views

from panoseg_ros.inference import lens_road as module
from panoseg_ros.inference.lens_road import LensRoad


@pytest.fixture(params=['cpu', 'cuda'])
def device(request):
    if request.param == 'cuda' and not torch.cuda.is_available():
        pytest.skip('no CUDA device')
    return request.param


@pytest.fixture(scope='module')
def seen():
    return views(load_rig('dual_fisheye'))


def road_on(device='cpu', guard=nullcontext):
    frames = frame_road(device=device)
    return LensRoad(GEOMETRY, frames, guard), frames


@pytest.mark.parametrize('names', [('front', 'back'), ('back',)])
@pytest.mark.parametrize('tilt', [None, TILT], ids=['seen', 'level'])
def test_panorama_validity_and_labels_are_those_of_the_cpu(seen, device, names, tilt):
    images, leveller = {name: seen[name] for name in names}, Leveller(GEOMETRY)
    ours, plain = mapper(), mapper()
    road, frames = road_on(device)
    for _ in range(2):  # gains move on alike
        image, valid = plain(images)
        if tilt is not None:
            image, valid = leveller(image, valid, tilt)
        labels, confidence = frames(image)
        found = road(ours.measured(images), None if tilt is None else leveller.directions(tilt))
        gap = np.abs(found.shot().astype(int) - image)
        assert gap.max() <= 2 or (tilt is not None and np.mean(gap.max(-1) > 2) < 0.001)
        assert np.mean(found.valid != valid) <= (0.0 if tilt is None else 0.001)
        assert not found.valid.flags.writeable
        assert set(np.unique(labels)) == {0, 10}
        assert np.mean(found.labels == labels) >= 0.999
        assert np.abs(found.confidence.astype(int) - confidence).max() <= 8
    assert np.array_equal(ours.gains, plain.gains)


def test_the_seam_is_blended_not_cut(seen):
    road, _ = road_on()
    image = road(mapper().measured(seen), None).shot().astype(int)
    steps = np.abs(np.diff(image, axis=1)).max(-1)
    expected = np.abs(np.diff(mapper()(seen)[0].astype(int), axis=1)).max(-1)
    assert steps.max() <= expected.max() + 2


def test_the_margin_of_the_input_closes_the_turn(seen):
    road, frames = road_on()
    road(mapper().measured(seen), None)
    tensor, wrap = frames.tensor[0], SPEC.wrap_px
    assert frames.tensor.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(tensor[:, :, :wrap], tensor[:, :, -2 * wrap : -wrap])
    assert torch.equal(tensor[:, :, -wrap:], tensor[:, :, wrap : 2 * wrap])


def test_a_ready_panorama_wraps_around():
    rig = load_rig('equirect')
    picture = np.random.default_rng(5).integers(0, 256, (48, 96, 3), np.uint8)
    road, plain = road_on()[0], mapper(rig)
    found = road(mapper(rig).measured({'camera': picture}), None)
    gap = np.abs(found.shot().astype(int) - plain({'camera': picture})[0])
    assert gap.max() <= 1


def test_a_picture_that_somebody_keeps_outlives_the_next(seen):
    road, _ = road_on()
    first = road(mapper().measured(seen), None)
    dark = {name: np.zeros_like(view) for name, view in seen.items()}
    second = road(mapper().measured(dark), None)
    assert first.shot().mean() > 60 and second.shot().mean() < 1


def test_a_picture_that_nobody_looks_at_is_not_fetched(seen, monkeypatch):
    road, _ = road_on()
    fetched = []
    copied = road._copied
    monkeypatch.setattr(road, '_copied', lambda p: fetched.append(1) or copied(p))
    for _ in range(3):
        found = road(mapper().measured(seen), None)
        del found
        gc.collect()
    assert not fetched


def test_buffers_are_made_once_for_a_set_of_lenses(seen):
    road, source = road_on()[0], mapper()
    for images in (seen, {'back': seen['back']}, seen):
        road(source.measured(images), None)
    assert len(road._kept) == 2
    made = [loaded.sources.parcel.data_ptr() for loaded in road._kept.values()]
    road(source.measured(seen), None)
    assert sorted(made) == sorted(x.sources.parcel.data_ptr() for x in road._kept.values())


def test_proof_passes_and_leaves_the_gains_alone():
    road, source = road_on()[0], mapper()
    road.prove(source)
    assert not source.brightness.updates.any()


@pytest.mark.parametrize('wrong', ['mix_torch', 'turn_torch'])
def test_proof_finds_a_device_that_gives_something_else(monkeypatch, wrong):
    real = getattr(module, wrong)

    def spoilt(*arguments):
        real(*arguments)
        image = arguments[3] if wrong == 'mix_torch' else arguments[4]
        image[:, :5] += 9

    monkeypatch.setattr(module, wrong, spoilt)
    with pytest.raises(BackendError, match='its panorama is not that of the CPU: only 0'):
        road_on()[0].prove(mapper())


def test_what_fails_on_the_device_passes_the_guard(seen, monkeypatch):
    @contextmanager
    def guard():
        try:
            yield
        except RuntimeError as err:
            raise GpuError(f'guarded: {err}', True) from err

    road, frames = road_on(guard=guard)
    found = road(mapper().measured(seen), None)

    def broken(*_):
        raise RuntimeError('illegal address')

    monkeypatch.setattr(frames, 'wait', broken)
    with pytest.raises(GpuError, match='guarded: illegal address'):
        found.shot()
    with pytest.raises(GpuError, match='guarded: illegal address'):
        road(mapper().measured(seen), None)


def test_kernels_that_do_not_compile_are_replaced_by_formulas_with_one_line(caplog, monkeypatch):
    road, source = road_on()[0], mapper()
    road._use_kernels = True

    def refused(*_):
        raise RuntimeError('many lines\nFailed to find C compiler')

    monkeypatch.setattr(road, '_draw_by_kernels', refused)
    monkeypatch.setattr(module, '_is_device_error', lambda err: 'illegal' in str(err))
    road.prove(source)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line == 'panoramas are made without Triton, which failed: Failed to find C compiler'

    def broken(*_):
        raise RuntimeError('an illegal memory access')

    road._use_kernels = True
    monkeypatch.setattr(road, '_draw_by_kernels', broken)
    with pytest.raises(RuntimeError, match='illegal'):
        road.prove(source)
