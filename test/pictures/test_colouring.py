"""Class colours against plain NumPy."""

import numpy as np
import pytest

from panoseg_ros.labels import load_label_set
from panoseg_ros.pictures.colouring import overlay, paint

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 256, (30, 50, 3), np.uint8)
LABELS = RNG.integers(0, 20, (30, 50)).astype(np.uint8)
LABELS[LABELS == 19] = 255
PALETTE = RNG.integers(0, 256, (256, 3), np.uint8)


@pytest.mark.parametrize('alpha', [0.0, 0.3, 0.5, 0.87, 1.0])
def test_an_overlay_is_the_rounded_mixture(alpha):
    found = overlay(IMAGE, LABELS, PALETTE, alpha)
    exact = (1.0 - alpha) * IMAGE + alpha * PALETTE[LABELS]
    exact[LABELS == 255] = IMAGE[LABELS == 255]
    assert found.dtype == np.uint8 and found.shape == IMAGE.shape
    assert np.abs(found - exact).max() < 0.51


def test_unlabelled_pixels_stay_and_the_ends_are_exact():
    assert np.array_equal(overlay(IMAGE, LABELS, PALETTE, 0.0), IMAGE)
    found, unlabelled = overlay(IMAGE, LABELS, PALETTE, 1.0), LABELS == 255
    assert np.array_equal(found[unlabelled], IMAGE[unlabelled])
    assert np.array_equal(found[~unlabelled], PALETTE[LABELS][~unlabelled])


def test_writes_where_it_is_told_even_over_the_image():
    expected, out = overlay(IMAGE, LABELS, PALETTE, 0.5), IMAGE.copy()
    assert overlay(out, LABELS, PALETTE, 0.5, out) is out
    assert np.array_equal(out, expected)
    assert np.array_equal(overlay(IMAGE, LABELS, PALETTE, 0.5, out[1:].copy()), expected)


def test_takes_arrays_that_are_read_only_or_not_tight():
    image, labels = IMAGE[::-1, ::2], LABELS[::-1, ::2]
    expected = overlay(image.copy(), labels.copy(), PALETTE, 0.5)
    for array in (IMAGE, LABELS):
        array.setflags(write=False)
    assert np.array_equal(overlay(image, labels, PALETTE, 0.5), expected)


def test_labels_get_the_colours_of_their_palette():
    assert np.array_equal(paint(LABELS, PALETTE), PALETTE[LABELS])
    assert np.array_equal(paint(LABELS.T, PALETTE), PALETTE[LABELS.T])
    palette = load_label_set('cityscapes19').palette()
    assert paint(np.array([[0, 255]], np.uint8), palette).tolist() == [[[128, 64, 128], [0, 0, 0]]]
