"""The whole demo in real processes, with a tiny bundle and a tiny drive."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import uuid
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from rrd_files import entities

from panoseg_ros.cli import main as cli

# Only looked for: importing it here would fix its settings before test/ros chooses them.
pytestmark = [
    pytest.mark.skipif(find_spec('rclpy') is None, reason='rclpy is not installed'),
    pytest.mark.timeout(600),  # four processes import all they need, on however few cores
]
MARK = 'PANOSEG_TEST_MARK'
LONG_S, HANG_S = 3000, 250  # neither is reached unless something waits in vain


@pytest.fixture
def drive(tmp_path):
    folder = tmp_path / 'drive'
    folder.mkdir()
    lines = ['frames:']
    for index in range(3):
        image = np.full((96, 192, 3), 60 * index, np.uint8)
        cv2.imwrite(str(folder / f'{index}.jpg'), image)
        lines.append(f'  - {{file: {index}.jpg, x_m: {0.1 * index}, y_m: 0, yaw_rad: 0}}')
    (folder / 'drive.yaml').write_text('\n'.join(lines))
    return folder


class Demo:
    """A running `panoseg demo` whose output is read line by line."""

    def __init__(self, *options):
        self.mark = uuid.uuid4().hex
        self.lines = []
        self.process = subprocess.Popen(
            [
                sys.executable,
                '-m',
                'panoseg_ros.cli.main',
                'demo',
                '--headless',
                *map(str, options),
            ],
            env={**os.environ, MARK: self.mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # An interrupted demo must stop even where a shell started it with SIGINT ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )

    def read_until(self, words):
        for line in self.process.stdout:
            self.lines.append(line)
            if re.search(words, line):
                return
        pytest.fail(f'{words!r} was never said: {self.lines}')

    def finish(self):
        """Return the exit code, with all output read and nothing left running."""
        self.lines += self.process.communicate(timeout=HANG_S)[0].splitlines(keepends=True)
        assert not self.running()
        return self.process.returncode

    def running(self, words=''):
        """Return the processes of this demo whose command line holds the words."""
        found = []
        for folder in Path('/proc').glob('[0-9]*'):
            try:
                ours = f'{MARK}={self.mark}'.encode() in (folder / 'environ').read_bytes()
                command = (folder / 'cmdline').read_bytes().replace(b'\0', b' ').decode()
            except OSError:
                continue
            if ours and words in command:
                found.append(int(folder.name))
        return found


@pytest.fixture
def start(drive, make_bundle, tmp_path):
    """Return a function that starts the demo with more options."""
    given = ['--images', drive, '--rig', 'dual_fisheye', '--model', make_bundle()]
    given += ['--out', tmp_path / 'out']
    started = []

    def begin(*options):
        started.append(Demo(*given, *options))
        return started[-1]

    yield begin
    for demo in started:
        for pid in demo.running():
            os.kill(pid, signal.SIGKILL)
        demo.process.wait(HANG_S)
        demo.process.stdout.close()


def test_a_run_measures_until_ctrl_c_and_leaves_pictures(start, tmp_path):
    demo = start()
    demo.read_until(r' out (?!0\.0 )\S+ Hz')  # a costmap since the warm-up
    demo.process.send_signal(signal.SIGINT)
    assert demo.finish() == 0, demo.lines
    text, out = ''.join(demo.lines), tmp_path / 'out'
    assert 'limited to this host' in demo.lines[0]
    assert 'lost: never arrived' in text
    assert 'not a clean end' not in text
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['costmaps'] > 0
    assert summary['latency_p50_ms'] <= summary['latency_p95_ms'] <= summary['latency_p99_ms']
    assert set(summary['cores']) == {'node', 'robot', 'viewer'}
    for name in ('panorama', 'overlay', 'costmap', 'side_by_side'):
        assert cv2.imread(str(out / f'{name}.png')) is not None
    assert (out / 'drive.mp4').exists() or 'no video' in text


@pytest.mark.parametrize('words', ['demo in', 'warming up'])
def test_ctrl_c_is_a_clean_end(start, words):
    demo = start('--seconds', LONG_S)
    demo.read_until(words)
    demo.process.send_signal(signal.SIGINT)
    assert demo.finish() == 0, demo.lines
    text = ''.join(demo.lines)
    assert 'Traceback' not in text and 'not a clean end' not in text


def test_a_node_that_dies_ends_the_demo_with_one_line(start):
    demo = start('--seconds', LONG_S)
    demo.read_until('warming up')
    (node,) = demo.running('panoseg_ros.ros.main')
    os.kill(node, signal.SIGKILL)
    assert demo.finish() == 2
    assert 'panoseg: the node was killed by SIGKILL' in demo.lines[-1]


def test_a_killed_demo_takes_its_processes_with_it(start):
    demo = start('--seconds', LONG_S)
    demo.read_until('node:')
    demo.process.kill()
    demo.process.wait(HANG_S)
    deadline = time.monotonic() + HANG_S
    while demo.running():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_wrong_options_are_one_line(drive, make_bundle, tmp_path, capsys):
    def refused(*options):
        assert cli.main(['demo', *map(str, options)]) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        return line

    assert '--images and --rig belong together' in refused('--images', drive)
    pictures = ['--images', drive, '--model', make_bundle(), '--rig']
    assert 'one image topic' in refused(*pictures, 'dual_fisheye_two_topics')
    assert 'no_such_rig' in refused(*pictures, 'no_such_rig')
    cv2.imwrite(str(drive / '0.jpg'), np.zeros((90, 90, 3), np.uint8))
    assert 'does not fit rig dual_fisheye' in refused(*pictures, 'dual_fisheye')
    assert 'no such file' in refused('--images', tmp_path / 'none', *pictures[2:], 'dual_fisheye')


@pytest.mark.skipif(find_spec('rerun') is None, reason='rerun-sdk is not installed')
def test_without_a_screen_the_view_is_a_recording(start, tmp_path):
    demo = start('--seconds', 2, '--view')
    assert demo.finish() == 0, demo.lines  # by itself
    assert json.loads((tmp_path / 'out' / 'summary.json').read_text())['seconds'] >= 2.0
    found = entities(tmp_path / 'out' / 'demo.rrd')
    rows = {
        '/panorama/image': 'EncodedImage', '/panorama/mask': 'SegmentationImage',
        '/costmap/combined': 'SegmentationImage', '/costmap/road': 'SegmentationImage',
        '/world/base': 'Transform3D', '/world/base/points': 'Points3D',
        '/plot/latency': 'Scalars',
        '/plot/stages/network': 'Scalars',
    }  # fmt: skip
    assert all(found[name][kind] for name, kind in rows.items()), found
