"""The pages of labelled pictures that were scored, and of a bundle with its yardsticks."""

import math
from collections.abc import Sequence

from panoseg_ros.evaluation.environment import environment
from panoseg_ros.evaluation.pair_report import RULES, number, tables
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.report.charts import histogram, reliability_curve
from panoseg_ros.evaluation.report.page import (
    Chart,
    Facts,
    Figure,
    Matrix,
    Page,
    Section,
    SortedTable,
)
from panoseg_ros.evaluation.report.shots import More, worst_and_typical
from panoseg_ros.evaluation.scores import Scores


def page_of_pairs(
    scores: PairScores, title: str, extra: Sequence[Section] = (), more: More | None = None
) -> Page:
    """Return the page of a run.

    Args:
        scores: of the run; frames are shown where small pictures were kept.
        title: heading of the page.
        extra: further sections, shown before the environment.
        more: further pictures of the frames that are shown, such as their costmaps.
    """
    summary, span = scores.summary(), scores.mean_iou.span()
    figures = [
        Figure(name, f'{value:.3f}', span if name == 'mean IoU' and span != '-' else '')
        for name, value in summary.items()
        if not math.isnan(value)
    ]
    names = [cls.name for cls in scores.label_set.classes]
    sections: list[Section] = [
        SortedTable(table.name, table.headings, table.rows)
        for table in tables(scores)
        if table.name != 'Summary'
    ]
    sections.append(Matrix('Confusion', names, scores.confusion))
    sections += worst_and_typical(scores, more)
    ious = [float(v) for v in scores.picture_ious() if not math.isnan(v)]
    if len(ious) > 1:
        marks = {'mean IoU of all': summary['mean IoU']}
        drawn = histogram(ious, 'mean IoU of a frame', marks)
        sections.append(Chart('Frames', 'How many frames reach which mean IoU.', drawn))
    curve = scores.reliability
    if curve is not None and curve.pixels.any():
        note = f'Expected calibration error {curve.ece:.3f}; larger dots are more pixels.'
        sections.append(Chart('Calibration', note, reliability_curve(curve)))
    sections += [*extra, Facts('Environment', {**scores.facts, **environment()})]
    count = len(scores.pictures)
    return Page(title, f'{count} pictures, {len(names)} classes', figures, sections, RULES)


def page_of_scores(scores: Scores, extra: Sequence[Section] = ()) -> Page:
    """Return the page of a bundle on a data set, beside what needs no network."""
    return page_of_pairs(scores.pairs, scores.caption(), (*_yardsticks(scores), *extra))


def _yardsticks(scores: Scores) -> list[Section]:
    summary = [
        (name, *(number(values[column]) for column in scores.columns))
        for name, values in scores.summary().items()
    ]
    classes = [
        (row.name, *(number(row.ratios[column]) for column in scores.columns))
        for row in scores.rows()
    ]
    heads = ('figure or IoU of', *scores.columns)
    made: list[Section] = [SortedTable('Yardsticks', heads, [*summary, *classes])]
    if people := scores.human_rows():
        rows = [
            (row.name, row.humans, number(row.found.value), row.found.span()) for row in people
        ]
        made.append(SortedTable('People', ('people', 'number', 'found', '95 %'), rows))
    return made
