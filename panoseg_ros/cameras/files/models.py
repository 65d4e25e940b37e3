"""The lens models by name, and how a file's fields become one and back."""

from dataclasses import MISSING, Field, fields
from typing import Any

from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.lenses.double_sphere import DoubleSphere
from panoseg_ros.cameras.lenses.equirectangular import Equirectangular
from panoseg_ros.cameras.lenses.extended_unified import ExtendedUnified
from panoseg_ros.cameras.lenses.ideal_fisheye import IdealFisheye
from panoseg_ros.cameras.lenses.kannala_brandt import KannalaBrandt
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.lenses.mei import Mei
from panoseg_ros.cameras.lenses.ocam import OCam
from panoseg_ros.cameras.lenses.panotools import PanoTools
from panoseg_ros.cameras.lenses.pinhole import Pinhole
from panoseg_ros.cameras.lenses.unified import Unified
from panoseg_ros.errors import CameraError

LENS_MODELS: dict[str, type[Any]] = {
    'kannala_brandt': KannalaBrandt,
    'pinhole': Pinhole,
    'mei': Mei,
    'unified': Unified,
    'extended_unified': ExtendedUnified,
    'double_sphere': DoubleSphere,
    'ocam': OCam,
    'ideal_fisheye': IdealFisheye,
    'panotools': PanoTools,
    'equirectangular': Equirectangular,
}


def read_lens(fields: Fields, size: tuple[int, int]) -> Lens:
    """Return the lens that a mapping with `model` and its parameters describes.

    The parameters are those of the model's class, by name; `size` is that of its picture.

    Raises:
        CameraError: naming file and field.
    """
    name = fields.text('model')
    if name not in LENS_MODELS:
        raise fields.error('model', f'must be one of {", ".join(LENS_MODELS)}', name)
    model = LENS_MODELS[name]
    values = {item.name: _read(fields, item) for item in _parameters(model)}
    try:
        lens: Lens = model(size, **values)
    except CameraError as err:
        raise fields.error('', str(err)) from err
    fields.close()
    return lens


def lens_fields(lens: Lens) -> dict[str, Any]:
    """Return the mapping of plain YAML values that `read_lens` turns into this lens.

    Raises:
        CameraError: if the lens is of no known model.
    """
    for name, model in LENS_MODELS.items():
        if type(lens) is model:
            values = {item.name: getattr(lens, item.name) for item in _parameters(model)}
            given = {key: value for key, value in values.items() if value not in (None, ())}
            return {'model': name, **{key: _plain(value) for key, value in given.items()}}
    raise CameraError(f'{type(lens).__name__} is not a known lens model')


def _parameters(model: type[Any]) -> list[Field[Any]]:
    return [item for item in fields(model) if item.init and item.name != 'size']


def _read(fields: Fields, item: Field[Any]) -> Any:
    if not fields.has(item.name) and item.default is not MISSING:
        fields.value(item.name, '', None)  # known, though not given
        return item.default
    if item.type is str:
        return fields.text(item.name)
    if item.type is float:
        return fields.number(item.name)
    count = str(item.type).count('float')
    if '...' in str(item.type):  # any count; the model knows which
        found = fields.value(item.name, 'must be a list of finite numbers')
        count = len(found) if isinstance(found, list) else count
    return fields.numbers(item.name, count)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [float(item) for item in value]
    return value if isinstance(value, str) else float(value)
