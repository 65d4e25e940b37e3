"""Recordings that are long, start again, or hold video."""

import subprocess
import sys
from pathlib import Path

import pytest
from replay_samples import MS, START, S, at, dark, image, job, messages, metrics, write_bag

from panoseg_ros import bags
from panoseg_ros.evaluation.replay import run_job
from panoseg_ros.streams import StreamRules

__all__ = ['job']
FRAMES, EARLY = 2000, 500
GROWTH_KB = 4096  # the pictures of the frames between alone would be twice as much
MEASURE = """
import sys
from panoseg_ros.evaluation.replay import ReplayJob, run_job
from pathlib import Path
from panoseg_ros.evaluation.replay.player import SETTLE
def rss_kb():
    return int(open('/proc/self/statm').read().split()[1]) * 4
found = {}
def seen(outcome):
    found[outcome.number] = rss_kb()
source, bundle, rig, out = sys.argv[1:]
run_job(ReplayJob(source, bundle, rig, Path(out), threads=1, outputs=('bag',)), seen=seen)
print(found[%d], found[max(found)])
"""


@pytest.mark.skipif(not Path('/proc/self/statm').exists(), reason='memory is read from /proc')
def test_memory_stays_flat(job, tmp_path):
    """In a process of its own: the memory of this one knows other tests."""
    path = write_bag(tmp_path / 'long.mcap', FRAMES)
    done = job(path)
    words = [done.source, done.bundle, done.rig, str(tmp_path / 'measured')]
    output = subprocess.run(
        [sys.executable, '-c', MEASURE % EARLY, *words],
        check=True, stdout=subprocess.PIPE, text=True, timeout=300,
    ).stdout  # fmt: skip
    early_kb, late_kb = map(int, output.split())
    assert late_kb - early_kb < GROWTH_KB


def test_a_bag_that_was_looped_starts_anew(job, tmp_path):
    path = tmp_path / 'a.mcap'
    with bags.BagWriter(path) as writer:
        for index, stamp in enumerate([*(at(k + 100) for k in range(4)), *map(at, range(4))]):
            writer.write('/image', START + index * S, image(index, stamp))
    done = job(path)
    assert run_job(done)['results'] == 8
    stamps = [frame['stamp_ns'] for frame in metrics(done)['frames']]
    assert stamps == [*(at(k + 100) for k in range(4)), *map(at, range(4))]


def test_a_picture_that_comes_late_is_counted_and_left_out(job, tmp_path):
    path = tmp_path / 'a.mcap'
    with bags.BagWriter(path) as writer:
        for index, when in enumerate((0, 2, 1, 3)):
            writer.write('/image', at(index), image(index, at(when)))
    summary = run_job(job(path))
    assert summary['results'] == 3 and '1 images came late' in summary['problems'][0]


def test_the_delay_of_the_camera_is_taken_off(job, tmp_path):
    rules = StreamRules()
    rules = StreamRules(intake=rules.intake._replace(capture_delay_s=0.04))
    done = job(write_bag(tmp_path / 'a.mcap', 2), rules=rules)
    run_job(done)
    masks = messages(done, '/segmentation/mask')
    assert [mask.stamp_ns for mask in masks] == [at(0) - 40 * MS, at(1) - 40 * MS]


def test_video_packets_become_pictures_with_their_own_stamps(job, tmp_path):
    pytest.importorskip('av', reason='video needs PyAV')
    from video_streams import stream

    packets = stream(24, size=(64, 32), b_frames=2)
    path = tmp_path / 'a.mcap'
    with bags.BagWriter(path) as writer:
        for number, (index, packet) in enumerate(packets):
            message = bags.CompressedImageMessage(at(index), 'camera', 'h264', bytes(packet))
            writer.write('/image/compressed', at(number), message)
    done = job(path)
    summary = run_job(done)
    stamps = [frame['stamp_ns'] for frame in metrics(done)['frames']]
    assert stamps == sorted(stamps) and len(stamps) >= 20
    assert set(stamps) <= {at(index) for index, _ in packets} and summary['faults'] == {}
    assert all(dark(mask.image) >= -2 for mask in messages(done, '/segmentation/mask'))
