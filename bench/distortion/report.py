"""The tables: every network on perspective pictures and on panoramas of the same scenes."""

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bench.class_table import NAMES, class_table
from bench.distortion.offsets import offset_table, offsets_of
from bench.distortion.pictures import open_pictures
from bench.distortion.plan import BASE, CAMERAS, CLASSES, HEADLINE, PAIRS, SCORED, Plan
from bench.distortion.runs import SCORES, Job, chosen_rate, selection_jobs
from bench.distortion.scoring import BANDS, load_scores, score_tests, yardsticks
from bench.gains import LEAST_SEEDS, Counts, drop, figure_of, measure, plain, span, value, verdict
from bench.jobs import PLAN, failures, result_of, write_json
from panoseg_ros.evaluation.resampling import class_iou, mean_iou
from panoseg_ros.evaluation.scores import MAIN_CLASSES
from panoseg_ros.networks import build_network
from panoseg_ros.networks.macs import profile
from panoseg_ros.synthetic.recording.files import write_whole

MAIN = [NAMES.index(name) for name in MAIN_CLASSES]


def collect(plan: Plan, work: Path, networks: Sequence[str], seeds: Sequence[int]) -> dict:
    """Return every figure of the runs that are there, as JSON knows them."""
    runs: dict[str, list[Counts]] = {}
    missing, failed, rows = [], {}, {}
    for network in networks:
        jobs = [Job(network, seed) for seed in seeds]
        missing += [job.folder(work).name for job in jobs if result_of(work, job) is None]
        failed |= failures(work, [*selection_jobs(plan, network), *jobs])
        done = [job for job in jobs if job.result(work) is not None]
        if done:
            runs[network] = [load_scores(job.folder(work) / SCORES) for job in done]
            rows[network] = _costs(network) | {
                'rate': chosen_rate(plan, work, network),
                'tried': [result_of(work, job) for job in selection_jobs(plan, network)],
                'runs': [job.result(work) for job in done],
                'offsets': offsets_of(work, done),
            }
    if not runs:
        raise SystemExit(f'{work}: no run is complete yet')
    base = runs.get(BASE)
    for network, counts in runs.items():
        against = base if network != BASE else None
        rows[network]['figures'] = {
            name: figure_of(counts, against, of) for name, of in _measures().items()
        }
    sticks = {
        rule: {name: value(counts, of) for name, of in _measures().items() if 'drop' not in name}
        for rule, counts in _yardsticks(work).items()
    }
    return {
        'plan': json.loads((work / PLAN).read_text(encoding='utf-8')),
        'lists_sha256': _lists(work),
        'missing': missing,
        'failed': failed,
        'images_with_class': {name: _occurrences(work, name) for name in SCORED},
        'yardsticks': sticks,
        'networks': rows,
    }


def _yardsticks(work: Path) -> dict[str, Counts]:
    """Return both rules' scores; one is fitted on panoramas of scenes that no network sees."""
    samples, (_, height, width) = open_pictures(work, 'panorama', 'val'), SCORED[HEADLINE]
    shown = (samples.picture(row, height, width) for row in range(len(samples)))
    return yardsticks(work / 'yardsticks.npz', shown, partial(score_tests, work))


def _measures() -> dict:
    """Return every figure: `SET`, `SET/six`, `SET/<band>`, `SET/<class>` and `drop/SET`."""
    found = {}
    for name, (camera, *_) in SCORED.items():
        found[name] = measure(name, mean_iou())
        found[f'{name}/six'] = measure(name, mean_iou(MAIN))
        if camera == 'panorama':
            for band, title in enumerate(BANDS):
                found[f'{name}/{title}'] = measure(name, mean_iou(), band)
        for index, cls in enumerate(NAMES):
            found[f'{name}/{cls}'] = measure(name, class_iou(index))
    for first, second in PAIRS:
        found[f'drop/{second}'] = drop(first, second, mean_iou())
    return found


def _costs(network: str) -> dict:
    _, height, width = SCORED[HEADLINE]
    found = profile(build_network(network), height, width)
    return {'parameters': found.parameters, 'macs': found.macs.total}


def _lists(work: Path) -> dict[str, str]:
    paths = [work / camera / 'lists' / f'{s}.txt' for camera, ss in CAMERAS.items() for s in ss]
    return {
        f'{path.parent.parent.name}/{path.stem}': hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    }


def _occurrences(work: Path, name: str) -> list[int]:
    camera, height, width = SCORED[name]
    samples = open_pictures(work, camera, 'test')
    shown = (samples.picture(row, height, width)[0].labels for row in range(len(samples)))
    held = [np.bincount(labels.ravel(), minlength=256)[:CLASSES] > 0 for labels in shown]
    return np.sum(held, 0).tolist()


