"""The confusion matrix of a segmentation and the figures that follow from it.

Convention: a matrix is (C, C) int64, indexed [truth, prediction]. Pixels whose truth
is unlabelled are left out everywhere.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError
from panoseg_ros.frames import UNLABELLED


def confusion_matrix(
    truth: NDArray[np.uint8], prediction: NDArray[np.uint8], num_classes: int
) -> NDArray[np.int64]:
    """Count every pair of true and predicted class; matrices of several images add up.

    Args:
        truth: class ids of any shape, 255 where nothing is known.
        prediction: class ids of the same shape.
        num_classes: C, ids are 0..C-1.

    Raises:
        MetricsError: if shapes differ, an array holds no whole numbers, the truth
            holds another id than 0..C-1 or 255, or a prediction that counts is not
            one of 0..C-1.
    """
    truth, prediction = np.asarray(truth), np.asarray(prediction)
    if num_classes < 1:
        raise MetricsError(f'num_classes must be at least 1, got {num_classes}')
    if truth.shape != prediction.shape:
        raise MetricsError(
            f'truth and prediction must have one shape, got {truth.shape} and {prediction.shape}'
        )
    for name, array in (('truth', truth), ('prediction', prediction)):
        if array.dtype.kind not in 'ui':
            raise MetricsError(f'{name} must hold whole numbers, got {array.dtype}')
    counts = truth != UNLABELLED
    rows = _ids('truth', truth[counts], num_classes)
    columns = _ids('prediction', prediction[counts], num_classes)
    pairs = np.bincount(rows * num_classes + columns, minlength=num_classes**2)
    return pairs.reshape(num_classes, num_classes).astype(np.int64)


def _ids(name: str, values: NDArray[np.integer], num_classes: int) -> NDArray[np.int64]:
    wide = values.astype(np.int64)
    wrong = wide[(wide < 0) | (wide >= num_classes)]
    if wrong.size:
        raise MetricsError(
            f'{name} holds id {wrong[0]}, allowed are 0 to {num_classes - 1}'
            f'{" and 255" if name == "truth" else " wherever the truth is known"}'
        )
    return wide


def iou(confusion: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return intersection over union of every class (C,), NaN where it never occurs.

    A class occurs if any true pixel has it; one that is only predicted by mistake
    lowers the classes that it was taken for, and has no figure of its own.

    Raises:
        MetricsError: if the matrix is not square, whole and free of negative counts.
    """
    _check(confusion)
    truth = confusion.sum(axis=1)
    union = truth + confusion.sum(axis=0) - np.diag(confusion)
    with np.errstate(divide='ignore', invalid='ignore'):
        ratio = np.diag(confusion) / union
    return np.where(truth > 0, ratio, np.nan)


def mean_iou(confusion: NDArray[np.int64], classes: Sequence[int] | None = None) -> float:
    """Return the mean IoU over the classes that occur, or over the given ones that do.

    NaN if none of them occurs.

    Raises:
        MetricsError: if the matrix is malformed or a given class is not in it.
    """
    ratios = iou(confusion)
    if classes is not None:
        wrong = [c for c in classes if not 0 <= c < len(ratios)]
        if wrong:
            raise MetricsError(f'class {wrong[0]} is not one of 0 to {len(ratios) - 1}')
        ratios = ratios[list(classes)]
    occurring = ratios[~np.isnan(ratios)]
    return float(occurring.mean()) if occurring.size else float('nan')


def pixel_accuracy(confusion: NDArray[np.int64]) -> float:
    """Return the share of labelled pixels that are right, NaN if there are none.

    Raises:
        MetricsError: if the matrix is malformed.
    """
    _check(confusion)
    total = int(confusion.sum())
    return float(np.trace(confusion)) / total if total else float('nan')


def _check(confusion: NDArray[np.int64]) -> None:
    square = confusion.ndim == 2 and confusion.shape[0] == confusion.shape[1] > 0
    if not square or confusion.dtype.kind not in 'ui' or bool((confusion < 0).any()):
        raise MetricsError(
            'a confusion matrix must be square with counts of at least 0, '
            f'got {confusion.dtype} of shape {confusion.shape}'
        )
