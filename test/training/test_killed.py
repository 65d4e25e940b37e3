"""A process killed by the system at any moment, and the run that goes on."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from panoseg_ros.cli.train import train
from panoseg_ros.training import load_train_config, trained_so_far

ROOT = Path(__file__).parents[2]
CHILD = """
import os, signal, sys
import torch
from panoseg_ros.training import loop
from panoseg_ros.cli.train import train

config, data, out, run, step, when = sys.argv[1:]
save, at = loop.save_checkpoint, int(step)

def die(state):
    os.kill(os.getpid(), signal.SIGKILL)

def dying(folder, state):
    if when == 'saving' and state['step'] >= at:
        torch.save = lambda state, stream: stream.write(b'half') and die(state)
    save(folder, state)

def share(fabric, network, seen=[]):
    seen.append(1)
    if when == 'stepping' and len(seen) == at:
        die(None)

loop.save_checkpoint, loop._share_statistics = dying, share
train(config=__import__('pathlib').Path(config), data=[data], out=__import__('pathlib').Path(out),
      run=__import__('pathlib').Path(run), threads=1, accelerator='cpu', graph=False)
"""


@pytest.fixture(scope='module')
def undisturbed(street_data, tmp_path_factory):
    place = tmp_path_factory.mktemp('undisturbed')
    return finished(street_data, place)


def finished(data, place):
    before = torch.get_num_threads()
    paths = (data / 'run.yaml', [str(data)], place / 'out', place / 'run')
    assert train(*paths, threads=1, accelerator='cpu', graph=False) == 0
    torch.set_num_threads(before)
    run = load_train_config(data / 'run.yaml')
    state = torch.load(place / 'run' / 'checkpoint.pt')
    return trained_so_far(run, place / 'run'), state


@pytest.mark.parametrize('when', ['stepping', 'saving'])
def test_run_killed_anywhere_ends_as_if_undisturbed(street_data, undisturbed, tmp_path, when):
    step = random.Random(os.getpid()).randint(1, 4)
    words = [street_data / 'run.yaml', street_data, tmp_path / 'out', tmp_path / 'run', step, when]
    done = subprocess.run(
        [sys.executable, '-c', CHILD, *map(str, words)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not (tmp_path / 'out').exists()
    resumed, state = finished(street_data, tmp_path)
    expected, whole = undisturbed
    for key in ('network', 'average', 'best'):
        for name, value in whole[key].items():
            assert torch.equal(value, state[key][name]), f'{name} after a kill at {when} {step}'
    assert resumed.position.seen == expected.position.seen == 8
    assert [e['mean_iou'] for e in resumed.position.history] == [
        e['mean_iou'] for e in expected.position.history
    ]
