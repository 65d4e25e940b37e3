"""`panoseg calibrate convert`, as it is typed."""

import cv2
import numpy as np
import pytest
import yaml

from panoseg_ros.cameras import load_rig, read_cameras
from panoseg_ros.cli.main import main

CAMERA = {
    'camera_model': 'ds',
    'distortion_model': 'none',
    'intrinsics': [-0.2, 0.6, 150.0, 151.0, 255.0, 257.0],
    'resolution': [512, 512],
}
TURNED = [[-1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, -1.0, -0.03], [0, 0, 0, 1]]
INFO = {
    'image_width': 640,
    'image_height': 480,
    'camera_matrix': {'data': [300.0, 0.0, 319.0, 0.0, 301.0, 241.0, 0.0, 0.0, 1.0]},
    'distortion_model': 'equidistant',
    'distortion_coefficients': {'data': [-0.01, 0.002, -0.001, 0.0001]},
}


@pytest.fixture
def chain(tmp_path):
    """Return the path of a Kalibr chain of two cameras with a mask each."""
    cameras = {
        'cam0': {**CAMERA, 'mask': 'left.png', 'rostopic': '/left/image_raw'},
        'cam1': {**CAMERA, 'mask': 'gone.png', 'T_cn_cnm1': TURNED},
    }
    mask = np.full((512, 512), 255, np.uint8)
    mask[:100] = 0
    cv2.imwrite(str(tmp_path / 'left.png'), mask)
    path = tmp_path / 'chain.yaml'
    path.write_text(yaml.safe_dump({'cameras': cameras}))
    return path


@pytest.fixture
def infos(tmp_path):
    """Return the paths of two camera_info files."""
    paths = [tmp_path / 'front.yaml', tmp_path / 'back.yaml']
    for path in paths:
        path.write_text(yaml.safe_dump(INFO))
    return paths


def convert(*words):
    return main(['calibrate', 'convert', *(str(word) for word in words)])


def refused(capsys, *words):
    assert convert(*words) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1
    return error


def test_a_chain_becomes_a_rig_with_the_same_lenses(tmp_path, capsys, chain):
    assert convert(chain, '--to', tmp_path / 'rig.yaml') == 0
    rig = load_rig(tmp_path / 'rig.yaml')
    cameras = read_cameras(chain)
    assert rig.name == 'rig'
    assert [entry.lens for entry in rig.lenses] == [camera.lens for camera in cameras]
    for entry, camera in zip(rig.lenses, cameras, strict=True):
        np.testing.assert_allclose(entry.pano_from_lens, camera.pano_from_lens, atol=1e-12)
    assert rig.topics == ('/left/image_raw', 'cam1/image')
    assert rig.base_from_pano[2, 3] == 1.2
    assert rig.lenses[0].mask[99].sum() == 0
    assert rig.lenses[0].mask[100].all()
    assert rig.lenses[1].mask is None
    shown = capsys.readouterr().out
    assert f'{chain}: Kalibr camchain\n' in shown
    assert 'double_sphere  512x512' in shown
    assert '0.0, 0.0, 180.0' in shown
    assert 'cam1: no mask' in shown
    assert f'wrote {tmp_path / "rig.yaml"}' in shown


def test_options(tmp_path, chain):
    cv2.imwrite(str(tmp_path / 'right.png'), np.full((64, 64), 255, np.uint8))
    words = ['--name', 'left', '--name', 'right', '--mask', f'right={tmp_path / "right.png"}']
    words += ['--topic', 'left=a/image', '--topic', 'right=b/image', '--max-angle', '95']
    words += ['--base-height', '0.5', '--base-rpy', '0', '0', '90']
    assert convert(chain, '--to', tmp_path / 'rig.yaml', *words) == 0
    rig = load_rig(tmp_path / 'rig.yaml')
    assert [entry.name for entry in rig.lenses] == ['left', 'right']
    assert rig.topics == ('a/image', 'b/image')
    assert [entry.lens.max_angle_deg for entry in rig.lenses] == [95.0, 95.0]
    assert rig.lenses[1].mask.all()
    np.testing.assert_allclose(rig.base_from_pano[:3, 0], [0, 1, 0], atol=1e-12)
    assert rig.base_from_pano[2, 3] == 0.5


@pytest.mark.parametrize(
    ('layout', 'size'), [('--side-by-side', (1280, 480)), ('--over-under', (640, 960))]
)
def test_two_lenses_without_extrinsics(tmp_path, infos, layout, size):
    assert convert(*infos, '--to', tmp_path / 'rig.yaml', '--back-to-back', layout) == 0
    rig = load_rig(tmp_path / 'rig.yaml')
    assert [entry.name for entry in rig.lenses] == ['front', 'back']
    assert rig.topics == ('image',)
    assert rig.lenses[1].source_size == size
    np.testing.assert_allclose(rig.lenses[1].pano_from_lens[:3, 2], [-1, 0, 0], atol=1e-12)


def test_a_rig_stays_what_it_is(tmp_path, infos):
    first, second = tmp_path / 'first.yaml', tmp_path / 'second.yaml'
    words = ['--base-height', '0.7', '--base-rpy', '0', '10', '0']
    assert convert(infos[0], '--to', first, *words) == 0
    first.write_text(first.read_text().replace('base_from', 'photometric_gain: false\nbase_from'))
    assert convert(first, '--to', second) == 0
    assert second.read_text() == first.read_text().replace('first', 'second')


def test_refusals(tmp_path, capsys, chain, infos):
    rig = tmp_path / 'rig.yaml'
    assert 'no extrinsics' in refused(capsys, *infos, '--to', rig)
    assert 'back to back goes with' in refused(capsys, chain, '--to', rig, '--back-to-back')
    assert 'exclude each other' in refused(
        capsys, chain, '--to', rig, '--side-by-side', '--over-under'
    )
    assert '--mask must be NAME=VALUE' in refused(capsys, chain, '--to', rig, '--mask', 'left.png')
    assert "got 'x'" in refused(capsys, chain, '--to', rig, '--topic', 'x=y')
    assert '--name must be given once' in refused(capsys, chain, '--to', rig, '--name', 'a')
    assert 'must be a ROS topic' in refused(capsys, chain, '--to', rig, '--topic', 'cam0=a b')
    assert 'lens-1 must be named with letters' in refused(
        capsys, infos[0], '--to', rig, '--name', 'lens-1'
    )
    assert not rig.exists()
    rig.write_text('kept')
    assert 'exists' in refused(capsys, chain, '--to', rig)
    assert rig.read_text() == 'kept'
    assert convert(chain, '--to', rig, '--force') == 0
