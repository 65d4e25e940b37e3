"""Rigs: cutting the topics' images, and panoramas with their stamps."""

import numpy as np
import pytest
from camera_scene import colour, pictures

from panoseg_ros.cameras import load_rig
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry


@pytest.fixture(scope='module')
def rig():
    return load_rig('dual_fisheye')


@pytest.mark.parametrize(('width', 'height'), [(1920, 960), (640, 320), (1281, 640)])
def test_split_cuts_in_proportion_without_copying(rig, width, height):
    image = np.zeros((height, width, 3), np.uint8)
    image[:, width // 2 + 1 :] = 255
    views = rig.split('image', image)
    assert list(views) == ['front', 'back']
    assert abs(views['front'].shape[1] - height) <= 1
    assert np.shares_memory(views['back'], image)
    assert views['front'].mean() < 1
    assert views['back'].mean() > 250


@pytest.mark.parametrize('shape', [(960, 1280, 3), (960, 960, 3), (100, 1920, 3)])
def test_split_names_expected_and_actual_shape(rig, shape):
    with pytest.raises(CameraError, match=rf'{shape[1]}x{shape[0]}.*1920x960'):
        rig.split('image', np.zeros(shape, np.uint8))


@pytest.mark.parametrize('shape', [(960, 1920), (0, 0, 3), (960, 1920, 4)])
def test_split_refuses_what_is_no_colour_image(rig, shape):
    with pytest.raises(CameraError, match=r'expected shape \(H, W, 3\)'):
        rig.split('image', np.zeros(shape, np.uint8))


def test_split_names_the_known_topics():
    rig = load_rig('dual_fisheye_two_topics')
    with pytest.raises(CameraError, match=r"no topic 'image', only front/image, back/image"):
        rig.split('image', np.zeros((960, 960, 3), np.uint8))
    assert list(rig.split('back/image', np.zeros((960, 960, 3), np.uint8))) == ['back']


def test_panorama_carries_stamp_and_frame(rig):
    panorama = rig.panorama(pictures(rig, 0.5), 256, stamp_ns=7, frame_id='pano')
    assert (panorama.stamp_ns, panorama.frame_id) == (7, 'pano')
    assert panorama.image.shape == (128, 256, 3)
    assert panorama.image.dtype == np.uint8
    assert panorama.valid.shape == (128, 256)
    assert panorama.valid.dtype == np.bool_


def test_panorama_of_a_band(rig):
    band = PanoramaGeometry(64, 256, 30.0, -60.0)
    panorama = rig.panorama(pictures(rig, 0.5), geometry=band)
    assert np.abs(panorama.image - colour(band.rays())).mean() < 1.5


def test_both_shipped_dual_rigs_make_the_same_panorama(rig):
    views = pictures(rig, 0.5)
    other = load_rig('dual_fisheye_two_topics').panorama(views, 256)
    np.testing.assert_array_equal(rig.panorama(views, 256).image, other.image)
