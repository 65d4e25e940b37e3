"""Odd polynomials: where they stop rising, and their inverse."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras.lenses import radial
from panoseg_ros.cameras.lenses.symmetric import LEAST_SLOPE


def test_identity_has_no_limit():
    assert radial.monotonic_limit((0.0, 0.0), 3.0) == 3.0
    inverse = radial.inverse((0.0, 0.0), 3.0)
    np.testing.assert_allclose(inverse(np.array([0.0, 1.5, 3.0])), [0.0, 1.5, 3.0])


def test_limit_is_where_the_slope_vanishes():
    limit = radial.monotonic_limit((-1.0 / 3.0,), 10.0)  # r = x - x^3 / 3 turns at x = 1
    np.testing.assert_allclose(limit, 1.0)
    np.testing.assert_allclose(radial.slope((-1.0 / 3.0,), np.array(limit)), 0.0, atol=1e-12)


def test_limit_keeps_a_least_slope():
    limit = radial.monotonic_limit((-1.0 / 3.0,), 10.0, least_slope=0.19)
    np.testing.assert_allclose(radial.slope((-1.0 / 3.0,), np.array(limit)), 0.19)


def test_inverse_reaches_the_turning_point():
    inverse = radial.inverse((-1.0 / 3.0,), 1.0)
    np.testing.assert_allclose(inverse.furthest, 2.0 / 3.0, rtol=1e-5)
    found = inverse(np.array([0.5, inverse.furthest, np.nan]))
    there = radial.evaluate((-1.0 / 3.0,), found[:2])
    np.testing.assert_allclose(there, [0.5, inverse.furthest])
    np.testing.assert_allclose(found[1], 1.0, atol=2e-3)
    assert np.isnan(found[2])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=4), st.floats(0.0, 1.0))
def test_inverse_undoes_evaluation(coefficients, part):
    limit = radial.monotonic_limit(coefficients, 3.1, LEAST_SLOPE)
    x = np.array(part * limit)
    radius = radial.evaluate(coefficients, x)
    found = radial.inverse(coefficients, limit)(radius)
    assert abs(radial.evaluate(coefficients, found) - radius) <= 1e-9 * (1.0 + abs(radius))
