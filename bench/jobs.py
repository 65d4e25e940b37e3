"""Training runs as jobs that several processes take from one work folder."""

import fcntl
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import cv2
import torch

from panoseg_ros.training import Report, keep_freed_memory
from panoseg_ros.training.checkpoint import CHECKPOINT

PLAN, RESULT = 'plan.json', 'result.json'
LOG_EVERY_S = 60.0


class Job(Protocol):
    """A run with a folder of its own; a result in it means that the run is complete."""

    def folder(self, work: Path) -> Path:
        """Return where the run is kept."""
        ...


AnyJob = TypeVar('AnyJob', bound=Job)
Do = Callable[[Path, AnyJob], dict[str, Any]]  # work folder, job -> what to write down
Lacks = Callable[[Path, AnyJob], str]  # what a job waits for, '' for nothing


@contextmanager
def locked(path: Path, wait: bool = True) -> Iterator[bool]:
    """Hold a lock while the block runs and say whether it could be had; a kill frees it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w') as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True


def keep_plan(plan: dict[str, Any], work: Path) -> None:
    """Write all that scores depend on into a work folder.

    Raises:
        SystemExit: if the folder holds another plan.
    """
    path = work / PLAN
    given = json.loads(json.dumps(plan))
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(given, indent=1), encoding='utf-8')
        return
    kept = json.loads(path.read_text(encoding='utf-8'))
    wrong = [key for key, value in given.items() if kept.get(key) != value]
    if wrong:
        raise SystemExit(
            f'{path}: {wrong[0]} is {kept.get(wrong[0])}, not {given[wrong[0]]}; '
            f'give another work folder'
        )


def result_of(work: Path, job: Job) -> dict[str, Any] | None:
    """Return what a run ended with, None if it has not."""
    path = job.folder(work) / RESULT
    return json.loads(path.read_text(encoding='utf-8')) if path.exists() else None


def nothing(work: Path, job: Job) -> str:
    """Return '': the job can begin at any time."""
    return ''


def run_jobs(
    work: Path,
    jobs: Sequence[AnyJob],
    do: Do[AnyJob],
    processes: int,
    threads: int,
    lacks: Lacks[AnyJob] = nothing,
) -> None:
    """Do the jobs that are left; other calls on the same folder may do some meanwhile.

    Args:
        work: the folder of all runs.
        jobs: what is wanted.
        do: does one job; a function of a module, since processes are spawned.
        processes: how many jobs are done at a time.
        threads: of each process.
        lacks: what a job waits for, '' if it can begin.

    Raises:
        SystemExit: if a process failed, or what is left can never begin.
    """
    arguments = (work, jobs, do, threads, lacks)
    if processes == 1:
        take_jobs(*arguments)
        return
    context = multiprocessing.get_context('spawn')
    workers = [context.Process(target=take_jobs, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit('a process failed; the same command goes on where the runs stand')


def take_jobs(
    work: Path,
    jobs: Sequence[AnyJob],
    do: Do[AnyJob],
    threads: int,
    lacks: Lacks[AnyJob] = nothing,
) -> None:
    """Do every job that no other process is doing, until all are done."""
    keep_freed_memory()
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    while left := [job for job in jobs if result_of(work, job) is None]:
        able = [job for job in left if not lacks(work, job)]
        if not able:
            raise SystemExit(f'{left[0].folder(work).name}: {lacks(work, left[0])}')
        did = [_attempt(work, job, do, wait=False) for job in able]
        if not any(did):
            _attempt(work, able[0], do, wait=True)


def _attempt(work: Path, job: AnyJob, do: Do[AnyJob], wait: bool) -> bool:
    """Do a job unless it is done or another process holds it; return whether it was done."""
    folder = job.folder(work)
    with locked(folder / '.lock', wait) as held:
        if not held or result_of(work, job) is not None:
            return False
        result = do(work, job)
        partial = folder / f'{RESULT}.partial'
        partial.write_text(json.dumps(result, indent=1), encoding='utf-8')
        partial.replace(folder / RESULT)
        (folder / CHECKPOINT).unlink(missing_ok=True)
        return True


def line_a_minute(name: str) -> Callable[[Report], None]:
    """Return a training run's report that prints how far it is."""
    last = time.monotonic()

    def report(now: Report) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_EVERY_S:
            last = time.monotonic()
            print(
                f'{name}: step {now.step}, loss {now.loss:.3f}, {now.eta_s:.0f} s left', flush=True
            )

    return report
