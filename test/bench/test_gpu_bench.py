"""Parts of the bench of a lent GPU: what is run again, what is said, and how work is counted."""

import json
import subprocess
import sys

import pytest

pytest.importorskip('torch', reason='networks are run by torch')
pytest.importorskip('torchvision', reason='its operator is what the product is compared with')

import torch

from bench import gpu, gpu_kernels, gpu_network
from bench.deform_layers import HALF, LAYERS, Case
from bench.gpu_machine import Machine
from panoseg_ros.networks import deform

FIGURES = {
    'road': {
        'ms': {'panoseg': {'median_ms': 5.0}, 'plain': {'median_ms': 15.0}},
        'ratio': 3.0, 'bar': 4.0, 'same_labels': 0.998,
    },
    'network': {'rows': [{'batch': 8, 'ms': 9.0, 'share': 0.31}], 'bar': 0.3},
    'tiny': {'frames_per_s': {'from a panorama': 61.0}, 'bar': 60.0},
    'kernels': {'timed': {}},
    'node': {'fixed': [{'sent_hz': 30.0, 'latency_p95_ms': 61.0, 'missed_percent': 0.5}]},
}  # fmt: skip


@pytest.fixture
def ran(monkeypatch):
    """The modules or commands that were started, each of which writes its figures."""
    seen = []

    def run(command, stdout, timeout, **_):
        assert timeout > 0
        seen.append(command[2:4])
        print('said by it', file=stdout)
        name = seen[-1][1] if 'gpu_network' in seen[-1][0] else seen[-1][0]
        name = {'bench.gpu_kernels': 'kernels', 'panoseg_ros.cli.main': 'node'}.get(name, name)
        if '--out' in command and name not in run.broken:
            out = command[command.index('--out') + 1].removesuffix('.json')
            done = {} if name == 'node' else {'done': True}
            with open(f'{out}.json', 'w', encoding='utf-8') as file:
                json.dump({**FIGURES[name], **done}, file)
        return subprocess.CompletedProcess(command, int(name in run.broken))

    run.broken = ()
    monkeypatch.setattr(gpu.subprocess, 'run', run)
    return run, seen


def test_every_part_runs_once_and_bars_are_said(ran, tmp_path, capsys):
    _, seen = ran
    assert gpu.main(['--out', str(tmp_path)]) == 0
    assert [words[0] for words in seen] == [
        'pytest', *['bench.gpu_network'] * 3, 'bench.gpu_kernels', 'panoseg_ros.cli.main',
    ]  # fmt: skip
    said = capsys.readouterr().out
    assert (
        'road: 5.00 ms from lens pictures to labels, plain 15.00: 3.00 x, wanted 4 x, MI' in said
    )
    assert 'network: batch 8: 9.00 ms, 31% of the roofline, wanted 30%, met' in said
    assert 'tiny: 61.0 frames per second from a panorama, wanted 60, met' in said
    assert 'p95 61 ms, wanted 60, MISSED; missed 0.5 %, wanted 1, met' in said
    seen.clear()
    assert gpu.main(['--out', str(tmp_path)]) == 0 and not seen


def test_a_part_that_fails_is_run_again_and_alone(ran, tmp_path, capsys):
    run, seen = ran
    run.broken = ('tiny',)
    assert gpu.main(['--out', str(tmp_path)]) == 1
    said = capsys.readouterr().out
    assert 'tiny: failed: said by it' in said and 'tiny: not done' in said
    seen.clear()
    run.broken = ()
    assert gpu.main(['--out', str(tmp_path)]) == 0
    assert seen == [['bench.gpu_network', 'tiny']]


def test_what_outlasts_its_time_is_ended_and_the_rest_not_begun(ran, tmp_path, monkeypatch):
    def hang(command, timeout, **_):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(gpu.subprocess, 'run', hang)
    assert 'ended, no time left' in gpu.run('road', tmp_path, 1.0, False)
    assert gpu.main(['--out', str(tmp_path), '--seconds', '0']) == 1
    assert [path.name for path in tmp_path.iterdir()] == ['road.log']


