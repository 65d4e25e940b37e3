"""ROS camera_info, as YAML files and as the numbers of a live CameraInfo message.

Sources: the definition of sensor_msgs/CameraInfo and REP 104 for width, height, binning and
ROI. K belongs to the full picture; the picture that a driver sends is the ROI's part of it,
shrunk by the binning. The centre of the first pixel is 0.0, as in OpenCV, whose calibration
fills these files; so a picture that is shrunk by s has its centre at (c + 0.5) s - 0.5.
"""

import math
from collections.abc import Sequence
from typing import Any

from panoseg_ros.cameras.files import build
from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source, lens_name
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.lenses.lens import MAX_SIDE, Lens
from panoseg_ros.errors import CameraError

_COUNTS = {  # distortion model -> how many coefficients, and their names
    'plumb_bob': ((4, 5), 'k1 k2 p1 p2 and optionally k3'),
    'rational_polynomial': ((8,), 'k1 k2 p1 p2 k3 k4 k5 k6'),
    'equidistant': ((4,), 'k1 k2 k3 k4'),
}
_FULL = (0, 0, 0, 0)
_Frame = tuple[float, float, float, float]  # x, y, width, height in pixels of the full picture


def lens_from_camera_info(
    width: int,
    height: int,
    distortion_model: str,
    d: Sequence[float],
    k: Sequence[float],
    binning: tuple[int, int] = (0, 0),
    roi: tuple[int, int, int, int] = _FULL,
    image_size: tuple[int, int] | None = None,
    where: str = 'camera_info',
) -> Lens:
    """Return the lens of the pictures that a camera_info comes with.

    A picture whose size differs from what width, height, ROI and binning say by the same
    factor in both directions (to half a pixel) is taken as scaled.

    Args:
        width: of the picture that was calibrated, in pixels.
        height: likewise.
        distortion_model: plumb_bob, rational_polynomial or equidistant.
        d: 4 or 5, 8, or 4 coefficients.
        k: the camera matrix in 9 numbers, row by row.
        binning: in x and y; 0 means 1.
        roi: x offset, y offset, width, height in pixels of the full picture; all 0 for all.
        image_size: width and height of the pictures, None for those that the numbers say.
        where: the topic or file that the numbers came from, for errors.

    Raises:
        CameraError: naming `where`, the field and what is allowed.
    """
    full = _whole(where, 'width', width, 1), _whole(where, 'height', height, 1)
    coefficients = _coefficients(where, distortion_model, d)
    fx, fy, cx, cy = _camera_matrix(where, k)
    x, y, roi_width, roi_height = _region(where, roi, full)
    bins = [max(1, _whole(where, 'binning', factor, 0)) for factor in binning]
    sent = roi_width / bins[0], roi_height / bins[1]
    size = _sent_size(where, sent) if image_size is None else image_size
    scale_x, scale_y = _scales(where, sent, size)
    scale_x, scale_y = scale_x / bins[0], scale_y / bins[1]
    focal = fx * scale_x, fy * scale_y
    centre = (cx - x + 0.5) * scale_x - 0.5, (cy - y + 0.5) * scale_y - 0.5
    try:
        if distortion_model == 'equidistant':
            return build.equidistant(size, (*focal, *centre), coefficients)
        return build.perspective(size, (*focal, *centre), coefficients)
    except CameraError as err:
        raise CameraError(f'{where}: {err}') from err


def recognises(source: Source) -> bool:
    """Return whether a mapping is camera_info rather than Kalibr's form of it."""
    fields = source.fields
    return fields is not None and fields.has('distortion_model') and not fields.has('camera_model')


def read(source: Source) -> Calibration:
    """Read the YAML of ROS' camera_calibration, or of `ros2 topic echo`."""
    fields = source.mapping
    echoed = not fields.has('camera_matrix')
    prefix = '' if echoed else 'image_'
    width, height = fields.side(f'{prefix}width'), fields.side(f'{prefix}height')
    model = fields.text('distortion_model')
    if echoed:
        k = fields.numbers(_cased(fields, 'k'), 9)
        d: Any = fields.value(_cased(fields, 'd'), 'must be a list of numbers')
    else:
        k = fields.mapping('camera_matrix').numbers('data', 9)
        d = fields.mapping('distortion_coefficients').value('data', 'must be a list of numbers')
    binning = _count(fields, 'binning_x'), _count(fields, 'binning_y')
    lens = lens_from_camera_info(
        width, height, model, d, k, binning, _roi(fields), None, fields.file
    )
    name = lens_name(fields.text('camera_name')) if fields.has('camera_name') else source.stem
    return Calibration((CalibratedCamera(name, lens),))


