"""Sides, angles and radii around the optical axis, and the slack at the rim."""

import numpy as np

from panoseg_ros.cameras.lenses import symmetric


def test_direction_is_a_side_and_an_angle():
    points = [[0.0, 0.0, 5.0], [2.0, 0.0, 0.0], [0.0, -3.0, 3.0], [0.0, 1.0, -1.0]]
    sides, angles = symmetric.sides_and_angles(points, np.pi)
    np.testing.assert_allclose(sides, [[0, 0], [1, 0], [0, -1], [0, 1]])
    np.testing.assert_allclose(np.rad2deg(angles), [0.0, 90.0, 45.0, 135.0])
    units = points / np.linalg.norm(points, axis=-1, keepdims=True)
    np.testing.assert_allclose(symmetric.rays(sides, angles), units, atol=1e-15)


def test_straight_back_has_no_side():
    _, angles = symmetric.sides_and_angles([[0.0, 0.0, -1.0], [1e-12, 0.0, -1.0]], np.pi)
    assert np.isnan(angles[0])
    assert angles[1] > 3.14


def test_angles_beyond_the_limit_are_nan_and_those_within_the_slack_are_clamped():
    limit = 1.0
    tried = limit + np.array([-0.1, 0.5, 2.0]) * symmetric.ANGLE_SLACK
    points = np.stack([np.sin(tried), np.zeros(3), np.cos(tried)], -1)
    _, angles = symmetric.sides_and_angles(points, limit)
    assert angles[0] < limit
    assert angles[1] == limit
    assert np.isnan(angles[2])


def test_radii_beyond_the_furthest_are_nan_and_those_within_the_slack_are_clamped():
    tried = 3.0 * (1.0 + np.array([-0.1, 0.5, 2.0]) * symmetric.RADIUS_SLACK)
    sides, radii = symmetric.sides_and_radii(np.stack([np.zeros(3), -tried], -1), 3.0)
    np.testing.assert_allclose(sides, [[0.0, -1.0]] * 3)
    assert radii[0] < 3.0
    assert radii[1] == 3.0
    assert np.isnan(radii[2])
