"""Differences between runs, as sections of a page and as a page of their own."""

from collections.abc import Sequence
from typing import Any

from panoseg_ros.evaluation.comparison import Gain
from panoseg_ros.evaluation.environment import environment
from panoseg_ros.evaluation.pair_report import number
from panoseg_ros.evaluation.report.charts import intervals
from panoseg_ros.evaluation.report.page import Chart, Facts, Figure, Page, Section, SortedTable

NOTE = (
    'Second minus first with the middle 95 % of 2,000 resamplings of the scenes, both sides '
    'drawn together. An interval that holds 0 shows no difference.'
)
HEADINGS = ('figure', 'first', 'second', 'difference', 'low', 'high')


def sections_of_gains(gains: Sequence[Gain], title: str) -> tuple[Section, ...]:
    """Return a chart of the differences with their intervals, and a table."""
    rows = [(row.name, *map(number, (row.first, row.second, *row.gain))) for row in gains]
    drawn = intervals([(row.name, *row.gain) for row in gains])
    return Chart(title, NOTE, drawn), SortedTable(f'{title}: figures', HEADINGS, rows)


def page_of_gains(gains: Sequence[Gain], title: str, facts: dict[str, Any]) -> Page:
    """Return the page of a comparison.

    Args:
        gains: figures of both sides, the most important first.
        title: heading of the page.
        facts: what was compared.
    """
    figures = [
        Figure(row.name, f'{row.gain.value:+.3f}', row.gain.span('+.3f')) for row in gains[:4]
    ]
    sections = [*sections_of_gains(gains, 'Differences')]
    about = Facts('Environment', {**facts, **environment()})
    return Page(title, 'second minus first', figures, [*sections, about])
