"""Formats of one file each: their numbers, their pixels and their frames."""

import cv2
import numpy as np
import pytest

from panoseg_ros.cameras import (
    DoubleSphere,
    ExtendedUnified,
    KannalaBrandt,
    Mei,
    OCam,
    Pinhole,
    Unified,
    load_calibration,
    read_cameras,
)
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_quaternion, transform

EQUIDISTANT = KannalaBrandt((640, 480), 300.0, 301.0, 319.0, 241.0, (-0.01, 0.002, -1e-4, 1e-5))


def test_exponents_without_a_point_are_numbers(read_sample):
    assert read_sample('camera_info.yaml')[0].lens == EQUIDISTANT


def test_basalt(read_sample):
    first, second = read_sample('basalt.json')
    assert first.lens == DoubleSphere((512, 512), 150.0, 151.0, 255.0, 257.0, -0.2, 0.6)
    assert second.lens == KannalaBrandt(
        (512, 512), 190.0, 191.0, 255.0, 257.0, (0.01, -0.002, 0.001, 0.0)
    )
    imu_from_first = transform(rotation_from_quaternion([0, 0, 1, 1]), [0.1, 0.2, 0.3])
    point = np.array([0.5, 0.6, 0.7, 1.0])  # in the second camera, whose frame is the IMU's
    in_first = np.linalg.inv(imu_from_first) @ point
    np.testing.assert_allclose(
        second.pano_from_lens @ point, first.pano_from_lens @ in_first, atol=1e-12
    )
    np.testing.assert_allclose(
        first.pano_from_lens, transform(BODY_FROM_OPTICAL, [0, 0, 0]), atol=1e-12
    )


def test_opencv_storage(read_sample):
    assert read_sample('opencv_fisheye.yaml')[0].lens == EQUIDISTANT
    plain = Pinhole((640, 480), 300.0, 301.0, 319.0, 241.0, (-0.2, 0.05, 0.001, 0.002, 0.0))
    assert read_sample('opencv_plain.yaml')[0].lens == plain
    (mei,) = read_sample('opencv_fisheye.yaml', ('resolution:', 'xi: 1.5\nresolution:'))
    assert mei.lens == Mei((640, 480), 300.0, 301.0, 319.0, 241.0, 1.5, EQUIDISTANT.k)


def test_four_coefficients_are_plain_only_where_the_file_says_so(read_sample):
    (plain,) = read_sample('opencv_fisheye.yaml', ('resolution:', 'fisheye_model: 0\nresolution:'))
    assert isinstance(plain.lens, Pinhole)


def test_opencv_wrote_what_we_read(tmp_path):
    """The real FileStorage, not our idea of its text."""
    path = tmp_path / 'written.yaml'
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    storage.write('image_width', 640)
    storage.write('image_height', 480)
    storage.write('K', np.array([[300.0, 0, 319.0], [0, 301.0, 241.0], [0, 0, 1]]))
    storage.write('D', np.array([[-0.01], [0.002], [-1e-4], [1e-5]]))
    storage.release()
    assert load_calibration(path) == {'written': EQUIDISTANT}


def test_boofcv_counts_pixels_from_their_corner(read_sample):
    (camera,) = read_sample('boofcv.yaml')
    expected = (-0.25, 0.0128, -9.1e-4, 3.9e-4)
    assert camera.lens == Mei((640, 720), 400.0, 401.0, 319.0, 321.0, 1.2, expected)


def test_adapter_names_its_model_by_its_parameters(read_sample):
    size, axes = (752, 480), (460.0, 461.0, 366.0, 249.0)
    for name, lens in {
        'kb': KannalaBrandt(size, *axes, (-0.01, 0.05, -0.08, 0.04)),
        'radtan': Pinhole(size, *axes, (-0.29, 0.08, 0.0003, -2.1e-05, 0.0)),
        'ds': DoubleSphere(size, *axes, xi=-0.24, alpha=0.56),
        'eucm': ExtendedUnified(size, *axes, alpha=0.58, beta=1.13),
        'ucm': Unified(size, *axes, alpha=0.7),
    }.items():
        assert read_sample(f'adapter_{name}.yml')[0].lens == lens
    with pytest.raises(CameraError, match=r'parameter must be fx fy cx cy with one of: k1 k2 k3'):
        read_sample('adapter_ucm.yml', ('alpha:', 'gamma:'))


def test_ocam_files_have_rows_before_columns(read_sample):
    """Follow the toolbox's own formula in rows and columns, and compare the pixel."""
    (camera,) = read_sample('calib_results.txt')
    assert camera.lens.size == (640, 480)
    x_down, y_right = 50.0, -90.0  # a point of the toolbox's plane
    distance = np.hypot(x_down, y_right)
    z = -200.0 + 1e-3 * distance**2 + 1e-7 * distance**3
    row = 1.01 * x_down + 0.002 * y_right + 239.0
    column = -0.003 * x_down + y_right + 322.0
    ray = np.array([y_right, x_down, -z])  # ours: x right, y down, z forward
    pixel = camera.lens.project(ray)
    np.testing.assert_allclose(pixel, [column + 0.5, row + 0.5], atol=1e-6)


