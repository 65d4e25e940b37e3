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
    with pytest.raises(CameraError, match='distortion'):
        Pinhole((4, 4), 1.0, 1.0, 2.0, 2.0, (0.0,) * 4)
