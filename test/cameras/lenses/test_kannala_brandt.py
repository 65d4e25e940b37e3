"""The equidistant fisheye against itself and against OpenCV."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import KannalaBrandt
from panoseg_ros.errors import CameraError

WIDE = KannalaBrandt((960, 960), 270.0, 272.0, 479.5, 470.0, (-0.004, 0.0008, 0.0, 0.0), 105.0)
COEFFICIENT = st.floats(-0.03, 0.03)


def rays(max_angle_deg, count=200, seed=0):
    rng = np.random.default_rng(seed)
    theta, phi = np.deg2rad(rng.uniform(0, max_angle_deg, count)), rng.uniform(0, 2 * np.pi, count)
    sides = np.sin(theta)
    return np.stack([sides * np.cos(phi), sides * np.sin(phi), np.cos(theta)], -1)


def angle_between(a, b):
    return 2.0 * np.arcsin(np.linalg.norm(a - b, axis=-1) / 2.0)


def test_optical_axis_is_half_a_pixel_beyond_the_calibrated_centre():
    np.testing.assert_allclose(WIDE.project([0.0, 0.0, 2.0]), [480.0, 470.5])


def test_x_is_right_and_y_is_down():
    right, down = WIDE.project([[0.1, 0.0, 1.0], [0.0, 0.1, 1.0]])
    assert right[0] > 500
    assert down[1] > 490


@settings(max_examples=50, deadline=None)
@given(st.tuples(COEFFICIENT, COEFFICIENT, COEFFICIENT, COEFFICIENT), st.floats(30.0, 179.0))
def test_round_trip_to_a_microradian(k, max_angle_deg):
    lens = KannalaBrandt((640, 480), 200.0, 210.0, 300.0, 250.0, k, max_angle_deg)
    inside = rays(np.rad2deg(lens.limit_rad), 100)
    back = lens.unproject(lens.project(inside))
    assert angle_between(inside, back).max() < 1e-6


def test_agrees_with_opencv_in_front():
    k = (-0.0125, 0.0578, -0.0849, 0.0436)
    lens = KannalaBrandt((752, 480), 461.6, 460.3, 366.3, 249.1, k)
    points = rays(70.0)
    matrix = np.array([[461.6, 0, 366.3], [0, 460.3, 249.1], [0, 0, 1.0]])
    nothing = np.zeros(3)
    theirs, _ = cv2.fisheye.projectPoints(points[:, None], nothing, nothing, matrix, np.array(k))
    np.testing.assert_allclose(lens.project(points), theirs[:, 0] + 0.5, atol=1e-9)


def test_sees_behind_itself_up_to_its_field_of_view():
    points = np.stack([rays(1.0, 3)[:, 0] * 0, np.ones(3), np.array([0.0, -0.2, -0.3])], -1)
    u, v = WIDE.project(points).T
    assert (u[:2] == 480.0).all()
    assert 470 < v[0] < v[1]
    assert np.isnan(v[2])  # atan2(1, -0.3) is 106.7 degrees


def test_pixels_beyond_the_circle_have_no_ray():
    edge = WIDE.project([np.sin(WIDE.limit_rad), 0.0, np.cos(WIDE.limit_rad)])
    inside, outside = WIDE.unproject(edge + np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert np.isfinite(inside).all()
    assert np.isnan(outside).all()


def test_domain_ends_where_the_polynomial_turns():
    lens = KannalaBrandt((640, 480), 200.0, 200.0, 320.0, 240.0, (-0.1, 0.0, 0.0, 0.0))
    np.testing.assert_allclose(lens.limit_rad, np.sqrt(1 / 0.3), rtol=1e-4)
    assert np.isnan(lens.project([1.0, 0.0, -1.0])).all()


@pytest.mark.parametrize(
    'point', [[0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [np.nan, 0.0, 1.0], [np.inf, 0.0, 1.0]]
)
def test_points_without_an_image_are_nan(point):
    lens = KannalaBrandt((64, 64), 10.0, 10.0, 32.0, 32.0)
    assert np.isnan(lens.project(point)).all()


def test_length_of_a_point_does_not_matter():
    far = WIDE.project([[3e300, 1e300, 1e300], [3e-300, 1e-300, 1e-300]])
    np.testing.assert_allclose(far, np.broadcast_to(WIDE.project([3.0, 1.0, 1.0]), (2, 2)))


@pytest.mark.parametrize('shape', [(), (5,), (2, 3), (0,), (2, 0, 4)])
def test_any_leading_shape(shape):
    points = np.full((*shape, 3), 0.5)
    pixels = WIDE.project(points)
    assert pixels.shape == (*shape, 2)
    assert WIDE.unproject(pixels).shape == (*shape, 3)


def test_wrong_last_axis_is_named():
    with pytest.raises(ValueError, match=r'\(\.\.\., 3\), got \(4, 2\)'):
        WIDE.project(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r'\(\.\.\., 2\), got \(4, 3\)'):
        WIDE.unproject(np.zeros((4, 3)))


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'fx': 0.0}, 'fx'),
        ({'fy': float('nan')}, 'fy'),
        ({'cx': float('inf')}, 'cx'),
        ({'size': (0, 4)}, 'size'),
        ({'size': (4, 40000)}, 'size'),
        ({'k': (0.0,) * 3}, 'k '),
        ({'k': (float('nan'),) * 4}, 'k '),
        ({'max_angle_deg': 181.0}, 'max_angle_deg'),
        ({'max_angle_deg': 0.0}, 'max_angle_deg'),
    ],
)
def test_impossible_values_are_refused(change, named):
    values = {'size': (64, 64), 'fx': 10.0, 'fy': 10.0, 'cx': 32.0, 'cy': 32.0}
    with pytest.raises(CameraError, match=named):
        KannalaBrandt(**{**values, **change})
