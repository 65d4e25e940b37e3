"""The lens models by name, and how a file's fields become one."""

from collections.abc import Callable

from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.lenses.equirectangular import Equirectangular
from panoseg_ros.cameras.lenses.kannala_brandt import KannalaBrandt
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.lenses.pinhole import Pinhole
from panoseg_ros.errors import CameraError

Size = tuple[int, int]


def read_lens(fields: Fields, size: Size) -> Lens:
    """Return the lens that a mapping with `model` and its parameters describes.

    Raises:
        CameraError: naming file and field.
    """
    model = fields.text('model')
    if model not in LENS_MODELS:
        raise fields.error('model', f'must be one of {", ".join(LENS_MODELS)}', model)
    read = LENS_MODELS[model]
    try:
        lens = read(fields, size)
    except CameraError as err:
        if str(err).startswith(fields.file):
            raise
        raise fields.error('', str(err)) from err
    fields.close()
    return lens


def _kannala_brandt(fields: Fields, size: Size) -> Lens:
    fx, fy, cx, cy = (fields.number(key) for key in ('fx', 'fy', 'cx', 'cy'))
    k1, k2, k3, k4 = fields.numbers('k', 4, (0.0,) * 4)
    max_angle_deg = fields.number('max_angle_deg', 180.0)
    return KannalaBrandt(size, fx, fy, cx, cy, (k1, k2, k3, k4), max_angle_deg)


def _pinhole(fields: Fields, size: Size) -> Lens:
    fx, fy, cx, cy = (fields.number(key) for key in ('fx', 'fy', 'cx', 'cy'))
    k1, k2, p1, p2, k3 = fields.numbers('distortion', 5, (0.0,) * 5)
    return Pinhole(size, fx, fy, cx, cy, (k1, k2, p1, p2, k3))


def _equirectangular(fields: Fields, size: Size) -> Lens:
    top_deg, bottom_deg = fields.number('top_deg', 90.0), fields.number('bottom_deg', -90.0)
    return Equirectangular(size, top_deg, bottom_deg)


LENS_MODELS: dict[str, Callable[[Fields, Size], Lens]] = {
    'kannala_brandt': _kannala_brandt,
    'pinhole': _pinhole,
    'equirectangular': _equirectangular,
}
