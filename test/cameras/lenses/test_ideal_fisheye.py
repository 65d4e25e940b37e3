"""The ideal fisheyes: one known value each, and where they end."""

import numpy as np
import pytest
from random_lenses import directions_at

from panoseg_ros.cameras import IdealFisheye, KannalaBrandt
from panoseg_ros.errors import CameraError

CENTRE = np.array([479.5, 469.5])


def lens_of(projection, fov_deg, radius=480.0):
    return IdealFisheye((960, 960), projection, *CENTRE, radius, fov_deg)


@pytest.mark.parametrize(
    ('projection', 'at_60_deg'),
    # a 180 degree circle of radius 1: theta / 90, then the ratios to the value at 90 degrees
    [
        ('equidistant', 2.0 / 3.0),
        ('equisolid', 0.5 / np.sqrt(0.5)),
        ('stereographic', 1.0 / np.sqrt(3.0)),
        ('orthographic', np.sqrt(3.0) / 2.0),
    ],
)
def test_radius_at_60_degrees(projection, at_60_deg):
    lens = lens_of(projection, 180.0)
    ray = directions_at(np.deg2rad([60.0]))
    found = np.linalg.norm(lens.project(ray) - CENTRE - 0.5)
    assert found == pytest.approx(480.0 * at_60_deg, abs=1e-9)


@pytest.mark.parametrize(
    ('projection', 'fov_deg'),
    [
        ('equidistant', 220.0),
        ('equisolid', 220.0),
        ('stereographic', 220.0),
        ('orthographic', 170),
    ],
)
def test_circle_is_the_field_of_view(projection, fov_deg):
    lens = lens_of(projection, fov_deg)
    rim = CENTRE + 0.5 + np.array([480.0, 0.0])
    half = np.deg2rad(fov_deg / 2.0)
    ray = [np.sin(half), 0.0, np.cos(half)]
    np.testing.assert_allclose(lens.unproject(rim), ray, atol=1e-12)
    np.testing.assert_allclose(lens.project(ray), rim)
    assert np.isnan(lens.unproject((rim[0] + 0.01, rim[1]))).all()
    assert np.isnan(lens.project(directions_at(np.array([half + 1e-6])))).all()


def test_equidistant_is_kannala_brandt_without_coefficients():
    focal = 480.0 / np.deg2rad(105.0)
    other = KannalaBrandt((960, 960), focal, focal, *CENTRE, (0.0,) * 4, 105.0)
    rays = directions_at(np.linspace(0.0, np.pi, 200))
    np.testing.assert_allclose(lens_of('equidistant', 210.0).project(rays), other.project(rays))


def test_orthographic_lens_sees_the_whole_half_space_but_its_last_hundredth_of_a_degree():
    lens = lens_of('orthographic', 180.0)
    assert np.rad2deg(lens.limit_rad) == pytest.approx(90.0, abs=0.01)
    assert np.isnan(lens.project([1.0, 0.0, 0.0])).all()


@pytest.mark.parametrize(
    ('change', 'named'),
    [
        ({'projection': 'fisheye'}, 'projection must be one of equidistant, equisolid'),
        ({'projection': 'rectilinear'}, 'projection'),
        ({'projection': 'orthographic'}, r'fov_deg must be in 0\.\.180'),
        ({'fov_deg': 361.0}, r'fov_deg must be in 0\.\.360'),
        ({'fov_deg': 0.0}, 'fov_deg'),
        ({'radius': -1.0}, 'radius must be in'),
        ({'cx': float('nan')}, 'cx'),
    ],
)
def test_impossible_values_are_refused(change, named):
    values = {'projection': 'equidistant', 'cx': 1.0, 'cy': 1.0, 'radius': 480.0, 'fov_deg': 200.0}
    with pytest.raises(CameraError, match=named):
        IdealFisheye((960, 960), **{**values, **change})
