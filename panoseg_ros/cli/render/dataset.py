"""`panoseg render dataset`: labelled pictures of rendered streets and rooms."""

import os
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from panoseg_ros.cli.render.bar import progress_bar
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import PanoramaGeometry


def render_dataset(
    out: Path,
    split: str = 'train',
    scenes: int = 1500,
    first: int = 0,
    views: int = 2,
    height: int = 256,
    width: int = 512,
    workers: int = 0,
    elevations: tuple[float, float] | None = None,
    **recipe: Any,
) -> int:
    """Render a labelled data set, or go on with one, and return 0.

    Args:
        out: the data set's folder.
        split: train, val or test; each has scenes and assets of its own.
        scenes: how many scenes.
        first: how many scenes of the split to leave out before.
        views: pictures per scene.
        height: of the pictures in pixels.
        width: of the pictures in pixels.
        workers: processes, 0 for one per core.
        elevations: degrees of the upper and the lower border of a panorama; those of the
            layout when None.
        recipe: fields of `synthetic.Recipe`.

    Raises:
        SyntheticError: if a value is out of range, or `out` cannot be written or holds
            another data set.
    """
    from panoseg_ros.datasets.densepass import HALF_DEG
    from panoseg_ros.synthetic import split_seeds, write_dataset

    seeds = split_seeds(split, first, scenes)
    half = HALF_DEG if recipe.get('layout') == 'densepass' else 90.0
    try:
        geometry = PanoramaGeometry(height, width, *(elevations or (half, -half)))
    except ValueError as err:
        raise SyntheticError(str(err)) from err
    with progress_bar(f'{split} scenes', scenes) as tick:
        count = write_dataset(
            out, split, seeds, views, geometry, workers or os.cpu_count() or 1, tick, **recipe
        )
    typer.echo(f'{count} pictures of {width}x{height} in {out}')
    return 0


def span(option: str, text: str) -> tuple[float, float]:
    """Return the two numbers of `70..90`, or one number twice.

    Raises:
        SyntheticError: naming the option.
    """
    number = r'\s*([-+]?\d*\.?\d+)\s*'
    match = re.fullmatch(rf'{number}(?:\.\.{number})?', text)
    if match is None:
        raise SyntheticError(f'{option}: expected a number or LOW..HIGH, got {text!r}')
    low = float(match[1])
    return low, low if match[2] is None else float(match[2])


def dataset_command(
    out: Annotated[Path, typer.Option(help='Folder of the data set.')],
    split: Annotated[str, typer.Option(help='train, val or test.')] = 'train',
    scenes: Annotated[int, typer.Option(min=1, help='How many scenes.')] = 1500,
    first: Annotated[int, typer.Option(min=0, help='Leave out this many scenes before.')] = 0,
    views: Annotated[int, typer.Option(min=1, help='Pictures per scene.')] = 2,
    height: Annotated[int, typer.Option(min=8, help='Rows of a picture.')] = 256,
    width: Annotated[int, typer.Option(min=16, help='Columns of a picture.')] = 512,
    workers: Annotated[int, typer.Option(min=0, help='Processes; 0 = one per core.')] = 0,
    world: Annotated[str, typer.Option(help='street or indoor.')] = 'street',
    layout: Annotated[
        str, typer.Option(help='street, cityscapes, densepass or synpass.')
    ] = 'street',
    camera: Annotated[str, typer.Option(help='panorama or pinhole.')] = 'panorama',
    fov: Annotated[
        str, typer.Option(help='Horizontal field of view of a pinhole, degrees.')
    ] = '70..90',
    weather: Annotated[
        str, typer.Option(help='clear, cloudy, overcast, fog, rain, dusk or night; empty = all.')
    ] = '',
    camera_height: Annotated[
        str,
        typer.Option(
            help='Metres above ground, LOW..HIGH or one number; empty = 0.4..2.5, rooms 0.3..1.8.'
        ),
    ] = '',
    tilt: Annotated[
        float | None, typer.Option(help='Tilt by 0 to this many degrees; else 4, mostly less.')
    ] = None,
    elevations: Annotated[
        str, typer.Option(help="Lower..upper border of a panorama, degrees; empty = layout's.")
    ] = '',
) -> int:
    """Render labelled pictures.

    Run it again to go on where it was interrupted.
    """
    borders = span('--elevations', elevations) if elevations else None
    return render_dataset(
        out,
        split,
        scenes,
        first,
        views,
        height,
        width,
        workers,
        (borders[1], borders[0]) if borders else None,
        world=world,
        layout=layout,
        camera=camera,
        fov_deg=span('--fov', fov),
        weather=weather,
        heights_m=span('--camera-height', camera_height) if camera_height else None,
        tilt_deg=tilt,
    )
