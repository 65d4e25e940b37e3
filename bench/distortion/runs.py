"""The training runs as jobs that several processes take from one work folder."""

import json
import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import torch

from bench.distortion.pictures import locked, open_pictures
from bench.distortion.plan import SELECTION_SEED, Plan, read_plan
from bench.distortion.scoring import predictor, save_scores, score_tests, validation_score
from panoseg_ros.networks import save_weights
from panoseg_ros.training import Data, Report, keep_freed_memory, train
from panoseg_ros.training.checkpoint import CHECKPOINT

RESULT, SCORES, WEIGHTS = 'result.json', 'scores.npz', 'weights.safetensors'
LOG_EVERY_S = 60.0


class Job(NamedTuple):
    """A run: a short one that tries a learning rate, or one with the rate that was chosen."""

    network: str
    seed: int
    rate: float | None = None  # None: the chosen one

    def folder(self, work: Path) -> Path:
        """Return where the run is kept."""
        kind = f'seed{self.seed}' if self.rate is None else f'rate{self.rate:g}'
        return work / 'runs' / f'{self.network}_{kind}'

    def result(self, work: Path) -> dict | None:
        """Return what the run ended with, None if it has not."""
        path = self.folder(work) / RESULT
        return json.loads(path.read_text(encoding='utf-8')) if path.exists() else None


def selection_jobs(plan: Plan, network: str) -> list[Job]:
    """Return the short runs of a network."""
    return [Job(network, SELECTION_SEED, rate) for rate in plan.rates]


def chosen_rate(plan: Plan, work: Path, network: str) -> float | None:
    """Return the rate that is best on pinhole validation pictures, None before all are tried."""
    results = [job.result(work) for job in selection_jobs(plan, network)]
    if None in results:
        return None
    return max(results, key=lambda result: result['validation_mean_iou'])['rate']


def run_jobs(work: Path, jobs: Sequence[Job], processes: int, threads: int) -> None:
    """Do the jobs that are left; other calls on the same folder may do some meanwhile."""
    if processes == 1:
        take_jobs(work, jobs, threads)
        return
    context = multiprocessing.get_context('spawn')
    workers = [
        context.Process(target=take_jobs, args=(work, jobs, threads)) for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit('a process failed; the same command goes on where the runs stand')


def take_jobs(work: Path, jobs: Sequence[Job], threads: int) -> None:
    """Do every job that no other process is doing, until all are done."""
    keep_freed_memory()
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    plan = read_plan(work)
    while left := [job for job in jobs if job.result(work) is None]:
        ready = [job for job in left if job.rate or chosen_rate(plan, work, job.network)]
        if not ready:
            raise SystemExit(f'{left[0].network}: the learning rate is not chosen, select first')
        did = [_attempt(plan, work, job, wait=False) for job in ready]
        if not any(did):
            _attempt(plan, work, ready[0], wait=True)


def _attempt(plan: Plan, work: Path, job: Job, wait: bool) -> bool:
    """Do a job unless it is done or another process holds it; return whether it was done."""
    with locked(job.folder(work) / '.lock', wait) as held:
        if not held or job.result(work) is not None:
            return False
        _do(plan, work, job)
        return True


def _do(plan: Plan, work: Path, job: Job) -> None:
    """Train, score and write down; the result comes last, so its presence means complete."""
    folder, trial = job.folder(work), job.rate is not None
    rate = job.rate or chosen_rate(plan, work, job.network)
    steps = plan.selection_steps if trial else plan.steps
    config = plan.config(job.network, rate, job.seed, steps)
    data = Data(open_pictures(work, 'pinhole', 'train'))
    trained = train(config, data, folder, accelerator='cpu', report=_log(folder.name))
    started = time.process_time()
    predict = predictor(trained.network)
    outer = (plan.sizes[0], plan.sizes[-1])  # those at which panoramas are scored
    result = {
        'network': job.network,
        'seed': job.seed,
        'rate': rate,
        'steps': steps,
        'training_s': round(trained.position.elapsed_s, 1),
        'validation_mean_iou': validation_score(work, predict, outer),
    }
    if not trial:
        save_scores(folder / SCORES, score_tests(work, predict))
        save_weights(trained.network.state_dict(), folder / WEIGHTS)
    result['scoring_cpu_s'] = round(time.process_time() - started, 1)
    partial = folder / f'{RESULT}.partial'
    partial.write_text(json.dumps(result, indent=1), encoding='utf-8')
    partial.replace(folder / RESULT)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    print(f'{folder.name}: validation {result["validation_mean_iou"]:.4f}', flush=True)


def _log(name: str):
    """Return a report that prints a line a minute."""
    last = time.monotonic()

    def log(report: Report) -> None:
        nonlocal last
        if time.monotonic() - last >= LOG_EVERY_S:
            last = time.monotonic()
            print(f'{name}: step {report.step}, loss {report.loss:.3f}, {report.eta_s:.0f} s left')

    return log
