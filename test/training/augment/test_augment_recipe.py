from dataclasses import fields, replace

import numpy as np
import pytest

from panoseg_ros.training import Augmentation
from panoseg_ros.training.augment import Picture, augment
from panoseg_ros.training.config import PROBABILITIES

STILL = Augmentation(
    **{field.name: 0 for field in fields(Augmentation) if field.name != 'zoom_max'}
)
ALL = replace(Augmentation(gamma=0.3), **dict.fromkeys(PROBABILITIES, 1.0))


@pytest.fixture
def picture():
    """Blocks of three classes, each in a grey of its own."""
    labels = np.random.default_rng(0).integers(0, 3, (8, 16)).repeat(8, 0).repeat(8, 1)
    grey = np.repeat((60 + 60 * labels)[..., None], 3, 2)
    return Picture(grey.astype(np.uint8), labels.astype(np.uint8))


def varied(picture, how, seed=0):
    return augment(picture, how, np.random.default_rng(seed), lambda: picture)


def test_all_switched_off_only_turns_the_camera(picture):
    image, labels, _ = varied(picture, STILL, 3)
    rolls = [c for c in range(128) if (np.roll(picture.labels, c, 1) == labels).all()]
    assert rolls
    assert (image == 60 + 60 * labels[..., None]).all()


def test_perspective_pictures_are_not_turned(picture):
    flat = picture._replace(aspect=2.0)
    for seed in range(4):
        image, labels, aspect = varied(flat, replace(STILL, tilt=1.0), seed)
        assert (labels == flat.labels).all() and (image == flat.image).all() and aspect == 2.0
    assert varied(flat, replace(STILL, project=1.0)).is_panorama


@pytest.mark.parametrize('name', [*PROBABILITIES, 'jitter', 'hue_deg', 'gamma'])
def test_every_variation_repeats_and_leaves_its_input_alone(picture, name):
    strength = 40.0 if name == 'hue_deg' else 1.0
    how = replace(STILL, tilt_deg=15.0, **{name: strength})
    before = picture.image.copy(), picture.labels.copy()
    given = picture._replace(aspect=1.5) if name == 'project' else picture
    changed = 0
    for seed in range(3):
        first, again = varied(given, how, seed), varied(given, how, seed)
        assert (first.image == again.image).all() and (first.labels == again.labels).all()
        assert first.image.shape == picture.image.shape and first.image.dtype == np.uint8
        assert set(np.unique(first.labels)) <= {0, 1, 2, 255}
        plain = varied(given, STILL, seed)
        changed += (first.image != plain.image).any() or (first.labels != plain.labels).any()
    assert (picture.image == before[0]).all() and (picture.labels == before[1]).all()
    assert changed or name == 'hue_deg'  # greys have no hue


def test_looks_do_not_move_the_labels(picture):
    looks = dict.fromkeys(('style', 'lenses', 'blur', 'noise', 'jpeg', 'jitter', 'gamma'), 1.0)
    for seed in range(8):
        labels = varied(picture, replace(STILL, hue_deg=90.0, **looks), seed).labels
        assert any((np.roll(picture.labels, c, 1) == labels).all() for c in range(128))


def test_read_only_pictures_of_any_size_can_be_varied(picture):
    picture.image.setflags(write=False)
    picture.labels.setflags(write=False)
    for size in ((32, 64), (40, 80), (33, 67)):
        small = Picture(picture.image[: size[0], : size[1]], picture.labels[: size[0], : size[1]])
        for seed in range(6):
            image, labels, _ = varied(small, ALL, seed)
            assert image.shape == (*size, 3) and labels.shape == size
            assert image.flags.c_contiguous and labels.flags.c_contiguous
