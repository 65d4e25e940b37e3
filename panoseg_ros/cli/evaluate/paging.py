"""What the commands that score labels share: figures printed, written and shown on a page."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from panoseg_ros.evaluation.pair_report import Table
    from panoseg_ros.evaluation.pair_scores import PairScores
    from panoseg_ros.evaluation.report import Page


def deliver(
    scores: 'PairScores',
    title: str,
    page: 'Callable[[], Page]',
    out: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Print figures as tables or JSON and write the files that were asked for.

    Args:
        scores: what was found.
        title: heading of the tables.
        page: makes the page if it is asked for.
        out: JSON file to write.
        report: HTML page to write.
        as_json: Print JSON instead of tables.
    """
    from rich.console import Console

    from panoseg_ros.evaluation import pair_report
    from panoseg_ros.evaluation.report import write_page

    if as_json:
        print(json.dumps(pair_report.as_json(scores)))
    else:
        console = Console(width=120, highlight=False)
        console.print(f'{title}: {len(scores.pictures)} pictures')
        print_tables(pair_report.tables(scores), console)
    wrote = [] if out is None else [pair_report.write_json(scores, out)]
    if report is not None:
        wrote.append(write_page(page(), report))
    for path in () if as_json else wrote:
        print(f'wrote {path}')


def write_json(values: dict[str, Any], path: Path) -> Path:
    """Write plain values into a file and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values) + '\n', encoding='utf-8')
    return path


def print_tables(tables: 'Iterable[Table]', console: 'Console') -> None:
    """Print tables one below the other."""
    from rich.table import Table as Drawn

    from panoseg_ros.evaluation.pair_report import text

    for table in tables:
        drawn = Drawn(title=table.name, title_justify='left')
        for index, heading in enumerate(table.headings):
            numbers = any(isinstance(row[index], int | float) for row in table.rows)
            drawn.add_column(heading, justify='right' if numbers else 'left')
        for row in table.rows:
            drawn.add_row(*(text(value) for value in row))
        console.print(drawn)
