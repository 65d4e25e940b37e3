import numpy as np
import pytest
from box_room import turn_by

from panoseg_ros.cameras.checking.matching import Matches
from panoseg_ros.cameras.checking.refine import refine_rotation, rotation_of, vector_of
from panoseg_ros.errors import CameraError

BASELINE_M = np.array([-0.03, 0.0, 0.0])  # from the front lens to the back lens


def ring_matches(rng, count=600, half_width_deg=10.0, turn_deg=(-180.0, 180.0), noise_deg=0.04):
    """Return matches between two lenses 3 cm apart of things 2 to 20 m away."""
    turn = np.deg2rad(rng.uniform(*turn_deg, count))
    off = np.deg2rad(rng.uniform(-half_width_deg, half_width_deg, count))
    first = np.stack([np.sin(off), np.cos(off) * np.cos(turn), np.cos(off) * np.sin(turn)], -1)
    depth = rng.uniform(2.0, 20.0, count)
    second = first * depth[:, None] - BASELINE_M
    second += depth[:, None] * np.deg2rad(noise_deg) * rng.standard_normal((count, 3))
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    return Matches(first, second, np.zeros(count, np.intp), np.ones(count))


def with_false(matches, rng, share):
    second = matches.second.copy()
    wrong = rng.choice(len(second), round(share * len(second)), replace=False)
    for index in wrong:
        second[index] = turn_by(rng, rng.uniform(0.5, 6.0)) @ second[index]
    return matches._replace(second=second)


def left_over_deg(turn, error):
    return np.rad2deg(np.linalg.norm(vector_of(turn.rotation @ error)))


@pytest.mark.parametrize('seed', range(12))
def test_finds_two_degrees_through_parallax_noise_and_false_matches(seed):
    rng = np.random.default_rng(seed)
    error = turn_by(rng, 2.0)
    matches = with_false(ring_matches(rng), rng, 0.02)
    turn = refine_rotation(matches._replace(second=matches.second @ error.T), BASELINE_M)
    assert left_over_deg(turn, error) < 0.2
    assert turn.angle_deg == pytest.approx(2.0, abs=0.2)
    assert turn.inliers.mean() > 0.9


def test_a_quarter_of_false_matches_does_no_harm():
    rng = np.random.default_rng(3)
    error = turn_by(rng, 3.0)
    matches = with_false(ring_matches(rng), rng, 0.25)
    turn = refine_rotation(matches._replace(second=matches.second @ error.T), BASELINE_M)
    assert left_over_deg(turn, error) < 0.2


def test_near_ground_on_one_side_does_not_tilt():
    """Ground 2 m below and nothing nearer than 10 m elsewhere: parallax looks like pitch."""
    rng = np.random.default_rng(4)
    matches = ring_matches(rng, 1500)
    depth = np.where(matches.first[:, 2] < -0.3, 2.0 / np.maximum(-matches.first[:, 2], 0.3), 12.0)
    second = matches.first * depth[:, None] - BASELINE_M
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    second += np.deg2rad(0.03) * rng.standard_normal(second.shape)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    turn = refine_rotation(matches._replace(second=second), BASELINE_M)
    assert turn.angle_deg < 0.2


def test_the_uncertainty_is_honest():
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(100 + seed)
        turn = refine_rotation(ring_matches(rng), BASELINE_M)
        vector = vector_of(turn.rotation)
        ratios.append(vector @ np.linalg.solve(turn.covariance, vector) / 3.0)
    assert np.sqrt(np.mean(ratios)) < 1.5


def test_without_a_baseline_all_directions_count():
    rng = np.random.default_rng(5)
    matches = ring_matches(rng)
    error = turn_by(rng, 2.0)
    second = matches.first @ error.T
    turn = refine_rotation(matches._replace(second=second), np.zeros(3))
    assert left_over_deg(turn, error) < 0.01


def test_too_few_matches_are_refused():
    with pytest.raises(CameraError, match='too few matches: 20, needs 30'):
        refine_rotation(ring_matches(np.random.default_rng(0), 20), BASELINE_M)


def test_matches_on_one_side_are_refused():
    matches = ring_matches(np.random.default_rng(0), 60, 2.0, (80.0, 100.0))
    with pytest.raises(CameraError, match='few or on one side'):
        refine_rotation(matches, BASELINE_M)


def test_one_place_is_refused():
    matches = ring_matches(np.random.default_rng(0), 60, 0.1, (90.0, 90.2))
    with pytest.raises(CameraError, match='one place'):
        refine_rotation(matches, BASELINE_M)


def test_nonsense_is_refused():
    rng = np.random.default_rng(0)
    matches = ring_matches(rng, 60)
    second = np.stack([turn_by(rng, rng.uniform(10, 90)) @ ray for ray in matches.second])
    with pytest.raises(CameraError, match='too few matches agree'):
        refine_rotation(matches._replace(second=second), BASELINE_M)


def test_rotation_vectors_go_back_and_forth():
    vector = np.array([0.1, -0.2, 0.3])
    assert np.allclose(vector_of(rotation_of(vector)), vector)
