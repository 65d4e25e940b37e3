import numpy as np
import pytest

from panoseg_ros import metrics
from panoseg_ros.evaluation import resampling


@pytest.fixture
def confusions():
    return np.random.default_rng(0).integers(0, 50, (12, 3, 3))


def test_figures_agree_with_the_metrics_room(confusions):
    confusions[:, 2] = 0  # class 2 never occurs
    pooled = confusions.sum(0)
    batch = confusions.astype(float)
    assert resampling.mean_iou()(pooled) == pytest.approx(metrics.mean_iou(pooled))
    assert resampling.mean_iou([1, 2])(pooled) == pytest.approx(metrics.mean_iou(pooled, [1, 2]))
    assert resampling.pixel_accuracy(pooled) == pytest.approx(metrics.pixel_accuracy(pooled))
    assert resampling.class_iou(0)(pooled) == pytest.approx(metrics.iou(pooled)[0])
    assert np.isnan(resampling.class_iou(2)(pooled))
    each = [metrics.mean_iou(one) for one in confusions]
    np.testing.assert_allclose(resampling.mean_iou()(batch), each)


def test_pictures_of_a_scene_are_added_up(confusions):
    scenes = ['b', 'a', 'a'] * 4
    sums = resampling.by_scene(confusions, scenes)
    assert sums.shape == (2, 3, 3)
    np.testing.assert_array_equal(sums[1], confusions[::3].sum(0))
    np.testing.assert_array_equal(sums.sum(0), confusions.sum(0))


def test_interval_has_the_width_that_theory_gives():
    counts = np.array([[turn % 2, 1] for turn in range(100)])
    found = resampling.estimate(counts, resampling.share)
    assert found.value == 0.5
    width = 1.96 * np.sqrt(0.25 / 100)
    assert found.low == pytest.approx(0.5 - width, abs=0.02)
    assert found.high == pytest.approx(0.5 + width, abs=0.02)


def test_alike_pictures_of_one_scene_do_not_narrow_the_interval():
    one = np.array([[turn % 2, 1] for turn in range(20)])
    four = np.repeat(one, 4, 0)
    scenes = [str(index // 4) for index in range(80)]
    first = resampling.estimate(one, resampling.share)
    second = resampling.estimate(resampling.by_scene(four, scenes), resampling.share)
    # Scenes are sorted by name, so the drawings differ a little.
    assert second.high - second.low == pytest.approx(first.high - first.low, abs=0.06)
    naive = resampling.estimate(four, resampling.share)
    assert naive.high - naive.low < 0.7 * (second.high - second.low)


def test_paired_gain_is_surer_than_two_intervals():
    rng = np.random.default_rng(1)
    hard = rng.uniform(0.1, 0.9, 60)
    first = np.stack([1000 * hard, np.full(60, 1000)], -1).astype(int)
    second = first + np.array([20, 0])
    gain = resampling.estimate_gains([first], [second], [resampling.share])[0]
    assert gain.value == pytest.approx(0.02)
    assert gain.low == pytest.approx(0.02, abs=1e-9) and gain.high == pytest.approx(0.02, abs=1e-9)
    alone = resampling.estimate(first, resampling.share)
    assert alone.high - alone.low > 0.05


def test_gain_of_several_runs_is_that_of_their_means():
    low, high = (np.array([[share, 100]] * 5) for share in (40, 60))
    gain = resampling.estimate_gains([low, high], [high, high, high], [resampling.share])[0]
    assert gain == pytest.approx((0.1, 0.1, 0.1))


def test_one_scene_has_no_interval():
    found = resampling.estimate(np.array([[3, 4]]), resampling.share)
    assert found.value == 0.75 and np.isnan(found.low) and found.span() == '-'
    assert resampling.Estimate(0.5, 0.25, 0.75).span('+.2f') == '+0.25 to +0.75'


def test_nothing_gives_no_figure():
    none = resampling.estimate(np.zeros((0, 2), int), resampling.share)
    assert np.isnan(none).all()
    empty = resampling.estimate(np.zeros((3, 2), int), resampling.share)
    assert np.isnan(empty).all()
