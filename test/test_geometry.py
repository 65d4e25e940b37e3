"""Panorama rows and columns, body and optical axes, rotations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoseg_ros.geometry import (
    BODY_FROM_OPTICAL,
    PanoramaGeometry,
    quaternion_from_rotation,
    rotation_from_quaternion,
    rotation_from_rpy_deg,
    transform,
    without_heading,
)

ANGLE = st.floats(-180.0, 180.0)


def test_centre_looks_forward_and_left_half_to_the_left():
    rays = PanoramaGeometry(180, 360).rays()
    np.testing.assert_allclose(rays[89:91, 179:181].mean((0, 1)), [1, 0, 0], atol=1e-3)
    assert (rays[:, :180, 1] > 0).all()
    assert (rays[:90, :, 2] > 0).all()
    np.testing.assert_allclose(np.linalg.norm(rays, axis=-1), 1.0, atol=1e-6)


def test_pixel_centres_follow_the_formula():
    geometry = PanoramaGeometry(4, 8, 45.0, -15.0)
    np.testing.assert_allclose(np.rad2deg(geometry.azimuth_rad())[[0, 7]], [157.5, -157.5])
    np.testing.assert_allclose(np.rad2deg(geometry.elevation_rad()), [37.5, 22.5, 7.5, -7.5])


@pytest.mark.parametrize('geometry', [PanoramaGeometry(16, 32), PanoramaGeometry(9, 40, 30, -60)])
def test_pixels_undo_rays(geometry):
    pixels = geometry.pixels(geometry.rays() * 7.0)
    u, v = np.meshgrid(np.arange(geometry.width) + 0.5, np.arange(geometry.height) + 0.5)
    np.testing.assert_allclose(pixels, np.stack([u, v], -1), atol=1e-3)


def test_pixels_outside_the_elevations_are_nan():
    band = PanoramaGeometry(10, 40, 30.0, -30.0)
    assert np.isnan(band.pixels([[0.0, 0.1, 1.0], [0.0, 0.0, -1.0]])).all()
    assert np.isfinite(band.pixels([1.0, 1.0, 0.0])).all()


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_columns_stay_inside_the_width(x, y):
    u = PanoramaGeometry(16, 32).pixels([x, y, 0.1])[0]
    assert 0.0 <= u < 32.0


def test_rays_are_shared_and_read_only():
    geometry = PanoramaGeometry(16, 32)
    assert geometry.rays() is PanoramaGeometry(16, 32).rays()
    assert not geometry.rays().flags.writeable


@pytest.mark.parametrize(
    'values', [(0, 8), (8, 0), (4, 8, 91.0, -90.0), (4, 8, 10.0, 10.0), (4, 8, 0.0, float('nan'))]
)
def test_impossible_geometry_is_refused(values):
    with pytest.raises(ValueError, match='panorama'):
        PanoramaGeometry(*values)


def test_optical_axes_in_the_body_frame():
    np.testing.assert_array_equal(BODY_FROM_OPTICAL @ [0, 0, 1], [1, 0, 0])  # forward
    np.testing.assert_array_equal(BODY_FROM_OPTICAL @ [1, 0, 0], [0, -1, 0])  # right
    np.testing.assert_array_equal(BODY_FROM_OPTICAL @ [0, 1, 0], [0, 0, -1])  # down


def test_signs_of_roll_pitch_and_yaw():
    left, down, right_side_down = (
        rotation_from_rpy_deg(0, 0, 90) @ [1, 0, 0],
        rotation_from_rpy_deg(0, 90, 0) @ [1, 0, 0],
        rotation_from_rpy_deg(90, 0, 0) @ [0, -1, 0],
    )
    np.testing.assert_allclose(left, [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(down, [0, 0, -1], atol=1e-12)
    np.testing.assert_allclose(right_side_down, [0, 0, -1], atol=1e-12)


@given(ANGLE, ANGLE, ANGLE)
def test_rpy_is_yaw_after_pitch_after_roll(roll, pitch, yaw):
    apart = (
        rotation_from_rpy_deg(0, 0, yaw)
        @ rotation_from_rpy_deg(0, pitch, 0)
        @ rotation_from_rpy_deg(roll, 0, 0)
    )
    np.testing.assert_allclose(rotation_from_rpy_deg(roll, pitch, yaw), apart, atol=1e-12)


@given(ANGLE, st.floats(0.1, 10.0))
def test_quaternion_about_z_is_yaw(yaw, length):
    half = np.deg2rad(yaw) / 2
    rotation = rotation_from_quaternion([0, 0, length * np.sin(half), length * np.cos(half)])
    np.testing.assert_allclose(rotation, rotation_from_rpy_deg(0, 0, yaw), atol=1e-12)


@pytest.mark.parametrize('xyzw', [[0, 0, 0, 0], [0, 0, float('nan'), 1], [float('inf'), 0, 0, 1]])
def test_quaternions_without_a_rotation_are_refused(xyzw):
    with pytest.raises(ValueError, match='not a rotation'):
        rotation_from_quaternion(xyzw)


@given(ANGLE, ANGLE, ANGLE)
def test_a_rotation_is_that_of_its_quaternion(roll, pitch, yaw):
    rotation = rotation_from_rpy_deg(roll, pitch, yaw)
    xyzw = quaternion_from_rotation(rotation)
    np.testing.assert_allclose(rotation_from_quaternion(xyzw), rotation, atol=1e-12)
    assert np.linalg.norm(xyzw) == pytest.approx(1.0)


@pytest.mark.parametrize('diagonal', [(1, -1, -1), (-1, 1, -1), (-1, -1, 1), (1, 1, 1)])
def test_half_turns_have_a_quaternion(diagonal):
    rotation = np.diag(np.array(diagonal, float))
    np.testing.assert_allclose(
        rotation_from_quaternion(quaternion_from_rotation(rotation)), rotation
    )


def test_transform_rotates_then_moves():
    base_from_camera = transform(rotation_from_rpy_deg(0, 0, 90), [1.0, 2.0, 3.0])
    np.testing.assert_allclose(base_from_camera @ [1, 0, 0, 1], [1, 3, 3, 1], atol=1e-12)


@pytest.mark.parametrize('yaw_deg', [0.0, 75.0, -170.0])
def test_without_heading_keeps_roll_and_pitch(yaw_deg):
    turned = rotation_from_rpy_deg(12.0, -25.0, yaw_deg)
    expected = rotation_from_rpy_deg(12.0, -25.0, 0.0)
    np.testing.assert_allclose(without_heading(turned), expected, atol=1e-12)
