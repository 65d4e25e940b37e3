"""`panoseg evaluate protocol`: a bundle scored as the papers do."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.cli.evaluate.labelled import PRECISION
from panoseg_ros.cli.evaluate.labels import FAST
from panoseg_ros.cli.evaluate.progress import track
from panoseg_ros.cli.writable import HtmlFile, writable_folder

if TYPE_CHECKING:
    from panoseg_ros.evaluation.pair_scores import PairScores


def evaluate_protocol(
    bundle: str,
    protocol: str,
    data: Path,
    part: list[str] | None = None,
    split: str = '',
    backend: str = 'auto',
    threads: int = 0,
    precision: str = 'float32',
    size: str = '',
    fast: bool = False,
    out: Path | None = None,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Score a bundle on the parts of a protocol, print a table and return 0.

    Args:
        bundle: The bundle's folder, or the name of a shipped one.
        protocol: One of `evaluation.protocols.PROTOCOLS`.
        data: Folder of the data set.
        part: Only these parts.
        split: Another split than the protocol's.
        backend: Runtime of the network.
        threads: CPU threads of the network, 0 for one per core.
        precision: Of the network on a GPU: float32, float16, bfloat16 or auto.
        size: HEIGHTxWIDTH of the network's input instead of the bundle's, run by torch.
        fast: No boundary F-score.
        out: Folder for one JSON file per part.
        report: HTML page to write; further parts get their name before the ending.
        as_json: Print JSON instead of a table.
    """
    import json

    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.cli.evaluate.sizes import parse_size
    from panoseg_ros.evaluation import pair_report, protocols
    from panoseg_ros.evaluation.report import page_of_pairs, write_page
    from panoseg_ros.evaluation.report.page import anchor

    scores = protocols.evaluate_protocol(
        load_bundle(bundle),
        protocol,
        data,
        parts=part or (),
        split=split,
        backend=backend,
        threads=threads,
        precision=precision,
        size=parse_size(size),
        keep_small=report is not None,
        outlines=not fast,
        watch=track,
    )
    if as_json:
        print(json.dumps({name: pair_report.as_json(found) for name, found in scores.items()}))
    else:
        averaged = protocols.find_protocol(protocol).averaged
        _print(scores, f'{bundle} by protocol {protocol}', averaged)
    wrote = []
    for index, (name, found) in enumerate(scores.items()):
        if out is not None:
            wrote.append(pair_report.write_json(found, out / f'{protocol}-{anchor(name)}.json'))
        if report is not None:
            named = report.with_name(f'{report.stem}-{anchor(name)}{report.suffix}')
            title = f'{found.facts["bundle"]} by protocol {protocol}, {name}'
            wrote.append(write_page(page_of_pairs(found, title), named if index else report))
    for path in () if as_json else wrote:
        print(f'wrote {path}')
    return 0


def _print(scores: 'dict[str, PairScores]', title: str, averaged: bool) -> None:
    import statistics

    from rich.console import Console
    from rich.table import Table

    table = Table(title=title)
    for heading in ('part', 'pictures', 'mean IoU', '95 %', 'by angle', 'accuracy'):
        table.add_column(heading, justify='left' if heading == 'part' else 'right')
    means = []
    for name, found in scores.items():
        summary, span = found.summary(), found.mean_iou
        means.append(span.value)
        cells = (summary['mean IoU by solid angle'], summary['pixel accuracy'])
        row = (f'{span.value:.4f}', span.span(), *(f'{value:.4f}' for value in cells))
        table.add_row(name, str(len(found.pictures)), *row)
    if averaged and len(means) > 1:
        table.add_row('mean of the parts', '', f'{statistics.fmean(means):.4f}')
    Console(width=120, highlight=False).print(table)


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('protocol')(_protocol)


def _protocol(
    bundle: Annotated[str, typer.Argument(help='Bundle folder, or the name of a shipped one.')],
    protocol: Annotated[str, typer.Argument(help='Name, such as densepass or synpass.')],
    data: Annotated[Path, typer.Option(help='Folder of the data set.')],
    part: Annotated[list[str] | None, typer.Option(help='Only this part; several times.')] = None,
    split: Annotated[str, typer.Option(help="Another split than the protocol's.")] = '',
    backend: Annotated[str, typer.Option(help='Runtime of the network.')] = 'auto',
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    precision: Annotated[str, typer.Option(help=PRECISION)] = 'float32',
    size: Annotated[str, typer.Option(help="HEIGHTxWIDTH of the network's input.")] = '',
    fast: Annotated[bool, typer.Option('--fast', help=FAST)] = False,
    out: Annotated[
        Path | None, typer.Option(help='Folder for JSON files.', callback=writable_folder)
    ] = None,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Score a bundle on a public data set as the papers do.

    At their picture sizes, too.
    """
    return evaluate_protocol(
        bundle, protocol, data, part, split, backend, threads, precision, size, fast, out, report,
        as_json,
    )  # fmt: skip
