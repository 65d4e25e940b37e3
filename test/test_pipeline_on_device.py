"""The pipeline around a runtime that takes lens pictures, against the one that takes panoramas."""

import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('torch', reason='a torch device needs torch')
sys.path.insert(0, str(Path(__file__).parent / 'inference'))

from device_scene import SPEC, TILT, frame_road, views

from panoseg_ros.bundles import load_bundle, write_card
from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import BackendError, CameraError, GpuError, PipelineError
from panoseg_ros.frames import Frame
from panoseg_ros.ground import GroundSettings
from panoseg_ros.inference.cuda_guard import cuda
from panoseg_ros.inference.lens_road import LensRoad
from panoseg_ros.inference.panorama import DevicePanorama
from panoseg_ros.inference.standby import StandbyBackend
from panoseg_ros.pipeline import Pipeline, warm_up


class OnCpu:
    """What stands by."""

    runtime, fault, num_classes = 'a CPU', '', 19

    def __init__(self):
        self._frames, self.segmented = frame_road(), 0

    def segment(self, image):
        self.segmented += 1
        return self._frames(image)


class OnDevice(OnCpu):
    """A runtime on a device, which is the CPU, too; `trouble` is raised for a frame."""

    runtime = 'a device'
    trouble = refusal = None

    def lens_road(self, mapper):
        if self.refusal is not None:
            raise self.refusal
        road = LensRoad(mapper.geometry, self._frames, nullcontext)
        real = road._see

        def see(*arguments):
            if self.trouble is not None:
                raise self.trouble
            return real(*arguments)

        road._see = see
        return road


@pytest.fixture
def bundle(make_bundle):
    path = make_bundle(SPEC.height, SPEC.width)
    write_card(path, name='tiny', network='tiny', label_set='cityscapes19', spec=SPEC)
    return load_bundle(path)


@pytest.fixture(scope='module')
def pictures():
    seen = views(load_rig('dual_fisheye'))
    return [Frame(5, 'lens', image, name) for name, image in seen.items()]


@pytest.fixture
def guard(monkeypatch):
    monkeypatch.setattr(cuda, '_reason', '')
    return cuda


def pipeline(bundle, backend):
    settings = GroundSettings(size_m=8.0, max_range_m=5.0)
    return Pipeline(bundle, load_rig('dual_fisheye'), backend=backend, ground=settings)


@pytest.mark.parametrize('tilt', [None, TILT], ids=['seen', 'level'])
@pytest.mark.parametrize('lenses', [2, 1])
def test_all_that_a_frame_says_is_the_same(bundle, pictures, tilt, lenses):
    device = OnDevice()
    ours, plain = pipeline(bundle, StandbyBackend(device, OnCpu())), pipeline(bundle, OnCpu())
    for _ in range(2):
        found = ours(pictures[-lenses:], np.eye(4), tilt)
        wanted = plain(pictures[-lenses:], np.eye(4), tilt)
    assert isinstance(found.panorama, DevicePanorama) and device.segmented == 0
    assert found.panorama[:2] == wanted.panorama[:2]
    assert np.mean(found.panorama.valid != wanted.panorama.valid) < 0.001
    gap = np.abs(found.panorama.image.astype(int) - wanted.panorama.image).max(-1)
    assert np.mean(gap > 2) < 0.001
    assert np.mean(found.segmentation.labels == wanted.segmentation.labels) > 0.998
    assert (found.segmentation.labels[~found.panorama.valid] == 255).all()
    assert np.mean(found.ground.combined == wanted.ground.combined) > 0.99
    assert set(found.timings_ms) == {'network', 'ground'}
    brightness = ours.memory.brightness, plain.memory.brightness
    assert np.array_equal(brightness[0].logarithms, brightness[1].logarithms)


@pytest.mark.parametrize('lost', [True, False])
def test_a_device_that_fails_costs_no_frame(bundle, pictures, guard, lost):
    device, cpu = OnDevice(), OnCpu()
    ours = pipeline(bundle, StandbyBackend(device, cpu))
    ours(pictures)
    device.trouble = GpuError('it broke', lost)
    result = ours(pictures)
    assert cpu.segmented == 1 and not isinstance(result.panorama, DevicePanorama)
    wanted = pipeline(bundle, OnCpu())(pictures)
    assert np.mean(result.segmentation.labels == wanted.segmentation.labels) > 0.99
    assert ours.runtime == 'a CPU' and 'it broke' in ours.fault
    device.trouble = None
    ours(pictures)
    assert cpu.segmented == 2 and device.segmented == 0  # it does not come and go


def test_a_device_that_failed_as_a_network_takes_no_pictures_either(bundle, pictures, guard):
    device = OnDevice()
    backend = StandbyBackend(device, OnCpu())
    ours = pipeline(bundle, backend)
    device.segment = lambda image: (_ for _ in ()).throw(GpuError('it broke', True))
    backend.segment(np.zeros((48, 128, 3), np.uint8))
    assert not isinstance(ours(pictures).panorama, DevicePanorama)


@pytest.mark.parametrize('error', [BackendError('other panoramas'), GpuError('no memory')])
def test_a_device_that_makes_no_panoramas_takes_those_of_the_cpu(bundle, pictures, error, caplog):
    device = OnDevice()
    device.refusal = error
    ours = pipeline(bundle, StandbyBackend(device, OnCpu()))
    assert f'a device takes panoramas from the CPU: {error}' in caplog.text
    ours(pictures)
    assert device.segmented == 1 and ours.runtime == 'a device' and ours.fault == ''


def test_a_device_that_breaks_while_a_rig_is_mounted_is_given_up(bundle, pictures, guard):
    device = OnDevice()
    device.refusal = GpuError('it broke', True)
    ours = pipeline(bundle, StandbyBackend(device, OnCpu()))
    assert ours.runtime == 'a CPU' and 'it broke' in ours.fault
    ours(pictures)


def test_a_bad_picture_is_no_fault_of_the_device(bundle, pictures):
    ours = pipeline(bundle, StandbyBackend(OnDevice(), OnCpu()))
    with pytest.raises(CameraError, match='back is 200x100'):
        ours([pictures[0], pictures[1]._replace(image=pictures[1].image[:100])])
    with pytest.raises(PipelineError, match='got none'):
        ours([])
    assert isinstance(ours(pictures).panorama, DevicePanorama) and ours.fault == ''


def test_another_rig_gets_a_road_of_its_own(bundle, pictures):
    ours = pipeline(bundle, StandbyBackend(OnDevice(), OnCpu()))
    rig = ours.rig
    other = ours.with_rig(type(rig)(rig.name, rig.lenses[:1], rig.base_from_pano))
    assert isinstance(other(pictures[:1]).panorama, DevicePanorama)
    assert isinstance(ours(pictures).panorama, DevicePanorama)


def test_warming_up_goes_the_road_of_the_device(bundle):
    device = OnDevice()
    ours = pipeline(bundle, StandbyBackend(device, OnCpu()))
    warm_up(ours, posed=True, levelled=True)
    assert device.segmented == 0 and ours.fault == ''
