"""The device's panorama against that of the CPU road."""

import dataclasses

import numpy as np
import pytest

from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry

torch = pytest.importorskip('torch', reason='panoramas on a device need torch')

GEOMETRY = PanoramaGeometry(96, 256, 60.0, -75.0)


@pytest.fixture(params=['cpu', 'cuda'])
def device(request):
    if request.param == 'cuda' and not torch.cuda.is_available():
        pytest.skip('no CUDA device')
    return request.param


@pytest.fixture(scope='module')
def views():
    rng = np.random.default_rng(7)
    noise = {name: rng.integers(0, 200, (320, 320, 3), np.uint8) for name in ('front', 'back')}
    noise['back'] = (noise['back'] * 0.85).astype(np.uint8)
    return noise


def masked(rig):
    mask = np.ones((960, 960), bool)
    mask[600:, 300:500] = False
    front, back = rig.lenses
    return dataclasses.replace(rig, lenses=(dataclasses.replace(front, mask=mask), back))


@pytest.mark.parametrize('names', [('front', 'back'), ('back',), ('front',)])
def test_agrees_with_the_cpu_road(views, device, names):
    from panoseg_ros.cameras import PanoramaMapper
    from panoseg_ros.inference.panorama import TorchPanoramaMapper

    rig = masked(load_rig('dual_fisheye'))
    images = {name: views[name] for name in names}
    mapper, reference = TorchPanoramaMapper(rig, GEOMETRY, device), PanoramaMapper(rig, GEOMETRY)
    for _ in range(2):  # the gains move on alike
        image, valid = mapper(images)
        expected, seen = reference(images)
        assert image.dtype == torch.uint8 and image.device.type == device
        assert np.abs(image.cpu().numpy().astype(int) - expected).max() <= 2
        np.testing.assert_array_equal(valid, seen)


def test_a_ready_panorama_wraps_around(device):
    from panoseg_ros.inference.panorama import TorchPanoramaMapper

    rig = load_rig('equirect')
    picture = np.random.default_rng(5).integers(0, 256, (256, 512, 3), np.uint8)
    geometry = PanoramaGeometry(256, 512)
    image, _ = TorchPanoramaMapper(rig, geometry, device)({'camera': picture})
    assert np.abs(image.cpu().numpy().astype(int) - picture).max() <= 1


def test_refuses_as_the_cpu_road_does(views):
    from panoseg_ros.inference.panorama import TorchPanoramaMapper

    mapper = TorchPanoramaMapper(load_rig('dual_fisheye'), PanoramaGeometry(8, 16))
    with pytest.raises(CameraError, match='got no picture'):
        mapper({})
    with pytest.raises(CameraError, match='lens left'):
        mapper({'left': views['front']})
