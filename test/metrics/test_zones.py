"""Counting by zone: sums, weights, the seam, refusals, and an independent library."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.metrics import confusion_matrix, mean_iou
from panoseg_ros.metrics.zones import count_zones


def labels(seed, shape=(60, 128), classes=19):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, shape).astype(np.uint8)
    prediction = np.where(rng.random(shape) < 0.6, truth, rng.integers(0, classes, shape))
    truth[rng.random(shape) < 0.1] = 255
    return truth, prediction.astype(np.uint8)


def test_zones_sum_to_the_plain_matrix():
    truth, prediction = labels(0)
    counts = count_zones(truth, prediction, 19, PanoramaGeometry(60, 128))
    expected = confusion_matrix(truth, prediction, 19)
    assert np.array_equal(counts.confusion, expected)
    flat = count_zones(truth, prediction, 19)
    assert np.array_equal(flat.confusion, expected) and np.allclose(flat.spherical, expected)


def test_zones_hold_what_lies_in_them():
    truth, prediction = labels(1)
    zones = count_zones(truth, prediction, 19, PanoramaGeometry(60, 128), band_px=5).zones
    near = np.zeros(128, bool)
    near[[0, 1, 2, 3, 4, -1, -2, -3, -4, -5]] = True
    for band, rows in enumerate((range(10), range(10, 20), range(20, 40), range(40, 50))):
        part = np.ix_(list(rows), np.flatnonzero(near))
        expected = confusion_matrix(truth[part], prediction[part], 19)
        assert np.array_equal(zones[band, 1], expected)
        assert zones[band, 0].sum() > 0


def test_spherical_counts_follow_the_solid_angle():
    geometry = PanoramaGeometry(60, 128, 40.0, -20.0)
    truth, prediction = labels(2)
    weight = np.cos(np.deg2rad(40.0 - (np.arange(60) + 0.5)))[:, None]
    spherical = count_zones(truth, prediction, 19, geometry).spherical
    for i, j in ((0, 0), (3, 7), (18, 18)):
        expected = (weight * ((truth == i) & (prediction == j))).sum()
        assert spherical[i, j] == pytest.approx(expected)


@pytest.mark.parametrize(
    ('truth', 'prediction', 'words'),
    [
        (np.full((2, 4), 20, np.uint8), np.zeros((2, 4), np.uint8), 'truth holds id 20'),
        (np.zeros((2, 4), np.uint8), np.full((2, 4), 255, np.uint8), 'prediction holds id 255'),
        (np.zeros((2, 4), np.uint8), np.zeros((2, 5), np.uint8), 'one shape'),
        (np.zeros((2, 4), np.int32), np.zeros((2, 4), np.uint8), 'truth must be uint8'),
    ],
)
def test_what_does_not_fit_is_refused(truth, prediction, words):
    with pytest.raises(MetricsError, match=words):
        count_zones(truth, prediction, 19)


def test_predictions_on_unlabelled_pixels_do_not_matter():
    truth, prediction = np.full((2, 4), 255, np.uint8), np.full((2, 4), 200, np.uint8)
    assert count_zones(truth, prediction, 19).confusion.sum() == 0


@pytest.mark.parametrize('classes', [13, 19])
def test_mean_iou_equals_that_of_torchmetrics(classes):
    torch = pytest.importorskip('torch', reason='torchmetrics needs torch')
    reason = 'their figures need torchmetrics'
    classification = pytest.importorskip('torchmetrics.classification', reason=reason)
    theirs = classification.MulticlassJaccardIndex(
        classes, average='none', ignore_index=255, validate_args=False
    )
    total = np.zeros((classes, classes), np.int64)
    for seed in range(5):
        truth, prediction = labels(seed, classes=classes)
        total += count_zones(truth, prediction, classes).confusion
        # a prediction of 255 does not occur, so that ignoring it there changes nothing
        theirs.update(
            torch.from_numpy(prediction.astype(np.int64)), torch.from_numpy(truth.astype(np.int64))
        )
    assert mean_iou(total) == pytest.approx(float(theirs.compute().double().mean()), abs=1e-6)
