"""`panoseg evaluate compare`: reports of runs on the same pictures against each other."""

import json
from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.cli.writable import HtmlFile


def compare_reports(
    first: list[Path],
    second: list[Path],
    by_class: bool = False,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Print the means of two groups of runs and their differences; return 0.

    Args:
        first: JSON reports of `panoseg evaluate`, such as those of several seeds.
        second: Reports of the runs to compare with them.
        by_class: The IoU of every class, too.
        report: HTML page to write, none when None.
        as_json: Print JSON instead of a table.
    """
    from rich.console import Console

    from panoseg_ros.cli.evaluate.labelled import print_gains
    from panoseg_ros.evaluation.comparison import compare, gains_as_json, read_run
    from panoseg_ros.evaluation.report import page_of_gains, write_page

    runs = [[read_run(path) for path in paths] for paths in (first, second)]
    gains = compare(runs[0], runs[1], by_class)
    title = f'{_named(second)} against {_named(first)}, {len(runs[0][0].pictures)} pictures'
    if as_json:
        print(json.dumps(gains_as_json(gains)))
    else:
        print_gains(gains, title, Console(width=140, highlight=False))
    if report is not None:
        facts = {'first': ', '.join(map(str, first)), 'second': ', '.join(map(str, second))}
        write_page(page_of_gains(gains, title, facts), report)
        if not as_json:
            print(f'wrote {report}')
    return 0


def _named(paths: list[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f'{len(paths)} runs'


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('compare')(_compare)


def _compare(
    first: Annotated[list[Path], typer.Option(help='JSON report; may be given several times.')],
    second: Annotated[list[Path], typer.Option(help='JSON report to compare; several times.')],
    by_class: Annotated[bool, typer.Option(help='Show every class.')] = False,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Compare runs on the same pictures, with intervals over scenes."""
    return compare_reports(first, second, by_class, report, as_json)
