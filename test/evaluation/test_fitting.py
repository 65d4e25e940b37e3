from dataclasses import replace

import numpy as np
import pytest

from panoseg_ros.bundles import InputSpec, load_bundle
from panoseg_ros.datasets import Projection
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.fitting import Fitter, for_projection


def test_values_are_picked_and_images_averaged():
    fitter = Fitter(Projection('panorama', 90.0, -90.0), InputSpec(16, 32))
    labels = np.random.default_rng(0).choice(np.array([0, 13, 255], np.uint8), (64, 128))
    assert fitter.labels(labels).shape == (16, 32)
    assert set(np.unique(fitter.labels(labels))) <= {0, 13, 255}
    checks = (np.indices((64, 128)).sum(0) % 2 * 200).astype(np.uint8)
    image = fitter.image(np.repeat(checks[..., None], 3, -1), 'x')
    assert image.shape == (16, 32, 3) and np.abs(image.astype(int) - 100).max() <= 1
    numbers = np.full((64, 128), 60_000, np.uint16)
    assert (fitter.numbers(numbers) == 60_000).all()


def test_a_band_is_filled_up_black_and_unlabelled():
    fitter = Fitter(Projection('panorama', 45.0, -45.0), InputSpec(16, 32))
    image = fitter.image(np.full((20, 80, 3), 9, np.uint8), 'x')
    labels = fitter.labels(np.zeros((20, 80), np.uint8))
    assert not image[:4].any() and not image[12:].any() and (image[4:12] == 9).all()
    assert (labels[:4] == 255).all() and (labels[4:12] == 0).all()
    assert not fitter.numbers(np.ones((20, 80), np.uint16))[:4].any()


@pytest.mark.parametrize(
    'projection', [Projection('pinhole', hfov_deg=70), Projection('panorama')]
)
def test_what_cannot_be_placed_must_have_the_shape_of_the_input(projection):
    fitter = Fitter(projection, InputSpec(16, 32))
    assert fitter.image(np.zeros((100, 200, 3), np.uint8), 'x').shape == (16, 32, 3)
    with pytest.raises(DatasetError, match=r'photo: the image is 200x150 .* the input, 32x16'):
        fitter.image(np.zeros((150, 200, 3), np.uint8), 'photo')


def test_only_panoramas_have_a_margin(make_bundle):
    bundle = load_bundle(make_bundle())
    bundle = replace(bundle, input=replace(bundle.input, wrap_px=8))
    assert for_projection(bundle, Projection('panorama')) is bundle
    assert for_projection(bundle, Projection('pinhole')).input.wrap_px == 0
