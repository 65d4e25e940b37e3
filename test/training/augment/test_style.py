import cv2
import numpy as np
import pytest

from panoseg_ros.training.augment import style
from panoseg_ros.training.augment.cover import cover


@pytest.fixture
def street():
    """Blue above grey, with a dark square."""
    image = np.empty((64, 128, 3), np.uint8)
    image[:32], image[32:] = (120, 160, 230), (110, 110, 105)
    image[20:44, 50:70] = (40, 30, 20)
    return image


@pytest.fixture
def sunset():
    image = np.random.default_rng(0).integers(0, 80, (64, 128, 3))
    return (image + np.array([170, 60, 20])).clip(0, 255).astype(np.uint8)


def edges(image):
    return np.abs(cv2.Laplacian(image.mean(-1).astype(np.float32), cv2.CV_32F))


def test_statistics_take_over_mean_and_spread(street, sunset):
    found = cv2.cvtColor(style.statistics(street, sunset), cv2.COLOR_RGB2LAB)
    wanted = cv2.cvtColor(sunset, cv2.COLOR_RGB2LAB)
    assert np.abs(found.mean((0, 1)) - wanted.mean((0, 1))).max() < 8


def test_spectrum_takes_over_the_mean_and_keeps_the_edges(street, sunset):
    found = style.spectrum(street, sunset, np.random.default_rng(0))
    assert np.abs(found.mean((0, 1)) - sunset.mean((0, 1))).max() < 12
    assert np.corrcoef(edges(found).ravel(), edges(street).ravel())[0, 1] > 0.8


def test_spectrum_of_itself_changes_nothing(street):
    assert (
        np.abs(style.spectrum(street, street, np.random.default_rng(0)) - 1.0 * street).max() <= 1
    )


def test_filter_keeps_mean_and_spread_of_what_is_not_clipped(street):
    for seed in range(5):
        found = style.filtered(street, np.random.default_rng(seed))
        assert np.abs(found.mean((0, 1)) - street.mean((0, 1))).max() < 12


def test_painting_uses_few_tones(street):
    found = style.painted(street, np.random.default_rng(3))
    assert len(np.unique(found.reshape(-1, 3), axis=0)) < 60


def test_light_differs_over_the_picture(street):
    flat = np.full_like(street, 100)
    assert style.lit(flat, np.random.default_rng(0)).std() > 5


def test_only_the_chosen_classes_are_repainted(street):
    labels = np.zeros((64, 128), np.uint8)
    labels[32:], labels[:, :10] = 7, 255
    for seed in range(6):
        found = style.repainted(street, labels, np.random.default_rng(seed))
        assert (found[labels == 255] == street[labels == 255]).all()
    nothing = np.full_like(labels, 255)
    assert (style.repainted(street, nothing, np.random.default_rng(0)) == street).all()


def test_styles_ask_for_other_pictures_now_and_then(street, sunset):
    asked = []
    for seed in range(20):
        labels = np.zeros((64, 128), np.uint8)
        style.restyle(
            street, labels, np.random.default_rng(seed), lambda: asked.append(1) or sunset
        )
    assert 1 < len(asked) < 20


def test_covered_pixels_are_unlabelled_and_others_untouched(street):
    labels = np.ones((64, 128), np.uint8)
    image, hidden = cover(street, labels, np.random.default_rng(2))
    assert 0 < (hidden == 255).mean() < 0.3
    assert (image[hidden == 1] == street[hidden == 1]).all()
    assert (labels == 1).all()
