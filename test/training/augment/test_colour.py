import numpy as np
import pytest

from panoseg_ros.training import Augmentation
from panoseg_ros.training.augment import colour

OFF = Augmentation(jitter=0, hue_deg=0, blur=0, noise=0)
GREY = np.full((16, 32, 3), 90, np.uint8)


def test_turning_colours_keeps_grey_and_changes_red():
    how = Augmentation(jitter=0, hue_deg=60, blur=0, noise=0)
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    found = []
    for seed in range(5):
        grey = colour.recolour(GREY, how, np.random.default_rng(seed))
        assert np.abs(grey.astype(int) - 90).max() <= 1
        found.append(colour.recolour(red, how, np.random.default_rng(seed))[..., 1:].max())
    assert max(found) > 60


def test_a_turn_by_a_third_moves_red_to_green():
    matrix = colour.hue_matrix(np.deg2rad(120), 1.0)
    assert np.allclose(matrix @ [1, 0, 0], [0, 1, 0])
    assert np.allclose(colour.hue_matrix(0.7, 0.0) @ [1, 0, 0], 1 / 3)


def test_nothing_asked_for_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (8, 16, 3)).astype(np.uint8)
    assert (colour.recolour(image, OFF, np.random.default_rng(0)) == image).all()
    assert colour.degrade(image, OFF, np.random.default_rng(0)) is image


def test_gamma_keeps_black_and_white():
    image = np.repeat(np.array([0, 128, 255], np.uint8), 3).reshape(1, 3, 3)
    how = Augmentation(jitter=0, hue_deg=0, gamma=1.0)
    middles = []
    for seed in range(5):
        found = colour.recolour(image, how, np.random.default_rng(seed))
        assert (found[0, 0] == 0).all() and (found[0, 2] == 255).all()
        middles.append(int(found[0, 1, 0]))
    assert min(middles) < 100 and max(middles) > 150


def test_lenses_differ_by_columns_only():
    seeds = [colour.unequal_lenses(GREY, np.random.default_rng(seed)) for seed in range(6)]
    assert all((image == image[:1]).all() for image in seeds)
    assert max(np.ptp(image[0, :, 0].astype(int)) for image in seeds) > 15


def test_grain_has_the_strength_that_was_asked_for():
    image = np.full((64, 128, 3), 128, np.uint8)
    noise = colour.grain(image, 8.0, np.random.default_rng(0)).astype(float) - 128
    assert noise.std() == pytest.approx(8.0, rel=0.05) and abs(noise.mean()) < 0.7
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.2


def test_jpeg_of_low_quality_loses_more():
    image = np.random.default_rng(0).integers(0, 256, (32, 64, 3)).astype(np.uint8)
    low, high = (
        np.abs(colour.recompressed(image, quality).astype(int) - image).mean()
        for quality in (20, 95)
    )
    assert low > high > 0
