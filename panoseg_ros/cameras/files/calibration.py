"""Reads calibration files into lenses: our rig files and ROS camera_info YAML."""

from collections.abc import Callable
from pathlib import Path

from panoseg_ros.cameras.files.fields import Fields, read_yaml
from panoseg_ros.cameras.files.rig_file import read_rig
from panoseg_ros.cameras.lenses.kannala_brandt import KannalaBrandt
from panoseg_ros.cameras.lenses.lens import MAX_SIDE, Lens
from panoseg_ros.cameras.lenses.pinhole import Pinhole
from panoseg_ros.errors import CameraError

_Intrinsics = tuple[float, float, float, float]


def load_calibration(path: str | Path) -> dict[str, Lens]:
    """Return the lenses that a calibration file describes, by lens or camera name.

    Known are rig files and the camera_info YAML of ROS' camera_calibration with the
    distortion models equidistant and plumb_bob.

    Raises:
        CameraError: in one line naming the file and the field that is wrong.
    """
    fields = read_yaml(Path(path), 'calibration')
    if fields.has('lenses'):
        return {entry.name: entry.lens for entry in read_rig(fields, Path(path)).lenses}
    if fields.has('distortion_model'):
        return _read_camera_info(fields)
    raise fields.error('', 'must hold `lenses` (a rig) or `distortion_model` (a camera_info)')


def _read_camera_info(fields: Fields) -> dict[str, Lens]:
    size = _side(fields, 'image_width'), _side(fields, 'image_height')
    name = fields.text('camera_name', 'camera')
    model = fields.text('distortion_model')
    if model not in _DISTORTIONS:
        known = ', '.join(_DISTORTIONS)
        raise fields.error('distortion_model', f'must be one of {known}', model)
    count, build = _DISTORTIONS[model]
    matrix = fields.mapping('camera_matrix').numbers('data', 9)
    coefficients = fields.mapping('distortion_coefficients').numbers('data', count)
    try:
        lens = build(size, (matrix[0], matrix[4], matrix[2], matrix[5]), coefficients)
    except CameraError as err:
        raise fields.error('', str(err)) from err
    return {name: lens}


def _side(fields: Fields, key: str) -> int:
    value = fields.number(key)
    if value != int(value) or not 1 <= value <= MAX_SIDE:
        raise fields.error(key, f'must be a whole number 1..{MAX_SIDE}', value)
    return int(value)


def _equidistant(size: tuple[int, int], matrix: _Intrinsics, d: tuple[float, ...]) -> Lens:
    return KannalaBrandt(size, *matrix, (d[0], d[1], d[2], d[3]))


def _plumb_bob(size: tuple[int, int], matrix: _Intrinsics, d: tuple[float, ...]) -> Lens:
    return Pinhole(size, *matrix, (d[0], d[1], d[2], d[3], d[4]))


_Builder = Callable[[tuple[int, int], _Intrinsics, tuple[float, ...]], Lens]
_DISTORTIONS: dict[str, tuple[int, _Builder]] = {
    'equidistant': (4, _equidistant),
    'plumb_bob': (5, _plumb_bob),
}
