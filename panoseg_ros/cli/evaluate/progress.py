"""The progress bar of `panoseg evaluate`."""

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar('Item')


def track(things: Iterable[Item], description: str, total: int | None) -> Iterable[Item]:
    """Pass things on and show on a terminal how far it is; total None: nobody knows."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        return things
    return progress.track(things, description, total, transient=True, console=console)
