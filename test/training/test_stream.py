import numpy as np
import pytest

from panoseg_ros.training.stream import RAREST, Stream, picture_weights


def test_each_sample_comes_once_per_round_and_the_stream_can_be_entered_anywhere():
    whole = Stream(5, seed=3).indices(0, 15)
    assert [sorted(whole[i : i + 5]) for i in (0, 5, 10)] == [[0, 1, 2, 3, 4]] * 3
    assert len({tuple(whole[i : i + 5]) for i in (0, 5, 10)}) > 1
    assert Stream(5, seed=3).indices(7, 4) == whole[7:11]
    assert Stream(5, seed=4).indices(0, 15) != whole


def test_weighted_rounds_hold_each_sample_within_one_draw_of_its_share():
    weights = np.array([1.0, 1, 1, 3, 0.5, 3.5])
    stream = Stream(6, 0, weights)
    rounds = np.array([np.bincount(stream.indices(6 * r, 6), minlength=6) for r in range(200)])
    share = 6 * weights / weights.sum()
    assert (np.abs(rounds - share) < 1).all()
    assert np.allclose(rounds.mean(0), share, atol=0.1)
    assert Stream(6, 0, weights).indices(13, 20) == stream.indices(13, 20)


def test_shards_of_two_devices_are_disjoint():
    stream = Stream(8, 1)
    first, second = stream.indices(0, 4), stream.indices(4, 4)
    assert sorted(first + second) == list(range(8))


def test_pictures_with_rare_classes_weigh_more():
    counts = np.array([[1000, 0, 0]] * 7 + [[900, 100, 0], [999, 0.2, 0.8], [500, 0, 500]])
    counts = (10 * counts).astype(np.int64)
    weights = picture_weights(counts, 0.5)
    assert np.allclose(weights[:7], 1.0)
    assert weights[7] == pytest.approx(np.sqrt(10))
    assert weights[9] == pytest.approx(np.sqrt(5))  # two pictures hold class 2
    assert weights[8] == weights[9]  # 8 of 10000 pixels count as held, 2 do not
    assert picture_weights(counts, 0.0) is None


def test_no_picture_weighs_without_bound():
    counts = np.zeros((100, 2), np.int64)
    counts[:, 0], counts[3, 1] = 50, 50
    assert picture_weights(counts, 1.0).max() == RAREST


def test_data_sets_get_their_shares():
    counts = np.ones((10, 2), np.int64)
    weights = picture_weights(counts, 0.0, parts=(8, 2), shares=(1.0, 3.0))
    assert weights[:8].sum() / weights.sum() == pytest.approx(0.25)
    drawn = Stream(10, 0, weights).indices(0, 1000)
    assert np.mean(np.array(drawn) < 8) == pytest.approx(0.25, abs=0.02)
