"""What a run of the node benchmark says, and where it looks for the peak."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoseg_ros.ros.bench.figures import run_figures
from panoseg_ros.ros.bench.search import SearchPlan, peak_rate

MS = 1_000_000


def test_rates_missed_latency_and_jitter_of_a_run():
    sent = [100 * MS * k for k in range(6)]
    # The fourth is missed; the last comes 20 ms later than its regular time.
    arrived = {0: 30, 100: 130, 200: 230, 400: 430, 500: 550}
    received = {stamp * MS: at * MS for stamp, at in arrived.items()} | {7: 8}
    run = run_figures(10.0, sent, received)
    assert (run.sent, run.received) == (6, 5)
    assert run.sent_hz == pytest.approx(10.0)
    assert run.received_hz == pytest.approx(4 / 0.52)
    assert run.missed_percent == pytest.approx(100 / 6)
    assert run.latency_p50_ms == pytest.approx(30.0)
    assert run.latency_max_ms == pytest.approx(50.0)
    assert run.latency_mean_ms == pytest.approx(34.0)
    # Intervals 100, 100, 200, 120: they change by 0, 100, 80.
    assert run.jitter_mean_ms == pytest.approx(60.0)
    assert run.jitter_max_ms == pytest.approx(100.0)


@pytest.mark.parametrize('received', [{}, {0: 5 * MS}, {0: 5 * MS, 100 * MS: 105 * MS}])
def test_too_little_is_nan_and_no_error(received):
    run = run_figures(10.0, [0, 100 * MS], received)
    assert run.received == len(received)
    assert math.isnan(run.jitter_mean_ms)
    assert math.isnan(run.latency_p95_ms) == (not received)
    assert math.isnan(run.received_hz) == (len(received) < 2)
    assert math.isnan(run_figures(10.0, [], {}).missed_percent)


def simulated(capacity_hz, seconds=5.0):
    """Return a node that finishes `capacity_hz` images a second and drops the rest."""
    tried = []

    def measure(rate_hz):
        tried.append(rate_hz)
        count = max(3, round(rate_hz * seconds))
        sent = [round(1e9 * k / rate_hz) for k in range(count)]
        done, free_ns = {}, 0
        for stamp in sent:
            if stamp >= free_ns:
                free_ns = stamp + round(1e9 / capacity_hz)
                done[stamp] = free_ns
        return run_figures(rate_hz, sent, done)

    return measure, tried


@given(st.floats(1.5, 55.0))
def test_the_peak_is_what_the_node_can_do(capacity_hz):
    measure, tried = simulated(capacity_hz)
    plan = SearchPlan()
    best, runs = peak_rate(measure, plan)
    assert [run.wanted_hz for run in runs] == tried and len(tried) <= 10
    assert capacity_hz - plan.width_hz <= best.wanted_hz <= capacity_hz * 1.001
    assert best.missed_percent <= plan.most_missed_percent


def test_the_ends_of_the_search():
    best, runs = peak_rate(simulated(0.4)[0], SearchPlan())
    assert best is None and len(runs) == 1
    best, runs = peak_rate(simulated(1000.0)[0], SearchPlan())
    assert best.wanted_hz == SearchPlan().highest_hz and len(runs) == 2


def test_a_camera_that_cannot_send_so_fast_is_no_proof():
    def slow_camera(rate_hz):
        sent = [round(1e9 * k / min(rate_hz, 20.0)) for k in range(50)]
        return run_figures(rate_hz, sent, {stamp: stamp + MS for stamp in sent})

    best, _ = peak_rate(slow_camera, SearchPlan())
    assert 20.0 <= best.wanted_hz <= 20.0 / 0.95 + 0.5
