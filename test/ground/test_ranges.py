import numpy as np
import pytest

from panoseg_ros.ground.ranges import ring_of_ranges


def rays(count, heading_rad=0.0):
    return heading_rad - np.pi + (np.arange(count) + 0.5) * 2.0 * np.pi / count


def ring(foot, bearings, blind=None, heading_rad=0.0):
    foot = np.array(foot, np.float32)
    blind = np.zeros(len(foot), np.float32) if blind is None else np.array(blind, np.float32)
    return ring_of_ranges(foot, blind, rays(len(foot), heading_rad), bearings)


def test_bearing_gathers_the_two_rays_beside_it():
    found = ring([1.0, 2.0, np.inf, np.nan], 4)
    # Bearing 0 lies at -pi, between the last ray and the first.
    np.testing.assert_array_equal(found, np.array([1.0, 1.0, 2.0, np.nan], np.float32))
    assert found.dtype == np.float32


def test_hidden_wins_over_free_and_a_foot_over_both():
    inf, nan = np.inf, np.nan
    found = ring([inf, inf, nan, inf, inf, 3.0, nan, inf], 8)
    np.testing.assert_array_equal(
        found, np.array([inf, inf, nan, nan, inf, 3.0, 3.0, nan], np.float32)
    )


@pytest.mark.parametrize(('count', 'bearings'), [(512, 360), (512, 8), (64, 720), (100, 8192)])
@pytest.mark.parametrize('heading_rad', [0.0, 1.0, -3.0])
def test_no_bearing_is_left_empty(count, bearings, heading_rad):
    found = ring(np.full(count, 5.0), bearings, heading_rad=heading_rad)
    np.testing.assert_array_equal(found, np.full(bearings, 5.0, np.float32))


def test_heading_turns_the_ring():
    foot = np.full(360, np.inf)
    foot[180:182] = 4.0  # half a degree to one and a half degrees left of the camera's heading
    found = ring(foot, 360, heading_rad=np.pi / 2)
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(found)), [270, 271, 272])


def test_covered_ray_cannot_vouch_for_free_ground():
    blind = np.full(8, 0.5)
    blind[2] = 3.0
    found = ring(np.full(8, np.inf), 8, blind)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(found)), [2, 3])


def test_a_covered_ray_cannot_vouch_where_half_of_the_horizon_is_not_seen():
    blind = np.full(16, np.inf)
    blind[4:12] = 0.5
    blind[7] = 6.0  # a mast, straight ahead
    foot = np.where(np.isinf(blind), np.nan, np.inf)
    found = ring(foot, 16, blind)
    np.testing.assert_array_equal(np.flatnonzero(np.isinf(found)), [5, 6, 9, 10, 11])
    assert np.isnan(ring(np.full(8, np.inf), 8, np.full(8, np.inf))).all()
