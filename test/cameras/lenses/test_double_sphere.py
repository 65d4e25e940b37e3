"""The double sphere model against the paper's formulas and the unified model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_lenses import directions_at

from panoseg_ros.cameras import DoubleSphere, Unified
from panoseg_ros.errors import CameraError

INTRINSICS = ((752, 480), 348.1, 347.1, 365.8, 249.4)
CENTRE = np.array([366.3, 249.9])
XI, ALPHA = st.floats(-0.95, 0.95), st.floats(0.05, 1.0)


def test_xi_zero_is_the_unified_model():
    rays = directions_at(np.linspace(0.0, np.pi, 400))
    ours, unified = DoubleSphere(*INTRINSICS, 0.0, 0.56), Unified(*INTRINSICS, 0.56)
    assert ours.limit_rad == pytest.approx(unified.limit_rad, abs=1e-12)
    np.testing.assert_allclose(ours.project(rays), unified.project(rays), rtol=1e-12)
    pixels = unified.project(rays)
    np.testing.assert_allclose(ours.unproject(pixels), unified.unproject(pixels), atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(XI, ALPHA)
def test_projection_keeps_to_the_papers_formula(xi, alpha):
    lens = DoubleSphere(*INTRINSICS, xi, alpha)
    x, y, z = rays = directions_at(np.linspace(0.0, 0.99 * lens.limit_rad, 100)).T
    shifted = xi + z  # the rays have length 1
    depth = alpha * np.sqrt(x * x + y * y + shifted * shifted) + (1.0 - alpha) * shifted
    expected = np.stack([348.1 * x / depth, 347.1 * y / depth], -1) + CENTRE
    np.testing.assert_allclose(lens.project(rays.T), expected, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(XI, ALPHA)
def test_unprojection_keeps_to_the_papers_formula(xi, alpha):
    lens = DoubleSphere(*INTRINSICS, xi, alpha)
    rays = directions_at(np.linspace(0.0, 0.98 * lens.limit_rad, 100))
    pixels = lens.project(rays)
    mx, my = ((pixels - CENTRE) / (348.1, 347.1)).T
    r2 = mx * mx + my * my
    mz = (1 - alpha**2 * r2) / (alpha * np.sqrt(1 - (2 * alpha - 1) * r2) + 1 - alpha)
    scale = (mz * xi + np.sqrt(mz * mz + (1 - xi * xi) * r2)) / (mz * mz + r2)
    expected = np.stack([scale * mx, scale * my, scale * mz - xi], -1)
    np.testing.assert_allclose(lens.unproject(pixels), expected, atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(XI, st.floats(0.52, 1.0))
def test_domain_ends_where_the_image_stops_growing(xi, alpha):
    lens = DoubleSphere(*INTRINSICS, xi, alpha)
    theta = np.linspace(0.0, np.pi, 200001)
    shifted = xi + np.cos(theta)
    depth = alpha * np.hypot(np.sin(theta), shifted) + (1.0 - alpha) * shifted
    with np.errstate(divide='ignore', invalid='ignore'):
        grows = (np.diff(np.sin(theta) / depth) > 0.0) & (depth[1:] > 0.0)
    end = theta[np.argmin(grows)] if not grows.all() else np.pi
    assert lens.limit_rad == pytest.approx(end, abs=5e-3)
    assert np.isnan(lens.project(directions_at(np.linspace(end, np.pi, 20)[1:]))).all()


def test_domain_is_narrower_than_the_papers_bound_for_negative_xi():
    # z > -w2 d with alpha 1, xi -1/2: 63 degrees, where the image shrinks from 60 on
    lens = DoubleSphere(*INTRINSICS, -0.5, 1.0)
    assert np.rad2deg(lens.limit_rad) == pytest.approx(60.0, abs=0.05)


@pytest.mark.parametrize(
    ('xi', 'alpha', 'named'),
    [
        (1.0, 0.5, r'xi must be in -0.999..0.999'),
        (0.0, 1.01, 'alpha must be in 0..1'),
        (float('nan'), 0.5, 'xi'),
    ],
)
def test_impossible_values_are_refused(xi, alpha, named):
    with pytest.raises(CameraError, match=named):
        DoubleSphere(*INTRINSICS, xi, alpha)
