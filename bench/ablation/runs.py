"""The runs: a network of one arm and seed, trained, scored and kept as a bundle."""

import json
import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.ablation.plan import ARMS, HEIGHT, LABEL_SET, SEEDS, SPEC, WIDTH, Plan
from bench.distortion.pictures import scenes_of
from bench.distortion.scoring import Predict, count, predictor, save_scores
from bench.jobs import PLAN, count_a_minute, line_a_minute
from panoseg_ros.evaluation.resampling import by_scene
from panoseg_ros.labels import load_label_set
from panoseg_ros.training import (
    Data,
    Samples,
    cached_samples,
    open_joined,
    train,
    write_bundle,
)

SCORES, BUNDLE = 'scores.npz', 'bundle'
SETS = ('level', 'tilted')  # test panoramas, and the same scenes with a tilted camera


class Job(NamedTuple):
    """One run."""

    arm: str
    seed: int

    def folder(self, work: Path) -> Path:
        """Return where the run is kept."""
        return work / 'runs' / f'{self.arm.replace(" ", "_")}_{self.seed}'

    def steps(self, work: Path) -> int:
        """Return how many steps it trains."""
        return read_plan(work).steps


JOBS = tuple(Job(arm, seed) for seed in SEEDS for arm in ARMS)  # comparable when interrupted


def read_plan(work: Path) -> Plan:
    """Return the plan of a work folder."""
    kept = json.loads((work / PLAN).read_text(encoding='utf-8'))
    return Plan(kept['data'], kept['tilted'], kept['steps'], kept['precision'])


def check_folders(plan: Plan) -> None:
    """Refuse folders without the lists that are read.

    Raises:
        DatasetError: naming the list.
    """
    for folder, split in ((plan.data, 'train'), (plan.data, 'test'), (plan.tilted, 'test')):
        open_joined([folder], split, load_label_set(LABEL_SET))


def open_pictures(work: Path, folder: str, split: str, name: str) -> Samples:
    """Return a split's pictures at the size of the experiment, cached in the work folder."""
    joined = open_joined([folder], split, load_label_set(LABEL_SET))
    show = count_a_minute(f'cached pictures of {name}', len(joined))
    return cached_samples(joined, work / 'cache', name, SPEC, (HEIGHT, WIDTH), progress=show)


def open_tests(work: Path, plan: Plan) -> dict[str, Samples]:
    """Return the pictures of both test sets.

    Raises:
        SystemExit: if they do not show the same scenes.
    """
    folders = zip(SETS, (plan.data, plan.tilted), strict=True)
    tests = {name: open_pictures(work, folder, 'test', name) for name, folder in folders}
    if scenes_of(tests['level']) != scenes_of(tests['tilted']):
        raise SystemExit(f'{plan.tilted}: its test split shows other scenes than {plan.data}')
    return tests


def score_tests(work: Path, predict: Predict) -> dict[str, NDArray[np.int64]]:
    """Return matrices per scene, (S, 1, C, C), of both test sets."""
    size, bands = (HEIGHT, WIDTH), np.zeros(HEIGHT, np.int64)
    tests = open_tests(work, read_plan(work))
    counts = {name: count(samples, size, bands, predict) for name, samples in tests.items()}
    return {name: by_scene(counts[name], scenes_of(tests[name])) for name in tests}


def do_job(work: Path, job: Job) -> dict[str, Any]:
    """Train and score a run and return what it ended with; bundle and matrices are kept."""
    plan, folder = read_plan(work), job.folder(work)
    data = Data(open_pictures(work, plan.data, 'train', 'train'))
    config = plan.config(*job)
    trained = train(config, data, folder, accelerator='cpu', report=line_a_minute(folder.name))
    shutil.rmtree(folder / BUNDLE, ignore_errors=True)  # of a call that was killed
    write_bundle(folder / BUNDLE, config, trained, graph=False)
    started = time.process_time()
    save_scores(folder / SCORES, score_tests(work, predictor(trained.network)))
    return {
        'arm': job.arm,
        'seed': job.seed,
        'training_s': round(trained.position.elapsed_s, 1),
        'scoring_cpu_s': round(time.process_time() - started, 1),
    }