def test_kernels_go_on_from_what_was_written(tmp_path, monkeypatch):
    machine, out = Machine('cpu'), tmp_path / 'kernels.json'
    facts = {'gpu': 'this one', 'torch': '2', 'triton': '3'}
    monkeypatch.setattr(Machine, 'facts', lambda self: facts)
    row = gpu_kernels.Row('a', '8x8', 1, 'float16', 'forward', 10, 1, 31, 40, 3.1, 3.0, 0.41)
    cases = [Case(layer, 8, 16, 1, HALF) for layer in LAYERS[:3]]
    timed = []
    monkeypatch.setattr(gpu_kernels, 'time_case', lambda m, case: timed.append(case) or [row])
    saved = []
    _, left = gpu_kernels.time_all(
        machine, cases, float('inf'), {}, lambda rows, left: saved.append((len(rows), len(left)))
    )
    assert saved == [(1, 2), (2, 1), (3, 0)] and not left and timed == cases
    name = f'{LAYERS[0].name} 8x16 batch 1 {HALF}'
    kept = {'timed': {name: [vars(row)]}, 'wrong': [], **facts}
    out.write_text(json.dumps(kept))
    timed.clear()
    rows, left = gpu_kernels.time_all(
        machine, cases, float('inf'), gpu_kernels.resumed(out, machine), lambda *_: None
    )
    assert timed == cases[1:] and rows[name] == [row] and not left
    out.write_text(json.dumps({**kept, 'gpu': 'another'}))
    assert gpu_kernels.resumed(out, machine) == {}
    assert gpu_kernels.resumed(tmp_path / 'nothing.json', machine) == {}


def test_work_is_what_a_sum_by_hand_says():
    layers = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3, padding=1), torch.nn.ReLU())
    x = torch.zeros(2, 3, 4, 6)
    work = gpu_network.count_work(layers, x)
    assert work == {'convolution': [(2 * 2 * 24 * 27 * 8, 4 * (2 * 24 * (3 + 8) + 27 * 8 + 8))]}
    assert gpu_network.stored_bytes(torch.zeros(5, 1).expand(5, 7)) == 20


def test_deformable_kernels_count_as_what_they_multiply(monkeypatch):
    pytest.importorskip('triton', reason='the kernels are written in Triton')
    from panoseg_ros.networks import kernels
    from panoseg_ros.networks.kernels import fallback

    x, moves = torch.zeros(1, 4, 5, 6), torch.zeros(1, 27, 5, 6)
    weight, bias = torch.zeros(8, 4, 3, 3), torch.zeros(8)
    monkeypatch.setattr(fallback, 'refused', {('deform_conv', x.dtype, x.device)})
    work = gpu_network.count_work(
        lambda x: kernels.deform_conv(x, moves, 2.0, weight, bias, 1, 1), x
    )
    flop = 2 * 30 * 8 * 36
    moved = 4 * (30 * (4 + 27 + 8) + 8 * 36 + 8)
    assert work == {'deform_conv': [(flop, moved)]}


def test_the_plain_operator_computes_in_the_type_of_the_map():
    torch.manual_seed(0)
    x, moves, weight, bias = (
        torch.randn(*shape) for shape in ((1, 4, 5, 6), (1, 27, 5, 6), (8, 4, 3, 3), (8,))
    )
    wanted = deform.OPERATORS['torchvision'].convolve(x, moves, 2.0, weight, bias, 1, 1)
    assert torch.equal(gpu_network._same_type(x, moves, 2.0, weight, bias, 1, 1), wanted)


def test_without_a_gpu_it_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(SystemExit, match='no CUDA GPU, but --dry-run needs none'):
        gpu_network.main(['road'])
    assert sys.executable in gpu.command_of('tests', gpu.Path('x'), 1.0, False)
