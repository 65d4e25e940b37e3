"""Reliability against a direct computation."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics.calibration import calibration_counts, reliability


def test_ece_equals_a_direct_computation():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 5, (40, 50)).astype(np.uint8)
    prediction = rng.integers(0, 5, (40, 50)).astype(np.uint8)
    confidence = rng.integers(0, 256, (40, 50)).astype(np.uint8)
    truth[:4] = 255
    curve = reliability(calibration_counts(truth, prediction, confidence), 10)
    known = truth != 255
    value, right = confidence[known] / 255.0, (truth == prediction)[known]
    which = np.clip(np.ceil(value * 10) - 1, 0, 9)
    expected = sum(
        (which == b).mean() * abs(value[which == b].mean() - right[which == b].mean())
        for b in range(10)
    )
    assert curve.ece == pytest.approx(expected)
    assert curve.pixels.sum() == known.sum()


def test_perfect_confidence_and_nothing():
    truth, full = np.zeros((3, 4), np.uint8), np.full((3, 4), 255, np.uint8)
    assert reliability(calibration_counts(truth, truth, full)).ece == 0.0
    assert np.isnan(reliability(np.zeros((256, 2), np.int64)).ece)


def test_refusals():
    truth = np.zeros((3, 4), np.uint8)
    with pytest.raises(MetricsError, match='confidence must be'):
        calibration_counts(truth, truth, np.zeros((3, 5), np.uint8))
    with pytest.raises(MetricsError, match='bins must be'):
        reliability(np.zeros((256, 2), np.int64), 0)
