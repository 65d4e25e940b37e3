"""Work that several processes share."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.recording.processes import in_order

ROOT = Path(__file__).parents[3]


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


SLOW = """
import sys, time
from panoseg_ros.synthetic.recording.processes import in_order

def slow(number):
    open(f'begun{number}', 'w').close()
    time.sleep(60)

if __name__ == '__main__':
    list(in_order(slow, range(9), 2))
"""


def test_an_interrupt_ends_the_processes_at_once(tmp_path):
    script = tmp_path / 'slow.py'
    script.write_text(SLOW)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 250
    while len(list(tmp_path.glob('begun*'))) < 2:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=50)
    assert err.count('Traceback') == 1  # that of the interrupt
    assert len(list(tmp_path.glob('begun*'))) == 2
