"""`panoseg evaluate points`: a bundle on points that people marked in real photographs."""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.cli.evaluate.labelled import PRECISION
from panoseg_ros.cli.evaluate.progress import track
from panoseg_ros.cli.evaluate.sizes import parse_size
from panoseg_ros.cli.writable import HtmlFile, writable_folder

if TYPE_CHECKING:
    from panoseg_ros.evaluation.points import PointRun


def evaluate_points(
    bundle: str,
    images: Path,
    points: Path,
    half: str = 'dev',
    out: Path | None = None,
    backend: str = 'auto',
    threads: int = 0,
    precision: str = 'float32',
    size: str = '',
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Score a bundle on the points of one half, print the tables and return 0.

    Args:
        bundle: The bundle's folder, or the name of a shipped one.
        images: Folder of the photographs, with their calibration in `calib`.
        points: The file of points.
        half: dev to work with, test for the last figure only.
        out: Where the report is written as JSON, nowhere when None.
        backend: Runtime of the network.
        threads: CPU threads of the network, 0 for one per core.
        precision: Of the network on a GPU: float32, float16, bfloat16 or auto.
        size: HEIGHTxWIDTH to run at instead of the bundle's input size, by torch.
        report: HTML page to write, none when None.
        as_json: Print JSON instead of tables.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.evaluation import point_report
    from panoseg_ros.evaluation.points import evaluate_points as run_points
    from panoseg_ros.evaluation.report import write_page
    from panoseg_ros.evaluation.report.pointed import page_of_points

    run = run_points(
        load_bundle(bundle),
        images,
        points,
        half,
        backend=backend,
        threads=threads,
        precision=precision,
        size=parse_size(size),
        keep_views=report is not None,
        watch=track,
    )
    if as_json:
        print(json.dumps(point_report.as_json(run)))
    else:
        _print(run)
    wrote = [] if out is None else [point_report.write_report(run, out)]
    if report is not None:
        wrote.append(write_page(page_of_points(run), report))
    for path in () if as_json else wrote:
        print(f'wrote {path}')
    return 0


def _print(run: 'PointRun') -> None:
    from rich.console import Console

    from panoseg_ros.evaluation import point_report as report

    console = Console(width=150, highlight=False)
    console.print(report.caption(run))
    console.print(f'{"":52} {"points":>6} {"images":>6} {"share":>6}  {"95 %":^13} prior chance')
    for row in report.figure_rows(run):
        span = '-' if math.isnan(row.low) else f'{_share(row.low)} to {_share(row.high)}'
        console.print(
            f'{row.name:52} {row.points:6} {row.images:6} {_share(row.value):>6}  {span:^13} '
            f'{_share(row.prior):>5} {_share(row.chance):>6}'
        )
    console.print(
        f'\n{"random points of":42} {"points":>6} {"group":>6} {"class":>6} {"prior":>6}'
    )
    for image in report.image_rows(run):
        console.print(
            f'{image.image:42} {image.points:6} {_share(image.group):>6} {_share(image.cls):>6} '
            f'{_share(image.prior):>6}  {image.kind}; {image.how}'
        )
    for name, reason in run.left_out.items():
        console.print(f'left out {name}: {reason}')
    console.print(f'\n{report.RULE}\nPrior: {report.STATED_PRIOR}.')


def _share(value: float) -> str:
    return '-' if math.isnan(value) else f'{value:.2f}'


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('points')(_points)


def _points(
    bundle: Annotated[str, typer.Argument(help='Bundle folder, or the name of a shipped one.')],
    images: Annotated[Path, typer.Option(help='Folder of the photographs.')],
    points: Annotated[Path, typer.Option(help='File of labelled points.')],
    half: Annotated[str, typer.Option(help='dev; test for the last figure only.')] = 'dev',
    out: Annotated[
        Path | None, typer.Option(help='Folder for the JSON.', callback=writable_folder)
    ] = None,
    backend: Annotated[str, typer.Option(help='Runtime of the network.')] = 'auto',
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    precision: Annotated[str, typer.Option(help=PRECISION)] = 'float32',
    size: Annotated[str, typer.Option(help='HEIGHTxWIDTH to run at, by torch.')] = '',
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Score a bundle on labelled points of real photographs."""
    return evaluate_points(
        bundle, images, points, half, out, backend, threads, precision, size, report, as_json
    )
