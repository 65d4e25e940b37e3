"""Outlines against a slow, obvious reference; the seam; unlabelled pixels."""

import numpy as np
import pytest

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics.boundaries import (
    boundary_counts,
    boundary_f,
    mean_boundary_f,
    tolerance_px,
)


def blobs(seed, shape=(37, 61)):
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 4, (5, 8)).astype(np.uint8)
    rows = np.arange(shape[0]) * 5 // shape[0]
    return coarse[np.ix_(rows, np.arange(shape[1]) * 8 // shape[1])]


def outline(labels, known, wrap):
    edge = np.zeros(labels.shape, bool)
    for axis, step in ((0, 1), (0, -1), (1, 1), (1, -1)):
        differs = (np.roll(labels, step, axis) != labels) & np.roll(known, step, axis)
        if axis == 0:
            differs[0 if step == 1 else -1] = False
        elif not wrap:
            differs[:, 0 if step == 1 else -1] = False
        edge |= differs
    return edge & known


def reference(truth, prediction, classes, radius, wrap):
    known = truth != 255
    edges = [outline(labels, known, wrap) for labels in (truth, prediction)]
    counts = []
    for cls in range(classes):
        true, found = (
            np.argwhere(edge & (labels == cls))
            for edge, labels in zip(edges, (truth, prediction), strict=True)
        )
        row = []
        for own, other in ((found, true), (true, found)):
            away = np.abs(own[:, None] - other[None])  # (N, M, 2)
            if wrap:
                away[..., 1] = np.minimum(away[..., 1], truth.shape[1] - away[..., 1])
            near = ((away**2).sum(-1) <= radius**2).any(1) if len(other) else np.zeros(len(own))
            row += [int(near.sum()), len(own)]
        counts.append(row)
    return np.array(counts)


@pytest.mark.parametrize('wrap', [True, False])
@pytest.mark.parametrize('radius', [0.0, 1.0, 3.7, 9.0])
def test_counts_equal_the_reference(radius, wrap):
    for seed in range(4):
        truth, prediction = blobs(seed), np.roll(blobs(seed), (2, 3), (0, 1))
        truth[5:9, 10:30] = 255
        found = boundary_counts(truth, prediction, 4, radius, wrap)
        assert np.array_equal(found, reference(truth, prediction, 4, radius, wrap))


def test_a_shift_within_the_tolerance_costs_nothing():
    truth = np.zeros((40, 80), np.uint8)
    truth[10:30, 20:50] = 1
    shifted = np.roll(truth, 2, 1)
    assert boundary_f(boundary_counts(truth, shifted, 3, 2.0)).tolist()[:2] == [1.0, 1.0]
    assert boundary_f(boundary_counts(truth, shifted, 3, 1.0))[1] < 0.8


def test_the_seam_is_no_outline():
    truth = np.zeros((20, 40), np.uint8)
    truth[5:15, :8] = truth[5:15, -8:] = 1
    assert np.array_equal(
        boundary_counts(truth, truth, 2, 1.0),
        boundary_counts(np.roll(truth, 20, 1), np.roll(truth, 20, 1), 2, 1.0),
    )


def test_means_are_over_pictures_with_an_outline():
    counts = np.array([[[4, 4, 4, 4], [0, 3, 0, 0]], [[0, 0, 0, 5], [0, 0, 0, 0]]])
    assert mean_boundary_f(counts).tolist() == [0.5, 0.0]
    assert np.isnan(mean_boundary_f(np.zeros((2, 1, 4), int))).all()


def test_tolerance_and_refusals():
    assert tolerance_px((1024, 2048)) == pytest.approx(17.17, abs=0.01)
    assert tolerance_px((8, 8)) == 1.0
    with pytest.raises(MetricsError, match='radius_px must be'):
        boundary_counts(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8), 2, -1.0)
