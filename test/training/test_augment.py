import numpy as np
import pytest

from panoseg_ros.training import Augmentation
from panoseg_ros.training.augment import augment, mirror, recolour, yaw, zoom

STILL = Augmentation(flip=0, zoom=0, jitter=0, hue_deg=0, blur=0, noise=0)


@pytest.fixture
def pair():
    """An image whose red channel is its label, so that the two can be compared afterwards."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 19, (32, 64)).astype(np.uint8)
    return np.repeat(labels[..., None], 3, 2), labels


def test_yaw_is_exact_and_circular(pair):
    image, labels = yaw(*pair, 17)
    assert (image[..., 0] == labels).all()
    assert (labels[:, 17] == pair[1][:, 0]).all() and (labels[:, 0] == pair[1][:, -17]).all()


def test_mirror_moves_image_and_labels_alike(pair):
    image, labels = mirror(*pair)
    assert (image[..., 0] == labels).all() and (labels[:, 0] == pair[1][:, -1]).all()


def test_zoom_keeps_size_and_adds_no_label(pair):
    image, labels = zoom(*pair, 1.5, np.random.default_rng(0))
    assert image.shape == (32, 64, 3) and labels.shape == (32, 64)
    assert set(np.unique(labels)) <= set(np.unique(pair[1]))


def test_zoom_of_one_changes_nothing(pair):
    image, labels = zoom(*pair, 1.0, np.random.default_rng(0))
    assert (image == pair[0]).all() and (labels == pair[1]).all()


def test_all_switched_off_only_turns_the_camera(pair):
    image, labels = augment(*pair, STILL, np.random.default_rng(3))
    columns = int(np.random.default_rng(3).integers(64))
    assert (labels == np.roll(pair[1], columns, 1)).all()
    assert np.abs(image[..., 0].astype(int) - labels).max() <= 1


def test_same_generator_state_gives_the_same_variation(pair):
    how = Augmentation(blur=1, noise=1)
    first, again = (augment(*pair, how, np.random.default_rng(5)) for _ in range(2))
    assert (first[0] == again[0]).all() and (first[1] == again[1]).all()
    other = augment(*pair, how, np.random.default_rng(6))
    assert (first[0] != other[0]).any()


def test_turning_colours_keeps_grey_and_changes_red():
    how = Augmentation(jitter=0, hue_deg=60, blur=0, noise=0)
    grey = np.full((4, 4, 3), 90, np.uint8)
    red = np.zeros((4, 4, 3), np.uint8)
    red[..., 0] = 200
    rng = np.random.default_rng(1)
    assert np.abs(recolour(grey, how, rng).astype(int) - 90).max() <= 1
    assert recolour(red, how, rng)[..., 1:].max() > 20
