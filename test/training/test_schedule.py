import pytest

from panoseg_ros.training import Phase
from panoseg_ros.training.schedule import Budget, learning_rate, phase_at

SMALL, LARGE = Phase(64, 128, 8, 0.6), Phase(128, 256, 4, 0.4)


def test_phases_follow_their_shares():
    found = [phase_at((SMALL, LARGE), progress) for progress in (0.0, 0.59, 0.6, 1.0)]
    assert found == [SMALL, SMALL, LARGE, LARGE]


def test_learning_rate_rises_falls_and_ends_at_zero():
    rates = [learning_rate(i / 100, 1.0, 0.1, 0.9) for i in range(101)]
    assert rates[0] == pytest.approx(0.01) and rates[10] == pytest.approx(1.0)
    assert rates[:11] == sorted(rates[:11]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.0, abs=1e-6)


def test_no_warm_up_starts_at_the_top():
    assert learning_rate(0.0, 0.5, 0.0, 1.0) == 0.5


def test_budget_counts_steps_or_minutes():
    assert Budget(10).progress(4, 1e9) == 0.4
    assert Budget(10, max_minutes=2.0).progress(1000, 30.0) == 0.25
    assert Budget(10).progress(11, 0.0) == 1.0
