"""The unified omnidirectional camera: pinhole, unified model, OpenCV, hand-made values."""

import cv2
import numpy as np
import pytest
from random_lenses import directions_at

from panoseg_ros.cameras import Mei, Pinhole, Unified
from panoseg_ros.errors import CameraError

INTRINSICS = ((1504, 1504), 1280.9, 1280.3, 744.2, 749.3)
BENT = (-0.25, 0.155, 0.00066, 0.0048)


def test_xi_zero_is_the_pinhole_with_its_distortion():
    rays = directions_at(np.deg2rad(np.linspace(0.0, 50.0, 300)))
    ours, pinhole = Mei(*INTRINSICS, 0.0, BENT), Pinhole(*INTRINSICS, (*BENT, 0.0))
    np.testing.assert_allclose(ours.project(rays), pinhole.project(rays), rtol=1e-12)
    pixels = pinhole.project(rays)
    np.testing.assert_allclose(ours.unproject(pixels), pinhole.unproject(pixels), atol=1e-9)


def test_without_distortion_is_the_unified_model():
    xi = 1.75
    ours = Mei((640, 480), 300.0 * (1.0 + xi), 310.0 * (1.0 + xi), 320.0, 240.0, xi)
    unified = Unified((640, 480), 300.0, 310.0, 320.0, 240.0, xi / (1.0 + xi))
    rays = directions_at(np.linspace(0.0, np.pi, 400))
    assert ours.limit_rad == pytest.approx(unified.limit_rad, abs=1e-9)
    np.testing.assert_allclose(ours.project(rays), unified.project(rays), rtol=1e-10)


@pytest.mark.parametrize('distortion', [BENT, (*BENT, -0.02)])
def test_agrees_with_opencvs_distortion_behind_the_sphere(distortion):
    # cv2.projectPoints of (x, y, z + xi) is Mei and Rives' second step
    lens = Mei(*INTRINSICS, 1.75, distortion)
    rays = directions_at(np.linspace(0.0, 0.95 * lens.limit_rad, 300))
    moved = rays + np.array([0.0, 0.0, 1.75])
    matrix = np.array([[1280.9, 0.0, 744.2], [0.0, 1280.3, 749.3], [0.0, 0.0, 1.0]])
    theirs, _ = cv2.projectPoints(moved, np.zeros(3), np.zeros(3), matrix, np.array(distortion))
    np.testing.assert_allclose(lens.project(rays), theirs[:, 0] + 0.5, atol=1e-9)


@pytest.mark.skipif(not hasattr(cv2, 'omnidir'), reason='OpenCV without its contrib modules')
def test_agrees_with_opencvs_omnidir():
    lens = Mei(*INTRINSICS, 1.75, BENT)
    rays = directions_at(np.linspace(0.0, 0.95 * lens.limit_rad, 300))
    matrix = np.array([[1280.9, 0.0, 744.2], [0.0, 1280.3, 749.3], [0.0, 0.0, 1.0]])
    theirs, _ = cv2.omnidir.projectPoints(
        rays[:, None], np.zeros(3), np.zeros(3), matrix, 1.75, np.array(BENT)
    )
    np.testing.assert_allclose(lens.project(rays), theirs.reshape(-1, 2) + 0.5, atol=1e-9)


def test_hand_made_value():
    # (3, 0, 4) / 5 seen from 1 behind: (1/3, 0); gain 1 - 0.09 (1/9) = 0.99; p2: 3 r^2 = 1/3
    lens = Mei((640, 480), 300.0, 300.0, 320.0, 240.0, 1.0, (-0.09, 0.0, 0.0, 0.003))
    np.testing.assert_allclose(lens.project([3.0, 0.0, 4.0]), [320.5 + 99.0 + 0.3, 240.5])


def test_sees_beyond_180_degrees_up_to_the_rim():
    lens = Mei((640, 480), 300.0, 300.0, 320.0, 240.0, 2.0)
    assert np.rad2deg(lens.limit_rad) == pytest.approx(120.0, abs=0.1)  # cos = -1 / xi
    edge = 300.0 / np.sqrt(2.0**2 - 1.0)
    assert np.isfinite(lens.unproject([320.5 + 0.9999 * edge, 240.5])).all()
    assert np.isnan(lens.unproject([320.5 + 1.0001 * edge, 240.5])).all()


def test_distortion_may_end_the_domain_before_the_sphere_does():
    lens = Mei((640, 480), 300.0, 300.0, 320.0, 240.0, 1.0, (-1.0, 0.0, 0.0, 0.0))
    # 1 - 3 r^2 falls to 0.01 at r^2 = 0.33, and r = tan(theta / 2)
    assert lens.limit_rad == pytest.approx(2.0 * np.arctan(np.sqrt(0.33)), abs=1e-6)


def test_max_angle_ends_the_domain():
    lens = Mei(*INTRINSICS, 1.75, BENT, 95.0)
    inside, outside = lens.project(directions_at(np.deg2rad([94.9, 95.1])))
    assert np.isfinite(inside).all()
    assert np.isnan(outside).all()


def test_rim_of_a_narrowed_and_tangentially_distorted_lens_comes_back():
    lens = Mei((640, 480), 50.0, 67.0, 200.0, 150.0, 3.0, (0.0, 0.0, 0.003, 0.008), 20.0)
    rim = directions_at(np.full(100, lens.limit_rad))
    np.testing.assert_allclose(lens.unproject(lens.project(rim)), rim, atol=1e-9)


@pytest.mark.parametrize(
    ('xi', 'distortion', 'named'),
    [
        (-1.0, BENT, r'xi must be in -0\.9\.\.100'),
        (float('inf'), BENT, 'xi'),
        (1.0, BENT[:3], 'distortion must be k1, k2, p1, p2'),
        (1.0, (*BENT, 0.0, 0.0), 'distortion'),
        (1.0, (float('nan'), 0.0, 0.0, 0.0), 'distortion'),
    ],
)
def test_impossible_values_are_refused(xi, distortion, named):
    with pytest.raises(CameraError, match=named):
        Mei(*INTRINSICS, xi, distortion)
