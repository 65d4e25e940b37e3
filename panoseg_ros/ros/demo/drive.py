"""The pictures and poses that the demo's robot plays; free of ROS."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.documents import read_yaml
from panoseg_ros.errors import RosError, SettingsError
from panoseg_ros.resources import at_home

DRIVE_FILE = 'drive.yaml'
SUFFIXES = ('.jpg', '.jpeg', '.png')
MOST_FRAMES = 120  # the robot keeps them decoded: 5.5 MB each at 1920 x 960
MOST_COLUMNS = 1920  # a wider still picture is scaled down, for no camera streams it raw


class Pose(NamedTuple):
    """Where the robot is in its odometry frame."""

    x_m: float
    y_m: float
    yaw_rad: float


class Twist(NamedTuple):
    """How fast the robot moves along its own x axis and turns."""

    forward_mps: float
    turn_radps: float


@dataclass(frozen=True)
class Drive:
    """Picture files taken along a way, and where each was taken."""

    files: tuple[Path, ...]
    poses: tuple[Pose, ...]

    def pictures(self) -> Iterator[NDArray[np.uint8]]:
        """Yield every picture, (H, W, 3) RGB, at most `MOST_COLUMNS` wide.

        Raises:
            RosError: naming the file that is missing, no picture or of another size.
        """
        first = None
        for file in self.files:
            image = _read(file)
            first = first or image.shape
            if image.shape != first:
                raise RosError(f'{file}: has shape {image.shape}, the pictures before {first}')
            yield image


def twist_between(here: Pose, there: Pose, rate_hz: float) -> Twist:
    """Return the motion that leads from one pose to the next within 1 / `rate_hz` seconds."""
    dx, dy = there.x_m - here.x_m, there.y_m - here.y_m
    forward_m = dx * math.cos(here.yaw_rad) + dy * math.sin(here.yaw_rad)
    turn_rad = math.remainder(there.yaw_rad - here.yaw_rad, math.tau)
    return Twist(forward_m * rate_hz, turn_rad * rate_hz)


def there_and_back(count: int) -> Iterator[int]:
    """Yield 0, 1, ..., count-1, ..., 1, 0, 1, ... without end: a pose never jumps."""
    while count > 1:
        yield from range(count - 1)
        yield from range(count - 1, 0, -1)
    while True:
        yield 0


def load_drive(path: str | Path) -> Drive:
    """Load a drive, or still pictures: a folder with drive.yaml, with pictures, or one picture.

    `drive.yaml` holds a list `frames` of mappings with `file`, `x_m`, `y_m` and `yaw_rad`.
    Without it the robot stands still while the pictures pass in the order of their names.

    Raises:
        RosError: naming the file and what is wrong with it.
    """
    path = at_home(path)
    manifest = path / DRIVE_FILE
    if manifest.is_file():
        entries = [_entry(raw, manifest, i) for i, raw in enumerate(_frames(manifest))]
    else:
        entries = [(file, Pose(0.0, 0.0, 0.0)) for file in _pictures(path)]
    files, poses = zip(*entries[:MOST_FRAMES], strict=True)
    return Drive(files, poses)


def _frames(manifest: Path) -> list[Any]:
    try:
        raw = read_yaml(manifest)
    except SettingsError as err:
        raise RosError(str(err)) from err
    frames = raw.get('frames') if isinstance(raw, dict) else None
    if not isinstance(frames, list) or not frames:
        raise RosError(f'{manifest}: needs a list `frames`')
    return frames


def _entry(raw: Any, manifest: Path, index: int) -> tuple[Path, Pose]:
    where = f'{manifest}: frames[{index}]'
    if not isinstance(raw, dict) or not isinstance(raw.get('file'), str):
        raise RosError(f'{where}: needs `file`, got {raw!r}')
    values: list[Any] = [raw.get(name) for name in Pose._fields]
    for name, value in zip(Pose._fields, values, strict=True):
        if type(value) not in (int, float) or not math.isfinite(value):
            raise RosError(f'{where}: {name} must be a number, got {value!r}')
    return manifest.parent / raw['file'], Pose(*map(float, values))


def _pictures(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise RosError(f'{path}: no such file or folder')
    found = sorted(file for file in path.iterdir() if file.suffix.lower() in SUFFIXES)
    if not found:
        raise RosError(f'{path}: holds neither {DRIVE_FILE} nor a {", ".join(SUFFIXES)} picture')
    return found


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise RosError(f'{path}: is missing or not a picture')
    height, width = picture.shape[:2]
    if width > MOST_COLUMNS:
        size = (MOST_COLUMNS, round(height * MOST_COLUMNS / width))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)
