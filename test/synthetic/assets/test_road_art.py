"""Shapes painted on roads: size, winding, and that words are read by the driver."""

import numpy as np
import pytest

from panoseg_ros.synthetic.assets import road_art


def area(quads):
    x, y = quads[..., 0], quads[..., 1]
    return 0.5 * (x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1)


@pytest.mark.parametrize('seed', range(30))
def test_art_lies_in_its_lane_and_faces_up(seed):
    art = road_art.random_road_art(np.random.default_rng(seed), 3.0)
    assert art.shape[1:] == (4, 2) and 1 < len(art) < 120
    assert np.abs(art[..., 1]).max() < 1.75 and np.abs(art[..., 0]).max() < 6.5
    assert (area(art) > 0.0).all()


def test_a_word_starts_on_the_drivers_left():
    letters = road_art.word('LT', 2.0, 0.4)
    foot = letters[:2].reshape(-1, 2)  # the L: its stem lies left of the T
    assert foot[:, 1].mean() > letters[2:].reshape(-1, 2)[:, 1].mean()
    assert np.ptp(letters[..., 0]) == pytest.approx(2.0, abs=0.2)


def test_an_arrow_turns_to_its_side():
    left, right = road_art.arrow(False, (1,)), road_art.arrow(False, (-1,))
    assert left[..., 1].max() > 0.9 and right[..., 1].min() < -0.9
    assert road_art.arrow(True, ())[..., 0].max() == pytest.approx(2.5)
