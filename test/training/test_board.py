import sys
import types

import numpy as np
import pytest

from panoseg_ros.errors import TrainingError
from panoseg_ros.training import Board, Report


def report(step, score=None):
    mean = None if score is None else float(np.nanmean(score))
    return Report(step, 0.1, 2.0 / step, 1e-3, 7.0, 60.0, mean, score)


@pytest.fixture
def written(monkeypatch):
    """Stand in for the optional package: note what it is given."""
    points = []

    class Writer:
        def __init__(self, folder):
            points.append(folder)

        def add_scalar(self, *point):
            points.append(point)

        def flush(self):
            points.append('flush')

        def close(self):
            points.append('close')

    module = types.SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, 'torch.utils.tensorboard', module)
    return points


def test_scalars_of_steps_and_validations(written, tmp_path):
    board = Board(tmp_path, ('road', 'sky', 'train'), every=5)
    board(report(4))
    board(report(5))
    board(report(7, np.array([0.5, 0.25, np.nan])))
    board.close()
    assert written == [
        str(tmp_path),
        ('train/loss', 0.4, 5),
        ('train/learning_rate', 1e-3, 5),
        ('train/images_per_s', 7.0, 5),
        ('validation/mean_iou', 0.375, 7),
        ('validation_iou/road', 0.5, 7),
        ('validation_iou/sky', 0.25, 7),
        'flush',
        'close',
    ]


def test_missing_package_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, 'torch.utils.tensorboard', None)
    with pytest.raises(TrainingError, match=r"pip install 'panoseg_ros\[tensorboard\]'"):
        Board(tmp_path, ())


def test_the_real_package_writes_a_file(tmp_path):
    pytest.importorskip('tensorboard', reason='logging needs tensorboard')
    board = Board(tmp_path, ('road',))
    board(report(10, np.array([0.5])))
    board.close()
    assert [path for path in tmp_path.iterdir() if 'tfevents' in path.name]
