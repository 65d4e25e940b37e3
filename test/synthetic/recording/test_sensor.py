"""The camera's electronics: monotonic, bounded, reproducible."""

import numpy as np
import pytest

from panoseg_ros.synthetic.recording.sensor import (
    auto_exposure,
    clean_sensor,
    develop,
    random_sensor,
)

RAMP = np.repeat(np.geomspace(0.01, 10, 64, dtype=np.float32)[None, :, None], 32, 0).repeat(3, 2)

SOFT = np.sqrt(RAMP)


def test_more_light_is_never_darker():
    sensor = clean_sensor()._replace(noise=0.0, blur_px=0.0)
    image = develop(RAMP, sensor, np.random.default_rng(0), 1.0)
    assert image.shape == (32, 64, 3)
    assert (np.diff(image[16, :, 1].astype(int)) >= -2).all()  # jpeg may ripple a little
    assert image[16, 0, 1] < 40
    assert image[16, -1, 1] > 220


def test_exposure_brings_any_daylight_to_the_same_grey_and_leaves_night_darker():
    rng = np.random.default_rng(0)
    dim, day, glare = (
        develop(SOFT * gain, clean_sensor(), rng, auto_exposure(SOFT * gain)).mean()
        for gain in (0.05, 2.0, 20.0)
    )
    assert abs(day - glare) < 3
    assert 10 < day - dim < 60


def test_exposure_keeps_a_lamp_from_burning_out_a_dark_picture():
    night = np.full((50, 50, 3), 0.004, np.float32)
    night[:5] = 3.0  # a tenth of the picture is a wall beside a lamp
    assert 3.0 * auto_exposure(night) < 3.1


def test_darkness_has_an_exposure():
    assert auto_exposure(np.zeros((4, 4, 3), np.float32)) == 1.0


@pytest.mark.parametrize('seed', range(5))
def test_same_seed_same_picture(seed):
    def picture():
        rng = np.random.default_rng(seed)
        return develop(RAMP, random_sensor(rng), rng, 1.0)

    assert np.array_equal(picture(), picture())
