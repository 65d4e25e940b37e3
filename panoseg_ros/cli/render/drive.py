"""`panoseg render drive`: a drive through a rendered street."""

from pathlib import Path
from typing import Annotated

import typer

from panoseg_ros.cli.render.bar import progress_bar


def render_drive(out: Path, rig: str = 'dual_fisheye', quality: int = 77) -> int:
    """Render the drive of `panoseg demo` and return 0.

    Args:
        out: the drive's folder.
        rig: a rig file or the name of a shipped one, whose lenses share one image.
        quality: of the jpeg files, 1 to 100.
    """
    from panoseg_ros.synthetic import DEMO, write_drive

    with progress_bar('frames', DEMO.frames) as tick:
        size = write_drive(out, DEMO, rig, quality, tick)
    typer.echo(f'{DEMO.frames} frames, {size / 1e6:.1f} MB in {out}')
    return 0


def drive_command(
    out: Annotated[Path, typer.Option(help='Folder of the drive.')],
    rig: Annotated[str, typer.Option(help='A rig file or a shipped name.')] = 'dual_fisheye',
    quality: Annotated[int, typer.Option(min=1, max=100, help='Of the jpeg files.')] = 77,
) -> int:
    """Render the drive that `panoseg demo` plays."""
    return render_drive(out, rig, quality)
