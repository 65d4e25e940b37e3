"""Scores written down: a page with tables, and JSON."""

import json
import re
from pathlib import Path
from typing import Any

from panoseg_ros.evaluation.comparison import Gain, gains_as_json, markdown_of_gains, run_of
from panoseg_ros.evaluation.pair_report import figures_as_json, number, tables, text
from panoseg_ros.evaluation.resampling import Estimate
from panoseg_ros.evaluation.scores import Scores

RULES = (
    'Ceiling: the truth averaged over 4 x 4 pixels and upsampled as the logits are. '
    "Trivial: a classifier that sees one pixel's colour and elevation, fitted on the train "
    'split. IoU is over the pooled matrix; a class counts if any true pixel has it. Intervals: '
    'the middle 95 % of 2,000 resamplings of the scenes. People: numbered persons and riders, '
    'as far as visible, 16 pixels high or more at the scored size; found if at least half of '
    'their pixels are called person or rider.'
)


def markdown(scores: Scores) -> str:
    """Return the scores as a page."""
    columns = scores.columns
    lines = [f'# {scores.caption()}', '']
    lines += [f'- {key}: {value}' for key, value in scores.facts.items()]
    lines += ['', f'| class | images | {" | ".join(columns)} | 95 % of the model |']
    lines += ['|---' * (len(columns) + 3) + '|']
    for row in scores.rows():
        cells = ' | '.join(f'{row.ratios[name]:.3f}' for name in columns)
        lines.append(f'| {row.name} | {row.images} | {cells} | {row.model.span()} |')
    intervals = scores.intervals()
    for name, values in scores.summary().items():
        cells = ' | '.join(f'{values[column]:.3f}' for column in columns)
        lines.append(f'| **{name}** | {scores.images} | {cells} | {intervals[name].span()} |')
    lines += _weather_lines(scores) + _human_lines(scores) + _further_lines(scores)
    return '\n'.join([*lines, '', RULES, ''])


def _weather_lines(scores: Scores) -> list[str]:
    rows = scores.weather_rows()
    if not rows:
        return []
    head = ['', '| weather | images | scenes | mean IoU | 95 % | main classes | 95 % |']
    lines = [*head, '|---' * 7 + '|']
    for row in rows:
        cells = f'{row.mean_iou.value:.3f} | {row.mean_iou.span()}'
        main = f'{row.main_iou.value:.3f} | {row.main_iou.span()}' if row.main_iou else '- | -'
        lines.append(f'| {row.weather} | {row.images} | {row.scenes} | {cells} | {main} |')
    return lines


def _human_lines(scores: Scores) -> list[str]:
    rows = scores.human_rows()
    if not rows:
        return []
    lines = ['', '| people | number | found | 95 % |', '|---' * 4 + '|']
    for row in rows:
        lines.append(f'| {row.name} | {row.humans} | {row.found.value:.3f} | {row.found.span()} |')
    return lines


def _further_lines(scores: Scores) -> list[str]:
    """Return what else is known of the model: a summary and its figures by elevation."""
    lines = []
    for table in tables(scores.pairs):
        if table.name in ('Summary', 'Elevation'):
            lines += ['', f'| {" | ".join(table.headings)} |', '|---' * len(table.headings) + '|']
            cells = ([text(value) for value in row] for row in table.rows)
            lines += [f'| {" | ".join(row)} |' for row in cells]
    return lines


def as_json(scores: Scores, gains: list[Gain] | None = None) -> dict[str, Any]:
    """Return the scores, and the differences to another run, as plain values.

    Figures that do not exist are None.
    """
    intervals, run = scores.intervals(), run_of(scores)
    return {
        **scores.facts,
        'names of classes': list(run.classes),
        'images': scores.images,
        'scenes': len(set(scores.scenes)),
        'classes': {
            row.name: {
                'images': row.images,
                **{key: number(value) for key, value in row.ratios.items()},
                'interval': _bounds(row.model),
            }
            for row in scores.rows()
        },
        'summary': {
            name: {key: number(value) for key, value in values.items()}
            | {'interval': _bounds(intervals[name])}
            for name, values in scores.summary().items()
        },
        'weather': {
            row.weather: {
                'images': row.images,
                'scenes': row.scenes,
                'mean IoU': [number(row.mean_iou.value), *_bounds(row.mean_iou)],
                'main classes': row.main_iou
                and [number(row.main_iou.value), *_bounds(row.main_iou)],
            }
            for row in scores.weather_rows()
        },
        'people': {
            row.name: {
                'number': row.humans,
                'found': [number(row.found.value), *_bounds(row.found)],
            }
            for row in scores.human_rows()
        },
        'model': figures_as_json(scores.pairs),
        'confusion': {name: m.tolist() for name, m in scores.confusions.items()},
        'pictures': [
            {
                'image': entry.counts.name,
                'scene': entry.counts.scene,
                'weather': entry.counts.group,
                'confusion': entry.counts.zones.confusion.tolist(),
                'people': None if run.people is None else run.people[index].tolist(),
            }
            for index, entry in enumerate(scores.scored)
        ],
        **({'paired': gains_as_json(gains)} if gains else {}),
    }


def write_scores(
    scores: Scores, folder: Path, gains: list[Gain] | None = None
) -> tuple[Path, Path]:
    """Write `<bundle>-<data set>-<split>.json` and `.md` into the folder and return their paths.

    Names of levelled scores end in `-levelled`, those at another size than the bundle's in
    `-<height>x<width>`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = scores.facts
    sized = f'-{facts["height"]}x{facts["width"]}' if facts.get('resized') else ''
    named = re.sub(r'\W+', '-', facts['data'])  # with its options, such as ?weather=fog
    levelled = '-levelled' if facts.get('levelled') else ''
    stem = f'{facts["bundle"]}-{named}-{facts["split"]}{sized}{levelled}'
    paths = folder / f'{stem}.json', folder / f'{stem}.md'
    content, page = as_json(scores, gains), markdown(scores)
    if gains:
        page += f'\nSecond: {scores.facts["paired with"]}\n\n{markdown_of_gains(gains)}\n'
    paths[0].write_text(json.dumps(content) + '\n', encoding='utf-8')
    paths[1].write_text(page, encoding='utf-8')
    return paths


def _bounds(found: Estimate) -> list[float | None]:
    return [number(found.low), number(found.high)]
