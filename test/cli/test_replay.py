"""`panoseg replay` from the words to the exit code."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

import numpy as np

from panoseg_ros import bags
from panoseg_ros.cli.main import main
from panoseg_ros.cli.replay import folder_names

START, STEP = 1_700_000_000_000_000_000, 100_000_000


@pytest.fixture
def words(make_bundle, tmp_path):
    common = ['--bundle', str(make_bundle()), '--rig', 'equirect', '--threads', '1']
    return [*common, '--out', str(tmp_path / 'out')]


def record(path, count, topic='/image'):
    with bags.BagWriter(path) as writer:
        for index in range(count):
            stamp = START + index * STEP
            picture = np.full((32, 64, 3), index % 256, np.uint8)
            writer.write(topic, stamp, bags.ImageMessage(stamp, 'camera', picture, 'rgb8'))
    return str(path)


def test_one_bag_becomes_a_folder_and_one_line(words, tmp_path, capsys):
    path = record(tmp_path / 'a.mcap', 4, '/cam/raw')
    assert main(['replay', path, *words, '--masks', '--remap', 'image:=/cam/raw']) == 0
    assert '4 of 4 frames' in capsys.readouterr().out
    out = tmp_path / 'out'
    assert len(list((out / 'masks').iterdir())) == 4 and (out / 'panoseg.mcap').is_file()


def test_several_bags_get_a_folder_each_and_a_bad_one_is_named(words, tmp_path, capsys):
    paths = [record(tmp_path / f'{name}.mcap', 2) for name in 'ab']
    assert main(['replay', *paths, str(tmp_path / 'none'), *words, '--no-bag']) == 1
    said = capsys.readouterr()
    assert 'none: does not exist' in said.err and said.out.count('2 of 2 frames') == 2
    for name in 'ab':
        found = json.loads((tmp_path / 'out' / name / 'metrics.json').read_text())
        assert found['summary']['results'] == 2


def test_the_parameter_file_of_the_node_counts(words, tmp_path, capsys):
    params = tmp_path / 'params.yaml'
    params.write_text('/**:\n  ros__parameters:\n    pose_source: odom\n')
    assert main(['replay', record(tmp_path / 'a.mcap', 2), *words, '--params', str(params)]) == 0
    assert 'has no topic /odom' in capsys.readouterr().out


def test_the_device_of_the_parameter_file_counts(words, tmp_path, capsys):
    params = tmp_path / 'params.yaml'
    model = 'model: {backend: tensorrt, device: cpu}'  # refused with and without a GPU
    params.write_text(f'/**:\n  ros__parameters:\n    {model}\n')
    assert main(['replay', record(tmp_path / 'a.mcap', 2), *words, '--params', str(params)]) == 2
    assert 'tensorrt runs on a GPU only' in capsys.readouterr().err


def test_a_recording_of_which_nothing_can_be_used_is_a_failure(words, tmp_path, capsys):
    (tmp_path / 'pictures').mkdir()
    (tmp_path / 'pictures' / '1.jpg').write_bytes(b'not a picture')
    assert main(['replay', str(tmp_path / 'pictures'), *words, '--no-bag']) == 2
    said = capsys.readouterr()
    assert '0 of 1 frames' in said.out and '1.jpg' in said.out
    assert 'pictures: not one frame could be replayed' in said.err


def test_a_failure_is_one_line_and_nothing_before_it(words, tmp_path, capsys, monkeypatch):
    for name in ('FORCE_COLOR', 'TTY_COMPATIBLE'):  # which make a terminal of a pipe
        monkeypatch.delenv(name, raising=False)
    assert main(['replay', str(tmp_path / 'missing.mcap'), *words]) == 2
    said = capsys.readouterr()
    assert said.out == '' and said.err.startswith('panoseg: ') and said.err.count('\n') == 1


def test_recordings_that_are_called_alike_are_told_apart():
    assert folder_names(['x/a.mcap', 'y/a.mcap', 'b', 'z/a']) == ['a', 'a_2', 'b', 'a_3']


def begin(words, path, until):
    """Start a process that replays, and return it once `until()` holds."""
    command = [sys.executable, '-m', 'panoseg_ros.cli.main', 'replay', path, *words, '--masks']
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {'OMP_NUM_THREADS': '1'},
    )  # fmt: skip
    deadline_s = time.monotonic() + 250
    while not until():
        assert process.poll() is None and time.monotonic() < deadline_s
        time.sleep(0.01)
    return process


def go_on(words, path, count):
    """Resume the replay and check that every frame is there, once and in order."""
    assert main(['replay', path, *words, '--masks', '--resume']) == 0
    out = Path(words[-1])
    found = json.loads((out / 'metrics.json').read_text())
    assert [frame['index'] for frame in found['frames']] == list(range(count))
    assert len(list((out / 'masks').iterdir())) == count
    with bags.BagReader(out / 'panoseg.mcap') as bag:
        stamps = [record.stamp_ns for record in bag.raw(['/segmentation/mask'])]
    assert stamps == [START + index * STEP for index in range(count)]
    assert {entry.name for entry in out.iterdir()} == {
        'frames.jsonl', 'masks', 'metrics.json', 'panoseg.mcap'
    }  # fmt: skip


def test_ctrl_c_ends_cleanly_and_resume_goes_on(words, tmp_path):
    count, masks = 300, tmp_path / 'out' / 'masks'
    path = record(tmp_path / 'a.mcap', count)
    process = begin(words, path, lambda: masks.is_dir() and any(masks.iterdir()))
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=250)
    done = json.loads((tmp_path / 'out' / 'metrics.json').read_text())['summary']
    assert process.returncode == 130 and 'go on with --resume' in said
    assert 0 < done['results'] < count
    go_on(words, path, count)


def test_a_process_that_was_killed_can_be_resumed(words, tmp_path):
    count, index = 400, tmp_path / 'out' / 'frames.jsonl'
    path = record(tmp_path / 'a.mcap', count)
    process = begin(words, path, lambda: index.exists() and index.read_text().count('\n') > 1)
    process.kill()
    process.communicate(timeout=250)
    assert not (tmp_path / 'out' / 'metrics.json').exists()
    go_on(words, path, count)
