"""`panoseg train --devices 2`: two processes that learn as one."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from panoseg_ros.bundles import load_bundle

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(1100)  # four processes import torch: minutes on a busy machine
KILLED_AT = 3  # the last checkpoint before it is that of step 2
CHILD = """
import os, signal, sys
from pathlib import Path
import torch
from panoseg_ros.training import loop
from panoseg_ros.cli.main import main

rank, folder = os.environ.get('LOCAL_RANK', '0'), Path(os.environ['NOTES'])
make, update, loss = loop.make_batch, loop.AveragedWeights.update, loop.batch_loss
end = sys.argv.index('--runs')
words, runs = sys.argv[1:end], sys.argv[end + 1 :]

def noted(source, places, *rest):
    with (notes / f'{rank}.txt').open('a') as stream:
        stream.write(''.join(f'{position} {index}\\n' for position, index in places))
    return make(source, places, *rest)

def kept(self, state, step):
    update(self, state, step)
    torch.save({'network': state, 'average': self.state}, notes / f'{rank}.pt')
    if run == 'killed' and step == KILLED_AT and rank == '0':
        os.killpg(0, signal.SIGKILL)

loop.make_batch, loop.AveragedWeights.update = noted, kept
for run in runs:  # one after the other, because starting the processes takes longest
    notes = folder / run.replace('killed', 'resumed')
    notes.mkdir(exist_ok=True)
    if run == 'bad' and rank == '1':
        loop.batch_loss = lambda *a: loss(*a) * float('nan')
    code = main([*words, '--out', str(notes / 'out'), '--run', str(notes / 'run')])
    assert code == 0 or run == 'bad'
sys.exit(code)
""".replace('KILLED_AT', str(KILLED_AT))


def start(data, folder, *runs):
    """Train in two processes, once for each of `runs`."""
    program = folder / 'child.py'
    program.write_text(CHILD)
    words = ['train', '--config', data / 'run.yaml', '--data', data, '--weights-only']
    words += ['--devices', '2', '--accelerator', 'cpu', '--threads', '1', '--runs', *runs]
    return subprocess.run(
        [sys.executable, str(program), *map(str, words)],
        cwd=ROOT,
        env={
            **os.environ,
            'PYTHONPATH': str(ROOT),
            'PYTHONUNBUFFERED': '1',  # as in containers: a line written in two parts is torn
            'NOTES': str(folder),
        },
        check=False,
        capture_output=True,
        text=True,
        start_new_session=True,  # so that both can be killed at once
        timeout=500,  # a hang, not a slow machine
    )


@pytest.fixture(scope='module')
def killed(street_data, tmp_path_factory):
    """Kill both processes of a run at once, between two checkpoints."""
    folder = tmp_path_factory.mktemp('two')
    done = start(street_data, folder, 'killed')
    assert done.returncode == -signal.SIGKILL, done.stderr
    state = torch.load(folder / 'resumed' / 'run' / 'checkpoint.pt')
    assert state['step'] == 2 and not (folder / 'resumed' / 'out').exists()
    return folder


@pytest.fixture(scope='module')
def trained(street_data, killed):
    """Run one training to its end, resume the killed one, and give the second process of a third
    a bad batch.
    """
    done = start(street_data, killed, 'whole', 'resumed', 'bad')
    assert (killed / 'resumed' / 'out' / 'card.yaml').exists(), done.stderr
    return killed, done


def test_both_processes_hold_the_same_weights(trained):
    first, second = (torch.load(trained[0] / 'whole' / f'{rank}.pt') for rank in (0, 1))
    for part in ('network', 'average'):
        for key, value in first[part].items():
            assert torch.equal(value, second[part][key]), key


def test_killed_run_ends_as_the_undisturbed_one(trained):
    whole, resumed = (
        torch.load(trained[0] / run / 'run' / 'checkpoint.pt') for run in ('whole', 'resumed')
    )
    assert whole['step'] == resumed['step'] == 4
    for key in ('network', 'average', 'best'):
        for name, value in whole[key].items():
            assert torch.equal(value, resumed[key][name]), f'{key} {name}'
    for index, entry in whole['optimizer']['state'].items():
        for name, value in entry.items():
            assert torch.equal(value, resumed['optimizer']['state'][index][name]), name
    for rank in (0, 1):  # steps 3 and 4 twice, once before the kill
        lines = (trained[0] / 'resumed' / f'{rank}.txt').read_text().splitlines()
        undisturbed = (trained[0] / 'whole' / f'{rank}.txt').read_text().splitlines()
        assert lines == undisturbed[: 2 * KILLED_AT] + undisturbed[4:]


def test_nothing_is_said_that_the_user_cannot_mend(trained):
    assert 'Grad strides' not in trained[1].stderr


def test_their_shares_of_the_stream_are_disjoint_and_complete(trained):
    places = [
        [tuple(map(int, line.split())) for line in (trained[0] / 'whole' / f'{rank}.txt').open()]
        for rank in (0, 1)
    ]
    positions = [{position for position, _ in part} for part in places]
    assert not positions[0] & positions[1] and positions[0] | positions[1] == set(range(16))
    indices = [dict(part) for part in places]
    whole = indices[0] | indices[1]
    assert sorted(whole[position] for position in range(6)) == list(range(6))  # the first round


def test_one_bundle_is_written_and_one_cache_built(trained):
    folder, done = trained
    training = load_bundle(folder / 'whole' / 'out').card['training']
    assert training['images_seen'] == 16 and len(training['validation']) == 1
    assert done.stdout.count('6 images to train on, 2 to validate on') == 3  # once per run
    assert len(list((folder / 'whole' / 'run' / 'cache').glob('train-*'))) == 1


def test_a_bad_batch_of_either_stops_both_and_is_named(trained):
    folder, done = trained
    assert done.returncode in (2, -9), done.stderr  # the launcher may kill who ends second
    assert 'panoseg: the loss became nan on leftImg8bit/train/0/' in done.stderr
    named = done.stderr.split('nan on ')[1].split('\n')[0].split(', ')
    second = (folder / 'bad' / '1.txt').read_text().split('\n')[:2]
    assert [name[-5] for name in named] == [line.split()[1] for line in second]
    assert not (folder / 'bad' / 'out').exists()
