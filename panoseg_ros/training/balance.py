"""How much each class weighs in the loss."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import TrainingError
from panoseg_ros.frames import UNLABELLED


def class_shares(counts: NDArray[np.int64], num_classes: int) -> NDArray[np.float64]:
    """Return the share of labelled pixels that each class has, (C,).

    Args:
        counts: Pixels of each label value in each picture, (N, 256).
        num_classes: C.

    Raises:
        TrainingError: if a label is neither a class nor 255, or nothing is labelled.
    """
    total = counts.sum(0)
    odd = np.flatnonzero(total[num_classes:UNLABELLED])
    if len(odd):
        raise TrainingError(
            f'the labels hold {num_classes + int(odd[0])}, '
            f'expected 0..{num_classes - 1} or {UNLABELLED}'
        )
    labelled = total[:num_classes]
    if not labelled.any():
        raise TrainingError('no pixel of the data set is labelled')
    return np.asarray(labelled / labelled.sum(), np.float64)


def class_weights(shares: NDArray[np.float64], balance: float) -> NDArray[np.float32]:
    """Return loss weights (median share / share) ** balance, held within 0.2..5; (C,).

    A class that is absent weighs 1: pictures rendered later may hold it.
    """
    present = shares > 0
    weights = np.ones(len(shares), np.float32)
    ratio = np.median(shares[present]) / shares[present]
    weights[present] = np.clip(ratio**balance, 0.2, 5.0)
    return weights
