"""Sparse labelled points of photographs, read from `points.json`.

The file holds `labels`: image path to a list of points with `x` and `y` (whole pixels,
right and down), `label`, `accept` (every class name that counts as right; empty where the
labeller was unsure or nothing fits), `group` and `placed` (set by hand on small or rare
things; all others were drawn at random).
"""

from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from panoseg_ros.datasets.reading import read_json
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.point_split import HALVES, half_of, place_of
from panoseg_ros.metrics.points import GROUPS

MOST_PX = 100_000
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}


class Point(NamedTuple):
    """One labelled pixel; `accept` is never empty."""

    x: int
    y: int
    label: str
    accept: tuple[str, ...]
    group: str
    placed: bool


def read_points(path: Path, half: str) -> dict[str, tuple[Point, ...]]:
    """Return the points that count of every image of one half; all others are not even kept.

    A point counts if something is accepted for it: unsure ones, void ones and those of no
    class (`other`) have nothing that is.

    Args:
        path: the file.
        half: dev or test, see `point_split`.

    Raises:
        DatasetError: if the file is missing or malformed, the half is unknown, or an image
            is of no known place.
    """
    if half not in HALVES:
        raise DatasetError(f'half must be one of {", ".join(HALVES)}, got {half!r}')
    content = read_json(path)
    labels = content.get('labels') if isinstance(content, dict) else None
    if not isinstance(labels, dict):
        raise DatasetError(f'{path}: expected an object with `labels`')
    chosen = {}
    for image, entries in labels.items():
        if half_of(place_of(image).name) == half:
            _check_image(path, image, entries)
            points = (_point(f'{path}: {image}: point {i}', e) for i, e in enumerate(entries))
            chosen[image] = tuple(point for point in points if point is not None)
    return chosen


def _check_image(path: Path, image: str, entries: Any) -> None:
    if '..' in PurePosixPath(image).parts or PurePosixPath(image).is_absolute():
        raise DatasetError(f'{path}: {image!r} is not a path below the images')
    if not isinstance(entries, list):
        raise DatasetError(f'{path}: {image}: expected a list of points')


def _point(where: str, entry: Any) -> Point | None:
    """Return a point, None if it does not count."""
    wanted = {'x': int, 'y': int, 'label': str, 'accept': list, 'group': str, 'placed': bool}
    for field, kind in wanted.items():
        found = entry.get(field) if isinstance(entry, dict) else None
        if type(found) is not kind:
            raise DatasetError(f'{where}: {field} must be {kind.__name__}, got {found!r}')
    for field in ('x', 'y'):
        if not 0 <= entry[field] < MOST_PX:
            raise DatasetError(
                f'{where}: {field} must be 0 to {MOST_PX - 1}, got {str(entry[field])[:20]}'
            )
    odd = [name for name in entry['accept'] if not isinstance(name, str) or name not in GROUP_OF]
    if odd:
        raise DatasetError(f'{where}: accept holds {odd[0]!r}, which is no class')
    if not entry['accept']:
        return None
    if entry['group'] not in GROUPS:
        raise DatasetError(
            f'{where}: group must be one of {", ".join(GROUPS)} where something is accepted, '
            f'got {entry["group"]!r}'
        )
    return Point(**{field: entry[field] for field in wanted} | {'accept': tuple(entry['accept'])})
