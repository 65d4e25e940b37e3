"""Pixels of ROS images as RGB arrays, free of ROS.

Convention: encodings are those of sensor_msgs/image_encodings; a returned image is
(H, W, 3) uint8 RGB and may be a read-only view of the bytes given.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import RosError
from panoseg_ros.ros.complaints import listen


class ImageError(RosError):
    """An image message cannot be read; `kind` is a short word for counting."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Encoding(NamedTuple):
    """Layout of a pixel, and the OpenCV code that makes it RGB (None: it is RGB)."""

    channels: int
    bytes: int
    code: int | None


# OpenCV names a Bayer pattern after the second row and column, ROS after the first.
ENCODINGS: Mapping[str, Encoding] = {
    'rgb8': Encoding(3, 1, None),
    'bgr8': Encoding(3, 1, cv2.COLOR_BGR2RGB),
    '8UC3': Encoding(3, 1, cv2.COLOR_BGR2RGB),
    'rgba8': Encoding(4, 1, cv2.COLOR_RGBA2RGB),
    'bgra8': Encoding(4, 1, cv2.COLOR_BGRA2RGB),
    '8UC4': Encoding(4, 1, cv2.COLOR_BGRA2RGB),
    'mono8': Encoding(1, 1, cv2.COLOR_GRAY2RGB),
    '8UC1': Encoding(1, 1, cv2.COLOR_GRAY2RGB),
    'mono16': Encoding(1, 2, cv2.COLOR_GRAY2RGB),
    'rgb16': Encoding(3, 2, None),
    'bgr16': Encoding(3, 2, cv2.COLOR_BGR2RGB),
    'bayer_rggb8': Encoding(1, 1, cv2.COLOR_BayerBG2RGB),
    'bayer_bggr8': Encoding(1, 1, cv2.COLOR_BayerRG2RGB),
    'bayer_gbrg8': Encoding(1, 1, cv2.COLOR_BayerGR2RGB),
    'bayer_grbg8': Encoding(1, 1, cv2.COLOR_BayerGB2RGB),
    'uyvy': Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY),
    'yuv422': Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY),
    'yuyv': Encoding(2, 1, cv2.COLOR_YUV2RGB_YUY2),
    'yuv422_yuy2': Encoding(2, 1, cv2.COLOR_YUV2RGB_YUY2),
}
JPEG, PNG = b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n'
JPEG_END = b'\xff\xd9'  # cannot occur inside the entropy-coded data
TAIL_BYTES = 4096  # some cameras pad their pictures after the end marker


def decode_raw(
    data: Any, encoding: str, height: int, width: int, step: int, bigendian: bool
) -> NDArray[np.uint8]:
    """Return the RGB image (height, width, 3) of raw pixels.

    Args:
        data: a buffer of `height` rows of `step` bytes; bytes at the end of a row or
            after the last row are ignored.
        encoding: one of `ENCODINGS`.
        height: rows.
        width: pixels per row.
        step: bytes from one row to the next.
        bigendian: byte order of 16-bit encodings.

    Raises:
        ImageError: of kind encoding, size, step or truncated, naming the value.
    """
    layout = ENCODINGS.get(encoding)
    if layout is None:
        known = ', '.join(ENCODINGS)
        raise ImageError('encoding', f'image encoding {encoding!r} is not one of {known}')
    if height < 1 or width < 1:
        raise ImageError('size', f'image of {width}x{height} pixels is empty')
    tight = width * layout.channels * layout.bytes
    if step < tight:
        raise ImageError(
            'step',
            f'image step {step} is less than the {tight} bytes of {width} {encoding} pixels',
        )
    flat = np.frombuffer(data, np.uint8)
    needed = step * (height - 1) + tight
    if flat.size < needed:
        raise ImageError(
            'truncated',
            f'image holds {flat.size} bytes, {width}x{height} {encoding} needs {needed}',
        )
    rows = np.lib.stride_tricks.as_strided(flat, (height, tight), (step, 1), writeable=False)
    if layout.bytes == 2:
        rows = rows[:, 0::2] if bigendian else rows[:, 1::2]  # the more significant byte
    return _rgb(rows.reshape(height, width, layout.channels), layout, encoding)


def _rgb(pixels: NDArray[np.uint8], layout: Encoding, encoding: str) -> NDArray[np.uint8]:
    if layout.code is None:
        return pixels
    try:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), layout.code), np.uint8)
    except cv2.error as err:  # an odd width cannot hold pairs of YUV or Bayer pixels
        height, width = pixels.shape[:2]
        message = f'image of {width}x{height} pixels does not fit encoding {encoding}'
        raise ImageError('size', message) from err


def decode_compressed(data: Any) -> NDArray[np.uint8]:
    """Return the RGB image (H, W, 3) of a jpeg or png picture.

    The first bytes decide about the format, since drivers fill the message's format
    field in many ways.

    Raises:
        ImageError: of kind format, truncated or corrupt.
    """
    flat = np.frombuffer(data, np.uint8)
    head = flat[:8].tobytes()
    if not (head.startswith(JPEG) or head.startswith(PNG)):
        raise ImageError('format', f'compressed image begins with {head!r}, not as jpeg or png')
    if head.startswith(JPEG) and JPEG_END not in flat[-TAIL_BYTES:].tobytes():
        raise ImageError('truncated', f'jpeg of {flat.size} bytes has no end')
    # The calibration belongs to the pixels as they lie, so EXIF must not turn them.
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        bgr, complaint = listen(lambda: cv2.imdecode(flat, flags))
    except cv2.error:
        bgr, complaint = None, ''
    if bgr is None or complaint:
        why = complaint or 'cannot be decoded'
        raise ImageError('corrupt', f'compressed image of {flat.size} bytes is damaged: {why}')
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
