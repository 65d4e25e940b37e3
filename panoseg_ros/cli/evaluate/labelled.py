"""`panoseg evaluate labelled`: a bundle and labelled pictures in, a report out."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from panoseg_ros.cli.evaluate.labels import FAST
from panoseg_ros.cli.evaluate.paging import print_tables
from panoseg_ros.cli.evaluate.progress import track
from panoseg_ros.cli.evaluate.sizes import parse_size
from panoseg_ros.cli.writable import HtmlFile, writable_folder

PRECISION = 'Of the network on a GPU: float32, float16, bfloat16 or auto.'

if TYPE_CHECKING:
    from rich.console import Console

    from panoseg_ros.evaluation.comparison import Gain
    from panoseg_ros.evaluation.scores import Scores


def evaluate(
    bundle: str,
    data: str | Path,
    split: str = 'test',
    out: Path | None = None,
    backend: str = 'auto',
    threads: int = 0,
    precision: str = 'float32',
    size: str = '',
    level: bool = False,
    paired_with: str | Path | None = None,
    fitted_on: str | Path | None = None,
    fast: bool = False,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Score a bundle on a labelled split, print the tables and return 0.

    Args:
        bundle: The bundle's folder, or the name of a shipped one.
        data: A data set as `datasets.open_dataset` names it.
        split: Which images are scored, val or test.
        out: Where the report is written as JSON and markdown, nowhere when None.
        backend: Runtime of the network.
        threads: CPU threads of the network, 0 for one per core.
        precision: Of the network on a GPU: float32, float16, bfloat16 or auto.
        size: HEIGHTxWIDTH to score at instead of the bundle's input size, run by torch.
        level: Turn panoramas upright by their true tilt before the network.
        paired_with: A data set with the same list of images, taken otherwise, to compare with.
        fitted_on: A data set for the trivial classifier, `data` when None.
        fast: No boundary F-score.
        report: HTML page to write, none when None.
        as_json: Print JSON instead of tables.
    """
    from rich.console import Console

    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.evaluation import score_report
    from panoseg_ros.evaluation.comparison import compare, run_of
    from panoseg_ros.evaluation.labelled import evaluate_bundle
    from panoseg_ros.evaluation.report import page_of_scores, sections_of_gains, write_page

    model, console = load_bundle(bundle), Console(width=140, highlight=False, quiet=as_json)
    options: dict[str, Any] = {
        'backend': backend,
        'threads': threads,
        'precision': precision,
        'size': parse_size(size),
        'level': level,
        'fitted_on': fitted_on,
        'outlines': not fast,
        'watch': track,
    }
    scores = evaluate_bundle(model, data, split, keep_small=report is not None, **options)
    _print(scores, console)
    gains, title = None, ''
    if paired_with is not None:
        other = evaluate_bundle(model, paired_with, split, **options)
        scores.facts['paired with'] = other.facts['data']
        gains = compare([run_of(scores)], [run_of(other)])
        title = f'{other.facts["data"]} against {scores.facts["data"]}'
        print_gains(gains, title, console)
    if as_json:
        print(json.dumps(score_report.as_json(scores, gains)))
    wrote = [*score_report.write_scores(scores, out, gains)] if out else []
    if report is not None:
        extra = sections_of_gains(gains, title) if gains else ()
        wrote.append(write_page(page_of_scores(scores, extra), report))
    for path in wrote:
        console.print(f'wrote {path}', soft_wrap=True)
    return 0


def _print(scores: 'Scores', console: 'Console') -> None:
    from rich.table import Table

    from panoseg_ros.evaluation.pair_report import tables

    columns = scores.columns
    table = Table(title=scores.caption())
    for heading in ('IoU', 'images', *columns, '95 % of the model'):
        table.add_column(heading, justify='left' if heading == 'IoU' else 'right')
    for row in scores.rows():
        figures = [f'{row.ratios[column]:.3f}' for column in columns]
        table.add_row(row.name, str(row.images), *figures, row.model.span())
    table.add_section()
    intervals = scores.intervals()
    for name, values in scores.summary().items():
        figures = [f'{values[column]:.3f}' for column in columns]
        table.add_row(name, str(scores.images), *figures, intervals[name].span())
    console.print(table)
    if lacking := scores.facts.get('no trivial classifier because'):
        console.print(f'no trivial classifier: {lacking}', soft_wrap=True)
    for line in _further_lines(scores):
        console.print(line)
    further = ('Summary', 'Elevation')
    print_tables([t for t in tables(scores.pairs) if t.name in further], console)


def _further_lines(scores: 'Scores') -> Iterable[str]:
    for row in scores.weather_rows():
        mean, main = row.mean_iou, row.main_iou
        mains = f', main classes {main.value:.3f} ({main.span()})' if main else ''
        yield (
            f'{row.weather:10} {row.images:4} images of {row.scenes:3} scenes: mean IoU '
            f'{mean.value:.3f} ({mean.span()}){mains}'
        )
    for people in scores.human_rows():
        found = people.found
        yield (
            f'people of {people.name}: {found.value:.3f} of {people.humans} found ({found.span()})'
        )


def print_gains(gains: 'list[Gain]', title: str, console: 'Console') -> None:
    """Print a comparison as a table."""
    from rich.table import Table

    table = Table(title=title)
    for heading in ('', 'first', 'second', 'second - first', '95 %'):
        table.add_column(heading, justify='right' if heading else 'left')
    for row in gains:
        values = (f'{row.first:.4f}', f'{row.second:.4f}', f'{row.gain.value:+.4f}')
        table.add_row(row.name, *values, row.gain.span('+.4f'))
    console.print(table)


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('labelled', help='Score a bundle on labelled pictures.')(_command)


def _command(
    bundle: Annotated[str, typer.Argument(help='Bundle folder, or the name of a shipped one.')],
    data: Annotated[str, typer.Option(help='KIND:FOLDER, or the folder of a rendered set.')],
    split: Annotated[str, typer.Option(help='Which images: val or test.')] = 'test',
    out: Annotated[
        Path | None,
        typer.Option(help='Folder for the JSON and markdown.', callback=writable_folder),
    ] = None,
    backend: Annotated[str, typer.Option(help='Runtime of the network.')] = 'auto',
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    precision: Annotated[str, typer.Option(help=PRECISION)] = 'float32',
    size: Annotated[str, typer.Option(help='HEIGHTxWIDTH to score at, run by torch.')] = '',
    level: Annotated[
        bool, typer.Option(help='Turn panoramas upright by their true tilt first.')
    ] = False,
    paired_with: Annotated[
        str | None, typer.Option(help='The same scenes taken otherwise: compare.')
    ] = None,
    fitted_on: Annotated[
        str | None, typer.Option(help='Data for the trivial classifier, with a train split.')
    ] = None,
    fast: Annotated[bool, typer.Option('--fast', help=FAST)] = False,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    return evaluate(
        bundle, data, split, out, backend, threads, precision, size, level, paired_with, fitted_on,
        fast, report, as_json,
    )  # fmt: skip
