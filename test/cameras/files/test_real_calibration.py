"""The calibration files of the shared data folder, where it exists; see test_gear360."""

import os
from pathlib import Path

import numpy as np
import pytest

from panoseg_ros.cameras import load_calibration, load_rig, read_cameras, write_rig
from panoseg_ros.cameras.files.assembly import assemble
from panoseg_ros.cameras.files.calibration import read_calibration
from panoseg_ros.errors import CameraError

DATA = Path(
    os.environ.get('PANOSEG_REAL_DATA')
    or Path(__file__).resolve().parents[4] / 'shared' / 'data' / 'real'
)
FOLDER = DATA / 'calib'
TARGET = FOLDER / 'theta_s_chess_target.yaml'  # a chessboard, no camera
FILES = sorted(
    path
    for pattern in ('*.yaml', '*.yml', '*.json', '*.txt', '*.pto')
    for path in FOLDER.glob(pattern)
    if path != TARGET
)
SIDES = ('front', 'left', 'back', 'right')

pytestmark = pytest.mark.skipif(not FILES, reason=f'no real calibration files in {DATA}')


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_every_file_is_read_and_its_lenses_see(path):
    read = read_calibration(path).calibration
    assert read.cameras or read.mounts
    for camera in read.cameras:
        width, height = camera.lens.size
        middle = camera.lens.unproject([[width / 2.0, height / 2.0]])
        assert middle[0, 2] > 0.9
        ahead = camera.lens.project([[0.0, 0.0, 1.0], [0.3, 0.0, 1.0], [0.0, 0.3, 1.0]])
        assert np.abs(ahead[0] - (width / 2.0, height / 2.0)).max() < 0.2 * width
        assert ahead[1, 0] > ahead[0, 0] + 10  # to the right is to the right
        assert ahead[2, 1] > ahead[0, 1] + 10
        back = camera.lens.unproject(camera.lens.project(middle))
        np.testing.assert_allclose(back, middle, atol=1e-6)


def test_a_chessboard_is_no_camera():
    with pytest.raises(CameraError, match='none of the known formats'):
        load_calibration(TARGET)


def off_axis(widest_deg):
    angle, side = np.meshgrid(np.deg2rad(np.linspace(0, widest_deg, 56)), np.linspace(0, 6.28, 73))
    across = np.sin(angle)
    return np.stack([across * np.cos(side), across * np.sin(side), np.cos(angle)], -1)


def apart_px(one, other, rays):
    """Return how far apart two lenses put rays, up to the rotation that fits best.

    Each calibration chose an optical axis of its own; the extrinsics take that away.
    """
    pixels = one.project(rays).reshape(-1, 2)
    flat, seen = rays.reshape(-1, 3), other.unproject(pixels)
    left, _, right = np.linalg.svd(seen.T @ flat)
    rotation = left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right
    assert np.rad2deg(np.arccos((np.trace(rotation) - 1.0) / 2.0)) < 0.1
    return np.linalg.norm(other.project(flat @ rotation.T) - pixels, axis=-1)


def test_one_camera_in_three_models():
    """KB, DS and EUCM of one camera agree within half a pixel, up to 55 degrees."""
    names = ('kb', 'ds', 'eucm')
    (kb,), (ds,), (eucm,) = (
        load_calibration(FOLDER / f'adapter_{name}.yml').values() for name in names
    )
    for one, other in ((kb, ds), (kb, eucm), (ds, eucm)):
        assert apart_px(one, other, off_axis(55)).max() < 0.5


def test_one_camera_as_double_sphere_and_eucm():
    ds = load_calibration(FOLDER / 'basalt_tumvi_512_ds_calib.json')
    eucm = load_calibration(FOLDER / 'basalt_tumvi_512_eucm_calib.json')
    rays = off_axis(85)
    for name in ('cam0', 'cam1'):
        apart = np.linalg.norm(ds[name].project(rays) - eucm[name].project(rays), axis=-1)
        assert np.nanmedian(apart) < 0.1
        assert apart.max() < 0.5


def test_one_camera_in_two_files():
    for side in ('back', 'front', 'left'):
        (ours,) = load_calibration(FOLDER / f'avm_{side}_camera_info.yaml').values()
        (theirs,) = load_calibration(FOLDER / f'avm_{side}_opencv_fisheye.yaml').values()
        assert ours == theirs
    (left,) = load_calibration(FOLDER / 'insta360_air_left_extended_camera_info.yaml').values()
    chain = load_calibration(FOLDER / 'insta360_air_kalibr_omni_radtan.yaml')
    assert chain['cam0'] == left


def test_the_garage_looks_around():
    files = [
        FOLDER / f'garage_{side}_{part}.json'
        for side in SIDES
        for part in ('ocam_intrinsic', 'extrinsic')
    ]
    cameras = {camera.name: camera for camera in read_cameras(*files)}
    assert set(cameras) == {f'{side}_camera' for side in SIDES}
    ways = {'front': (1, 0, 0), 'left': (0, 1, 0), 'back': (-1, 0, 0), 'right': (0, -1, 0)}
    for side, way in ways.items():
        mount = cameras[f'{side}_camera'].pano_from_lens
        assert mount[:3, 2] @ way > 0.75  # they look down, too
        assert mount[2, 2] < -0.4
        assert mount[2, 1] < -0.75  # and none lies on its side
        assert mount[:3, 3] @ way > 1.0  # each is at its own side of the car


def test_the_insta360_looks_both_ways():
    cameras = read_cameras(FOLDER / 'insta360_air_kalibr_omni_radtan.yaml')
    first, second = (camera.pano_from_lens for camera in cameras)
    np.testing.assert_allclose(first[:3, 2], [1, 0, 0], atol=1e-12)
    assert second[0, 2] < -0.999
    assert -second[2, 1] > 0.999  # upright like the first
    assert 0.02 < np.linalg.norm(second[:3, 3]) < 0.05
    assert cameras[0].topic == '/camera360/left/image_raw'


def test_hugins_gear360_looks_both_ways():
    for name, forward_first in (('video3840', True), ('sm-c200', False)):
        cameras = read_cameras(FOLDER / f'hugin_gear360{name}.pto')
        ahead = cameras[0 if forward_first else 1].pano_from_lens[:3, 2]
        behind = cameras[1 if forward_first else 0].pano_from_lens[:3, 2]
        assert ahead[0] > 0.99
        assert behind[0] < -0.97
        for camera in cameras:  # 190 degree lenses
            width, height = camera.lens.size
            edge = camera.lens.unproject(camera.lens.project(off_axis(88)))
            assert np.isfinite(edge).all()
            assert max(width, height) < 0.55 * camera.source_size[0]


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_every_lens_comes_back_from_a_rig_file(tmp_path, path):
    for camera in read_calibration(path).calibration.cameras:
        alone = camera._replace(mask=None, name='lens')
        write_rig(assemble('one', [alone], np.eye(4)), tmp_path / 'one.yaml')
        assert load_rig(tmp_path / 'one.yaml').lenses[0].lens == camera.lens
