"""Kalibr camchains and extended camera info."""

import numpy as np
import pytest
import yaml

from panoseg_ros.cameras import (
    DoubleSphere,
    ExtendedUnified,
    KannalaBrandt,
    Mei,
    Pinhole,
    read_cameras,
)
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, transform

AXES = (300.0, 301.0, 319.0, 241.0)
CAM1_FROM_CAM0 = np.array(
    [[0.0, 0.0, -1.0, 0.1], [0.0, 1.0, 0.0, 0.2], [1.0, 0.0, 0.0, 0.3], [0.0, 0.0, 0.0, 1.0]]
)


def test_every_model_in_its_own_order(read_sample):
    first, second, third = read_sample('kalibr_pinholes.yaml')
    assert first.lens == KannalaBrandt((640, 480), *AXES, (-0.01, 0.002, -0.001, 0.0001))
    assert second.lens == Pinhole((640, 480), *AXES, (-0.2, 0.05, 0.001, 0.002, 0.0))
    assert third.lens == DoubleSphere((640, 480), *AXES, xi=-0.2, alpha=0.6)
    left, right = read_sample('kalibr_cameras.yaml')
    expected = Mei((640, 640), 400.0, 401.0, 319.0, 321.0, 1.2, (-0.1, 0.01, 0.001, -0.002))
    assert left.lens == expected
    assert right.lens == ExtendedUnified(
        (640, 640), 200.0, 201.0, 319.0, 321.0, alpha=0.6, beta=1.1
    )


def test_names_and_topics(read_sample):
    cameras = read_sample('kalibr_pinholes.yaml')
    assert [camera.name for camera in cameras] == ['cam0', 'cam1', 'cam2']
    assert [camera.topic for camera in cameras] == ['/cam0/image_raw', '/cam1/image_raw', '']


def test_a_chain_is_followed_from_the_first_camera(read_sample):
    """A point that camera 0 sees is where camera 2 says, two links of the chain on."""
    cameras = read_sample('kalibr_pinholes.yaml')
    np.testing.assert_array_equal(
        cameras[0].pano_from_lens, transform(BODY_FROM_OPTICAL, [0, 0, 0])
    )
    in_first = np.array([0.4, -0.3, 2.0, 1.0])
    in_third = CAM1_FROM_CAM0 @ CAM1_FROM_CAM0 @ in_first
    np.testing.assert_allclose(
        cameras[2].pano_from_lens @ in_third, cameras[0].pano_from_lens @ in_first, atol=1e-12
    )


def test_the_first_cameras_own_transform_is_left_out(read_sample):
    left, right = read_sample('kalibr_cameras.yaml')
    np.testing.assert_array_equal(left.pano_from_lens, transform(BODY_FROM_OPTICAL, [0, 0, 0]))
    looks_along = right.pano_from_lens[:3, 2]
    np.testing.assert_allclose(looks_along, [-1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(right.pano_from_lens[:3, 3], [-0.03, 0.0, 0.0], atol=1e-12)


def test_a_missing_link_means_no_extrinsics(read_sample):
    cameras = read_sample('kalibr_pinholes.yaml', ('T_cn_cnm1', 'T_other'))
    assert all(camera.pano_from_lens is None for camera in cameras)


def test_a_camera_alone_has_no_extrinsics(read_sample):
    (camera,) = read_sample('extended_info.yaml')
    assert camera.name == 'cam_left'
    assert camera.pano_from_lens is None


def test_imu_extrinsics_serve_where_there_is_no_chain(read_sample):
    identity = '[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]'
    turned = '[[0, 0, -1, 0.1], [0, 1, 0, 0.2], [1, 0, 0, 0.3], [0, 0, 0, 1]]'
    first, second, _ = read_sample(
        'kalibr_pinholes.yaml',
        ('cam_overlaps: [1]', f'T_cam_imu: {identity}'),
        ('T_cn_cnm1', 'T_unused'),
        ('rostopic: /cam1/image_raw', f'T_cam_imu: {turned}'),
        ('camera_model: ds', f'T_cam_imu: {turned}\n  camera_model: ds'),
    )
    np.testing.assert_allclose(
        second.pano_from_lens @ CAM1_FROM_CAM0, first.pano_from_lens, atol=1e-12
    )


def test_a_mask_is_relative_to_its_file(sample_path, read_sample):
    folder = sample_path('kalibr_cameras.yaml').parent
    left, right = read_sample('kalibr_cameras.yaml')
    assert left.mask == folder / 'left_mask.png'
    assert right.mask is None


def test_ros_packages_are_found(sample_path, tmp_path, monkeypatch):
    path = sample_path('extended_info.yaml')
    assert read_cameras(path)[0].mask == tmp_path / 'left_mask.png'  # beside it at worst
    share = tmp_path / 'install' / 'share' / 'our_robot' / 'config'
    share.mkdir(parents=True)
    (share / 'left_mask.png').touch()
    monkeypatch.setenv('AMENT_PREFIX_PATH', str(tmp_path / 'install'))
    assert read_cameras(path)[0].mask == share / 'left_mask.png'
    source = tmp_path / 'our_robot' / 'config'
    source.mkdir(parents=True)
    (source / 'left_mask.png').touch()
    inside = source / 'camera.yaml'
    inside.write_text(path.read_text())
    assert read_cameras(inside)[0].mask == source / 'left_mask.png'


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        (('camera_model: ds', 'camera_model: fisheye'), r'cam2\.camera_model with distortion_mod'),
        (('[-0.2, 0.6, 300.0', '[0.6, 300.0'), r'cam2\.intrinsics must be a list of 6'),
        (('[-0.2, 0.05, 0.001', '[0.05, 0.001'), r'cam1\.distortion_coeffs must be a list of 4'),
        (('[0.0, 1.0, 0.0, 0.2]', '[0.0, 2.0, 0.0, 0.2]'), r'cam1\.T_cn_cnm1 must be a rotation'),
        (('[640, 480]', '[640, 0]'), r'cam0\.resolution must be two whole numbers'),
    ],
)
def test_faults_name_the_camera_and_its_field(read_sample, change, named):
    with pytest.raises(CameraError, match=named):
        read_sample('kalibr_pinholes.yaml', change)


def test_a_chain_goes_by_the_cameras_numbers_not_by_the_files_order(tmp_path):
    lens = {
        'camera_model': 'pinhole',
        'distortion_model': 'none',
        'distortion_coeffs': [],
        'intrinsics': list(AXES),
        'resolution': [640, 480],
    }
    step = np.eye(4)
    step[0, 3] = -0.1  # each camera 0.1 m to the right of the one before
    chain = {f'cam{i}': {**lens, 'T_cn_cnm1': step.tolist()} for i in range(11)}
    path = tmp_path / 'camchain.yaml'
    path.write_text(yaml.safe_dump(chain))  # sorts its keys: cam0, cam1, cam10, cam2
    cameras = {camera.name: camera for camera in read_cameras(path)}
    for number in range(11):
        place = cameras[f'cam{number}'].pano_from_lens[:3, 3]
        np.testing.assert_allclose(np.linalg.norm(place), 0.1 * number, atol=1e-12)
