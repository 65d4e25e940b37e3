"""The table: every arm on level and tilted panoramas, and on marked points of photographs."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.ablation.plan import ARMS, BASE, CLASSES, HEIGHT, SEEDS, WIDTH
from bench.ablation.runs import (
    BUNDLE,
    JOBS,
    SCORES,
    SETS,
    Job,
    open_pictures,
    open_tests,
    read_plan,
    score_tests,
)
from bench.class_table import NAMES, class_table
from bench.distortion.pictures import scenes_of
from bench.distortion.scoring import load_scores, yardsticks
from bench.gains import (
    Counts,
    Measure,
    drop,
    figure_of,
    measure,
    plain,
    span,
    value,
    verdict,
)
from bench.jobs import PLAN, failures, result_of, success_of, write_json
from panoseg_ros.bundles import load_bundle
from panoseg_ros.evaluation.point_report import figure_rows
from panoseg_ros.evaluation.points import evaluate_points
from panoseg_ros.evaluation.resampling import class_iou, mean_iou
from panoseg_ros.evaluation.scores import MAIN_CLASSES
from panoseg_ros.synthetic.recording.files import write_whole

POINTS = 'points.json'
FITTED = 400  # training pictures of which the table of colours and elevations is made
POINT_FIGURES = ('group accuracy, outdoor', 'group accuracy balanced over groups, outdoor')


def measures() -> dict[str, Measure]:
    """Return the figures: `SET`, `SET/six` and `drop`, by how much tilted panoramas are lower."""
    six = mean_iou([NAMES.index(name) for name in MAIN_CLASSES])
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
        if success_of(work, job) is None or (folder / POINTS).exists():
            continue
        bundle = load_bundle(folder / BUNDLE)
        rows = figure_rows(evaluate_points(bundle, images, points, 'dev', backend='torch'))
        found = {row.name: [row.value, row.prior] for row in rows if row.name in POINT_FIGURES}
        write_json(folder / POINTS, found)


def collect(work: Path) -> dict[str, Any]:
    """Return every figure of the runs that are there.

    Raises:
        SystemExit: if no run is complete.
    """
    done = {arm: [Job(arm, seed) for seed in SEEDS] for arm in ARMS}
    done = {arm: [j for j in jobs if success_of(work, j)] for arm, jobs in done.items()}
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
    tests = open_tests(work, read_plan(work))
    columns = counts | {rule: [one] for rule, one in _yardsticks(work).items()}
    return plain(
        {
            'plan': plan,
            'missing': missing,
            'failed': failures(work, JOBS),
            'scenes': len(set(scenes_of(tests['level']))),
            'images_with_class': {
                name: (samples.counts()[:, :CLASSES] > 0).sum(0).tolist()
                for name, samples in tests.items()
            },
            'arms': arms,
            'points_by_elevation': _prior(work),
            'classes': {title: _means(runs) for title, runs in columns.items()},
        }
    )


def _means(runs: list[Counts]) -> dict[str, float]:
    """Return the means over runs of the figures that a table of classes holds."""
    named = {**measures()}
    del named['drop']
    for name in SETS:
        for index, cls in enumerate(NAMES):
            named[f'{name}/{cls}'] = measure(name, class_iou(index))
    return {name: float(np.mean([value(run, of) for run in runs])) for name, of in named.items()}


def _yardsticks(work: Path) -> dict[str, Counts]:
    """Return both rules' scores; one is fitted on pictures of the training scenes."""
    samples = open_pictures(work, read_plan(work).data, 'train', 'train')
    rows = np.linspace(0, len(samples) - 1, min(len(samples), FITTED)).astype(int)
    shown = (samples.picture(row, HEIGHT, WIDTH) for row in rows)
    return yardsticks(work / 'yardsticks.npz', shown, partial(score_tests, work))


def _points(work: Path, jobs: list[Job]) -> dict[str, list[float]]:
    files = [job.folder(work) / POINTS for job in jobs]
    read = [json.loads(path.read_text(encoding='utf-8')) for path in files if path.exists()]
    return {name: [run[name][0] for run in read] for name in POINT_FIGURES if read}


def _prior(work: Path) -> list[float]:
    """Return what the elevation alone gives, which is the same for all runs."""
    files = (job.folder(work) / POINTS for job in JOBS)
    read = (json.loads(path.read_text(encoding='utf-8')) for path in files if path.exists())
    found = next(read, {})
    return [found[name][1] for name in POINT_FIGURES if found]


def markdown(found: dict[str, Any]) -> str:
    """Return the table of collected figures."""
    plan = found['plan']
    version = plan['pictures'][plan['data']].get('generator_version')
    lines = [
        f'Mean IoU at {HEIGHT} x {WIDTH} over {found["scenes"]} test scenes, mean over seeds '
        f'(each seed); {plan["steps"]} steps of 8 pictures, {plan["precision"]}; generator '
        f'version {version}:',
        '',
        '| arm | level | tilted | lower when tilted | six classes, level | '
        f'level minus {BASE} | tilted minus {BASE} | lower when tilted, minus {BASE} | '
        'points, group | points, balanced |',
        '|---' * 10 + '|',
    ]
    judged = all(len(row['runs']) >= len(SEEDS) for row in found['arms'].values())
    for arm, row in found['arms'].items():
        figures = row['figures']
        cells = [_seeds(figures[name]['seeds']) for name in (*SETS, 'drop', 'level/six')]
        cells += [_gain(figures[name], judged and name != 'drop') for name in (*SETS, 'drop')]
        cells += [_seeds(row['points'].get(name, [])) for name in POINT_FIGURES]
        lines.append(f'| {arm} | {" | ".join(cells)} |')
    if found['points_by_elevation']:
        cells = ['-'] * 7 + [f'{share:.3f}' for share in found['points_by_elevation']]
        lines.append(f'| elevation alone | {" | ".join(cells)} |')
    if not judged:
        lines += ['', f'No verdict: it takes {len(SEEDS)} seeds of every arm.']
    if found['missing']:
        lines += ['', f'Runs that are missing: {", ".join(found["missing"])}.']
    for name, reason in found['failed'].items():
        lines += ['', f'{name} failed: {reason}.']
    for name in SETS:
        title = f'{name.capitalize()} camera, {HEIGHT} x {WIDTH}'
        lines += ['', class_table(title, name, found['images_with_class'][name], found['classes'])]
    return '\n'.join(lines) + '\n'


def write_report(work: Path) -> str:
    """Write report.json and report.md into the work folder, and return the tables.

    Raises:
        SystemExit: if no run is complete.
    """
    found = collect(work)
    text = markdown(found)
    write_json(work / 'report.json', found)
    write_whole(work / 'report.md', text.encode())
    return text


def _seeds(values: list[float]) -> str:
    if not values:
        return '-'
    each = ', '.join(f'{value:.3f}' for value in values)
    return f'{np.mean(values):.3f} ({each})'


def _gain(figure: dict[str, Any], judged: bool) -> str:
    if 'gain' not in figure:
        return '-'
    gain = figure['gain']
    said = f'{gain["value"]:+.3f} ({span(gain["both"])})'
    return f'{said}: {verdict(*gain["both"])}' if judged else said
