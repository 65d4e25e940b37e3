"""`panoseg evaluate labelled`: a bundle and labelled panoramas in, a report out."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from panoseg_ros.evaluation.labelled import Sample
    from panoseg_ros.evaluation.scores import Scores


def evaluate(
    bundle: str,
    data: Path,
    split: str = 'test',
    out: Path | None = None,
    backend: str = 'auto',
    threads: int = 0,
) -> int:
    """Score a bundle on a labelled split, print the table and return 0.

    Args:
        bundle: The bundle's folder, or the name of a shipped one.
        data: A folder in the layout of `datasets.StreetFolder`.
        split: Which images are scored, val or test.
        out: Where the report is written as JSON and markdown, nowhere when None.
        backend: Runtime of the network.
        threads: CPU threads of the network, 0 for one per core.
    """
    from rich.console import Console

    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.evaluation.labelled import evaluate_bundle
    from panoseg_ros.evaluation.scores import write_scores

    scores = evaluate_bundle(
        load_bundle(bundle), data, split, backend=backend, threads=threads, watch=_watch
    )
    console = Console()
    _print(scores, console)
    for path in write_scores(scores, out) if out else ():
        console.print(f'wrote {path}', highlight=False)
    return 0


def _watch(samples: 'Iterable[Sample]', description: str, total: int) -> 'Iterable[Sample]':
    from rich.progress import track

    return track(samples, description, total=total, transient=True)


def _print(scores: 'Scores', console: 'Console') -> None:
    from rich.table import Table

    from panoseg_ros.evaluation.scores import COLUMNS

    table = Table(title=scores.caption())
    for heading in ('IoU', 'images', *COLUMNS):
        table.add_column(heading, justify='left' if heading == 'IoU' else 'right')
    for name, images, ratios in scores.rows():
        table.add_row(name, str(images), *(f'{ratios[column]:.3f}' for column in COLUMNS))
    table.add_section()
    for name, values in scores.summary().items():
        figures = (f'{values[column]:.3f}' for column in COLUMNS)
        table.add_row(name, str(scores.images), *figures)
    console.print(table)


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('labelled', help='Score a bundle on labelled panoramas.')(_command)


def _command(
    bundle: Annotated[str, typer.Argument(help='Bundle folder, or the name of a shipped one.')],
    data: Annotated[Path, typer.Option(help='Data set folder with lists/ and images.')],
    split: Annotated[str, typer.Option(help='Which images: val or test.')] = 'test',
    out: Annotated[Path | None, typer.Option(help='Folder for the JSON and markdown.')] = None,
    backend: Annotated[str, typer.Option(help='Runtime of the network.')] = 'auto',
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
) -> int:
    return evaluate(bundle, data, split, out, backend, threads)
