"""What the commands that score labels share: figures printed, written and shown on a page."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from panoseg_ros.bundles import Bundle
    from panoseg_ros.evaluation.pair_counts import Pair, PairCounts
    from panoseg_ros.evaluation.pair_scores import PairScores
    from panoseg_ros.evaluation.report import SortedTable
    from panoseg_ros.evaluation.scores import Scores


def deliver(
    scores: 'PairScores', title: str, out: Path | None, report: Path | None, as_json: bool
) -> None:
    """Print figures as tables or JSON and write the files that were asked for."""
    import json

    from panoseg_ros.evaluation import pair_report

    if as_json:
        print(json.dumps(pair_report.as_json(scores)))
    else:
        print_tables(scores, title)
    wrote = []
    if out is not None:
        wrote.append(pair_report.write_json(scores, out))
    if report is not None:
        from panoseg_ros.evaluation.report import page_of_pairs, write_page

        wrote.append(write_page(page_of_pairs(scores, title), report))
    if not as_json:
        for path in wrote:
            print(f'wrote {path}')


def print_tables(scores: 'PairScores', title: str) -> None:
    """Print the tables of a run."""
    from rich.console import Console
    from rich.table import Table

    from panoseg_ros.evaluation.pair_report import tables

    console = Console(width=120, highlight=False)
    console.print(f'{title}: {len(scores.pictures)} pictures')
    for table in tables(scores):
        drawn = Table(title=table.name, title_justify='left')
        for index, heading in enumerate(table.headings):
            numbers = isinstance(table.rows[0][index], int | float)
            drawn.add_column(heading, justify='right' if numbers else 'left')
        for row in table.rows:
            drawn.add_row(*(_cell(value) for value in row))
        console.print(drawn)


def _cell(value: str | float | int | None) -> str:
    if value is None:
        return '-'
    return f'{value:.3f}' if isinstance(value, float) else str(value)


class PageOf:
    """Counts the pictures that a bundle is scored on, for the page that shows them."""

    def __init__(self, bundle: 'Bundle') -> None:
        from panoseg_ros.evaluation.pair_counts import Counting
        from panoseg_ros.labels import load_label_set

        spec = bundle.input
        span = (spec.top_deg, spec.bottom_deg)
        self._label_set = load_label_set(bundle.label_set)
        self._counting = Counting(len(self._label_set), span, keep_small=True)
        self._counts: list[PairCounts] = []

    def __call__(self, pair: 'Pair') -> None:
        """Count a picture."""
        self._counts.append(self._counting(pair))

    def write(self, scores: 'Scores', path: Path) -> Path:
        """Write the page, with the yardsticks of the scores, and return its path."""
        from panoseg_ros.evaluation.pair_scores import PairScores
        from panoseg_ros.evaluation.report import page_of_pairs, write_page

        pairs = PairScores(self._label_set, tuple(self._counts), scores.facts)
        return write_page(page_of_pairs(pairs, scores.caption(), _yardsticks(scores)), path)


def _yardsticks(scores: 'Scores') -> tuple['SortedTable', ...]:
    from panoseg_ros.evaluation.pair_report import number
    from panoseg_ros.evaluation.report import SortedTable

    summary = [
        (name, *(number(values[column]) for column in scores.columns))
        for name, values in scores.summary().items()
    ]
    classes = [
        (row.name, *(number(row.ratios[column]) for column in scores.columns))
        for row in scores.rows()
    ]
    made = [SortedTable('Yardsticks', ('figure or IoU of', *scores.columns), [*summary, *classes])]
    if people := scores.human_rows():
        rows = [
            (row.name, row.humans, number(row.found.value), row.found.span()) for row in people
        ]
        made.append(SortedTable('People', ('people', 'number', 'found', '95 %'), rows))
    return tuple(made)
