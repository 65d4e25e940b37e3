"""Percentiles and drops."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics.latency import latency


def test_percentiles_and_drops():
    found = latency(list(range(101)), 99)
    assert (found.p50_ms, found.p95_ms, found.max_ms, found.frames) == (50, 95, 100, 101)
    assert found.drop_share == pytest.approx(0.495)


def test_nothing_and_refusals():
    assert np.isnan(latency([]).p50_ms) and np.isnan(latency([]).drop_share)
    for times in ([-1.0], [float('nan')]):
        with pytest.raises(MetricsError, match='finite'):
            latency(times)
