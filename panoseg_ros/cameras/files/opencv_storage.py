"""YAML that OpenCV's FileStorage wrote: a camera matrix and its distortion.

Source: OpenCV's calib3d, fisheye and omnidir documentation and the files that its calibration
samples write. The header `%YAML:1.0` is not YAML, and `!!opencv-matrix` is a tag of its own;
`text` deals with both. The centre of the first pixel is 0.0. Four coefficients are those of
cv::fisheye unless `fisheye_model` says 0: calibrateCamera writes five or more.
"""

from panoseg_ros.cameras.files import build
from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.cameras.files.camera_info import lens_from_camera_info
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.errors import CameraError

MATRIX_KEYS = ('camera_matrix', 'cameraMatrix', 'K')
DISTORTION_KEYS = (
    'distortion_coefficients',
    'dist_coeffs',
    'dist_coeff',
    'distCoeffs',
    'distortion_coeffs',
    'D',
)
SIZE_KEYS = ('resolution', 'image_size', 'imageSize', 'img_size')
_PLAIN = {4: 'plumb_bob', 5: 'plumb_bob', 8: 'rational_polynomial'}
_Numbers = tuple[float, ...]
_LONGEST = 14  # with thin prism and tilt, which must be 0


def recognises(source: Source) -> bool:
    """Return whether a mapping has a camera matrix and its distortion by a usual name."""
    fields = source.fields
    if fields is None:
        return False
    return _given(fields, MATRIX_KEYS) is not None and _given(fields, DISTORTION_KEYS) is not None


def read(source: Source) -> Calibration:
    """Read the one camera."""
    fields = source.mapping
    size, k = _size(fields), _matrix(fields, MATRIX_KEYS, (9,))
    d = _matrix(fields, DISTORTION_KEYS, (4, 5, 8, 12, _LONGEST))
    if len(d) > 8 and any(d[8:]):
        raise fields.error(_key(fields, DISTORTION_KEYS), 'must have no thin prism or tilt terms')
    lens = _mei(fields, size, k, d) if fields.has('xi') else _lens(fields, size, k, d[:8])
    return Calibration((CalibratedCamera(source.stem, lens),))


def _lens(fields: Fields, size: tuple[int, int], k: _Numbers, d: _Numbers) -> Lens:
    fisheye = fields.number('fisheye_model', float(len(d) == 4)) != 0.0
    model = 'equidistant' if fisheye else _PLAIN[len(d)]
    return lens_from_camera_info(*size, model, d, k, where=fields.file)


def _mei(fields: Fields, size: tuple[int, int], k: _Numbers, d: _Numbers) -> Lens:
    xi = fields.value('xi', 'must be a number')
    offset = _matrix(fields, ('xi',), (1,))[0] if isinstance(xi, dict) else fields.number('xi')
    if len(d) > 5 or k[1] != 0.0:
        raise fields.error('xi', 'goes with 4 or 5 coefficients and a camera matrix without skew')
    try:
        return build.omnidirectional(size, (k[0], k[4], k[2], k[5]), offset, d)
    except CameraError as err:
        raise fields.error('', str(err)) from err


def _size(fields: Fields) -> tuple[int, int]:
    if fields.has('image_width') or fields.has('image_height'):
        return fields.side('image_width'), fields.side('image_height')
    key = _given(fields, SIZE_KEYS)
    if key is None:
        known = ', '.join(SIZE_KEYS)
        raise fields.error('', f'must hold the size: image_width and image_height, or {known}')
    if isinstance(fields.raw[key], dict):
        return Fields({key: list(_matrix(fields, (key,), (2,)))}, fields.file).sides(key)
    return fields.sides(key)


def _matrix(fields: Fields, keys: tuple[str, ...], counts: tuple[int, ...]) -> tuple[float, ...]:
    return fields.mapping(_key(fields, keys)).numbers_of('data', counts)


def _key(fields: Fields, keys: tuple[str, ...]) -> str:
    return _given(fields, keys) or keys[0]


def _given(fields: Fields, keys: tuple[str, ...]) -> str | None:
    return next((key for key in keys if fields.has(key)), None)
