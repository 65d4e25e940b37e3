"""What a rendered data set says about each picture: `frames/<split>.csv`.

One line per picture, with a heading: image (its path in the list), scene, weather,
roll_deg and pitch_deg of the camera against gravity, hfov_deg for perspective pictures, and
more that is not needed here.
"""

import csv
import math
from pathlib import Path
from typing import NamedTuple

from panoseg_ros.errors import DatasetError

NEEDED = ('image', 'scene', 'weather', 'roll_deg', 'pitch_deg')


class FrameNote(NamedTuple):
    """One picture: where and how it was taken.

    Convention: roll and pitch turn the level frame into the camera's (REP-103, degrees);
    `hfov_deg` is None for a panorama.
    """

    scene: str
    weather: str
    roll_deg: float
    pitch_deg: float
    hfov_deg: float | None = None


def read_frame_table(path: Path) -> dict[str, FrameNote]:
    """Return image path to what is said about it.

    Raises:
        DatasetError: if the file cannot be read, lacks a column, or holds no number where
            one is needed.
    """
    try:
        with path.open(encoding='utf-8', newline='') as stream:
            rows = list(csv.DictReader(stream, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise DatasetError(f'{path}: cannot be read: {err}') from err
    return {
        str(row.get('image')): _note(f'{path}: line {line}', row)
        for line, row in enumerate(rows, start=2)
    }


def _note(where: str, row: dict[str, str]) -> FrameNote:
    for name in NEEDED:  # a room has no weather, but the column is there
        if row.get(name) is None or (not row[name] and name != 'weather'):
            raise DatasetError(f'{where}: has no {name}')
    hfov = row.get('hfov_deg')
    return FrameNote(
        row['scene'],
        row['weather'],
        _number(where, row, 'roll_deg'),
        _number(where, row, 'pitch_deg'),
        _number(where, row, 'hfov_deg') if hfov else None,
    )


def _number(where: str, row: dict[str, str], name: str) -> float:
    try:
        number = float(row[name])
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise DatasetError(f'{where}: {name} must be a number, got {row[name]!r}')
    return number
