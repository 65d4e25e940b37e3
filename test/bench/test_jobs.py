"""Runs that several processes share, killed at any moment."""

import json
import os
import re
import signal
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip('lightning', reason='the jobs are training runs')

from bench import jobs
from bench.jobs import (
    RESULT,
    count_a_minute,
    failures,
    keep_plan,
    locked,
    result_of,
    standing,
    success_of,
    take_jobs,
)
from panoseg_ros.errors import DivergedError


class Job(NamedTuple):
    """One of four runs, the later ones longer."""

    number: int

    def folder(self, work: Path) -> Path:
        return work / 'runs' / str(self.number)

    def steps(self, work: Path) -> int:
        return 100 * self.number


JOBS = tuple(map(Job, (1, 2, 3, 4)))


def do(work, job):
    (work / 'did').open('a').write(f'{job.number}\n')
    return {'training_s': 60.0 * job.number}


def did(work):
    return (work / 'did').read_text().split()


def killed(happening):
    """Do something in a process of its own that is to end by SIGKILL."""
    child = os.fork()
    if not child:
        happening()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def test_every_job_is_done_once_and_the_time_left_is_told(tmp_path, capsys):
    for _ in range(2):
        take_jobs(tmp_path, JOBS, do, 2, 1)
    assert did(tmp_path) == ['1', '2', '3', '4']
    said = capsys.readouterr().out.splitlines()
    # 0.6 s per step: 900 steps of two processes after the first run, then 700, 400 and none.
    assert [line.split('; ')[1] for line in said] == [
        f'about {minutes} min left' for minutes in (4, 4, 2, 0)
    ]
    assert said[2].startswith('3: done, 3 of 4 runs;')


def test_a_job_that_was_killed_is_done_again(tmp_path):
    killed(lambda: jobs._attempt(tmp_path, JOBS[0], die, wait=False))
    assert result_of(tmp_path, JOBS[0]) is None
    take_jobs(tmp_path, JOBS[:1], do, 1, 1)  # the lock is free
    assert did(tmp_path) == ['1']


def test_a_run_that_diverges_is_kept_as_failed_and_holds_up_none(tmp_path, capsys):
    def diverging(work, job):
        if job.number == 2:
            raise DivergedError('the loss became nan on a.png')
        return do(work, job)

    for _ in range(2):
        take_jobs(tmp_path, JOBS, diverging, 1, 1)
    assert did(tmp_path) == ['1', '3', '4']
    assert failures(tmp_path, JOBS) == {'2': 'the loss became nan on a.png'}
    assert success_of(tmp_path, JOBS[1]) is None and success_of(tmp_path, JOBS[0])
    assert '4 of 4 runs; about 0 min left' in capsys.readouterr().out


@pytest.mark.parametrize('moment', ['write_bytes', 'replace'])
def test_a_result_is_there_whole_or_not_at_all(tmp_path, monkeypatch, moment):
    real = getattr(Path, moment)

    def dying(path, content):
        if moment == 'write_bytes':
            content = content[: len(content) // 2]
            real(path, content)
        die()

    with monkeypatch.context() as patch:
        patch.setattr(Path, moment, dying)
        killed(lambda: jobs._attempt(tmp_path, JOBS[0], do, wait=False))
        killed(lambda: keep_plan({'steps': 3}, tmp_path))
    assert result_of(tmp_path, JOBS[0]) is None
    take_jobs(tmp_path, JOBS[:1], do, 1, 1)
    assert json.loads((JOBS[0].folder(tmp_path) / RESULT).read_text()) == {'training_s': 60.0}
    keep_plan({'steps': 4}, tmp_path)
    with pytest.raises(SystemExit, match='steps is 4, not 3'):
        keep_plan({'steps': 3}, tmp_path)


def test_what_another_process_holds_is_left_to_it(tmp_path):
    with locked(JOBS[0].folder(tmp_path) / '.lock'):
        assert not jobs._attempt(tmp_path, JOBS[0], do, wait=False)
        assert jobs._attempt(tmp_path, JOBS[1], do, wait=False)
    assert did(tmp_path) == ['2']


def test_what_can_never_begin_is_said(tmp_path):
    with pytest.raises(SystemExit, match='1: waits for rain'):
        take_jobs(tmp_path, JOBS, do, 1, 1, lambda work, job: 'waits for rain')


def test_the_estimate_knows_longer_runs(tmp_path):
    jobs._attempt(tmp_path, JOBS[3], do, wait=False)
    assert standing(tmp_path, JOBS, 1) == '1 of 4 runs; about 6 min left'


def test_counting_says_once_a_minute_how_much_is_done(monkeypatch, capsys):
    progress = count_a_minute('scenes', 8)
    progress(1)
    assert capsys.readouterr().out == ''
    monkeypatch.setattr(jobs, 'LOG_EVERY_S', 0.0)
    progress(2)
    assert re.fullmatch(r'scenes: 2 of 8, \d+ s left\n', capsys.readouterr().out)
