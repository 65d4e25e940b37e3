"""Draws: as likely as they should be, and as reproducible as their source."""

import numpy as np

from panoseg_ros.synthetic.chance import any_yaw, pick, weighted


def test_every_item_is_picked_about_as_often():
    rng = np.random.default_rng(0)
    drawn = [pick(rng, 'abc') for _ in range(3000)]
    assert all(900 < drawn.count(item) < 1100 for item in 'abc')


def test_shares_are_probabilities_and_any_key_will_do():
    rng = np.random.default_rng(0)
    shares = {len: 0.7, 'word': 0.3, None: 0.0}
    drawn = [weighted(rng, shares) for _ in range(2000)]
    assert 1300 < drawn.count(len) < 1500
    assert drawn.count(None) == 0


def test_a_source_gives_the_same_draws_again():
    def draws():
        rng = np.random.default_rng(4)
        return [any_yaw(rng), pick(rng, range(99)), weighted(rng, {1: 0.5, 2: 0.5})]

    assert draws() == draws()
    assert draws()[0] != any_yaw(np.random.default_rng(5))


def test_yaws_go_all_the_way_round():
    rng = np.random.default_rng(0)
    yaws = np.array([any_yaw(rng) for _ in range(1000)])
    counts, _ = np.histogram(yaws, np.linspace(0.0, 2 * np.pi, 9))
    assert counts.sum() == 1000 and counts.min() > 80
