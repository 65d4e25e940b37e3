"""Point figures against sums done by hand."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics import points

SKY, PERSON = 0, 1


@pytest.fixture
def counts():
    """Image 0: 3 of 4 sky right. Image 1: 0 of 1 person. Image 2: 1 of 1 person. 3: nothing."""
    images = np.array([0, 0, 0, 0, 1, 2])
    kinds = np.array([SKY] * 4 + [PERSON] * 2)
    right = np.array([True, True, True, False, False, True])
    return points.tally(images, kinds, right, 4, 3)


def test_points_are_counted_per_image_and_kind(counts):
    assert counts.total.tolist() == [[4, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert counts.right.tolist() == [[3, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_figures(counts):
    assert points.value(counts, points.accuracy) == pytest.approx(4 / 6)
    assert points.value(counts, points.balanced) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert points.value(counts, points.recall(PERSON)) == pytest.approx(1 / 2)
    assert np.isnan(points.value(counts, points.recall(2)))
    assert points.chance(counts) == pytest.approx((4 / 6) ** 2 + (2 / 6) ** 2)


def test_interval_is_that_of_drawing_images(counts):
    low, high = points.interval(counts, points.recall(PERSON))
    # Of three images with points, drawn with replacement, 8 of 27 draws hold neither person:
    # of the others, 7 of 19 hold image 1 alone and 7 of 19 image 2 alone.
    assert (low, high) == (0.0, 1.0)
    assert points.interval(counts, points.recall(SKY)) == (0.75, 0.75)
    same = points.tally(np.arange(50), np.zeros(50, int), np.arange(50) % 2 == 0, 50, 1)
    low, high = points.interval(same, points.accuracy)
    deviation = 1.96 * np.sqrt(0.25 / 50)  # of a share of 0.5 of 50 images
    assert low == pytest.approx(0.5 - deviation, abs=0.02)
    assert high == pytest.approx(0.5 + deviation, abs=0.02)
    assert points.interval(same, points.accuracy) == (low, high)  # drawn with a fixed seed


def test_one_image_has_no_interval():
    counts = points.tally(np.zeros(9, int), np.zeros(9, int), np.arange(9) < 3, 4, 1)
    assert points.value(counts, points.accuracy) == pytest.approx(1 / 3)
    assert np.isnan(points.interval(counts, points.accuracy)).all()


def test_no_points_give_no_figure():
    empty = points.tally(np.zeros(0, int), np.zeros(0, int), np.zeros(0, bool), 3, 2)
    assert np.isnan(points.value(empty, points.accuracy))
    assert np.isnan(points.value(empty, points.balanced))
    assert np.isnan(points.interval(empty, points.accuracy)).all()
    assert np.isnan(points.chance(empty))


def test_groups_are_the_nineteen_classes_once_each():
    names = [name for group in points.GROUPS.values() for name in group]
    assert len(names) == len(set(names)) == 19


@pytest.mark.parametrize(
    ('images', 'kinds', 'right', 'words'),
    [
        ([0], [0, 1], [True], 'one image, kind and verdict each, got 1, 2 and 1'),
        ([2], [0], [True], 'image 2 is not one of 0 to 1'),
        ([0], [-1], [True], 'kind -1 is not one of 0 to 2'),
    ],
)
def test_points_must_fit(images, kinds, right, words):
    with pytest.raises(MetricsError, match=words):
        points.tally(np.array(images), np.array(kinds), np.array(right), 2, 3)
