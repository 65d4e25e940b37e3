"""Weather: every kind can be drawn and has what its name says."""

import math

import numpy as np
import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.rendering.sky import WEATHERS, random_sky


def skies(weather, count=40):
    return [random_sky(np.random.default_rng(seed), weather) for seed in range(count)]


@pytest.mark.parametrize('weather', WEATHERS)
def test_a_weather_asked_for_is_drawn_with_finite_light(weather):
    for sky in skies(weather):
        assert sky.weather == weather
        for column in sky[:6]:
            assert column.dtype == np.float32
            assert np.isfinite(column).all()
        assert np.linalg.norm(sky.sun_direction) == pytest.approx(1.0, abs=1e-5)
        assert sky.sun_direction[2] > 0


def test_weathers_come_in_their_shares():
    drawn = [random_sky(np.random.default_rng(seed)).weather for seed in range(2000)]
    shares = [drawn.count(name) / 2000 for name in WEATHERS]
    np.testing.assert_allclose(shares, [0.2, 0.2, 0.15, 0.12, 0.13, 0.08, 0.12], atol=0.03)


def test_fog_lets_one_see_15_to_150_m():
    sight = [3.912 / sky.haze_per_m for sky in skies('fog')]
    assert 15 <= min(sight) < 30
    assert 80 < max(sight) <= 150
    assert all(math.isfinite(sky.fog_top_m) for sky in skies('fog'))


def test_only_the_weathers_of_the_dark_light_lamps_and_rain_wets():
    for weather in WEATHERS:
        assert all((s.night > 0) == (weather in ('dusk', 'night')) for s in skies(weather, 9))
    assert all(sky.wet >= 0.5 for sky in skies('rain'))
    day = min(sky.ambient.mean() for sky in skies('overcast'))
    assert max(sky.ambient.mean() for sky in skies('night')) < 0.2 * day


def test_an_unknown_weather_is_refused():
    with pytest.raises(SyntheticError, match="unknown weather 'hail', expected clear"):
        random_sky(np.random.default_rng(0), 'hail')
