"""Disagreement at the cuts of a panorama, on labels whose answer is known."""

import tracemalloc

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics.seam import SeamCounts, pooled, seam_counts, seam_gain


def labels_with(columns, height=4, width=64):
    labels = np.zeros((height, width), np.uint8)
    labels[:, columns] = 7
    return labels


@pytest.mark.parametrize(
    ('columns', 'seam', 'interior'),
    [
        ([], 0.0, 0.0),
        ([0, 63], 2 / 16, 0.0),  # either side of the picture's own border
        ([31, 32], 2 / 16, 0.0),  # either side of the turned picture's border
        ([3, 28, 35, 60], 4 / 16, 0.0),  # the outermost columns of the bands
        ([4, 27, 36, 59], 0.0, 0.0),  # just outside them
        ([12, 19, 44, 51], 0.0, 4 / 16),
        (list(range(64)), 1.0, 1.0),
    ],
)
def test_each_column_counts_where_it_lies(columns, seam, interior):
    counts = seam_counts(labels_with([]), labels_with(columns), 4)
    assert (counts.seam, counts.interior) == (seam, interior)
    assert counts.seam_pixels == counts.interior_pixels == 4 * 16


def test_counts_do_not_care_which_run_comes_first():
    random = np.random.default_rng(0)
    first, second = random.integers(0, 3, (2, 8, 32)).astype(np.uint8)
    assert seam_counts(first, second, 3) == seam_counts(second, first, 3)


def test_pooling_weighs_panoramas_by_their_pixels():
    both = pooled([SeamCounts(1, 10, 0, 10), SeamCounts(0, 30, 6, 30)])
    assert both == SeamCounts(1, 40, 6, 40)
    assert both.seam == 1 / 40
    assert np.isnan(pooled([]).seam)


def test_gain_is_the_difference_of_pooled_shares_with_its_spread():
    without = [SeamCounts(n, 100, 0, 100) for n in (10, 20, 30)]
    better = [SeamCounts(n, 100, 0, 100) for n in (5, 15, 25)]
    mean, low, high = seam_gain(without, better)
    assert mean == pytest.approx(0.05)
    assert low == pytest.approx(0.05) and high == pytest.approx(0.05)  # the same everywhere
    mean, low, high = seam_gain(without, without[::-1])
    assert mean == 0.0 and low < 0.0 < high
    assert seam_gain(without, without[::-1]) == (mean, low, high)


@pytest.mark.parametrize(
    ('first', 'second', 'band', 'words'),
    [
        ((4, 64), (4, 32), 4, r'\(4, 64\) and \(4, 32\)'),
        ((64,), (64,), 4, r'\(64,\)'),
        ((4, 64), (4, 64), 9, 'width 64 and band_px 9'),
        ((4, 64), (4, 64), 0, 'band_px 0'),
        ((4, 62), (4, 62), 4, 'width 62'),
    ],
)
def test_arrays_that_do_not_fit_are_refused(first, second, band, words):
    with pytest.raises(MetricsError, match=words):
        seam_counts(np.zeros(first, np.uint8), np.zeros(second, np.uint8), band)


def test_unpaired_counts_are_refused():
    with pytest.raises(MetricsError, match='1 without and 0 with'):
        seam_gain([SeamCounts()], [])


def test_many_panoramas_are_resampled_in_little_memory():
    counts = [SeamCounts(n % 50, 100, 0, 100) for n in range(3000)]
    tracemalloc.start()
    mean, low, high = seam_gain(counts, [SeamCounts(0, 100, 0, 100)] * 3000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert mean == pytest.approx(0.245)
    assert low < mean < high
    assert peak < 600e6


def test_one_panorama_has_no_interval():
    mean, low, high = seam_gain([SeamCounts(2, 100, 0, 100)], [SeamCounts(1, 100, 0, 100)])
    assert mean == pytest.approx(0.01) and np.isnan([low, high]).all()
