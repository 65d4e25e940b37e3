"""Pixels of sensor_msgs/Image as arrays and back.

Source: sensor_msgs/image_encodings.hpp of ROS 2. Planar and packed YUV are given as rows of
bytes, Bayer patterns as single values: bags keep what the camera sent.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import BagError

_NAMED = {
    'rgb8': ('u1', 3), 'bgr8': ('u1', 3), 'rgba8': ('u1', 4), 'bgra8': ('u1', 4),
    'rgb16': ('u2', 3), 'bgr16': ('u2', 3), 'rgba16': ('u2', 4), 'bgra16': ('u2', 4),
    'mono8': ('u1', 1), 'mono16': ('u2', 1),
    'uyvy': ('u1', 2), 'yuyv': ('u1', 2), 'yuv422': ('u1', 2), 'yuv422_yuy2': ('u1', 2),
    'nv12': ('u1', 1), 'nv21': ('u1', 1), 'nv24': ('u1', 1), 'i420': ('u1', 1),
}  # fmt: skip
_HALF_CHROMA = ('nv12', 'nv21', 'i420')  # half as many rows of chroma behind the luma
_GENERIC = re.compile(r'(8|16|32|64)([USF])C([1-4])')
_BAYER = re.compile(r'bayer_\w{4}(8|16)')


def kind_of(encoding: str) -> tuple[np.dtype[Any], int]:
    """Return type and number of the values of one pixel.

    Raises:
        BagError: if the encoding is not known.
    """
    if encoding in _NAMED:
        name, channels = _NAMED[encoding]
    elif match := _GENERIC.fullmatch(encoding):
        name = f'{ {"U": "u", "S": "i", "F": "f"}[match[2]] }{int(match[1]) // 8}'
        channels = int(match[3])
    elif match := _BAYER.fullmatch(encoding):
        name, channels = f'u{int(match[1]) // 8}', 1
    else:
        raise BagError(f'unknown image encoding {encoding!r}')
    try:
        return np.dtype(f'<{name}'), channels
    except TypeError as err:
        raise BagError(f'unknown image encoding {encoding!r}') from err


def array_from_pixels(
    data: NDArray[np.uint8], height: int, width: int, step: int, encoding: str, big_endian: bool
) -> NDArray[Any]:
    """Return (H, W) or (H, W, C); planar YUV has more rows than the picture.

    Raises:
        BagError: if the data do not fit the numbers.
    """
    dtype, channels = kind_of(encoding)
    used = width * channels * dtype.itemsize
    if min(height, width) < 1 or step < used or len(data) < height * step or len(data) % step:
        raise BagError(
            f'image of {width}x{height} {encoding} with step {step} cannot have {len(data)} bytes'
        )
    rows = np.ascontiguousarray(data.reshape(-1, step)[:, :used])
    values = rows.view(dtype.newbyteorder('>') if big_endian else dtype)
    if big_endian:
        values = values.astype(dtype)
    return values if channels == 1 else values.reshape(-1, width, channels)


def pixels_from_array(
    image: NDArray[Any], encoding: str
) -> tuple[NDArray[np.uint8], int, int, int]:
    """Return flat bytes, height, width and step of an image.

    Raises:
        BagError: if type or shape are not those of the encoding.
    """
    dtype, channels = kind_of(encoding)
    shape = image.shape[:2] if channels == 1 else (*image.shape[:2], channels)
    if image.shape != shape or image.dtype != dtype or 0 in shape or len(shape) < 2:
        raise BagError(f'{encoding} cannot hold {image.dtype} of shape {image.shape}')
    flat = np.ascontiguousarray(image).view(np.uint8).reshape(-1)
    height = image.shape[0]
    if encoding in _HALF_CHROMA:
        height = height * 2 // 3
    elif encoding == 'nv24':  # two rows of chroma for one of luma
        height //= 3
    return flat, height, image.shape[1], image.shape[1] * channels * dtype.itemsize
