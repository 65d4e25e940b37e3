"""The unified model against the paper's formulas, the pinhole and known mirrors."""

import numpy as np
import pytest
from random_lenses import directions_at

from panoseg_ros.cameras import Pinhole, Unified
from panoseg_ros.errors import CameraError

INTRINSICS = ((752, 480), 313.2, 312.9, 365.8, 249.3)


def test_alpha_zero_is_the_pinhole():
    rays = directions_at(np.deg2rad(np.linspace(0.0, 88.9, 300)))
    ours, pinhole = Unified(*INTRINSICS, 0.0), Pinhole(*INTRINSICS)
    np.testing.assert_allclose(ours.project(rays), pinhole.project(rays), rtol=1e-12)
    pixels = pinhole.project(rays)
    np.testing.assert_allclose(ours.unproject(pixels), pinhole.unproject(pixels), atol=1e-12)


def test_alpha_one_is_orthographic_and_one_half_stereographic():
    angles = np.deg2rad(np.linspace(0.0, 89.9, 300))
    rays, centre = directions_at(angles), np.array([365.8, 249.3]) + 0.5
    for alpha, radius in ((1.0, np.sin(angles)), (0.5, 2.0 * np.tan(angles / 2.0))):
        lens = Unified((752, 480), 300.0, 300.0, 365.8, 249.3, alpha)
        found = np.linalg.norm(lens.project(rays) - centre, axis=-1)
        np.testing.assert_allclose(found, 300.0 * radius, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ('alpha', 'least_cosine'),
    # Usenko et al.: z > -w d, w = alpha / (1 - alpha) or its inverse above 1/2
    [(0.0, 0.0), (0.25, -1 / 3), (0.4, -2 / 3), (0.6, -2 / 3), (0.8, -0.25), (1.0, 0.0)],
)
def test_domain_is_that_of_the_paper(alpha, least_cosine):
    lens = Unified(*INTRINSICS, alpha)
    assert np.cos(lens.limit_rad) == pytest.approx(least_cosine, abs=2e-4)


def test_rim_is_that_of_the_paper():
    lens = Unified((752, 480), 100.0, 100.0, 365.8, 249.3, 0.8)
    rim = 100.0 / np.sqrt(2.0 * 0.8 - 1.0)  # Usenko et al.: r^2 <= 1 / (2 alpha - 1)
    centre = np.array([366.3, 249.8])
    assert np.isfinite(lens.unproject((centre[0] + 0.9999 * rim, centre[1]))).all()
    assert np.isnan(lens.unproject((centre[0] + 1.0001 * rim, centre[1]))).all()


def test_lens_beyond_180_degrees_sees_behind_itself():
    lens = Unified(*INTRINSICS, 0.6)
    pixel = lens.project([1.0, 0.0, -0.5])
    np.testing.assert_allclose(
        pixel, [366.3 + 313.2 / (0.6 * np.sqrt(1.25) - 0.4 * 0.5), 249.8], rtol=1e-12
    )
    np.testing.assert_allclose(lens.unproject(pixel) * np.sqrt(1.25), [1.0, 0.0, -0.5], atol=1e-12)


def test_alpha_beyond_one_of_a_narrow_lens():
    lens = Unified((1920, 1080), 1313.83, 1313.27, 960.471, 546.981, 1.01674)
    ray = np.array([0.3, 0.2, 1.0])
    depth = 1.01674 * np.linalg.norm(ray) - 0.01674
    expected = np.array([0.3, 0.2]) / depth * (1313.83, 1313.27) + (960.971, 547.481)
    np.testing.assert_allclose(lens.project(ray), expected, rtol=1e-12)


@pytest.mark.parametrize('alpha', [-0.01, 2.01, float('nan')])
def test_impossible_alpha_is_refused(alpha):
    with pytest.raises(CameraError, match=r'alpha must be in 0\.\.2'):
        Unified(*INTRINSICS, alpha)


def test_impossible_angle_is_refused():
    with pytest.raises(CameraError, match=r'max_angle_deg must be in 0\.\.180'):
        Unified(*INTRINSICS, 0.5, 181.0)
