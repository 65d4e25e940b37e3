"""The extended unified model against the paper's formulas and the unified model."""

import numpy as np
import pytest
from random_lenses import directions_at

from panoseg_ros.cameras import ExtendedUnified, Unified
from panoseg_ros.errors import CameraError

INTRINSICS = ((752, 480), 460.9, 459.6, 365.8, 248.9)


def test_beta_one_is_the_unified_model():
    rays = directions_at(np.linspace(0.0, np.pi, 400))
    ours, unified = ExtendedUnified(*INTRINSICS, 0.58, 1.0), Unified(*INTRINSICS, 0.58)
    assert ours.limit_rad == pytest.approx(unified.limit_rad, abs=1e-12)
    np.testing.assert_allclose(ours.project(rays), unified.project(rays), rtol=1e-12)
    pixels = unified.project(rays)
    np.testing.assert_allclose(ours.unproject(pixels), unified.unproject(pixels), atol=1e-12)


@pytest.mark.parametrize(('alpha', 'beta'), [(0.3, 2.0), (0.586, 1.139), (0.7, 0.5)])
def test_keeps_to_the_papers_formula(alpha, beta):
    lens = ExtendedUnified(*INTRINSICS, alpha, beta)
    x, y, z = rays = directions_at(np.linspace(0.0, 0.99 * lens.limit_rad, 300)).T
    depth = alpha * np.sqrt(beta * (x * x + y * y) + z * z) + (1.0 - alpha) * z
    expected = np.stack([460.9 * x / depth + 366.3, 459.6 * y / depth + 249.4], -1)
    np.testing.assert_allclose(lens.project(rays.T), expected, rtol=1e-10)


def test_rim_is_that_of_the_paper():
    lens = ExtendedUnified((752, 480), 100.0, 100.0, 365.8, 249.3, 0.7, 2.0)
    rim = 100.0 / np.sqrt(2.0 * (2.0 * 0.7 - 1.0))  # r^2 <= 1 / (beta (2 alpha - 1))
    centre = np.array([366.3, 249.8])
    assert np.isfinite(lens.unproject((centre[0] + 0.9999 * rim, centre[1]))).all()
    assert np.isnan(lens.unproject((centre[0] + 1.0001 * rim, centre[1]))).all()
    edge = lens.unproject((centre[0] + 0.9999 * rim, centre[1]))
    assert edge[2] < 0.0  # it sees behind itself


@pytest.mark.parametrize(
    ('alpha', 'beta', 'named'),
    [(-0.1, 1.0, 'alpha must be in 0..2'), (0.5, 0.0, 'beta must be in 0.001..1000')],
)
def test_impossible_values_are_refused(alpha, beta, named):
    with pytest.raises(CameraError, match=named):
        ExtendedUnified(*INTRINSICS, alpha, beta)
