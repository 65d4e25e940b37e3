"""The moments of drives, kept in files so that each is rendered once."""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.contacts import Contacts
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.evaluation.ground.studio import GRID, Moment, Studio
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION

ROWS = (512, 256)  # of the panoramas of true labels, twice as many columns
_FORMAT = 2  # raised when what is rendered changes


def moments(
    drive: BenchDrive, height_m: float, view: str, cache: Path, picture_rows: int = 0
) -> Iterator[Moment]:
    """Yield the moments of a drive, from the cache or rendered into it.

    Args:
        drive: what is driven.
        height_m: of the camera above the ground under the robot.
        view: one of `studio.VIEWS`.
        cache: folder for the files.
        picture_rows: of the pictures; 0 for none.

    Raises:
        MetricsError: if the cache cannot be written or holds a damaged file.
    """
    key = repr((drive.plan, height_m, view, ROWS, GRID, GENERATOR_VERSION, _FORMAT))
    mark = hashlib.sha256(key.encode()).hexdigest()[:12]
    folder = cache / f'{drive.name}_{height_m:g}m_{view}_{mark}'
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise MetricsError(f'{folder}: cannot be written: {err.strerror}') from err
    for n in range(drive.plan.frames):
        truth, picture = folder / f'{n:04d}.npz', folder / f'{n:04d}_{picture_rows}.png'
        if not truth.exists():
            _write(truth, studio_of(drive).moment(n, height_m, view, ROWS))
        if picture_rows and not picture.exists():
            image = studio_of(drive).picture(n, height_m, view, picture_rows)
            _replace(picture, cv2.imencode('.png', image[..., ::-1])[1].tobytes())
        moment = _read(truth)
        if picture_rows:
            moment = moment._replace(picture=_read_picture(picture))
        yield moment


_kept: dict[BenchDrive, Studio] = {}


def studio_of(drive: BenchDrive) -> Studio:
    """Return the studio of a drive; the last one is kept, as building a street takes long."""
    if drive not in _kept:
        _kept.clear()
        _kept[drive] = Studio(drive)
    return _kept[drive]


def _write(file: Path, moment: Moment) -> None:
    parts: dict[str, Any] = {
        **{f'truth_{name}': value for name, value in moment.truth._asdict().items()},
        **{f'contacts_{name}': value for name, value in moment.contacts._asdict().items()},
        **{f'labels_{rows}': image for rows, image in moment.labels.items()},
    }
    for name in ('t_s', 'odom_from_base', 'level_from_pano', 'origin_cell'):
        parts[name] = getattr(moment, name)
    part = file.with_suffix('.part')
    with part.open('wb') as stream:
        np.savez_compressed(stream, **parts)
    part.replace(file)


def _replace(file: Path, content: bytes) -> None:
    part = file.with_suffix('.part')
    part.write_bytes(content)
    part.replace(file)


def _read(file: Path) -> Moment:
    try:
        with np.load(file) as data:
            fields = {name: data[name] for name in data.files}
    except (OSError, ValueError, zipfile.BadZipFile) as err:
        raise _damaged(file) from err
    truth = {k[6:]: v for k, v in fields.items() if k.startswith('truth_')}
    truth['resolution_m'] = float(truth['resolution_m'])
    truth['origin_xy_m'] = tuple(truth['origin_xy_m'].tolist())
    x, y = fields['origin_cell'].tolist()
    return Moment(
        float(fields['t_s']),
        fields['odom_from_base'],
        fields['level_from_pano'],
        {int(k[7:]): v for k, v in fields.items() if k.startswith('labels_')},
        (x, y),
        GroundTruth(**truth),
        Contacts(fields['contacts_cells'], fields['contacts_ranges_m']),
    )


def _read_picture(file: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(file))
    if picture is None:
        raise _damaged(file)
    return np.asarray(picture[..., ::-1].copy(), np.uint8)


def _damaged(file: Path) -> MetricsError:
    return MetricsError(f'{file}: damaged, delete it to have it rendered again')
