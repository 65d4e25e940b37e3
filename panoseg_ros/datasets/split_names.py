"""Which images a split has: all below its folder, sorted, or those that a list names."""

from collections.abc import Callable, Sequence
from pathlib import Path

from panoseg_ros.datasets.reading import check_below, read_list, walk
from panoseg_ros.errors import DatasetError
from panoseg_ros.resources import at_home


def check_split(data: str, split: str, allowed: Sequence[str]) -> None:
    """Refuse a split that the data set has not.

    Raises:
        DatasetError: naming the split and those that exist.
    """
    if split not in allowed:
        raise DatasetError(
            f'{data}: has no split {split!r} with labels, only {", ".join(allowed)}'
        )


def names_of(root: Path, folder: str, pattern: str, listed: str) -> tuple[str, ...]:
    """Return image paths relative to `root`.

    Args:
        root: the data set's folder.
        folder: where the images of the split lie, relative to `root`, ending in a slash or
            empty.
        pattern: which files below `folder` are images, if nothing is listed.
        listed: a list file, relative to `root` or absolute; empty for none. Its lines are
            relative to `root`, or to `folder` as the lists of Trans4PASS are.

    Raises:
        DatasetError: if there are no images, or the list is unreadable or points elsewhere.
    """
    if not listed:
        return walk(root, folder + pattern)
    path = root / at_home(listed)
    whole = (folder.split('/', maxsplit=1)[0], '/')  # how a line begins that needs no prefix
    names = tuple(line if line.startswith(whole) else folder + line for line in read_list(path))
    check_below(path, names, folder)
    return names


def check_members(
    listed: Path, names: Sequence[str], belongs: Callable[[str], bool], split: str
) -> None:
    """Refuse a list that names images of another split: they would be learned and scored on.

    Raises:
        DatasetError: naming the list and the image.
    """
    for name in names:
        if not belongs(name):
            raise DatasetError(f'{listed}: {name!r} is not of split {split}')
