"""Work that several processes share."""

import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.processes import end_with_parent, in_order


@pytest.mark.timeout(120)  # processes start slowly on a busy machine
def test_results_come_in_the_order_of_the_items():
    assert list(in_order(str, range(5), 2)) == ['0', '1', '2', '3', '4']


@pytest.mark.timeout(120)
def test_errors_of_the_job_are_raised_here():
    with pytest.raises(ValueError, match='invalid literal'):
        list(in_order(int, ['1', 'x'], 1))


@pytest.mark.timeout(120)
def test_a_process_that_the_system_ends_is_said():
    with pytest.raises(SyntheticError, match='ended by the system'):
        list(in_order(os._exit, [9], 1))


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


@pytest.mark.skipif(not hasattr(os, 'fork'), reason='starts its processes by fork')
@pytest.mark.timeout(300)
def test_processes_end_with_the_one_that_started_them(tmp_path):
    note, first = tmp_path / 'pid', os.fork()
    if not first:
        get_context('fork').Process(target=wait_for_nobody, args=(note,)).start()
        until(note.exists)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(first, 0)
    until(lambda: has_ended(int(note.read_text())))


def test_who_was_started_by_nobody_goes_on():
    end_with_parent()
