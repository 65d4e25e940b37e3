"""The line of a road: lengths kept, grades bounded, poses on the slope."""

import numpy as np
import pytest

from panoseg_ros.synthetic.scenes.bend import MAX_GRADE, REACH_M, Bend, random_bend

ESSE = Bend(((-100.0, 0.0), (-40.0, 1 / 130), (40.0, -1 / 130), (100.0, 0.0)))
HILL = Bend(grades=((-80.0, 0.05), (0.0, 0.0), (80.0, -0.05)))


@pytest.mark.parametrize('bend', [Bend(), Bend(((0.0, 1 / 130),)), ESSE])
def test_bend_keeps_lengths_along_the_middle_and_across(bend):
    s = np.linspace(-90, 90, 2001)
    middle = bend.points(np.stack([s, 0 * s, 0 * s], -1))
    steps = np.linalg.norm(np.diff(middle, axis=0), axis=1)
    np.testing.assert_allclose(steps.sum(), 180, rtol=1e-5)
    across = bend.points([[40.0, 0, 0], [40.0, 7, 0]])
    assert np.linalg.norm(across[1] - across[0]) == pytest.approx(7, abs=1e-3)
    heading = bend.pose([40.0, 3.0, 1.0], (0, 0, 0))[:2, 0]
    np.testing.assert_allclose(heading @ (across[1] - across[0])[:2], 0, atol=1e-4)


def test_arc_is_a_circle():
    bend = Bend(((0.0, 0.01),))
    s = np.linspace(-100, 100, 41)
    points = bend.points(np.stack([s, 0 * s, 0 * s], -1))
    np.testing.assert_allclose(np.hypot(points[:, 0], points[:, 1] - 100.0), 100.0, atol=1e-3)


def test_origin_lies_at_zero_and_heads_along_x():
    for bend in (ESSE, HILL):
        np.testing.assert_allclose(bend.pose([0, 0, 0], (0, 0, 0))[:3, 3], 0, atol=1e-12)
    np.testing.assert_allclose(ESSE.pose([0, 0, 0], (0, 0, 0))[:3, :3], np.eye(3), atol=1e-12)


def test_pose_stands_on_the_slope():
    pose = HILL.pose([-80.0, 2.0, 0.0], (0, 0, 0))
    grade = pose[2, 0] / np.hypot(pose[0, 0], pose[1, 0])
    assert grade == pytest.approx(0.05, abs=1e-6)
    up = np.array([-0.05, 0.0, 1.0]) / np.hypot(0.05, 1.0)
    np.testing.assert_allclose(pose[:3, 2], up, atol=1e-9)
    turned = HILL.pose([-80.0, 2.0, 0.0], (0, 0, 90))
    np.testing.assert_allclose(turned[:3, 2], pose[:3, 2], atol=1e-9)
    assert turned[2, 0] == pytest.approx(0.0, abs=1e-9)  # looks across the slope


def test_a_pose_stands_at_a_right_angle_to_the_surface():
    up = HILL.pose([30.01, 0.0, 0.0], (0, 0, 0))[:3, 2]
    a, b, c = HILL.points([[30.0, 0, 0], [30.02, 0, 0], [30.0, 1.0, 0]])
    for along in (b - a, c - a):
        assert up @ along / np.linalg.norm(along) == pytest.approx(0, abs=1e-3)


def test_random_roads_stay_within_five_percent_and_half_are_nearly_level():
    s, level = np.linspace(-REACH_M, REACH_M, 401), 0
    for seed in range(60):
        bend = random_bend(np.random.default_rng(seed), 1 / 125)
        z = bend.points(np.stack([s, 0 * s, 0 * s], -1))[:, 2]
        steepest = np.abs(np.diff(z) / np.diff(s)).max()
        assert steepest <= MAX_GRADE + 1e-9
        chord = 0.5 * (z[8:] + z[:-8]) - z[4:-4]  # over 4 m
        assert np.abs(chord).max() < 0.006  # the lowest layer of paint
        level += steepest < 0.006
    assert 18 <= level <= 42


def test_nearest_s_finds_the_middle_of_the_road():
    s = np.array([-60.0, 0.0, 50.0])
    beside = ESSE.points(np.stack([s, [20.0, -10.0, 5.0], 0 * s], -1))
    np.testing.assert_allclose(ESSE.nearest_s(beside[:, :2]), s, atol=4.0)
