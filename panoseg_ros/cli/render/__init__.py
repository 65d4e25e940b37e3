"""`panoseg render`: rendered streets as a labelled data set or as a drive."""

import typer

from panoseg_ros.cli.render.dataset import dataset_command
from panoseg_ros.cli.render.drive import drive_command


def register(app: typer.Typer) -> None:
    """Add `panoseg render dataset` and `panoseg render drive`."""
    commands = typer.Typer(
        help='Render streets: a labelled data set, or a drive.',
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    commands.command('dataset')(dataset_command)
    commands.command('drive')(drive_command)
    app.add_typer(commands, name='render')
