from dataclasses import replace

import pytest
import torch

from panoseg_ros.cli.main import main
from panoseg_ros.training import in_affordable_precision, load_train_config, precision
from panoseg_ros.training.checkpoint import save_checkpoint

BF16 = 'bf16-mixed'


@pytest.fixture
def machine(monkeypatch):
    """A machine with or without a GPU, whose CPU computes in bfloat16 or does not."""

    def made(cpu_has_it, has_gpu=False):
        monkeypatch.setattr(precision, 'cpu_has_bfloat16', lambda: cpu_has_it)
        monkeypatch.setattr(torch.cuda, 'is_available', lambda: has_gpu)

    return made


@pytest.mark.parametrize(
    ('wanted', 'accelerator', 'cpu_has_it', 'has_gpu', 'taken'),
    [
        (BF16, 'cpu', True, False, BF16),
        (BF16, 'cpu', False, False, '32-true'),
        (BF16, 'cpu', False, True, '32-true'),
        (BF16, 'auto', False, False, '32-true'),
        (BF16, 'auto', False, True, BF16),
        (BF16, 'cuda', False, True, BF16),
        ('32-true', 'cpu', False, False, '32-true'),
    ],
)
def test_float32_where_the_cpu_lacks_bfloat16(
    street_data, tmp_path, machine, wanted, accelerator, cpu_has_it, has_gpu, taken
):
    machine(cpu_has_it, has_gpu)
    config = replace(load_train_config(street_data / 'run.yaml'), precision=wanted)
    found, advice = in_affordable_precision(config, accelerator, tmp_path)
    assert found == replace(config, precision=taken)
    assert bool(advice) is (taken != wanted)


@pytest.mark.parametrize('cpu_has_it', [True, False])
@pytest.mark.parametrize('begun', [BF16, '32-true'])
def test_a_run_goes_on_in_the_precision_in_which_it_was_begun(
    street_data, tmp_path, machine, cpu_has_it, begun
):
    machine(cpu_has_it)
    config = replace(load_train_config(street_data / 'run.yaml'), precision=BF16)
    state = {'step': 1, 'data': '', 'best': {}, 'config': {'precision': begun}}
    save_checkpoint(tmp_path, state)
    found, advice = in_affordable_precision(config, 'cpu', tmp_path)
    assert found.precision == begun
    said = {'32-true': 'going on in 32-true', BF16: '' if cpu_has_it else 'going on in bf16'}
    assert said[begun] in advice and bool(said[begun]) is bool(advice)


@pytest.mark.parametrize('cpu_has_it', [True, False])
def test_the_command_says_that_it_trains_in_float32(
    street_data, machine, monkeypatch, tmp_path, capsys, cpu_has_it
):
    from panoseg_ros import training

    taken = []

    def stop(config, *args, **kwargs):
        taken.append(config.precision)
        raise KeyboardInterrupt

    machine(cpu_has_it)
    monkeypatch.setattr(training, 'train', stop)
    config = tmp_path / 'run.yaml'
    config.write_text(f'precision: {BF16}\n{(street_data / "run.yaml").read_text()}')
    words = ['train', '--config', config, '--out', tmp_path / 'out', '--run', tmp_path / 'run']
    assert main([*map(str, words), '--data', str(street_data)]) == 130
    assert taken == [BF16 if cpu_has_it else '32-true']
    said = 'this CPU has no bfloat16: training in float32'
    assert (said in capsys.readouterr().out) is not cpu_has_it
