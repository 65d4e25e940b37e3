"""The runs of the experiment: what each of them trains and scores."""

import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.distortion.pictures import open_pictures
from bench.distortion.plan import SELECTION_SEED, Plan, read_plan
from bench.distortion.scoring import predictor, save_scores, score_tests, validation_score
from bench.jobs import failures, line_a_minute, result_of, success_of
from panoseg_ros.networks import save_weights
from panoseg_ros.training import Data, train

SCORES, WEIGHTS = 'scores.npz', 'weights.safetensors'


class Job(NamedTuple):
    """A run: a short one that tries a learning rate, or one with the rate that was chosen."""

    network: str
    seed: int
    rate: float | None = None  # None: the chosen one

    def folder(self, work: Path) -> Path:
        """Return where the run is kept."""
        kind = f'seed{self.seed}' if self.rate is None else f'rate{self.rate:g}'
        return work / 'runs' / f'{self.network}_{kind}'

    def steps(self, work: Path) -> int:
        """Return how many steps it trains."""
        plan = read_plan(work)
        return plan.steps if self.rate is None else plan.selection_steps

    def result(self, work: Path) -> dict[str, Any] | None:
        """Return what the run ended with, None if it has not or has failed."""
        return success_of(work, self)


def selection_jobs(plan: Plan, network: str) -> list[Job]:
    """Return the short runs of a network."""
    return [Job(network, SELECTION_SEED, rate) for rate in plan.rates]


def chosen_rate(plan: Plan, work: Path, network: str) -> float | None:
    """Return the rate that is best on pinhole validation pictures, None before all are tried.

    Trials that diverged are no candidates; None also where all have.
    """
    trials = selection_jobs(plan, network)
    if any(result_of(work, job) is None for job in trials):
        return None
    results = [result for job in trials if (result := job.result(work))]
    if not results:
        return None
    return max(results, key=lambda result: result['validation_mean_iou'])['rate']


def lacks(work: Path, job: Job) -> str:
    """Return what a run waits for, '' if it can begin."""
    plan = read_plan(work)
    if job.rate is not None or chosen_rate(plan, work, job.network) is not None:
        return ''
    trials = selection_jobs(plan, job.network)
    if len(failures(work, trials)) == len(trials):
        return 'all learning rates that were tried diverge'
    return 'the learning rate is not chosen, select first'


def do_job(work: Path, job: Job) -> dict[str, Any]:
    """Train and score a run and return what it ended with; weights and matrices are kept."""
    plan, folder, trial = read_plan(work), job.folder(work), job.rate is not None
    rate, steps = job.rate or chosen_rate(plan, work, job.network), job.steps(work)
    config = plan.config(job.network, rate, job.seed, steps)
    data = Data(open_pictures(work, 'pinhole', 'train'))
    trained = train(config, data, folder, accelerator='cpu', report=line_a_minute(folder.name))
    started = time.process_time()
    predict = predictor(trained.network)
    outer = (plan.sizes[0], plan.sizes[-1])  # those at which panoramas are scored
    score = validation_score(work, predict, outer)
    if not trial:
        save_scores(folder / SCORES, score_tests(work, predict))
        save_weights(trained.network.state_dict(), folder / WEIGHTS)
    return {
        'network': job.network,
        'seed': job.seed,
        'rate': rate,
        'steps': steps,
        'training_s': round(trained.position.elapsed_s, 1),
        'validation_mean_iou': score,
        'scoring_cpu_s': round(time.process_time() - started, 1),
    }
