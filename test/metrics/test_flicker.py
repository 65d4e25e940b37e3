"""Turning labels by a known rotation, and what still counts as flicker."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.metrics.flicker import flicker, turn_labels

SPHERE = PanoramaGeometry(32, 64)


def stripes():
    return np.broadcast_to(np.arange(64, dtype=np.uint8) // 8, (32, 64)).copy()


def test_a_turn_to_the_left_moves_labels_to_the_right():
    new_from_old = rotation_from_rpy_deg(0, 0, 90).T  # the camera turned left by 90 degrees
    assert np.array_equal(turn_labels(stripes(), SPHERE, new_from_old), np.roll(stripes(), 16, 1))


def test_known_rotation_is_no_flicker():
    rotation = rotation_from_rpy_deg(0, 0, -45)
    later = turn_labels(stripes(), SPHERE, rotation)
    assert flicker(stripes(), later, SPHERE, rotation).share == 0.0
    assert flicker(stripes(), later, SPHERE).share > 0.9


def test_only_changes_that_the_truth_does_not_explain_count():
    truth, later_truth, later = stripes(), stripes(), stripes()
    later_truth[:4] = 9  # something came
    later[:4] = 9
    later[10, 5:9] = 3  # nobody came
    found = flicker(stripes(), later, SPHERE, truths=(truth, later_truth))
    assert found == (4 - int((stripes()[10, 5:9] == 3).sum()), 28 * 64)


def test_beyond_the_border_nothing_is_known():
    band = PanoramaGeometry(16, 64, 45.0, -45.0)
    labels = np.zeros((16, 64), np.uint8)
    turned = turn_labels(labels, band, rotation_from_rpy_deg(0, 30, 0))
    assert (turned == 255).any() and (turned == 0).any()
    assert flicker(labels, labels, band, rotation_from_rpy_deg(0, 30, 0)).pixels < labels.size


def test_refusals():
    with pytest.raises(MetricsError, match='rotation'):
        flicker(stripes(), stripes(), SPHERE, np.ones((3, 3)))
    with pytest.raises(MetricsError, match='labels must be'):
        flicker(stripes(), stripes()[:4], SPHERE)
