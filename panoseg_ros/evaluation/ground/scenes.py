"""The moments of drives, kept in files so that each is rendered once."""

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.contacts import Contacts
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.evaluation.ground.studio import (
    GRID,
    WORLD_OF,
    Moment,
    Place,
    Sighting,
    Studio,
)
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION

ROWS = (512, 256)  # of the panoramas of true labels, twice as many columns
FORMAT = 4  # raised when what is rendered, or how it is kept, changes
Arrays = dict[str, Any]


def moments(
    drive: BenchDrive, height_m: float, views: Sequence[str], cache: Path, picture_rows: int = 0
) -> Iterator[dict[str, Moment]]:
    """Yield the moments of a drive, each in all views, from the cache or rendered into it.

    Views of one world share one truth, the same object.

    Args:
        drive: what is driven.
        height_m: of the camera above the ground under the robot.
        views: of `studio.VIEWS`.
        cache: folder for the files.
        picture_rows: of the pictures; 0 for none.

    Raises:
        MetricsError: if the cache cannot be written or holds a damaged file.
    """
    folder = cache / f'{drive.name}_{height_m:g}m_{drive_mark(drive, height_m)}'
    make_folder(folder)
    for n in range(drive.plan.frames):
        places, found = {}, {}
        for world in dict.fromkeys(WORLD_OF[view] for view in views):
            make = partial(_rendered_place, drive, n, height_m, world)
            places[world] = _place(read_or_make(folder / f'{n:04d}_truth_{world}.npz', make))
        for view in views:
            make = partial(_rendered_sighting, drive, n, height_m, view)
            seen = _sighting(read_or_make(folder / f'{n:04d}_{view}.npz', make))
            place = places[WORLD_OF[view]]
            found[view] = Moment(
                place.t_s,
                place.odom_from_base,
                seen.level_from_pano,
                seen.labels,
                *place[2:],
                _picture(folder, drive, n, height_m, view, picture_rows) if picture_rows else None,
            )
        yield found


def drive_mark(drive: BenchDrive, height_m: float) -> str:
    """Return a hash of everything that what is rendered depends on."""
    key = repr((drive.plan, height_m, ROWS, GRID, GENERATOR_VERSION, FORMAT))
    return hashlib.sha256(key.encode()).hexdigest()[:12]


_kept: dict[BenchDrive, Studio] = {}


def studio_of(drive: BenchDrive) -> Studio:
    """Return the studio of a drive; the last one is kept, as building a street takes long."""
    if drive not in _kept:
        _kept.clear()
        _kept[drive] = Studio(drive)
    return _kept[drive]


def make_folder(folder: Path) -> None:
    """Make a folder of the cache.

    Raises:
        MetricsError: if it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise MetricsError(f'{folder}: cannot be written: {err.strerror}') from err


def read_or_make(file: Path, make: Callable[[], Arrays]) -> Arrays:
    """Return the arrays of a file, made and written first where there is none.

    Raises:
        MetricsError: if the file cannot be written or is damaged.
    """
    if not file.exists():
        write_arrays(file, make())
    return read_arrays(file)


def write_arrays(file: Path, arrays: Arrays) -> None:
    """Write arrays to a file that is whole or not there.

    Raises:
        MetricsError: if it cannot be written.
    """
    part = file.with_suffix('.part')
    try:
        with part.open('wb') as stream:
            np.savez_compressed(stream, **arrays)
        part.replace(file)
    except OSError as err:
        raise MetricsError(f'{file}: cannot be written: {err.strerror}') from err


def read_arrays(file: Path) -> Arrays:
    """Return the arrays of a file.

    Raises:
        MetricsError: if it is damaged.
    """
    try:
        with np.load(file) as data:
            return {name: data[name] for name in data.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as err:
        raise _damaged(file) from err


def _rendered_place(drive: BenchDrive, number: int, height_m: float, world: str) -> Arrays:
    place = studio_of(drive).place(number, height_m, world)
    return {
        **{f'truth_{name}': value for name, value in place.truth._asdict().items()},
        **{f'contacts_{name}': value for name, value in place.contacts._asdict().items()},
        **{name: getattr(place, name) for name in ('t_s', 'odom_from_base', 'origin_cell')},
    }


def _place(arrays: Arrays) -> Place:
    truth = {k[6:]: v for k, v in arrays.items() if k.startswith('truth_')}
    truth['resolution_m'] = float(truth['resolution_m'])
    truth['reach_m'] = float(truth['reach_m'])
    truth['origin_xy_m'] = tuple(truth['origin_xy_m'].tolist())
    x, y = arrays['origin_cell'].tolist()
    return Place(
        float(arrays['t_s']),
        arrays['odom_from_base'],
        (x, y),
        GroundTruth(**truth),
        Contacts(arrays['contacts_cells'], arrays['contacts_ranges_m']),
    )


def _rendered_sighting(drive: BenchDrive, number: int, height_m: float, view: str) -> Arrays:
    seen = studio_of(drive).sighting(number, height_m, view, ROWS)
    labels = {f'labels_{rows}': image for rows, image in seen.labels.items()}
    return {'level_from_pano': seen.level_from_pano, **labels}


def _sighting(arrays: Arrays) -> Sighting:
    labels = {int(k[7:]): v for k, v in arrays.items() if k.startswith('labels_')}
    return Sighting(arrays['level_from_pano'], labels)


def _picture(
    folder: Path, drive: BenchDrive, number: int, height_m: float, view: str, rows: int
) -> NDArray[np.uint8]:
    file = folder / f'{number:04d}_{view}_{rows}.png'
    if not file.exists():
        image = studio_of(drive).picture(number, height_m, view, rows)
        part = file.with_suffix('.part')
        part.write_bytes(cv2.imencode('.png', image[..., ::-1])[1].tobytes())
        part.replace(file)
    picture = cv2.imread(str(file))
    if picture is None:
        raise _damaged(file)
    return np.asarray(picture[..., ::-1].copy(), np.uint8)


def _damaged(file: Path) -> MetricsError:
    return MetricsError(f'{file}: damaged, delete it to have it made again')
