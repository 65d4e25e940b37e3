"""The perspective lens against itself and against OpenCV."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras import Pinhole
from panoseg_ros.errors import CameraError

BENT = (-0.28, 0.07, 0.0006, -0.0009, 0.002)
LENS = Pinhole((752, 480), 458.7, 457.3, 367.2, 248.4, BENT)


def points_within(radius, count=200, seed=1):
    rng = np.random.default_rng(seed)
    r, phi = radius * np.sqrt(rng.uniform(0, 1, count)), rng.uniform(0, 2 * np.pi, count)
    return np.stack([r * np.cos(phi), r * np.sin(phi), np.ones(count)], -1)


def test_ideal_lens_is_a_division():
    lens = Pinhole((640, 480), 100.0, 200.0, 320.0, 240.0)
    np.testing.assert_allclose(lens.project([0.5, -0.25, 2.0]), [320.5 + 25.0, 240.5 - 25.0])


def test_agrees_with_opencv():
    points = points_within(0.9)
    matrix = np.array([[458.7, 0, 367.2], [0, 457.3, 248.4], [0, 0, 1.0]])
    theirs, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, np.array(BENT))
    np.testing.assert_allclose(LENS.project(points), theirs[:, 0] + 0.5, atol=1e-9)


def test_rational_model_agrees_with_opencv():
    bent = (0.9, 0.4, 2e-4, -3e-4, 0.01, 1.2, 0.6, 0.07)
    lens = Pinhole((2048, 1536), 980.0, 981.0, 1020.0, 770.0, bent)
    points = points_within(1.2)
    matrix = np.array([[980.0, 0, 1020.0], [0, 981.0, 770.0], [0, 0, 1.0]])
    theirs, _ = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, np.array(bent))
    np.testing.assert_allclose(lens.project(points), theirs[:, 0] + 0.5, atol=1e-9)
    back = lens.unproject(lens.project(points))
    np.testing.assert_allclose(back[:, :2] / back[:, 2:], points[:, :2], atol=1e-9)


def test_rational_model_without_its_denominator_is_plumb_bob():
    other = Pinhole(LENS.size, LENS.fx, LENS.fy, LENS.cx, LENS.cy, (*BENT, 0.0, 0.0, 0.0))
    points = points_within(0.9)
    np.testing.assert_allclose(other.project(points), LENS.project(points), rtol=1e-12)


def test_hand_made_value():
    # (1/2, 0): r^2 = 1/4, gain 1 - 0.2 / 4 + 0.16 / 16 = 0.96; tangential 3 p2 r^2 and p1 r^2
    lens = Pinhole((640, 480), 100.0, 200.0, 320.0, 240.0, (-0.2, 0.16, 0.04, 0.02, 0.0))
    expected = [320.5 + 100.0 * (0.48 + 0.015), 240.5 + 200.0 * 0.01]
    np.testing.assert_allclose(lens.project([1.0, 0.0, 2.0]), expected)


@settings(max_examples=50, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(-0.1, 0.1), st.floats(-0.02, 0.02), st.floats(-2e-3, 2e-3))
def test_round_trip_to_a_microradian(k1, k2, k3, tangential):
    lens = Pinhole((640, 480), 300.0, 310.0, 320.0, 240.0, (k1, k2, tangential, -tangential, k3))
    points = points_within(min(1.2, 0.95 * lens.limit), 80)
    rays = points / np.linalg.norm(points, axis=-1, keepdims=True)
    assert np.abs(lens.unproject(lens.project(points)) - rays).max() < 1e-6


def test_behind_the_lens_is_outside():
    assert np.isnan(LENS.project([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])).all()


def test_rays_that_the_distortion_folds_back_are_outside():
    folded = Pinhole((640, 480), 300.0, 300.0, 320.0, 240.0, (-0.3, 0.0, 0.0, 0.0, 0.0))
    assert folded.limit == pytest.approx(1.1**0.5)  # 1 - 0.9 r^2 falls to 0.01
    inside, outside = folded.project([[1.04, 0.0, 1.0], [1.06, 0.0, 1.0]])
    assert np.isfinite(inside).all()
    assert np.isnan(outside).all()
    assert np.isnan(folded.unproject([320.5 + 300.0, 240.5])).all()


@pytest.mark.parametrize('shape', [(), (4,), (2, 3), (0,)])
def test_any_leading_shape(shape):
    pixels = LENS.project(np.full((*shape, 3), 0.5))
    assert pixels.shape == (*shape, 2)
    assert LENS.unproject(pixels).shape == (*shape, 3)


def test_wrong_coefficients_are_refused():
    for count in (0, 4, 6, 12):
        with pytest.raises(CameraError, match='distortion must be k1, k2, p1, p2, k3 or these'):
            Pinhole((4, 4), 1.0, 1.0, 2.0, 2.0, (0.0,) * count)
    with pytest.raises(CameraError, match='distortion'):
        Pinhole((4, 4), 1.0, 1.0, 2.0, 2.0, (0.0, 0.0, 0.0, 0.0, float('nan')))
