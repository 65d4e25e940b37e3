"""`panoseg weights`: what is in a bundle, and how weights become one."""

import typer

from panoseg_ros.cli.weights import import_, show


def register(app: typer.Typer) -> None:
    """Add `panoseg weights` and its commands."""
    commands = typer.Typer(
        help='Look into model bundles, and make them of checkpoints.',
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    show.add(commands)
    import_.add(commands)
    app.add_typer(commands, name='weights')
