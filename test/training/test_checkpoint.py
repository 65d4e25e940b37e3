import resource
import signal

import pytest
import torch

from panoseg_ros.errors import TrainingError
from panoseg_ros.training.checkpoint import CHECKPOINT, load_checkpoint, save_checkpoint

REST = {'data': '', 'best': {}, 'config': {}}


class Code:
    def __reduce__(self):
        return (print, ('executed',))


def test_round_trip(tmp_path):
    save_checkpoint(tmp_path / 'run', {**REST, 'step': 3, 'w': torch.arange(4)})
    save_checkpoint(tmp_path / 'run', {**REST, 'step': 4, 'w': torch.arange(4)})
    state = load_checkpoint(tmp_path / 'run')
    assert state['step'] == 4 and state['w'].tolist() == [0, 1, 2, 3]
    assert [path.name for path in (tmp_path / 'run').iterdir()] == [CHECKPOINT]


def test_nothing_to_resume(tmp_path):
    assert load_checkpoint(tmp_path) is None


def test_failed_write_leaves_the_old_state(tmp_path):
    save_checkpoint(tmp_path, {**REST, 'step': 1})
    with pytest.raises(Exception, match='pickle'):
        save_checkpoint(tmp_path, {'step': 2, 'bad': lambda: None})
    assert load_checkpoint(tmp_path)['step'] == 1


def test_code_in_a_checkpoint_is_refused(tmp_path, capsys):
    torch.save({'step': 1, 'evil': Code()}, tmp_path / CHECKPOINT)
    with pytest.raises(TrainingError, match=r'checkpoint\.pt: cannot be resumed'):
        load_checkpoint(tmp_path)
    assert 'executed' not in capsys.readouterr().out


def test_foreign_file_is_refused(tmp_path):
    torch.save({'weights': 1}, tmp_path / CHECKPOINT)
    with pytest.raises(TrainingError, match='not a checkpoint'):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize('most', [0, 3000])
def test_a_full_disk_is_one_line_and_leaves_the_old_state(tmp_path, most):
    save_checkpoint(tmp_path, {**REST, 'step': 1})
    state = {**REST, 'step': 2, 'w': torch.zeros(100_000)}
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        with pytest.raises(TrainingError, match=r'checkpoint\.pt: cannot be written') as caught:
            save_checkpoint(tmp_path, state)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert '\n' not in str(caught.value)
    assert load_checkpoint(tmp_path)['step'] == 1
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
