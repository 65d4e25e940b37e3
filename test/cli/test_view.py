"""`panoseg view` as a process of its own."""

import os
import re
import signal
import subprocess
import sys
from importlib.util import find_spec

import pytest

from panoseg_ros.cli import main as cli
from panoseg_ros.evaluation.viewing import rerun_log

# Only looked for: importing it here would fix its settings before test/ros chooses them.
needs_ros = pytest.mark.skipif(find_spec('rclpy') is None, reason='rclpy is not installed')
needs_rerun = pytest.mark.skipif(find_spec('rerun') is None, reason='rerun-sdk is not installed')


@needs_ros
def test_a_missing_rerun_is_one_line(monkeypatch, capsys):
    monkeypatch.setattr(rerun_log, 'find_spec', lambda name: None)
    assert cli.main(['view']) == 2
    assert 'panoseg view needs Rerun' in capsys.readouterr().err


def test_a_missing_ros_is_one_line(monkeypatch, capsys):
    from panoseg_ros.cli import view

    monkeypatch.setattr(view, 'find_spec', lambda name: None)
    assert cli.main(['view']) == 2
    assert 'panoseg view needs rclpy' in capsys.readouterr().err


def run(tmp_path, *words):
    from panoseg_ros.ros.isolation import LockedDomain

    with LockedDomain() as domain:
        return subprocess.run(
            [sys.executable, '-m', 'panoseg_ros.cli.main', 'view', *words],
            env=domain.environment() | {'ROS_LOG_DIR': str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=250,
            check=False,
        )


@needs_ros
@needs_rerun
def test_it_writes_a_recording_and_ends_in_time(tmp_path):
    path = tmp_path / 'a.rrd'
    done = run(tmp_path, '--rrd', path, '--seconds', '0.2', '--rig', 'equirect', '--',
               '-r', '__ns:=/here')  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == 'viewing /here; Ctrl-C ends it\n'
    assert path.read_bytes()[:4] in (b'RRF2', b'RRIO')


@needs_ros
@needs_rerun
@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (['--rig', 'none'], "rig: 'none' is neither"),
        (['--label-set', 'none'], "label set: .*'none'"),
        (['--', '-r', 'nonsense'], 'ROS does not start'),
    ],
)
def test_a_wrong_word_is_one_line(tmp_path, words, reason):
    done = run(tmp_path, '--rrd', tmp_path / 'a.rrd', *words)
    assert done.returncode == 2
    ours = [line for line in done.stderr.splitlines() if line.startswith('panoseg: ')]
    assert len(ours) == 1 and 'Traceback' not in done.stderr, done.stderr  # rcl adds its own
    assert re.search(reason, ours[0])


@needs_ros
@needs_rerun
def test_ctrl_c_closes_the_recording(tmp_path):
    from panoseg_ros.ros.isolation import LockedDomain

    path = tmp_path / 'a.rrd'
    with LockedDomain() as domain:
        process = subprocess.Popen(
            [sys.executable, '-m', 'panoseg_ros.cli.main', 'view', '--rrd', path],
            env={**domain.environment(), 'ROS_LOG_DIR': str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        try:
            assert process.stdout.readline().startswith('viewing')
            os.kill(process.pid, signal.SIGINT)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.stdout.close()
    assert path.stat().st_size > 0