def test_adapter_ocam_has_columns_first(read_sample):
    (camera,) = read_sample('adapter_ocam.yml')
    assert isinstance(camera.lens, OCam)
    assert (camera.lens.cx, camera.lens.cy) == (322.0, 239.0)
    assert (camera.lens.c, camera.lens.d, camera.lens.e) == (0.99, -0.002, 0.003)
    assert camera.lens.to_ray[0] == 200.0
    assert camera.lens.to_pixel[0] == 437.665


def test_sensors_calibration_puts_both_files_together(sample_path):
    """The camera looks left, upright; alone it is where the panorama's origin is."""
    intrinsic, extrinsic = sample_path('left_intrinsic.json'), sample_path('left_extrinsic.json')
    for order in ((intrinsic, extrinsic), (extrinsic, intrinsic)):
        (camera,) = read_cameras(*order)
        assert camera.name == 'left_camera'
        right, down, forward = camera.pano_from_lens[:3, :3].T
        np.testing.assert_allclose(forward, [0, 1, 0], atol=1e-12)
        np.testing.assert_allclose(down, [0, 0, -1], atol=1e-12)
        np.testing.assert_allclose(right, [1, 0, 0], atol=1e-12)
        np.testing.assert_allclose(camera.pano_from_lens[:3, 3], 0.0, atol=1e-12)
    assert read_cameras(intrinsic)[0].pano_from_lens is None
    assert isinstance(camera.lens, OCam)
    assert camera.lens.d == -0.002


def test_sensors_calibration_keeps_the_distances(tmp_path, sample_path):
    """Two cameras, 5 ahead of and 2 behind the frame's origin, which is 1 above both."""
    paths = [sample_path('left_intrinsic.json'), sample_path('left_extrinsic.json')]
    other = tmp_path / 'right.json'
    other.write_text(paths[0].read_text().replace('left_camera', 'right_camera'))
    mount = tmp_path / 'right_mount.json'
    text = paths[1].read_text().replace('left_camera', 'right_camera')
    mount.write_text(text.replace('[0.0, -1.0, 0.0, 0.0]', '[0.0, -1.0, 0.0, 4.0]'))
    left, right = read_cameras(*paths, other, mount)
    apart = right.pano_from_lens[:3, 3] - left.pano_from_lens[:3, 3]
    np.testing.assert_allclose(apart, [-4.0, 0.0, 0.0], atol=1e-12)  # its right is ahead
    np.testing.assert_allclose(
        right.pano_from_lens[:3, 3] + left.pano_from_lens[:3, 3], 0.0, atol=1e-12
    )


def test_extrinsics_alone_are_refused(sample_path):
    with pytest.raises(
        CameraError, match=r'left_extrinsic\.json: holds extrinsics of left_camera'
    ):
        read_cameras(sample_path('left_extrinsic.json'))


def test_names_that_collide_become_file_names(tmp_path, sample_path):
    first = sample_path('camera_info.yaml')
    second = tmp_path / 'back-2.yaml'
    second.write_text(first.read_text())
    assert [camera.name for camera in read_cameras(first, second)] == ['camera_info', 'back_2']
    with pytest.raises(CameraError, match='2 cameras are called camera_info'):
        read_cameras(first, first)


def test_extrinsics_of_different_frames_are_not_mixed(sample_path):
    with pytest.raises(CameraError, match='extrinsics in different frames'):
        read_cameras(sample_path('kalibr_pinholes.yaml'), sample_path('kalibr_cameras.yaml'))


@pytest.mark.parametrize(
    ('name', 'change', 'named'),
    [
        ('basalt.json', ('"ds"', '"fov"'), r'intrinsics\[0\].camera_type must be one of ds, eucm'),
        (
            'basalt.json',
            ('[512, 512], ', ''),
            'intrinsics T_imu_cam and resolution must be as many',
        ),
        ('basalt.json', ('"qz": 0.0, "qw": 1.0', '"qz": 0.0, "qw": 0.0'), 'is not a rotation'),
        ('opencv_plain.yaml', ('image_width: 640\n', ''), 'image_width is missing'),
        ('opencv_fisheye.yaml', ('resolution', 'area'), 'must hold the size: image_width and'),
        ('opencv_fisheye.yaml', ('rows: 4', 'rows: x'), None),
        (
            'opencv_fisheye.yaml',
            (', 1.0e-05 ]', ' ]'),
            'dist_coeffs.data must be a list of 4 or 5',
        ),
        ('boofcv.yaml', ('universal', 'other'), 'model must be omnidirectional_universal, got'),
        ('boofcv.yaml', ('skew: 0.0', 'skew: 1.0'), 'pinhole.skew must be 0, got 1.0'),
        ('boofcv.yaml', ('  - 0.0128\n', ''), 'radial_tangential.radial must be a list of 2 or 3'),
        ('calib_results.txt', ('4 -200.0', '5 -200.0'), 'pol must begin with how many numbers'),
        ('calib_results.txt', ('480 640', '480 640 3'), 'size must be a list of 2'),
        ('left_intrinsic.json', ('0.003, 1,', '0.003, 2,'), 'cam_K.data must be c d cx, e 1 cy'),
    ],
)
def test_faults_name_file_and_field(sample_path, name, change, named):
    path = sample_path(name, change)
    if named is None:
        assert load_calibration(path)  # rows and cols of a list are not needed
        return
    with pytest.raises(CameraError, match=named) as caught:
        load_calibration(path)
    assert str(path) in str(caught.value)
