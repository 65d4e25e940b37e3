"""How long work shows a person how far it is."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

Item = TypeVar('Item')


class Watch(Protocol):
    """Passes things on one by one, showing a person how far it is."""

    def __call__(self, things: Iterable[Item], description: str, total: int) -> Iterable[Item]:
        """Yield the things."""
        ...


def unwatched(things: Iterable[Item], description: str, total: int) -> Iterable[Item]:
    """Pass things on, showing nothing."""
    return things