def markdown(found: dict) -> str:
    """Return the tables of collected figures."""
    parts = [_head(found), *(_main_table(found, *pair) for pair in PAIRS)]
    parts += [_band_table(found, second) for _, second in PAIRS]
    parts += [_class_table(found, second) for _, second in PAIRS]
    parts.append(offset_table({name: row['offsets'] for name, row in found['networks'].items()}))
    return '\n\n'.join(parts) + '\n'


def _head(found: dict) -> str:
    plan, rows = found['plan'], found['networks']
    train, val, test = plan['scenes']
    lines = [
        f'Generator version {plan["generator_version"]}; {train} training, {val} validation and '
        f'{test} test scenes; {plan["steps"]} steps of {plan["batch_size"]} pictures.'
    ]
    if found['missing']:
        lines.append(f'Runs that are missing: {", ".join(found["missing"])}.')
    lines += [f'{name} failed: {reason}.' for name, reason in found['failed'].items()]
    reference = rows.get('trans4pass_nano', next(iter(rows.values())))
    lines += ['', '| network | parameters | MACs | learning rate | pinhole validation |']
    lines.append('|---' * 5 + '|')
    for network, row in rows.items():
        costs = [f'{row[kind] / reference[kind]:.3f}' for kind in ('parameters', 'macs')]
        scores = ', '.join(f'{run["validation_mean_iou"]:.3f}' for run in row['runs'])
        lines.append(f'| {network} | {" | ".join(costs)} | {row["rate"]:g} | {scores} |')
    return '\n'.join(lines)


def _main_table(found: dict, pinhole: str, panorama: str) -> str:
    title = f'{_caption(panorama)}, and pinhole pictures of {pinhole[-3:].strip("_")} px'
    columns = (
        *('network', 'pinhole', 'panorama', 'by seed', 'six classes', 'minus plain'),
        *('95 %, scenes', '95 %, scenes and seeds', "drop minus plain's drop"),
    )
    header = f'| {" | ".join(columns)} |'
    lines = [f'{title}:', '', header, '|---' * 9 + '|']
    for network, row in found['networks'].items():
        figures = row['figures']
        seen = figures[panorama]
        by_seed = ', '.join(f'{score:.3f}' for score in seen['seeds'])
        six = figures[f'{panorama}/six']['mean']
        cells = [f'{figures[pinhole]["mean"]:.3f}', f'{seen["mean"]:.3f}', by_seed, f'{six:.3f}']
        cells += [*_gain_cells(seen), _gain_cells(figures[f'drop/{panorama}'], brief=True)[0]]
        lines.append(f'| {network} | {" | ".join(cells)} |')
    return '\n'.join([*lines, '', *_verdicts(found, panorama)])


def _caption(name: str) -> str:
    _, height, width = SCORED[name]
    return f'Panoramas of {height} x {width}'


def _gain_cells(figure: dict, brief: bool = False) -> list[str]:
    if 'gain' not in figure:
        return ['-'] if brief else ['-'] * 3
    spans = [span(figure['gain'][key]) for key in ('scenes', 'both')]
    if brief:
        return [f'{figure["gain"]["value"]:+.3f} ({spans[1]})']
    return [f'{figure["gain"]["value"]:+.3f}', *spans]


def _verdicts(found: dict, panorama: str) -> list[str]:
    """Return one line per network: whether the wider interval excludes zero."""
    figures = {name: row['figures'][panorama] for name, row in found['networks'].items()}
    if any(len(figure['seeds']) < LEAST_SEEDS for figure in figures.values()):
        return [f'No verdict: it takes {LEAST_SEEDS} seeds of every network.']
    return [
        f'- {network} against {BASE}: {verdict(*figure["gain"]["both"])}.'
        for network, figure in figures.items()
        if 'gain' in figure
    ]


def _band_table(found: dict, panorama: str) -> str:
    header = ' | '.join(f'{band} degrees | minus plain' for band in BANDS)
    lines = [
        f'{_caption(panorama)}, mean IoU by elevation above or below the horizon of the picture '
        f'(95 % over scenes and seeds):',
        '',
        f'| network | {header} |',
        '|---' * 7 + '|',
    ]
    for network, row in found['networks'].items():
        cells = []
        for band in BANDS:
            figure = row['figures'][f'{panorama}/{band}']
            cells += [f'{figure["mean"]:.3f}', _gain_cells(figure, brief=True)[0]]
        lines.append(f'| {network} | {" | ".join(cells)} |')
    return '\n'.join(lines)


def _class_table(found: dict, panorama: str) -> str:
    columns = {
        network: {key: figure['mean'] for key, figure in row['figures'].items()}
        for network, row in found['networks'].items()
    }
    images = found['images_with_class'][panorama]
    return class_table(_caption(panorama), panorama, images, columns | found['yardsticks'])


def write_report(
    plan: Plan, work: Path, out: Path, networks: Sequence[str], seeds: Sequence[int]
) -> str:
    """Write `out` and the tables beside it, and return the tables."""
    found = collect(plan, work, networks, seeds)
    text = markdown(found)
    write_json(out, plain(found))
    write_whole(out.with_suffix('.md'), text.encode())
    return text
