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

from panoseg_ros.errors import DivergedError
from panoseg_ros.processes import end_with_parent
from panoseg_ros.synthetic.recording.files import write_whole
from panoseg_ros.training import Report, keep_freed_memory
from panoseg_ros.training.checkpoint import CHECKPOINT

PLAN, RESULT = 'plan.json', 'result.json'
FAILED = 'failed'  # in a result: why there is no score
LOG_EVERY_S = 60.0


class Job(Protocol):
    """A run with a folder of its own; a result in it means that the run is complete."""

    def folder(self, work: Path) -> Path:
        """Return where the run is kept."""
        ...

    def steps(self, work: Path) -> int:
        """Return how many steps it trains, by which the time that is left is told."""
        ...


AnyJob = TypeVar('AnyJob', bound=Job)
# Work folder, job -> what to write down: JSON, with `training_s`.
Do = Callable[[Path, AnyJob], dict[str, Any]]
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


def write_json(path: Path, found: Any) -> None:
    """Write a JSON file whole or not at all, in folders that are made where they are missing."""
    write_whole(path, json.dumps(found, indent=1).encode())


def keep_plan(plan: dict[str, Any], work: Path) -> None:
    """Write all that scores depend on into a work folder.

    Raises:
        SystemExit: if the folder holds another plan.
    """
    path = work / PLAN
    given = json.loads(json.dumps(plan))
    if not path.exists():
        write_json(path, given)
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


def success_of(work: Path, job: Job) -> dict[str, Any] | None:
    """Return what a run ended with, None if it has not or has failed."""
    result = result_of(work, job)
    return None if result is None or FAILED in result else result


def failures(work: Path, jobs: Sequence[Job]) -> dict[str, str]:
    """Return why runs have failed, by their names."""
    results = ((job, result_of(work, job)) for job in jobs)
    return {job.folder(work).name: one[FAILED] for job, one in results if one and FAILED in one}


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
    arguments = (work, jobs, do, processes, threads, lacks)
    if processes == 1:
        take_jobs(*arguments)
        return
    context = multiprocessing.get_context('spawn')
    workers = [context.Process(target=_work, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit('a process failed; the same command goes on where the runs stand')


def _work(*arguments: Any) -> None:
    end_with_parent()
    take_jobs(*arguments)


def take_jobs(
    work: Path,
    jobs: Sequence[AnyJob],
    do: Do[AnyJob],
    processes: int,
    threads: int,
    lacks: Lacks[AnyJob] = nothing,
) -> None:
    """Do every job that no other process is doing, until all are done; see `run_jobs`."""
    keep_freed_memory()
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    while left := [job for job in jobs if result_of(work, job) is None]:
        able = [job for job in left if not lacks(work, job)]
        if not able:
            raise SystemExit(f'{left[0].folder(work).name}: {lacks(work, left[0])}')
        did = next((job for job in able if _attempt(work, job, do, wait=False)), None)
        if did is None:
            _attempt(work, able[0], do, wait=True)
        else:
            print(f'{did.folder(work).name}: done, {standing(work, jobs, processes)}', flush=True)


def _attempt(work: Path, job: AnyJob, do: Do[AnyJob], wait: bool) -> bool:
    """Do a job unless it is done or another process holds it; return whether it was done.

    A run that diverges is done, too: it stays in the table as failed.
    """
    folder = job.folder(work)
    with locked(folder / '.lock', wait) as held:
        if not held or result_of(work, job) is not None:
            return False
        try:
            result = do(work, job)
        except DivergedError as err:  # it would again, so it counts as it is
            result = {FAILED: str(err), 'training_s': 0.0}
        write_json(folder / RESULT, result)
        (folder / CHECKPOINT).unlink(missing_ok=True)
        return True


def standing(work: Path, jobs: Sequence[AnyJob], processes: int) -> str:
    """Return how many jobs are done, and how long training takes for the others at that speed."""
    results = {job: result_of(work, job) for job in jobs}
    done = [job for job, result in results.items() if result and FAILED not in result]
    waiting = [job for job, result in results.items() if result is None]
    spent_s = sum(result['training_s'] for result in results.values() if result)
    steps, steps_left = (sum(job.steps(work) for job in some) for some in (done, waiting))
    left_s = spent_s / max(steps, 1) * steps_left / processes
    return f'{len(jobs) - len(waiting)} of {len(jobs)} runs; about {left_s / 60:.0f} min left'


def line_a_minute(name: str) -> Callable[[Report], None]:
    """Return a training run's report that prints how far it is."""
    due = _minutes()

    def report(now: Report) -> None:
        if due():
            said = f'step {now.step}, loss {now.loss:.3f}, {now.eta_s:.0f} s left'
            print(f'{name}: {said}', flush=True)

    return report


def count_a_minute(what: str, total: int) -> Callable[..., None]:
    """Return what is called with how many are done, first of all, and prints it."""
    due, began = _minutes(), time.monotonic()

    def progress(done: int, *_: int) -> None:
        if due():
            left_s = (time.monotonic() - began) * (total - done) / done
            print(f'{what}: {done} of {total}, {left_s:.0f} s left', flush=True)

    return progress


def _minutes() -> Callable[[], bool]:
    """Return what says once a minute that a line is due."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        if time.monotonic() - last < LOG_EVERY_S:
            return False
        last = time.monotonic()
        return True

    return due
