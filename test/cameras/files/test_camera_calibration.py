"""Calibration files: ROS camera_info and our own rig files."""

import pytest
import yaml

from panoseg_ros.cameras import KannalaBrandt, Pinhole, load_calibration
from panoseg_ros.errors import CameraError
from panoseg_ros.resources import find_resource

INFO = {
    'image_width': 960,
    'image_height': 640,
    'camera_name': 'front',
    'camera_matrix': {
        'rows': 3,
        'cols': 3,
        'data': [302.5, 0.0, 496.6, 0.0, 320.7, 331.2, 0.0, 0.0, 1.0],
    },
    'distortion_model': 'equidistant',
    'distortion_coefficients': {'rows': 1, 'cols': 4, 'data': [-0.04, 0.02, -0.03, 0.01]},
    'projection_matrix': {'rows': 3, 'cols': 4, 'data': [0.0] * 12},
}


def write(path, info):
    path.write_text(yaml.safe_dump(info))
    return path


def test_equidistant_camera_info(tmp_path):
    lenses = load_calibration(write(tmp_path / 'front.yaml', INFO))
    assert lenses == {
        'front': KannalaBrandt((960, 640), 302.5, 320.7, 496.6, 331.2, (-0.04, 0.02, -0.03, 0.01))
    }


def test_plumb_bob_camera_info(tmp_path):
    coefficients = {'rows': 1, 'cols': 5, 'data': [0.1, -0.2, 0.001, 0.002, 0.0]}
    info = {**INFO, 'distortion_model': 'plumb_bob', 'distortion_coefficients': coefficients}
    lens = load_calibration(write(tmp_path / 'front.yaml', info))['front']
    assert isinstance(lens, Pinhole)
    assert lens.distortion == (0.1, -0.2, 0.001, 0.002, 0.0)


def test_lenses_of_a_rig_file():
    lenses = load_calibration(find_resource('dual_fisheye', 'config/rigs', '.yaml'))
    assert list(lenses) == ['front', 'back']
    assert lenses['front'].size == (960, 960)


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        (
            {'distortion_model': 'fisheye'},
            'distortion_model must be one of plumb_bob, rational_polynomial, equidistant, '
            "got 'fisheye' .OpenCV's fisheye model is called equidistant",
        ),
        (
            {'distortion_coefficients': {'data': [0.0] * 5}},
            r'distortion coefficients \(d\) of equidistant must be 4 numbers .*, got 5',
        ),
        ({'image_width': 960.5}, 'image_width must be a whole number'),
        ({'camera_matrix': {'data': [0.0] * 9}}, 'is all 0: the camera is not calibrated'),
        ({'camera_matrix': 5}, 'camera_matrix must be a mapping'),
    ],
)
def test_faults_name_file_and_field(tmp_path, change, named):
    path = write(tmp_path / 'front.yaml', {**INFO, **change})
    with pytest.raises(CameraError, match=named) as caught:
        load_calibration(path)
    assert str(path) in str(caught.value)


def test_unknown_files_are_refused(tmp_path):
    with pytest.raises(CameraError, match='none of the known formats: panoseg rig, ROS camera'):
        load_calibration(write(tmp_path / 'x.yaml', {'a': 1}))
    with pytest.raises(CameraError, match='cannot be read'):
        load_calibration(tmp_path / 'missing.yaml')