def _cased(fields: Fields, key: str) -> str:
    """Return the key as ROS 2 writes it, or as ROS 1 does."""
    return key.upper() if fields.has(key.upper()) else key


def _count(fields: Fields, key: str) -> int:
    value = fields.number(key, 0.0)
    if value != int(value) or not 0 <= value <= MAX_SIDE:
        raise fields.error(key, f'must be a whole number 0..{MAX_SIDE}', value)
    return int(value)


def _roi(fields: Fields) -> tuple[int, int, int, int]:
    if not fields.has('roi'):
        return _FULL
    roi = fields.mapping('roi')
    return (
        _count(roi, 'x_offset'),
        _count(roi, 'y_offset'),
        _count(roi, 'width'),
        _count(roi, 'height'),
    )


def _coefficients(where: str, model: Any, d: Any) -> tuple[float, ...]:
    if not isinstance(model, str) or model not in _COUNTS:
        hint = ''
        if isinstance(model, str) and 'fisheye' in model.lower():
            hint = " (OpenCV's fisheye model is called equidistant in ROS)"
        known = ', '.join(_COUNTS)
        raise CameraError(
            f'{where}: distortion_model must be one of {known}, got {model!r:.60}{hint}'
        )
    counts, names = _COUNTS[model]
    values = _floats(d)
    if values is None:
        raise CameraError(f'{where}: distortion coefficients (d) must be finite numbers')
    if len(values) not in counts:
        allowed = ' or '.join(str(count) for count in counts)
        raise CameraError(
            f'{where}: distortion coefficients (d) of {model} must be {allowed} numbers '
            f'({names}), got {len(values)}'
        )
    return values


def _camera_matrix(where: str, k: Any) -> tuple[float, float, float, float]:
    values = _floats(k)
    if values is None or len(values) != 9:
        raise CameraError(f'{where}: camera matrix (k) must be 9 finite numbers')
    if not any(values):
        raise CameraError(f'{where}: camera matrix (k) is all 0: the camera is not calibrated')
    fx, skew, cx, zero, fy, cy, *bottom = values
    if abs(skew) > 1e-6 * abs(fx) or zero != 0.0 or bottom != [0.0, 0.0, 1.0]:
        raise CameraError(
            f'{where}: camera matrix (k) must be fx 0 cx, 0 fy cy, 0 0 1, got {list(values)}'
        )
    return fx, fy, cx, cy


def _region(where: str, roi: tuple[int, int, int, int], full: tuple[int, int]) -> _Frame:
    x, y, width, height = (_whole(where, 'roi', value, 0) for value in roi)
    if (x, y, width, height) == _FULL:
        return 0.0, 0.0, float(full[0]), float(full[1])
    if width < 1 or height < 1 or x + width > full[0] or y + height > full[1]:
        raise CameraError(
            f'{where}: roi must be x, y, width, height inside {full[0]}x{full[1]}, '
            f'got {[x, y, width, height]}'
        )
    return float(x), float(y), float(width), float(height)


def _sent_size(where: str, sent: tuple[float, float]) -> tuple[int, int]:
    width, height = (math.floor(side) for side in sent)  # drivers drop the incomplete pixel
    if width < 1 or height < 1:
        raise CameraError(f'{where}: binning leaves no picture of {sent[0]:g}x{sent[1]:g} pixels')
    return width, height


def _scales(where: str, sent: tuple[float, float], size: tuple[int, int]) -> tuple[float, float]:
    """Return the factors in x and y that a picture of `size` is larger by."""
    width, height = (_whole(where, 'image size', side, 1) for side in size)
    if (width, height) == (math.floor(sent[0]), math.floor(sent[1])):
        return 1.0, 1.0
    # A scaled picture has rounded sides: is there one factor that rounds to both?
    least = max((width - 0.5) / sent[0], (height - 0.5) / sent[1])
    if least > min((width + 0.5) / sent[0], (height + 0.5) / sent[1]):
        raise CameraError(
            f'{where}: describes pictures of {sent[0]:g}x{sent[1]:g}, which {width}x{height} '
            f'is not by one factor in both directions'
        )
    return width / sent[0], height / sent[1]


def _whole(where: str, field: str, value: Any, least: int) -> int:
    try:
        whole = int(value)
        fits = whole == value and least <= whole <= MAX_SIDE
    except (TypeError, ValueError, OverflowError):
        fits = False
    if not fits:
        raise CameraError(
            f'{where}: {field} must be whole numbers {least}..{MAX_SIDE}, got {value!r:.60}'
        )
    return whole


def _floats(values: Any) -> tuple[float, ...] | None:
    """Return finite floats, None if one is not."""
    try:
        floats = tuple(float(value) for value in values)
    except (TypeError, ValueError, OverflowError):
        return None
    return floats if all(math.isfinite(value) for value in floats) else None
