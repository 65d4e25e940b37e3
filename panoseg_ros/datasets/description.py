"""What `dataset.json` says of a rendered data set."""

from pathlib import Path
from typing import Any

from panoseg_ros.datasets.projection import Projection
from panoseg_ros.datasets.reading import read_json
from panoseg_ros.errors import DatasetError

DESCRIPTION = 'dataset.json'


def read_description(path: Path) -> dict[str, Any]:
    """Return what `dataset.json` says, nothing where there is no such file.

    Raises:
        DatasetError: if it cannot be read or holds something else.
    """
    if not path.exists():
        return {}
    notes = read_json(path)
    if not isinstance(notes, dict):
        raise DatasetError(f'{path}: expected an object with a description')
    return notes


def rendered_projection(folder: Path, published: Projection) -> Projection:
    """Return how the pictures of a folder in a published layout see the world.

    Args:
        folder: of the data set.
        published: the projection of the pictures that the layout was published with; those of
            `panoseg render dataset --layout` say what they were taken with.

    Raises:
        DatasetError: if `dataset.json` cannot be read or holds something else.
    """
    notes = read_description(folder / DESCRIPTION)
    return projection_of(folder, notes) if isinstance(notes.get('recipe'), dict) else published


def projection_of(folder: Path, notes: dict[str, Any]) -> Projection:
    """Return what `recipe` and `size` (height, width, top and bottom elevation) say."""
    recipe = notes.get('recipe')
    if isinstance(recipe, dict) and recipe.get('camera') == 'pinhole':
        return _pinhole(folder, recipe)
    if 'size' not in notes:
        return Projection('panorama')
    size = _numbers(notes['size'], 4)
    if size is None or not 90.0 >= size[2] > size[3] >= -90.0:
        raise DatasetError(
            f'{folder / DESCRIPTION}: size must be height, width, top and bottom degrees, '
            f'got {notes["size"]!r}'
        )
    return Projection('panorama', size[2], size[3])


def _pinhole(folder: Path, recipe: dict[str, Any]) -> Projection:
    """Return the middle of the fields of view; each picture's own is in its note."""
    span = _numbers(recipe.get('fov_deg'), 2)
    if span is None or not 0.0 < span[0] <= span[1] < 180.0:
        raise DatasetError(
            f'{folder / DESCRIPTION}: fov_deg must be two rising angles within 0 to 180, '
            f'got {recipe.get("fov_deg")!r}'
        )
    assumed = '' if span[0] == span[1] else 'every picture has the middle field of view'
    return Projection('pinhole', hfov_deg=0.5 * sum(span), assumed=assumed)


def _numbers(found: object, count: int) -> list[float] | None:
    """Return a list of so many numbers, None if it is something else."""
    if not isinstance(found, list) or len(found) != count:
        return None
    if not all(isinstance(number, int | float) for number in found):
        return None
    try:
        return [float(number) for number in found]
    except OverflowError:  # an integer of hundreds of digits
        return None
