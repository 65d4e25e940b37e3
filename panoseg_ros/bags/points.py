"""Points of a sensor_msgs/PointCloud2 as an array whose dtype has the cloud's fields."""

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import BagError

# sensor_msgs/PointField: INT8 is 1, FLOAT64 is 8.
KINDS = ('int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32', 'float64')


class Field(NamedTuple):
    """sensor_msgs/PointField, in the order of its definition."""

    name: str
    offset: int
    datatype: int
    repeats: int


def fields_of(dtype: np.dtype[Any]) -> list[Field]:
    """Return the fields of a structured dtype of little-endian numbers.

    Raises:
        BagError: if a message cannot describe it.
    """
    found = []
    for name, (kind, offset, *_) in (dtype.fields or {}).items():
        if kind.name not in KINDS or kind.byteorder == '>':
            raise BagError(f'point field {name}: {kind} is none of {", ".join(KINDS)}')
        found.append(Field(name, offset, KINDS.index(kind.name) + 1, 1))
    if not found:
        raise BagError(f'a cloud needs points with named fields, got {dtype}')
    return found


def points_from(cloud: Any) -> NDArray[np.void]:
    """Return points (P,) of a message of height 1, or (H, W) of an organised one.

    Args:
        cloud: with the fields of sensor_msgs/PointCloud2.

    Raises:
        BagError: if the message contradicts itself.
    """
    height, width = int(cloud.height), int(cloud.width)
    row, data = int(cloud.row_step), np.asarray(cloud.data, np.uint8)
    dtype = _dtype(cloud)
    if width * dtype.itemsize > row or height * row != len(data):
        raise BagError(
            f'cloud of {width}x{height} points of {dtype.itemsize} bytes in rows of {row} cannot '
            f'have {len(data)} bytes'
        )
    rows = data.reshape(height, row)[:, : width * dtype.itemsize]
    points = np.ascontiguousarray(rows).view(dtype).reshape(height, width)
    return points[0] if height == 1 else points


def _dtype(cloud: Any) -> np.dtype[np.void]:
    for field in cloud.fields:
        if not 1 <= field.datatype <= len(KINDS) or field.count < 1:
            raise BagError(
                f'point field {field.name!r} has datatype {field.datatype}, count {field.count}'
            )
    order: Literal['<', '>'] = '>' if cloud.is_bigendian else '<'
    names = [str(field.name) for field in cloud.fields]
    try:
        layout: Any = {
            'names': names,
            'formats': [_format(field, order) for field in cloud.fields],
            'offsets': [int(field.offset) for field in cloud.fields],
            'itemsize': int(cloud.point_step),
        }
        dtype: np.dtype[Any] = np.dtype(layout)
    except (ValueError, TypeError) as err:
        step = cloud.point_step
        raise BagError(f'cloud of fields {", ".join(names)} in {step} bytes: {err}') from err
    if not names or not dtype.itemsize:
        raise BagError(f'cloud has {len(names)} fields in points of {dtype.itemsize} bytes')
    return dtype


def _format(field: Any, order: Literal['<', '>']) -> np.dtype[Any]:
    kind = np.dtype(KINDS[field.datatype - 1]).newbyteorder(order)
    return kind if field.count == 1 else np.dtype((kind, (int(field.count),)))
