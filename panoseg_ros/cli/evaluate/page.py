"""`panoseg evaluate replay`: the page of a replay from its metrics.json."""

from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.cli.writable import HtmlFile


def page_replay(metrics: Path, report: Path | None = None) -> int:
    """Write the page of a replay and return 0.

    Args:
        metrics: The metrics.json of a replay, or its folder.
        report: HTML page to write, report.html beside the metrics when None.
    """
    from panoseg_ros.evaluation.report import page_of_replay, write_page

    path = metrics / 'metrics.json' if metrics.is_dir() else metrics
    print(f'wrote {write_page(page_of_replay(path), report or path.with_name("report.html"))}')
    return 0


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('replay')(_replay)


def _replay(
    metrics: Annotated[Path, typer.Argument(help='metrics.json of a replay, or its folder.')],
    report: HtmlFile = None,
) -> int:
    """Show times, drops, pictures and maps of a replay on one page."""
    return page_replay(metrics, report)
