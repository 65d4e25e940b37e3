"""`panoseg bench`: how long stages take on this machine."""

import typer

from panoseg_ros.cli.bench import ground, networks, node, pipeline, stages, threads, training


def register(app: typer.Typer) -> None:
    """Add `panoseg bench` and its commands."""
    commands = typer.Typer(
        help='Measure stages on this machine.', no_args_is_help=True, rich_markup_mode=None
    )
    for part in (stages, networks, pipeline, node, training, threads, ground):
        part.add(commands)
    app.add_typer(commands, name='bench')
