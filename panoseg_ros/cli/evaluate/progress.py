"""The progress bar of `panoseg evaluate`."""

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar('Item')


def track(things: Iterable[Item], description: str, total: int | None) -> Iterable[Item]:
    """Pass things on and show on the standard error how far it is; total None: nobody knows."""
    from rich import progress
    from rich.console import Console

    console = Console(stderr=True)
    return progress.track(things, description, total, transient=True, console=console)
