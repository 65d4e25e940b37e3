import math

import pytest

from panoseg_ros.ros.demo.statistics import (
    Counters,
    Statistics,
    longest_gap_ns,
    missing_percent,
    percentile,
)
from panoseg_ros.streams.stamps import NS_PER_S

MS = 1_000_000


def test_percentiles_are_values_that_occurred():
    values = [float(v) for v in range(1, 101)]
    assert [percentile(values, p) for p in (50, 95, 99, 100, 0)] == [50, 95, 99, 100, 1]
    assert percentile([7.0], 99.0) == 7.0
    assert percentile([1.0, 9.0], 95.0) == 9.0
    assert math.isnan(percentile([], 50.0))


def test_the_gap_counts_from_the_start_and_to_the_end():
    assert longest_gap_ns([20, 30, 70], 10, 80) == 40
    assert longest_gap_ns([20, 30], 10, 90) == 60
    assert longest_gap_ns([60, 70], 10, 80) == 50
    assert longest_gap_ns([], 10, 80) == 70


def test_lost_and_skipped_between_the_reports_of_the_span():
    sent = [k * 100 for k in range(100)]
    reports = [Counters(k * 1000 + 50, k * 9, k * 2) for k in range(10)]
    lost, skipped = missing_percent(sent, reports, 900, 8200)
    assert lost == pytest.approx(10.0)
    assert skipped == pytest.approx(20.0)


def test_more_arrived_than_sent_is_no_negative_loss():
    lost, skipped = missing_percent([10, 20], [Counters(5, 0, 0), Counters(25, 3, 1)], 0, 30)
    assert (lost, skipped) == (0.0, 50.0)


def test_one_report_says_nothing_about_loss():
    assert all(map(math.isnan, missing_percent([10], [Counters(5, 0, 0)], 0, 30)))
    assert all(map(math.isnan, missing_percent([], [Counters(5, 0, 0)] * 2, 0, 30)))


def test_figures_of_a_steady_run():
    statistics = Statistics()
    for k in range(150):
        statistics.on_sent(k * 100 * MS)
        if k % 2 == 0:
            statistics.on_costmap(k * 100 * MS, k * 100 * MS + 80 * MS)
    for second in range(16):
        statistics.on_counters(Counters(second * NS_PER_S - MS, second * 10, second * 5))
    figures = statistics.figures(5 * NS_PER_S, 15 * NS_PER_S)
    assert figures.seconds == 10.0
    assert (figures.sent, figures.costmaps) == (100, 50)
    assert (figures.input_hz, figures.output_hz) == (10.0, 5.0)
    assert figures.latency_p50_ms == figures.latency_p99_ms == 80.0
    assert figures.longest_gap_ms == 200.0
    assert (figures.lost_percent, figures.skipped_percent) == (0.0, 50.0)


def test_costmaps_of_a_blind_node_do_not_count():
    statistics = Statistics()
    statistics.on_sent(100)
    statistics.on_costmap(100, 150)
    statistics.on_costmap(777, 778)
    assert statistics.figures(0, 1000).costmaps == 1


def test_nothing_measured_is_nan():
    figures = Statistics().figures(0, NS_PER_S)
    assert math.isnan(figures.latency_p50_ms)
    assert (figures.sent, figures.longest_gap_ms) == (0, 1000.0)
