"""`panoseg render`: rendered streets as a labelled data set or as a drive."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

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
) -> int:
    """Render a labelled data set, or go on with one, and return 0.

    Args:
        out: the data set's folder.
        split: train, val or test; each has scenes and assets of its own.
        scenes: how many scenes.
        first: how many scenes of the split to leave out before.
        views: pictures per scene.
        height: of the panoramas in pixels.
        width: of the panoramas in pixels.
        workers: processes, 0 for one per core.
    """
    from panoseg_ros.synthetic import SEED_RANGES, write_dataset

    if split not in SEED_RANGES:
        raise SyntheticError(f'unknown split {split!r}, expected {", ".join(SEED_RANGES)}')
    seeds = SEED_RANGES[split][first : first + scenes]
    if len(seeds) < scenes:
        room = len(SEED_RANGES[split])
        raise SyntheticError(f'split {split} has {room} scenes, not {first} + {scenes}')
    try:
        geometry = PanoramaGeometry(height, width)
    except ValueError as err:
        raise SyntheticError(str(err)) from err
    with _progress(f'{split} scenes', scenes) as tick:
        count = write_dataset(
            out, split, seeds, views, geometry, workers or os.cpu_count() or 1, tick
        )
    typer.echo(f'{count} panoramas of {width}x{height} in {out}')
    return 0


def render_drive(out: Path, rig: str = 'dual_fisheye', quality: int = 77) -> int:
    """Render the drive of `panoseg demo` and return 0.

    Args:
        out: the drive's folder.
        rig: a rig file or the name of a shipped one, whose lenses share one image.
        quality: of the jpeg files, 1 to 100.
    """
    from panoseg_ros.synthetic import DEMO, write_drive

    with _progress('frames', DEMO.frames) as tick:
        size = write_drive(out, DEMO, rig, quality, tick)
    typer.echo(f'{DEMO.frames} frames, {size / 1e6:.1f} MB in {out}')
    return 0


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    from rich.progress import Progress

    with Progress() as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def _dataset(
    out: Annotated[Path, typer.Option(help='Folder of the data set.')],
    split: Annotated[str, typer.Option(help='train, val or test.')] = 'train',
    scenes: Annotated[int, typer.Option(min=1, help='How many scenes.')] = 1500,
    first: Annotated[int, typer.Option(min=0, help='Leave out this many scenes before.')] = 0,
    views: Annotated[int, typer.Option(min=1, help='Pictures per scene.')] = 2,
    height: Annotated[int, typer.Option(min=8, help='Rows of a panorama.')] = 256,
    width: Annotated[int, typer.Option(min=16, help='Columns of a panorama.')] = 512,
    workers: Annotated[int, typer.Option(min=0, help='Processes; 0 = one per core.')] = 0,
) -> int:
    """Render labelled panoramas; run it again to go on where it was interrupted."""
    return render_dataset(out, split, scenes, first, views, height, width, workers)


def _drive(
    out: Annotated[Path, typer.Option(help='Folder of the drive.')],
    rig: Annotated[str, typer.Option(help='A rig file or a shipped name.')] = 'dual_fisheye',
    quality: Annotated[int, typer.Option(min=1, max=100, help='Of the jpeg files.')] = 77,
) -> int:
    """Render the drive that `panoseg demo` plays."""
    return render_drive(out, rig, quality)


def register(app: typer.Typer) -> None:
    """Add `panoseg render dataset` and `panoseg render drive`."""
    commands = typer.Typer(help='Render streets: a labelled data set, or a drive.')
    commands.command('dataset')(_dataset)
    commands.command('drive')(_drive)
    app.add_typer(commands, name='render')
