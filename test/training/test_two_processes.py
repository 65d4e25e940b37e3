"""`panoseg train --devices 2`: two processes that learn as one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from panoseg_ros.bundles import load_bundle

ROOT = Path(__file__).parents[2]
CHILD = """
import os, sys
from pathlib import Path
import torch
from panoseg_ros.training import loop
from panoseg_ros.cli.main import main

rank, notes = os.environ.get('LOCAL_RANK', '0'), Path(os.environ['NOTES'])
make, update = loop.make_batch, loop.AveragedWeights.update

def noted(source, places, *rest):
    with (notes / f'{rank}.txt').open('a') as stream:
        stream.write(''.join(f'{position} {index}\\n' for position, index in places))
    return make(source, places, *rest)

def kept(self, state, step):
    update(self, state, step)
    torch.save({'network': state, 'average': self.state}, notes / f'{rank}.pt')

loop.make_batch, loop.AveragedWeights.update = noted, kept
assert main() == 0
# The processes go on with a second run, because starting them takes longest.
notes = notes.parent / 'bad_notes'
notes.mkdir(exist_ok=True)
if rank == '1':
    loss = loop.batch_loss
    loop.batch_loss = lambda *a: loss(*a) * float('nan')
ends = {'--out': 'bad_out', '--run': 'bad_run'}
for option, name in ends.items():
    place = sys.argv.index(option) + 1
    sys.argv[place] = str(notes.parent / name)
sys.exit(main())
"""


@pytest.fixture(scope='module')
def trained(street_data, tmp_path_factory):
    """Run one training to its end and then one in which the second process has a bad batch."""
    folder = tmp_path_factory.mktemp('two')
    program, notes = folder / 'child.py', folder / 'notes'
    program.write_text(CHILD)
    notes.mkdir()
    words = ['train', '--config', street_data / 'run.yaml', '--data', street_data]
    words += ['--out', folder / 'out', '--run', folder / 'run', '--weights-only']
    words += ['--devices', '2', '--accelerator', 'cpu', '--threads', '1']
    done = subprocess.run(
        [sys.executable, str(program), *map(str, words)],
        cwd=ROOT,
        env={
            **os.environ,
            'PYTHONPATH': str(ROOT),
            'PYTHONUNBUFFERED': '1',  # as in containers: a line written in two parts is torn
            'NOTES': str(notes),
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert (folder / 'out' / 'card.yaml').exists(), done.stderr
    return folder, done


def test_both_processes_hold_the_same_weights(trained):
    first, second = (torch.load(trained[0] / 'notes' / f'{rank}.pt') for rank in (0, 1))
    for part in ('network', 'average'):
        for key, value in first[part].items():
            assert torch.equal(value, second[part][key]), key


def test_their_shares_of_the_stream_are_disjoint_and_complete(trained):
    places = [
        [tuple(map(int, line.split())) for line in (trained[0] / 'notes' / f'{rank}.txt').open()]
        for rank in (0, 1)
    ]
    positions = [{position for position, _ in part} for part in places]
    assert not positions[0] & positions[1] and positions[0] | positions[1] == set(range(16))
    indices = [dict(part) for part in places]
    whole = indices[0] | indices[1]
    assert sorted(whole[position] for position in range(6)) == list(range(6))  # the first round


def test_one_bundle_is_written_and_one_cache_built(trained):
    folder, done = trained
    training = load_bundle(folder / 'out').card['training']
    assert training['images_seen'] == 16 and len(training['validation']) == 1
    assert done.stdout.count('6 images to train on, 2 to validate on') == 2  # once per run
    assert len(list((folder / 'run' / 'cache').glob('train-*'))) == 1


def test_a_bad_batch_of_either_stops_both_and_is_named(trained):
    folder, done = trained
    assert done.returncode in (2, -9), done.stderr  # the launcher may kill who ends second
    assert 'panoseg: the loss became nan on leftImg8bit/train/0/' in done.stderr
    named = done.stderr.split('nan on ')[1].split('\n')[0].split(', ')
    second = (folder / 'bad_notes' / '1.txt').read_text().split('\n')[:2]
    assert [name[-5] for name in named] == [line.split()[1] for line in second]
    assert not (folder / 'bad_out').exists()
