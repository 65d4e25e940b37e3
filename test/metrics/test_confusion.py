import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from panoseg_ros.errors import MetricsError
from panoseg_ros.metrics import confusion_matrix, iou, mean_iou, pixel_accuracy

TRUTH = np.array([[0, 0, 1], [1, 2, 255]], np.uint8)
PREDICTION = np.array([[0, 1, 1], [1, 0, 2]], np.uint8)
CONFUSION = np.array([[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]])


def test_matrix_counts_truth_by_prediction_and_leaves_out_unlabelled():
    matrix = confusion_matrix(TRUTH, PREDICTION, 4)
    assert matrix.dtype == np.int64
    np.testing.assert_array_equal(matrix, CONFUSION)


def test_figures_are_those_worked_out_by_hand():
    np.testing.assert_allclose(iou(CONFUSION), [1 / 3, 2 / 3, 0.0, np.nan])
    assert mean_iou(CONFUSION) == pytest.approx(1 / 3)
    assert mean_iou(CONFUSION, [0, 1]) == pytest.approx(0.5)
    assert mean_iou(CONFUSION, [1, 3]) == pytest.approx(2 / 3)
    assert pixel_accuracy(CONFUSION) == pytest.approx(3 / 5)


def test_class_that_is_only_predicted_lowers_others_but_has_no_figure():
    matrix = confusion_matrix(np.zeros(4, np.uint8), np.array([0, 0, 0, 1], np.uint8), 2)
    np.testing.assert_allclose(iou(matrix), [0.75, np.nan])


def test_nothing_labelled_has_no_figure():
    matrix = confusion_matrix(np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8), 3)
    assert matrix.sum() == 0
    assert np.isnan(mean_iou(matrix))
    assert np.isnan(pixel_accuracy(matrix))


def test_unlabelled_prediction_is_allowed_only_where_truth_is_unlabelled():
    truth, prediction = np.array([255], np.uint8), np.array([255], np.uint8)
    assert confusion_matrix(truth, prediction, 2).sum() == 0
    with pytest.raises(MetricsError, match='prediction holds id 255, allowed are 0 to 1'):
        confusion_matrix(np.array([0], np.uint8), prediction, 2)


@given(
    hnp.arrays(np.uint8, (6, 7), elements=st.integers(0, 4)),
    hnp.arrays(np.uint8, (6, 7), elements=st.integers(0, 4)),
)
def test_matrix_agrees_with_counting_pixel_by_pixel(truth, prediction):
    slow = np.zeros((5, 5), int)
    for t, p in zip(truth.ravel(), prediction.ravel(), strict=True):
        slow[t, p] += 1
    matrix = confusion_matrix(truth, prediction, 5)
    np.testing.assert_array_equal(matrix, slow)
    for c, ratio in enumerate(iou(matrix)):
        both = np.sum((truth == c) & (prediction == c))
        either = np.sum((truth == c) | (prediction == c))
        assert np.isnan(ratio) if not np.any(truth == c) else ratio == pytest.approx(both / either)


@pytest.mark.parametrize(
    ('truth', 'prediction', 'classes', 'message'),
    [
        (np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), 2, r'\(2, 3\) and \(3, 2\)'),
        (np.zeros(2, np.float32), np.zeros(2, np.uint8), 2, 'truth must hold whole numbers'),
        (np.zeros(2, np.uint8), np.zeros(2, bool), 2, 'prediction must hold whole numbers'),
        (
            np.full(2, 7, np.uint8),
            np.zeros(2, np.uint8),
            2,
            'truth holds id 7, allowed are 0 to 1',
        ),
        (np.full(2, -1), np.zeros(2, np.uint8), 2, 'truth holds id -1'),
        (np.zeros(2, np.uint8), np.zeros(2, np.uint8), 0, 'num_classes'),
    ],
)
def test_arrays_that_do_not_fit_are_refused(truth, prediction, classes, message):
    with pytest.raises(MetricsError, match=message):
        confusion_matrix(truth, prediction, classes)


@pytest.mark.parametrize(
    'matrix', [np.zeros((2, 3), int), np.zeros((2, 2)), np.full((2, 2), -1), np.zeros(4, int)]
)
def test_malformed_matrices_are_refused(matrix):
    with pytest.raises(MetricsError, match='square'):
        iou(matrix)
    with pytest.raises(MetricsError, match='square'):
        pixel_accuracy(matrix)


def test_unknown_class_is_refused():
    with pytest.raises(MetricsError, match='class 4 is not one of 0 to 3'):
        mean_iou(CONFUSION, [0, 4])
