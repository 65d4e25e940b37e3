import numpy as np
import pytest
from box_room import dual_rig, pictures

from panoseg_ros.cameras.checking.horizon import find_vertical
from panoseg_ros.errors import CameraError
from panoseg_ros.frames import Panorama
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform

GEOMETRY = PanoramaGeometry(512, 1024)


def room(roll, pitch):
    rig = dual_rig(baseline_m=0.0)
    pose = transform(rotation_from_rpy_deg(roll, pitch, 20.0), [0.0, 0.0, 0.0])
    return rig.panorama(pictures(rig, pose, noise=1.0, speckles=4.0), geometry=GEOMETRY)


@pytest.mark.parametrize(('roll', 'pitch'), [(0.0, 0.0), (6.0, -3.0), (-12.0, 15.0)])
def test_finds_how_the_camera_is_tilted(roll, pitch):
    vertical = find_vertical([room(roll, pitch)], GEOMETRY)
    assert vertical.tilt_deg(np.eye(4)) == pytest.approx((roll, pitch), abs=0.3)
    assert vertical.sigma_deg < 0.3


def test_noise_has_no_vertical_lines():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (512, 1024, 3)).astype(np.uint8)
    panorama = Panorama(0, '', image, np.ones((512, 1024), bool))
    with pytest.raises(CameraError, match='not enough vertical lines'):
        find_vertical([panorama], GEOMETRY)


def test_the_border_of_what_is_seen_is_no_edge():
    image = np.full((512, 1024, 3), 128, np.uint8)
    valid = np.ones((512, 1024), bool)
    for left in range(0, 1024, 64):
        image[:, left : left + 32], valid[:, left : left + 32] = 0, False
    with pytest.raises(CameraError, match=r'not enough vertical lines: \d, needs 12'):
        find_vertical([Panorama(0, '', image, valid)], GEOMETRY)
