"""Several replays at once, on the cores of this machine or of a Ray cluster."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from multiprocessing import get_context
from typing import Any, NamedTuple

import cv2

from panoseg_ros.errors import PanosegError, ReplayError, one_line
from panoseg_ros.evaluation.replay.job import ReplayJob, run_job
from panoseg_ros.processes import end_with_parent

_stops: list[Any] = []  # events of this process's parent: begin nothing any more
POOLS = ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'NUMBA_NUM_THREADS')


class Ended(NamedTuple):
    """How a job ended: with a summary, or with one line that says why not."""

    job: ReplayJob
    summary: dict[str, Any] | None
    error: str
    interrupted: bool = False  # by Ctrl-C, before there was a summary


def share_cores(jobs: Sequence[ReplayJob], cores: int = 0) -> tuple[int, list[ReplayJob]]:
    """Return how many processes to start, and the jobs with their threads.

    As many processes as there are cores, or jobs if these are fewer; the cores are divided
    among them. Jobs that name their number of threads keep it.

    Args:
        jobs: what is to be done.
        cores: of the machine, 0 asks it.
    """
    cores = cores or len(os.sched_getaffinity(0))
    named = max((job.threads for job in jobs), default=0)
    processes = max(1, min(len(jobs), cores // named if named else cores))
    threads = max(1, cores // processes)
    return processes, [job if job.threads else replace(job, threads=threads) for job in jobs]


def run_many(
    jobs: Sequence[ReplayJob], ended: Callable[[Ended], None], cores: int = 0
) -> list[Ended]:
    """Run jobs in processes of this machine and return how each of them ended, as they end.

    A KeyboardInterrupt reaches the processes from the terminal as well: they end with what
    they have, and this returns.
    """
    processes, shared = share_cores(jobs, cores)
    found: list[Ended] = []
    threads = str(shared[0].threads) if shared else '1'
    before = {name: os.environ.get(name) for name in POOLS}
    os.environ.update(dict.fromkeys(POOLS, threads))
    try:
        context = get_context('spawn')  # runtimes do not survive a fork
        stop = context.Event()
        with ProcessPoolExecutor(processes, context, _begin, (stop,)) as pool:
            waiting = {pool.submit(_attempt, job): job for job in shared}
            try:
                while waiting:
                    _take(waiting, found, ended)
            except KeyboardInterrupt:
                stop.set()  # a process has its next job already, which cannot be cancelled
                pool.shutdown(cancel_futures=True)
                # What was running has ended with what it has; `wait` never returns the others.
                waiting = {f: job for f, job in waiting.items() if not f.cancelled()}
                while waiting:
                    _take(waiting, found, ended)
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
    return found


def _take(
    waiting: 'dict[Future[Ended], ReplayJob]', found: list[Ended], ended: Callable[[Ended], None]
) -> None:
    """Move jobs that have ended from `waiting` to `found`."""
    ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
    for future in ready:
        job = waiting.pop(future)
        try:
            end = future.result()
        except BrokenProcessPool:  # by the system where memory is short, for example
            end = Ended(job, None, f'{job.source}: its process was ended from outside')
        except Exception as err:  # one recording must not cost the others their summaries
            end = Ended(job, None, f'{job.source}: {one_line(err)}')
        found.append(end)
        ended(end)


def run_on_ray(
    jobs: Sequence[ReplayJob], address: str, ended: Callable[[Ended], None]
) -> list[Ended]:
    """Run jobs on a Ray cluster whose machines see the same files; return how each ended.

    Args:
        jobs: what is to be done; each takes as many cores as it has threads, at least one.
        address: of the cluster, or `local` for one of this machine's own.
        ended: is called with each job that has ended.

    Raises:
        ReplayError: if Ray is not installed or there is no cluster.
    """
    try:
        import ray
    except ImportError as err:
        raise ReplayError("--ray needs Ray: pip install 'panoseg_ros[ray]'") from err
    try:
        ray.init(address=address, log_to_driver=False, ignore_reinit_error=True)
    except Exception as err:  # Ray raises errors of many kinds, plain Exceptions too
        reason = ' '.join(str(err).split())
        raise ReplayError(f'--ray {address}: no cluster: {reason}') from err
    try:
        work = ray.remote(_attempt)
        waiting = [
            work.options(num_cpus=max(1, job.threads)).remote(
                replace(job, threads=job.threads or 1)
            )
            for job in jobs
        ]
        return list(_collect(ray, waiting, ended))
    finally:
        ray.shutdown()


def _collect(ray: Any, waiting: list[Any], ended: Callable[[Ended], None]) -> Iterator[Ended]:
    while waiting:
        ready, waiting = ray.wait(waiting)
        found: Ended = ray.get(ready[0])
        ended(found)
        yield found


def _begin(stop: Any) -> None:
    _stops.append(stop)
    end_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _attempt(job: ReplayJob) -> Ended:
    """Run a job in a process of its own, and nothing in it on more threads than the job has."""
    cv2.setNumThreads(job.threads)
    try:
        if any(stop.is_set() for stop in _stops):
            raise KeyboardInterrupt
        return Ended(job, run_job(job), '')
    except PanosegError as err:
        return Ended(job, None, str(err))
    except KeyboardInterrupt:
        return Ended(job, None, f'{job.source}: interrupted before it began', True)
