import numpy as np
import pytest

from panoseg_ros.errors import TrainingError
from panoseg_ros.training.balance import class_shares, class_weights


def counted(labels):
    return np.bincount(np.ravel(labels), minlength=256)[None]


def test_class_weights_level_the_classes():
    labels = np.repeat(np.array([0, 1, 255, 2], np.uint8), [80, 16, 500, 4])
    shares = class_shares(counted(labels), 4)
    assert np.allclose(shares, [0.8, 0.16, 0.04, 0])
    assert np.allclose(class_weights(shares, 1.0), [0.2, 1.0, 4.0, 1.0])
    assert np.allclose(class_weights(shares, 0.0), [1, 1, 1, 1])
    assert class_weights(np.array([0.999, 0.001]), 1.0).max() == 5.0


@pytest.mark.parametrize(('value', 'words'), [(7, 'hold 7, expected 0..3'), (255, 'no pixel')])
def test_odd_labels_are_refused(value, words):
    with pytest.raises(TrainingError, match=words):
        class_shares(counted(np.full((2, 2), value, np.uint8)), 4)
