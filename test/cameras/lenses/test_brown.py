"""The distortion of the image plane: its domain, its inverse, its limits."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras.lenses.brown import LEAST_SLOPE, Brown

COEFFICIENTS = st.tuples(
    *[st.floats(-0.5, 0.5)] * 2, *[st.floats(-0.02, 0.02)] * 2, *[st.floats(-0.3, 0.3)] * 4
)


def disc(radius, count=400, seed=3):
    rng = np.random.default_rng(seed)
    r, phi = radius * np.sqrt(rng.uniform(0, 1, count)), rng.uniform(0, 2 * np.pi, count)
    return np.stack([r * np.cos(phi), r * np.sin(phi)], -1)


def jacobians(brown, points, step=1e-6):
    columns = []
    for axis in np.eye(2):
        near, far = (
            brown.distort(points + n * step * axis) - brown.distort(points - n * step * axis)
            for n in (1, 2)
        )
        columns.append((8.0 * near - far) / (12.0 * step))  # of fourth order: poles are near
    return np.stack(columns, -1)


@settings(max_examples=60, deadline=None)
@given(COEFFICIENTS)
def test_picture_grows_everywhere_in_the_disc(coefficients):
    brown = Brown(coefficients, 3.0)
    found = jacobians(brown, disc(0.999 * brown.limit))
    np.testing.assert_allclose(found[:, 0, 1], found[:, 1, 0], atol=1e-7)  # symmetric
    assert np.linalg.eigvalsh(found).min() > LEAST_SLOPE - 1e-6


@settings(max_examples=60, deadline=None)
@given(COEFFICIENTS)
def test_domain_of_a_radial_distortion_ends_where_the_picture_stops(coefficients):
    k1, k2, _, _, *rest = coefficients
    brown = Brown((k1, k2, 0.0, 0.0, *rest), 3.0)
    t = np.linspace(0.0, min(3.0, 1.1 * brown.limit), 20001) ** 2
    top = 1 + k1 * t + k2 * t**2 + rest[0] * t**3
    gain = top / (1 + rest[1] * t + rest[2] * t**2 + rest[3] * t**3)
    slope = np.gradient(np.sqrt(t) * gain, np.sqrt(t))
    bottom = 1 + rest[1] * t + rest[2] * t**2 + rest[3] * t**3
    good = (slope > LEAST_SLOPE) & (gain > LEAST_SLOPE) & (bottom > LEAST_SLOPE)
    end = np.sqrt(t[np.argmin(good)]) if not good.all() else 3.0
    assert brown.limit == pytest.approx(end, abs=2e-3)


@settings(max_examples=60, deadline=None)
@given(COEFFICIENTS)
def test_inverse_undoes_the_distortion(coefficients):
    brown = Brown(coefficients, 3.0)
    points = disc(brown.limit)
    np.testing.assert_allclose(brown.undistort(brown.distort(points)), points, atol=1e-8)


def test_points_that_no_ray_reaches_have_no_inverse():
    brown = Brown((-0.3, 0.0, 1e-3, -1e-3), 3.0)
    furthest = np.linalg.norm(brown.distort(disc(brown.limit)), axis=-1).max()
    around = np.linspace(0.0, 2.0 * np.pi, 50)
    outside = 1.01 * furthest * np.stack([np.cos(around), np.sin(around)], -1)
    assert np.isnan(brown.undistort(outside)).all()
    assert np.isnan(brown.distort(outside / furthest * 1.01 * brown.limit)).all()


@pytest.mark.parametrize(
    'coefficients',
    [
        (-0.28, 0.07, 6e-4, -9e-4),
        (-0.28, 0.07, 6e-4, -9e-4, 0.002),
        (0.1, 0.05, 1e-3, -2e-3, 0.02, 0.3, 0.1, 0.02),
    ],
)
def test_agrees_with_opencv(coefficients):
    brown = Brown(coefficients, 0.9)
    points = disc(0.9)
    xyz = np.concatenate([points, np.ones_like(points[:, :1])], -1)
    nothing = np.zeros(3)
    theirs, _ = cv2.projectPoints(xyz, nothing, nothing, np.eye(3), np.array(coefficients))
    np.testing.assert_allclose(brown.distort(points), theirs[:, 0], atol=1e-12)


def test_a_denominator_that_vanishes_ends_the_domain():
    brown = Brown((0.0, 0.0, 0.0, 0.0, 0.0, -0.25, 0.0, 0.0), 10.0)  # 1 / (1 - r^2 / 4)
    assert 1.9 < brown.limit < 2.0
    assert np.isfinite(brown.distort(disc(brown.limit))).all()
