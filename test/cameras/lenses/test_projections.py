"""The ideal radial functions, their inverses and their ends."""

import numpy as np
import pytest

from panoseg_ros.cameras.lenses.projections import PROJECTIONS
from panoseg_ros.cameras.lenses.symmetric import LEAST_SLOPE

every_projection = pytest.mark.parametrize('name', PROJECTIONS)


@every_projection
def test_angle_undoes_radius(name):
    projection = PROJECTIONS[name]
    angles = np.deg2rad(np.linspace(0.0, projection.sharp_deg, 500))
    np.testing.assert_allclose(projection.angle(projection.radius(angles)), angles, atol=1e-9)


@every_projection
def test_focal_length_is_one_on_the_axis(name):
    assert PROJECTIONS[name].radius(np.float64(1e-6)) == pytest.approx(1e-6, rel=1e-9)


@every_projection
def test_radius_rises_up_to_the_end(name):
    projection = PROJECTIONS[name]
    angles = np.deg2rad(np.linspace(0.0, projection.sharp_deg, 500))
    assert np.diff(projection.radius(angles)).min() > 0.0
    end = np.deg2rad(projection.sharp_deg)
    slope = (projection.radius(end) - projection.radius(end - 1e-7)) / 1e-7
    assert slope > 0.99 * LEAST_SLOPE
    assert projection.sharp_deg <= projection.widest_deg
