import numpy as np

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.training.augment import Picture
from panoseg_ros.training.augment.seams import seams

HEIGHT, WIDTH = 64, 256


def blocks():
    """Blocks of three classes, each in a grey of its own."""
    labels = np.random.default_rng(0).integers(0, 3, (8, 32)).repeat(8, 0).repeat(8, 1)
    return Picture(np.repeat((60 * labels)[..., None], 3, 2).astype(np.uint8), np.uint8(labels))


def test_labels_say_what_is_mostly_shown():
    unsure = 0
    for seed in range(20):
        image, labels, _ = seams(blocks(), np.random.default_rng(seed))
        known = labels != UNLABELLED
        assert (np.abs(image[..., 0] - 60.0 * labels)[known] <= 30).all()  # a quarter of 120
        unsure += (~known).sum()
    assert 0 < unsure / (20 * HEIGHT * WIDTH) < 0.05


def test_half_of_the_turn_stays():
    for seed in range(5):
        before = blocks()
        after = seams(before, np.random.default_rng(seed))
        assert (after.image == before.image).all((0, 2)).mean() >= 0.45
        assert after.labels.shape == before.labels.shape
