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
WHEN = ('stepping', 'saving')
CHILD = """
import os, signal, sys
from pathlib import Path
import torch
from panoseg_ros.training import loop
from panoseg_ros.cli.train import train

data, folder = Path(sys.argv[1]), Path(sys.argv[2])
save = loop.save_checkpoint

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
for word in sys.argv[3:]:
    when, at = word.split(':')[0], int(word.split(':')[1])
    child = os.fork()
    if not child:
        place = folder / when
        train(data / 'run.yaml', [str(data)], place / 'out', place / 'run',
              threads=1, accelerator='cpu', graph=False)
        os._exit(0)
    print(when, -os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
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


@pytest.fixture(scope='module')
def killed(street_data, tmp_path_factory):
    """Kill two runs at random steps; return their folder and at which."""
    folder, draw = tmp_path_factory.mktemp('killed'), random.Random(os.getpid())
    steps = {when: draw.randint(1, 4) for when in WHEN}
    words = [street_data, folder, *(f'{when}:{step}' for when, step in steps.items())]
    done = subprocess.run(
        [sys.executable, '-c', CHILD, *map(str, words)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=250,
    )
    ended = [f'{when} {signal.SIGKILL.value}' for when in WHEN]
    assert [line for line in done.stdout.splitlines() if line in ended] == ended, done.stderr
    return folder, steps


@pytest.mark.parametrize('when', WHEN)
def test_run_killed_anywhere_ends_as_if_undisturbed(street_data, undisturbed, killed, when):
    folder, step = killed[0] / when, killed[1][when]
    assert not (folder / 'out').exists()
    resumed, state = finished(street_data, folder)
    expected, whole = undisturbed
    for key in ('network', 'average', 'best'):
        for name, value in whole[key].items():
            assert torch.equal(value, state[key][name]), f'{name} after a kill at {when} {step}'
    assert resumed.position.seen == expected.position.seen == 8
    assert [e['mean_iou'] for e in resumed.position.history] == [
        e['mean_iou'] for e in expected.position.history
    ]
