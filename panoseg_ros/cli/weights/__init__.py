"""`panoseg weights`: what is in a bundle, and how weights become one."""

import typer

from panoseg_ros.cli.weights import show


def register(app: typer.Typer) -> None:
    """Add `panoseg weights` and its commands."""
    commands = typer.Typer(
        help='Look into model bundles.', no_args_is_help=True, rich_markup_mode=None
    )
    commands.callback()(lambda: None)  # keeps a single command a word of its own
    show.add(commands)
    app.add_typer(commands, name='weights')
