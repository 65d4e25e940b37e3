"""`panoseg evaluate seam`: how much labels change where a panorama is cut."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from panoseg_ros.cli.writable import HtmlFile, JsonFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from panoseg_ros.evaluation.seam import SeamReport


def evaluate_seam(
    bundle: str,
    images: list[Path],
    wrap_px: int | None = None,
    band_px: int | None = None,
    threads: int = 0,
    out: Path | None = None,
    report: Path | None = None,
    as_json: bool = False,
) -> int:
    """Measure the disagreement at the cuts, print it and return 0.

    Args:
        bundle: The bundle's folder, or the name of a shipped one.
        images: Whole panoramas of any size.
        wrap_px: Margin to compare with none, the bundle's when None.
        band_px: Columns on each side of a cut that count as near, a 32nd of the width when None.
        threads: CPU threads of the network, 0 for one per core.
        out: JSON file to write.
        report: HTML page to write.
        as_json: Print JSON instead of a table.
    """
    from panoseg_ros.bundles import load_bundle
    from panoseg_ros.cli.evaluate.paging import write_json
    from panoseg_ros.evaluation.report import page_of_seam, write_page
    from panoseg_ros.evaluation.seam import measure_seam, read_panorama

    loaded = load_bundle(bundle)

    def panoramas() -> Iterator[tuple[str, 'NDArray[np.uint8]']]:
        for path in images:
            yield path.stem, read_panorama(path, loaded)

    found = measure_seam(loaded, panoramas(), wrap_px, band_px, threads)
    if as_json:
        print(json.dumps(found.as_json(), indent=2))
    else:
        _print(found)
    wrote = [] if out is None else [write_json(found.as_json(), out)]
    if report is not None:
        wrote.append(write_page(page_of_seam(found), report))
    for path in () if as_json else wrote:
        print(f'wrote {path}')
    return 0


def _print(report: 'SeamReport') -> None:
    from panoseg_ros.metrics.seam import pooled

    print(
        f'{report.bundle} on {len(report.names)} panoramas of {report.width} x {report.height}, '
        f'as they are and turned by half the width'
    )
    print(f'pixels whose label differs, within {report.band_px} columns of a cut and elsewhere')
    print(f'{"margin":>8} {"at cuts":>9} {"elsewhere":>10}')
    for wrap_px, counts in report.counts.items():
        both = pooled(counts)
        print(f'{wrap_px:>5} px {both.seam:>9.2%} {both.interior:>10.2%}')
    if len(report.counts) > 1:
        mean, low, high = report.gain()
        span = f'95 % of resampled sets of panoramas: {100 * low:.2f} to {100 * high:.2f}'
        if math.isnan(low):
            span = 'one panorama has no interval'
        print(f'the margin takes {100 * mean:.2f} points off the share at the cuts ({span})')


def add(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command('seam')(_seam)


def _seam(
    bundle: Annotated[str, typer.Argument(help='Bundle folder, or the name of a shipped one.')],
    images: Annotated[list[Path], typer.Argument(help='Whole panoramas.')],
    wrap: Annotated[
        int | None, typer.Option(min=0, help="Margin in columns; the bundle's if not given.")
    ] = None,
    band: Annotated[
        int | None, typer.Option(min=1, help='Columns near a cut; a 32nd of the width.')
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help='CPU threads; 0: one per core.')] = 0,
    out: JsonFile = None,
    report: HtmlFile = None,
    as_json: Annotated[bool, typer.Option('--json', help='Print JSON.')] = False,
) -> int:
    """Segment panoramas as they are and turned by half.

    Compares both, with and without wrap margin.
    """
    return evaluate_seam(bundle, images, wrap, band, threads, out, report, as_json)
