"""`panoseg calibrate`: what lenses see, by the files that describe them."""

import typer

from panoseg_ros.cli.calibrate import check, convert


def register(app: typer.Typer) -> None:
    """Add `panoseg calibrate` and its commands."""
    commands = typer.Typer(
        help='Convert calibration files into rig files, and check rigs.',
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    convert.add(commands)
    check.add(commands)
    app.add_typer(commands, name='calibrate')
