"""Reads calibration files of any known format; docs/calibration.md lists them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source, lens_name
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.formats import FORMATS
from panoseg_ros.cameras.files.text import parse_mapping, read_text
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import transform


class ReadFile(NamedTuple):
    """A file, the name of its format and what it holds."""

    path: Path
    format: str
    calibration: Calibration


def load_calibration(path: str | Path) -> dict[str, Lens]:
    """Return the lenses that a calibration file describes, by lens or camera name.

    Raises:
        CameraError: in one line naming the file and the field that is wrong.
    """
    return {camera.name: camera.lens for camera in read_cameras(path)}


def read_cameras(path: str | Path, *more: str | Path) -> tuple[CalibratedCamera, ...]:
    """Return the cameras of one calibration file, or of several that belong together.

    Extrinsics in one file and lenses in another are put together by the camera's name.
    Names that several files use are replaced by the names of the files.

    Raises:
        CameraError: in one line naming the file and the field that is wrong, or the files
            that do not belong together.
    """
    return join(tuple(read_calibration(file) for file in (path, *more)))


def read_calibration(path: str | Path) -> ReadFile:
    """Return what one file holds; it is recognised by its content.

    Raises:
        CameraError: in one line naming the file and the field that is wrong.
    """
    path = Path(path)
    file = f'calibration {path}'
    text = read_text(path, file)
    source = Source(path, file, text, None)
    known = next((entry for entry in FORMATS if entry.recognises(source)), None)
    if known is None:
        source = source._replace(fields=Fields(parse_mapping(text, file), file))
        known = next((entry for entry in FORMATS if entry.recognises(source)), None)
    if known is None:
        names = ', '.join(entry.name for entry in FORMATS)
        raise CameraError(f'{file}: is none of the known formats: {names}')
    return ReadFile(path, known.name, known.read(source))


def join(files: tuple[ReadFile, ...]) -> tuple[CalibratedCamera, ...]:
    """Return the cameras of files that belong together; see `read_cameras`.

    Raises:
        CameraError: naming the files that do not belong together.
    """
    framed = [file for file in files if file.calibration.frame]
    for file in framed[1:]:
        if file.calibration.frame != framed[0].calibration.frame:
            raise CameraError(
                f'calibration {framed[0].path} and {file.path} give extrinsics in different '
                f'frames: give them one by one'
            )
    cameras = _named(files)
    mounts: dict[str, NDArray[np.float64]] = {}
    for file in files:
        for name, mount in file.calibration.mounts.items():
            if name not in {camera.name for camera in cameras}:
                raise CameraError(
                    f'calibration {file.path}: holds extrinsics of {name} only: give the file '
                    f'with its lens as well'
                )
            mounts[name] = mount
    if not mounts:
        return cameras
    # Such frames begin anywhere, so the panorama's origin is put amid the cameras.
    centre = np.mean([mount[:3, 3] for mount in mounts.values()], axis=0)
    back = transform(np.eye(3), -centre)
    return tuple(
        camera._replace(pano_from_lens=back @ mounts[camera.name])
        if camera.name in mounts
        else camera
        for camera in cameras
    )


def _named(files: Iterable[ReadFile]) -> tuple[CalibratedCamera, ...]:
    """Return all cameras, with the file's name for those whose own name is not unique."""
    pairs = [(file.path, camera) for file in files for camera in file.calibration.cameras]
    uses: Mapping[str, int] = Counter(camera.name for _, camera in pairs)
    cameras = tuple(
        camera if uses[camera.name] == 1 else camera._replace(name=lens_name(path.stem))
        for path, camera in pairs
    )
    for name, count in Counter(camera.name for camera in cameras).items():
        if count > 1:
            raise CameraError(f'calibration: {count} cameras are called {name}: rename a file')
    return cameras
