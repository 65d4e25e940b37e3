"""Where polynomials stop rising, and the inverse of rising functions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras.lenses.monotone import Inverse, first_below


def test_first_root_is_found():
    assert first_below([2.0, -3.0, 1.0], 0.0, 9.0) == pytest.approx(1.0)  # (1 - x) (2 - x)
    assert first_below([2.0, -3.0, 1.0], 0.0, 0.5) == 0.5
    assert first_below([1.0, 0.0, 1.0], 0.0, 7.0) == 7.0
    assert first_below([1.0, -1.0], 0.25, 7.0) == pytest.approx(0.75)
    assert first_below([0.0, 1.0], 0.0, 7.0) == 0.0


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=6))
def test_polynomial_stays_above_until_there(terms):
    terms = [1.0, *terms]
    end = first_below(terms, 0.1, 2.0)
    x = np.linspace(0.0, end, 1000)
    assert np.polynomial.polynomial.polyval(x, terms).min() > 0.1 - 1e-6


def test_inverse_ends_where_the_function_stops_rising():
    inverse = Inverse(np.sin, np.cos, np.linspace(0.0, 3.0, 1001))
    assert inverse.end == pytest.approx(np.pi / 2.0, abs=0.003)
    y = np.array([[0.0, 0.5], [np.nan, inverse.furthest]])
    np.testing.assert_allclose(inverse(y)[0], np.arcsin(y[0]), atol=1e-12)
    assert np.isnan(inverse(y)[1, 0])
    assert inverse(y)[1, 1] == pytest.approx(inverse.end, abs=1e-6)


def test_inverse_survives_steps_and_plateaus():
    def steep(x):
        return np.tanh(50.0 * (x - 0.5)) + 1e-3 * x

    def misleading_slope(x):
        return np.full_like(x, 1e-12)

    inverse = Inverse(steep, misleading_slope, np.linspace(0.0, 1.0, 9))
    x = np.linspace(0.01, 0.99, 50)
    np.testing.assert_allclose(inverse(steep(x)), x, atol=1e-9)


def test_function_that_never_rises_has_its_start_only():
    inverse = Inverse(np.negative, np.negative, np.linspace(0.0, 1.0, 5))
    assert inverse.end == 0.0
    np.testing.assert_array_equal(inverse(np.array([0.0, np.nan])), [0.0, np.nan])
