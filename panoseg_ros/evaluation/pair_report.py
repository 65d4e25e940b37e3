"""The figures of labelled pictures as plain values and as tables."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from panoseg_ros.evaluation.pair_scores import PairScores

RULES = (
    'One pooled confusion matrix; unlabelled pixels (255) count nowhere; a class counts if any '
    'true pixel has it. By solid angle: pixels count with the cosine of their elevation. Near '
    'the seam: a 32nd of the width on each side of it. Boundary F-score: Csurka et al. 2013, '
    'within 0.75 % of the diagonal unless said otherwise. Calibration error: Guo et al. 2017, '
    '15 bins. Flicker: pixels whose labels change from picture to picture, beyond known '
    'rotation, although the truth does not. Intervals: the middle 95 % of 2,000 resamplings of '
    'the scenes.'
)


class Table(NamedTuple):
    """A table: its name, headings and rows of texts and numbers (None: does not exist)."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str | float | int | None, ...], ...]


def tables(scores: PairScores) -> list[Table]:
    """Return the tables of a run; rows and columns of which nothing exists are left out."""
    span = scores.mean_iou.span()
    summary = tuple(
        (name, number(value), span if name == 'mean IoU' else '')
        for name, value in scores.summary().items()
        if not math.isnan(value)
    )
    classes = tuple(
        (row.name, number(row.share), number(row.iou.value), row.iou.span(), *map(number, row[3:]))
        for row in scores.classes()
    )
    headings = ('class', 'share', 'IoU', '95 %', 'accuracy', 'precision', 'by angle', 'boundary F')
    parts = ('pictures', 'pixels', 'mean IoU', 'accuracy')
    made = [
        Table('Summary', ('figure', 'value', '95 %'), summary),
        Table('Classes', headings, classes),
    ]
    for name, head, rows in (
        ('Groups', 'group', scores.groups()),
        ('Elevation', 'elevation', scores.bands()),
    ):
        cells = tuple((r[0], r[1], r[2], number(r[3]), number(r[4])) for r in rows)
        made.append(Table(name, (head, *parts), cells))
    return [_filled(table) for table in made if table.rows]


def _filled(table: Table) -> Table:
    """Return a table without columns in which nothing exists."""
    columns = zip(table.headings, zip(*table.rows, strict=True), strict=True)
    kept = [(head, cells) for head, cells in columns if not {None, '-'}.issuperset(cells)]
    heads, cells = zip(*kept, strict=True)
    return Table(table.name, heads, tuple(zip(*cells, strict=True)))


def as_json(scores: PairScores) -> dict[str, Any]:
    """Return the figures as plain values, in a form that `comparison.read_run` reads."""
    return {
        **scores.facts,
        'names of classes': [cls.name for cls in scores.label_set.classes],
        'images': len(scores.pictures),
        **figures_as_json(scores),
        'confusion': scores.confusion.tolist(),
        'pictures': [
            {
                'image': picture.name,
                'scene': picture.scene,
                'group': picture.group,
                'confusion': picture.zones.confusion.tolist(),
                'people': None,
            }
            for picture in scores.pictures
        ],
    }


def figures_as_json(scores: PairScores) -> dict[str, Any]:
    """Return the summary, the tables and the reliability curve as plain values."""
    curve, span = scores.reliability, scores.mean_iou
    return {
        'summary': {name: number(value) for name, value in scores.summary().items()},
        'interval of mean IoU': [number(span.low), number(span.high)],
        'tables': {
            table.name: [dict(zip(table.headings, row, strict=True)) for row in table.rows]
            for table in tables(scores)
        },
        'reliability': None
        if curve is None
        else {name: [number(v) for v in column] for name, column in curve._asdict().items()},
    }


def write_json(scores: PairScores, path: Path) -> Path:
    """Write the figures and return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_json(scores)) + '\n', encoding='utf-8')
    return path


def text(value: str | float | int | None) -> str:
    """Return a cell of a table as a person reads it."""
    if value is None:
        return '-'
    return f'{value:.3f}' if isinstance(value, float) else str(value)


def number(value: float) -> float | None:
    """Return a number that JSON knows, with six decimals."""
    return None if math.isnan(value) else round(float(value), 6)
