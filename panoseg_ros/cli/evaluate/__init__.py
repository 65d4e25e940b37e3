"""`panoseg evaluate`: how good a bundle is."""

from typing import Any

import typer
from typer.core import TyperGroup

from panoseg_ros.cli.evaluate import (
    bag,
    compare,
    ground,
    labelled,
    labels,
    page,
    points,
    protocol,
    seam,
)
from panoseg_ros.cli.evaluate.labelled import evaluate

__all__ = ['evaluate', 'register']


class _LabelledUnlessSaid(TyperGroup):
    """A group whose first word may be left out: `labelled` is meant then."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the left-out word in front."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ['labelled', *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add `panoseg evaluate` and its commands."""
    commands = typer.Typer(
        cls=_LabelledUnlessSaid,
        help='Score a bundle. Without a command: on labelled panoramas.',
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    labelled.add(commands)
    labels.add(commands)
    bag.add(commands)
    ground.add(commands)
    protocol.add(commands)
    seam.add(commands)
    points.add(commands)
    compare.add(commands)
    page.add(commands)
    app.add_typer(commands, name='evaluate')
