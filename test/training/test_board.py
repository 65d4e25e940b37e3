import sys
import types

import numpy as np
import pytest

from panoseg_ros.cli.train.progress import reporting
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


def told(folder):
    settings = types.SimpleNamespace(label_set='cityscapes19')
    with reporting(settings, folder, True) as show:
        show(report(10, np.array([0.5, *[np.nan] * 18])))


def test_the_command_writes_what_tensorboard_reads(tmp_path):
    events = pytest.importorskip(
        'tensorboard.backend.event_processing.event_accumulator',
        reason='logging needs tensorboard',
    )
    told(tmp_path)
    written = events.EventAccumulator(str(tmp_path / 'tensorboard')).Reload()
    assert len(written.Tags()['scalars']) == 5
    (point,) = written.Scalars('validation_iou/road')
    assert (point.step, point.value) == (10, 0.5)


def test_only_the_first_of_several_processes_writes(written, tmp_path, monkeypatch):
    monkeypatch.setenv('LOCAL_RANK', '1')
    told(tmp_path)
    assert written == []
