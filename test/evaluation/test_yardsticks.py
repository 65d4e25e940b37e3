import numpy as np
import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.yardsticks import TrivialClassifier, quarter_ceiling


def test_ceiling_of_large_areas_is_the_truth_up_to_their_borders():
    labels = np.zeros((64, 128), np.uint8)
    labels[32:] = 3
    labels[:, 64:96] = 1
    reached = quarter_ceiling(labels, 4)
    assert reached.dtype == np.uint8
    wrong = np.argwhere(reached != labels)
    assert len(wrong) < 0.05 * labels.size
    assert np.abs(wrong[:, 0] - 31.5).min() <= 2 or not len(wrong)


def test_ceiling_of_what_is_thinner_than_a_logit_is_nothing():
    labels = np.zeros((64, 128), np.uint8)
    labels[:, 50] = 1
    assert not np.any(quarter_ceiling(labels, 2))


def test_ceiling_knows_the_other_side_of_the_seam():
    labels = np.zeros((32, 64), np.uint8)
    labels[8:24, :6] = 1
    labels[8:24, -6:] = 1
    wrapped = quarter_ceiling(labels, 2, wrap_px=16)
    assert np.array_equal(wrapped[12:20, [0, 1, -2, -1]], np.ones((8, 4)))
    turned = quarter_ceiling(np.roll(labels, 32, axis=1), 2, wrap_px=16)
    assert np.mean(np.roll(turned, 32, axis=1) != wrapped) < 0.05


def test_unlabelled_pixels_count_for_no_class():
    labels = np.full((16, 16), 255, np.uint8)
    labels[:, 3::4] = 1
    assert np.all(quarter_ceiling(labels, 2) == 1)


@pytest.mark.parametrize(
    ('labels', 'message'),
    [(np.zeros((30, 64), np.uint8), 'got 64x30'), (np.full((8, 8), 7, np.uint8), 'id 7')],
)
def test_ceiling_refuses_what_does_not_fit(labels, message):
    with pytest.raises(DatasetError, match=message):
        quarter_ceiling(labels, 4)


def paint(labels, colors, random):
    noise = random.integers(-3, 4, (*labels.shape, 3))
    return np.clip(np.array(colors)[labels] + noise, 0, 255).astype(np.uint8)


def test_classifier_learns_color_and_elevation_and_nothing_else():
    random = np.random.default_rng(1)
    labels = np.zeros((32, 64), np.uint8)
    labels[16:] = 1  # same colour as class 0, told apart by elevation
    labels[:, 20:30] = 2  # its own colour
    colors = [(90, 90, 90), (90, 90, 90), (200, 40, 40)]
    samples = [(paint(labels, colors, random), labels, str(i)) for i in range(4)]
    trivial = TrivialClassifier.fit(samples, 3)
    found = trivial(paint(labels, colors, random))
    assert np.mean(found == labels) == 1.0
    moved = np.roll(labels, 7, axis=1)
    assert np.array_equal(trivial(paint(moved, colors, random)), moved)


def test_unseen_color_falls_back_on_its_neighbours_then_on_elevation():
    labels = np.zeros((32, 64), np.uint8)
    labels[16:] = 1
    image = np.full((32, 64, 3), 100, np.uint8)
    image[:, :8] = (250, 10, 10)
    labels[:, :8] = 2
    trivial = TrivialClassifier.fit([(image, labels, 'a')] * 10, 3)
    near_red = np.full((32, 64, 3), (225, 20, 20), np.uint8)
    green = np.full((32, 64, 3), (10, 250, 10), np.uint8)
    assert np.all(trivial(near_red) == 2)
    assert np.array_equal(np.unique(trivial(green)[:16]), [0])
    assert np.array_equal(np.unique(trivial(green)[16:]), [1])


def test_unlabelled_pixels_teach_nothing():
    image = np.zeros((32, 64, 3), np.uint8)
    labels = np.full((32, 64), 255, np.uint8)
    with pytest.raises(DatasetError, match='at least one labelled image'):
        TrivialClassifier.fit([(image, labels, 'a')], 3)
    labels[0, 0] = 1
    assert np.all(TrivialClassifier.fit([(image, labels, 'a')], 3)(image)[:2] == 1)
