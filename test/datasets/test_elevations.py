import numpy as np
import pytest

from panoseg_ros.datasets.elevations import refit_rows


def rows(top_deg, bottom_deg, per_deg=1):
    """Return a panorama whose rows hold the elevation that they show."""
    count = round((top_deg - bottom_deg) * per_deg)
    elevation = top_deg - (np.arange(count) + 0.5) / per_deg
    return np.repeat(elevation[:, None], 3, 1)


@pytest.mark.parametrize('given', [(90, -90), (35, -35), (60, -10), (10, -50)])
@pytest.mark.parametrize('wanted', [(90, -90), (45, -45), (20, -80), (80, 65)])
def test_every_row_ends_up_at_its_elevation(given, wanted):
    fitted = refit_rows(rows(*given), given, wanted, 999)
    assert len(fitted) == wanted[0] - wanted[1]
    expected = rows(*wanted)
    outside = (expected > given[0]) | (expected < given[1])
    np.testing.assert_allclose(fitted, np.where(outside, 999, expected))


def test_colours_are_kept_and_equal_ranges_cost_nothing():
    picture = np.random.default_rng(0).integers(0, 255, (20, 6, 3), np.uint8)
    assert refit_rows(picture, (10.0, -10.0), (10.0, -10.0), 0) is picture
    fitted = refit_rows(picture, (10.0, -10.0), (20.0, -10.0), 7)
    assert fitted.dtype == np.uint8 and (fitted[:10] == 7).all()
    np.testing.assert_array_equal(fitted[10:], picture)
