"""The YAML of fisheye-calib-adapter, whose parameters name the lens model.

Source: S. Lee, "FisheyeCalibAdapter: An Easy Tool for Fisheye Camera Model Conversion", 2024.
Its data come from Kalibr and OCamCalib and keep their pixels: the centre of the first pixel
is 0.0. Its OCam file has the centre as column and row.
"""

from collections.abc import Callable

from panoseg_ros.cameras.files import build
from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.ocamcalib import read_polynomial
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.lenses.ocam import OCam
from panoseg_ros.errors import CameraError

_Size = tuple[int, int]


def recognises(source: Source) -> bool:
    """Return whether a mapping has an image and its parameters."""
    fields = source.fields
    return fields is not None and fields.has('image') and fields.has('parameter')


def read(source: Source) -> Calibration:
    """Read the one camera."""
    image, parameters = source.mapping.mapping('image'), source.mapping.mapping('parameter')
    size = image.side('width'), image.side('height')
    try:
        lens = _lens(parameters, size)
    except CameraError as err:
        if str(err).startswith(parameters.file):
            raise
        raise parameters.error('', str(err)) from err
    return Calibration((CalibratedCamera(source.stem, lens),))


def _lens(fields: Fields, size: _Size) -> Lens:
    if fields.has('coefficients'):
        return _ocam(fields, size)
    names = frozenset(fields.keys())
    for extra, make in _MODELS:
        if names == {'fx', 'fy', 'cx', 'cy', *extra}:
            keys = ('fx', 'fy', 'cx', 'cy', *extra)
            return make(size, tuple(fields.number(key) for key in keys))
    known = '; '.join(' '.join(extra) for extra, _ in _MODELS)
    raise fields.error('', f'must be fx fy cx cy with one of: {known}; or c d e coefficients')


def _ocam(fields: Fields, size: _Size) -> Lens:
    cx, cy, c, d, e = (fields.number(name) for name in ('cx', 'cy', 'c', 'd', 'e'))
    coefficients = fields.mapping('coefficients')
    to_pixel = read_polynomial(coefficients, 'projection')
    to_ray = read_polynomial(coefficients, 'unprojection')
    return OCam(size, cx, cy, c, d, e, to_ray, to_pixel)


_MODELS: tuple[tuple[tuple[str, ...], Callable[[_Size, tuple[float, ...]], Lens]], ...] = (
    (('k1', 'k2', 'k3', 'k4'), lambda size, p: build.equidistant(size, p[:4], p[4:])),
    (('k1', 'k2', 'p1', 'p2', 'k3'), lambda size, p: build.perspective(size, p[:4], p[4:])),
    (('xi', 'alpha'), lambda size, p: build.double_sphere(size, p[:4], p[4], p[5])),
    (('alpha', 'beta'), lambda size, p: build.extended_unified(size, p[:4], p[4], p[5])),
    (('alpha',), lambda size, p: build.unified(size, p[:4], p[4])),
)
