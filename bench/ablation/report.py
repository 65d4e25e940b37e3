"""The table: every arm on level and tilted panoramas, and on marked points of photographs."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from bench.ablation.plan import ARMS, BASE, HEIGHT, LABEL_SET, SEEDS, WIDTH
from bench.ablation.runs import BUNDLE, JOBS, SCORES, SETS, Job
from bench.distortion.scoring import load_scores
from bench.gains import Measure, drop, figure_of, measure, plain, span, verdict
from bench.jobs import PLAN, result_of
from panoseg_ros.bundles import load_bundle
from panoseg_ros.evaluation.point_report import figure_rows
from panoseg_ros.evaluation.points import evaluate_points
from panoseg_ros.evaluation.resampling import mean_iou
from panoseg_ros.evaluation.scores import MAIN_CLASSES
from panoseg_ros.labels import load_label_set

POINTS = 'points.json'
POINT_FIGURES = ('group accuracy, outdoor', 'group accuracy balanced over groups, outdoor')


def measures() -> dict[str, Measure]:
    """Return the figures: `SET`, `SET/six` and `drop`, by how much tilted panoramas are lower."""
    names = [cls.name for cls in load_label_set(LABEL_SET).classes]
    six = mean_iou([names.index(name) for name in MAIN_CLASSES])
    found = {name: measure(name, mean_iou()) for name in SETS}
    found |= {f'{name}/six': measure(name, six) for name in SETS}
    return found | {'drop': drop(*SETS, mean_iou())}


def score_points(work: Path, images: Path, points: Path) -> None:
    """Look up the points of the development half in what every run says about photographs.

    Raises:
        DatasetError: if the points or a photograph are missing or malformed.
    """
    for job in JOBS:
        folder = job.folder(work)
        if result_of(work, job) is None or (folder / POINTS).exists():
            continue
        bundle = load_bundle(folder / BUNDLE)
        rows = figure_rows(evaluate_points(bundle, images, points, 'dev', backend='torch'))
        found = {row.name: row.value for row in rows if row.name in POINT_FIGURES}
        (folder / POINTS).write_text(json.dumps(found), encoding='utf-8')


def collect(work: Path) -> dict[str, Any]:
    """Return every figure of the runs that are there.

    Raises:
        SystemExit: if no run is complete.
    """
    done = {arm: [Job(arm, seed) for seed in SEEDS] for arm in ARMS}
    done = {arm: [j for j in jobs if result_of(work, j)] for arm, jobs in done.items()}
    counts = {
        arm: [load_scores(job.folder(work) / SCORES) for job in jobs]
        for arm, jobs in done.items()
        if jobs
    }
    if not counts:
        raise SystemExit(f'{work}: no run is complete yet')
    base = counts.get(BASE)
    arms = {
        arm: {
            'figures': {
                name: figure_of(runs, None if arm == BASE else base, of)
                for name, of in measures().items()
            },
            'points': _points(work, done[arm]),
            'runs': [result_of(work, job) for job in done[arm]],
        }
        for arm, runs in counts.items()
    }
    missing = [job.folder(work).name for job in JOBS if result_of(work, job) is None]
    plan = json.loads((work / PLAN).read_text(encoding='utf-8'))
    return plain({'plan': plan, 'missing': missing, 'arms': arms})


def _points(work: Path, jobs: list[Job]) -> dict[str, list[float]]:
    files = [job.folder(work) / POINTS for job in jobs]
    read = [json.loads(path.read_text(encoding='utf-8')) for path in files if path.exists()]
    return {name: [run[name] for run in read] for name in POINT_FIGURES if read}


def markdown(found: dict[str, Any]) -> str:
    """Return the table of collected figures."""
    plan = found['plan']
    lines = [
        f'Mean IoU at {HEIGHT} x {WIDTH}, mean over seeds (each seed); {plan["steps"]} steps of 8 '
        f'pictures; generator version {plan["generator_version"]}:',
        '',
        '| arm | level | tilted | lower when tilted | six classes, level | '
        f'level minus {BASE} | tilted minus {BASE} | points, group | points, balanced |',
        '|---' * 9 + '|',
    ]
    for arm, row in found['arms'].items():
        figures = row['figures']
        cells = [_seeds(figures[name]['seeds']) for name in (*SETS, 'drop', 'level/six')]
        cells += [_gain(figures[name]) for name in SETS]
        cells += [_seeds(row['points'].get(name, [])) for name in POINT_FIGURES]
        lines.append(f'| {arm} | {" | ".join(cells)} |')
    if found['missing']:
        lines += ['', f'Runs that are missing: {", ".join(found["missing"])}.']
    return '\n'.join(lines) + '\n'


def _seeds(values: list[float]) -> str:
    if not values:
        return '-'
    each = ', '.join(f'{value:.3f}' for value in values)
    return f'{np.mean(values):.3f} ({each})'


def _gain(figure: dict[str, Any]) -> str:
    if 'gain' not in figure:
        return '-'
    gain = figure['gain']
    said = f'{gain["value"]:+.3f} ({span(gain["both"])})'
    few = len(figure['seeds']) < len(SEEDS)
    return said if few else f'{said}: {verdict(*gain["both"])}'
