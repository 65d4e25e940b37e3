"""Processes that do not outlive the one that started them."""

import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from panoseg_ros.processes import end_with_parent

needs_proc = pytest.mark.skipif(
    not Path('/proc/self/stat').exists(), reason='whether a process has ended is read from /proc'
)


def wait_for_nobody(note):
    end_with_parent()
    fresh = note.with_suffix('.new')
    fresh.write_text(str(os.getpid()))
    fresh.replace(note)
    time.sleep(600)


def has_ended(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] == 'Z'
    except FileNotFoundError:
        return True


def until(true):
    """Wait for something that only a hang prevents."""
    for _ in range(5000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError('it did not happen')


@needs_proc
@pytest.mark.timeout(300)
def test_processes_end_with_the_one_that_started_them(tmp_path):
    note, first = tmp_path / 'pid', os.fork()
    if not first:
        get_context('fork').Process(target=wait_for_nobody, args=(note,)).start()
        until(note.exists)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(first, 0)
    until(lambda: has_ended(int(note.read_text())))


WORKERS = """
import os, signal, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from {module} import _begin
context = get_context('spawn')
pool = ProcessPoolExecutor(1, context, _begin, {arguments})
print(pool.submit(os.getpid).result(), flush=True)
pool.submit(time.sleep, 600)
os.kill(os.getpid(), signal.SIGKILL)
"""


@needs_proc
@pytest.mark.parametrize(
    ('module', 'arguments'),
    [
        ('panoseg_ros.evaluation.replay.many', '(context.Event(),)'),
        ('panoseg_ros.evaluation.ground.bench', '()'),
    ],
)
@pytest.mark.timeout(300)
def test_so_do_the_workers_of_replays_and_of_the_ground_bench(module, arguments):
    words = [sys.executable, '-c', WORKERS.format(module=module, arguments=arguments)]
    done = subprocess.run(words, stdout=subprocess.PIPE, check=False)  # until the last has ended
    assert done.returncode == -signal.SIGKILL and has_ended(int(done.stdout))


def test_who_was_started_by_nobody_watches_nobody():
    before = threading.enumerate()
    end_with_parent()
    assert threading.enumerate() == before
