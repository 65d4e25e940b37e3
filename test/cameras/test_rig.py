"""Rigs: cutting the topics' images, and panoramas with their stamps."""

import dataclasses

import numpy as np
import pytest
from camera_scene import colour, pictures

from panoseg_ros.cameras import load_rig, rig_yaml
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform


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


def test_turned_looks_elsewhere_and_stays_where_it_is(rig):
    views = pictures(rig, 0.5)
    tilt = transform(rotation_from_rpy_deg(3.0, -5.0, 10.0), [0.2, 0.1, 1.0])
    rig = dataclasses.replace(rig, base_from_pano=tilt)
    turned = rig.turned(90.0)
    expected = np.roll(rig.panorama(views, 256).image.astype(int), 64, axis=1)
    assert np.abs(turned.panorama(views, 256).image - expected).max() <= 1  # left in the centre
    point = turned.lenses[1].pano_from_lens @ [0.3, -1.0, 5.0, 1.0]
    same = rig.lenses[1].pano_from_lens @ [0.3, -1.0, 5.0, 1.0]
    np.testing.assert_allclose(turned.base_from_pano @ point, rig.base_from_pano @ same)
    np.testing.assert_allclose(turned.turned(-90.0).base_from_pano, tilt, atol=1e-12)


def test_rig_files_turn_the_panorama_and_switch_the_gain_off(rig, tmp_path):
    text = rig_yaml(rig)
    path = tmp_path / 'rig.yaml'
    path.write_text(f'panorama_yaw_deg: -30\nphotometric_gain: false\n{text}')
    turned = load_rig(path)
    assert rig.photometric_gain and not turned.photometric_gain
    np.testing.assert_allclose(turned.base_from_pano, rig.turned(-30.0).base_from_pano)
    path.write_text(rig_yaml(turned))
    again = load_rig(path)
    assert not again.photometric_gain
    np.testing.assert_allclose(again.base_from_pano, turned.base_from_pano, atol=1e-12)
    path.write_text(f'photometric_gain: 1\n{text}')
    with pytest.raises(CameraError, match='photometric_gain must be true or false'):
        load_rig(path)


def test_panorama_depends_on_nothing_before(rig):
    views = pictures(rig, 0.25)
    darker = {'front': views['front'], 'back': (views['back'] * 0.8).astype(np.uint8)}
    first = rig.panorama(darker, 256).image
    rig.panorama(views, 256)
    np.testing.assert_array_equal(rig.panorama(darker, 256).image, first)
