"""Many recordings at once: who gets which cores, and one that fails does not stop the rest."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import pytest
from replay_samples import job, metrics, write_bag

from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay import many, run_many, run_on_ray, share_cores

__all__ = ['job']
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ('count', 'cores', 'processes', 'threads'),
    [(1, 8, 1, 8), (2, 8, 2, 4), (3, 8, 3, 2), (8, 8, 8, 1), (20, 8, 8, 1), (5, 1, 1, 1)],
)
def test_cores_are_shared_and_never_given_twice(job, count, cores, processes, threads):
    found, shared = share_cores([job('a', threads=0)] * count, cores)
    assert (found, {entry.threads for entry in shared}) == (processes, {threads})
    assert found * threads <= cores


def test_threads_that_were_asked_for_are_kept(job):
    found, shared = share_cores([job('a', threads=3)] * 9, 8)
    assert found == 2 and {entry.threads for entry in shared} == {3}


def test_opencv_keeps_to_the_threads_of_the_job(job, monkeypatch):
    before = cv2.getNumThreads()
    monkeypatch.setattr(many, 'run_job', lambda _: {'threads': cv2.getNumThreads()})
    try:
        assert many._attempt(job('a', threads=1)).summary == {'threads': 1}
    finally:
        cv2.setNumThreads(before)


def jobs_of(job, tmp_path):
    paths = [write_bag(tmp_path / f'{name}.mcap', 3) for name in 'ab'] + [tmp_path / 'missing']
    return [job(path, out=tmp_path / f'out_{path.stem}') for path in paths]


def check(ends, told):
    assert len(ends) == len(told) == 3
    errors = [end.error for end in ends if end.error]
    assert len(errors) == 1 and 'missing: does not exist' in errors[0]
    for end in ends:
        if not end.error:
            assert end.summary['results'] == 3 and len(metrics(end.job)['frames']) == 3


def test_every_recording_is_replayed_in_a_process(job, tmp_path):
    told = []
    check(run_many(jobs_of(job, tmp_path), told.append, cores=2), told)


@pytest.mark.timeout(600)  # a cluster starts slowly on a busy machine
def test_a_ray_cluster_of_this_machine_replays_them_too(job, tmp_path, monkeypatch):
    pytest.importorskip('ray', reason='Ray is not installed: the extra ray')
    monkeypatch.setenv('HOME', str(tmp_path))  # Ray keeps a token in ~/.ray
    told = []
    jobs = [replace(entry, threads=1) for entry in jobs_of(job, tmp_path)]
    try:
        ends = run_on_ray(jobs, 'local', told.append)
    except ReplayError as err:
        if 'timed out during startup' not in str(err):
            raise
        pytest.skip(f'this machine is too busy for Ray: {err}')
    check(ends, told)


class FakeRay:
    """Ray's interface with everything done at once: remote, options, wait, get."""

    def __init__(self):
        self.given, self.stopped = [], False

    def init(self, address, **_):
        if address != 'local':
            raise ConnectionError('nobody\nanswers')

    def remote(self, function):
        ray = self

        class Remote:
            def options(self, num_cpus):
                ray.given.append(num_cpus)
                return self

            def remote(self, entry):
                return function(entry)

        return Remote()

    def wait(self, waiting):
        return waiting[-1:], waiting[:-1]

    def get(self, done):
        return done

    def shutdown(self):
        self.stopped = True


def test_jobs_reach_a_cluster_with_their_cores(job, tmp_path, monkeypatch):
    ray, told = FakeRay(), []
    monkeypatch.setitem(sys.modules, 'ray', ray)
    check(run_on_ray(jobs_of(job, tmp_path), 'local', told.append), told)
    assert ray.given == [1, 1, 1] and ray.stopped
    with pytest.raises(ReplayError, match=r'--ray far:1: no cluster: nobody answers'):
        run_on_ray([], 'far:1', told.append)


def test_without_ray_one_line_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, 'ray', None)
    with pytest.raises(ReplayError, match=r"pip install 'panoseg_ros\[ray\]'"):
        run_on_ray([], 'local', print)


# Five recordings for two cores; each writes its name, then goes on until it is interrupted.
MANY = """
import sys, time
from dataclasses import dataclass
from pathlib import Path
from panoseg_ros.evaluation.replay import many
from panoseg_ros.evaluation.replay.interrupts import between_frames

@dataclass
class Slow:
    source: str
    threads: int = 1

def slow(job):
    with open('begun', 'a') as stream:
        stream.write(job.source)
    with between_frames() as interrupt:
        while not interrupt.asked:
            time.sleep(0.02)
    return {'frames': 1}

many.run_job = slow  # here and, since spawned processes import this file, in each of them

if __name__ == '__main__':
    ends = many.run_many([Slow(name) for name in 'abcde'], lambda end: None, cores=2)
    print(sorted(end.job.source for end in ends if end.summary))
"""


def test_ctrl_c_ends_what_runs_and_begins_nothing_else(tmp_path):
    script, begun = tmp_path / 'slow.py', tmp_path / 'begun'
    script.write_text(MANY)
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, 'PYTHONPATH': str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 250
    while not (begun.exists() and len(begun.read_text()) == 2):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    assert set(begun.read_text()) == {'a', 'b'}
    assert out == "['a', 'b']\n"
