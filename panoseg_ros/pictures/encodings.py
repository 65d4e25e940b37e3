"""Pixels of image messages as RGB arrays.

Convention: encodings are those of sensor_msgs/image_encodings; a returned image is
(H, W, 3) uint8 RGB and may be a read-only view of the bytes given.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import ImageError
from panoseg_ros.pictures.complaints import listen
from panoseg_ros.pictures.yuv import PLANAR, decode_planar


class Encoding(NamedTuple):
    """Layout of a pixel, and the OpenCV code that makes it RGB (None: it is RGB)."""

    channels: int
    bytes: int
    code: int | None


# sensor_msgs names a Bayer pattern after the first 2 x 2 pixels in reading order, OpenCV
# after pixels 2 and 3 of the second row.
_BAYER = {
    'rggb': cv2.COLOR_BayerBG2RGB,
    'bggr': cv2.COLOR_BayerRG2RGB,
    'gbrg': cv2.COLOR_BayerGR2RGB,
    'grbg': cv2.COLOR_BayerGB2RGB,
}
# Pixels that lie side by side; those with planes are in `yuv.py`.
ENCODINGS: Mapping[str, Encoding] = {
    'rgb8': Encoding(3, 1, None),
    'bgr8': Encoding(3, 1, cv2.COLOR_BGR2RGB),
    '8UC3': Encoding(3, 1, cv2.COLOR_BGR2RGB),
    'rgba8': Encoding(4, 1, cv2.COLOR_RGBA2RGB),
    'bgra8': Encoding(4, 1, cv2.COLOR_BGRA2RGB),
    '8UC4': Encoding(4, 1, cv2.COLOR_BGRA2RGB),
    'mono8': Encoding(1, 1, cv2.COLOR_GRAY2RGB),
    '8UC1': Encoding(1, 1, cv2.COLOR_GRAY2RGB),
    'rgb16': Encoding(3, 2, None),
    'bgr16': Encoding(3, 2, cv2.COLOR_BGR2RGB),
    '16UC3': Encoding(3, 2, cv2.COLOR_BGR2RGB),
    'rgba16': Encoding(4, 2, cv2.COLOR_RGBA2RGB),
    'bgra16': Encoding(4, 2, cv2.COLOR_BGRA2RGB),
    '16UC4': Encoding(4, 2, cv2.COLOR_BGRA2RGB),
    'mono16': Encoding(1, 2, cv2.COLOR_GRAY2RGB),
    '16UC1': Encoding(1, 2, cv2.COLOR_GRAY2RGB),
    **{f'bayer_{name}8': Encoding(1, 1, code) for name, code in _BAYER.items()},
    **{f'bayer_{name}16': Encoding(1, 2, code) for name, code in _BAYER.items()},
    'uyvy': Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY),
    'yuv422': Encoding(2, 1, cv2.COLOR_YUV2RGB_UYVY),
    'yuyv': Encoding(2, 1, cv2.COLOR_YUV2RGB_YUY2),
    'yuv422_yuy2': Encoding(2, 1, cv2.COLOR_YUV2RGB_YUY2),
}
BAYER_SIDE = 3  # pixels; OpenCV paints smaller mosaics black
JPEG, PNG = b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n'
JPEG_END = b'\xff\xd9'  # cannot occur inside the entropy-coded data
PNG_END = b'IEND'
TAIL_BYTES = 4096  # some cameras pad their pictures after the end marker
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF, ITU-T T.81 table B.1


def decode_raw(
    data: Any, encoding: str, height: int, width: int, step: int, bigendian: bool
) -> NDArray[np.uint8]:
    """Return the RGB image (height, width, 3) of raw pixels.

    Args:
        data: a buffer of `height` rows of `step` bytes; bytes at the end of a row or
            after the last row are ignored.
        encoding: one of `ENCODINGS`, or of `yuv.PLANAR` whose layout is told there.
        height: rows.
        width: pixels per row.
        step: bytes from one row to the next.
        bigendian: byte order of 16-bit encodings, of which the upper 8 bits are kept.

    Raises:
        ImageError: of kind encoding, size, step or truncated, naming the value.
    """
    layout = Encoding(1, 1, None) if encoding in PLANAR else ENCODINGS.get(encoding)
    if layout is None:
        known = ', '.join((*ENCODINGS, *PLANAR))
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
    if encoding in PLANAR:
        return decode_planar(flat, encoding, height, width, step)
    needed = step * (height - 1) + tight
    if flat.size < needed:
        raise ImageError(
            'truncated',
            f'image holds {flat.size} bytes, {width}x{height} {encoding} needs {needed}',
        )
    return _rgb(_pixels(flat, layout, (height, width), step, bigendian), layout, encoding)


def _pixels(
    flat: NDArray[np.uint8], layout: Encoding, size: tuple[int, int], step: int, bigendian: bool
) -> NDArray[np.uint8]:
    """Return (H, W, C) 8-bit values, where possible without a copy."""
    upper = 1 if layout.bytes == 2 and not bigendian else 0  # the more significant byte
    pixel = layout.channels * layout.bytes
    view = np.lib.stride_tricks.as_strided(
        flat[upper:],
        (*size, layout.channels),
        (step, pixel, layout.bytes),
        writeable=False,
    )
    return np.ascontiguousarray(view) if layout.bytes == 2 else view


def _rgb(pixels: NDArray[np.uint8], layout: Encoding, encoding: str) -> NDArray[np.uint8]:
    if layout.code is None:
        return pixels
    height, width = pixels.shape[:2]
    try:
        if 'bayer' in encoding and min(height, width) < BAYER_SIDE:
            raise ImageError('size', f'{encoding} of {width}x{height} pixels is too small')
        return np.asarray(cv2.cvtColor(pixels, layout.code), np.uint8)
    except cv2.error as err:  # an odd width cannot hold pairs of YUV pixels
        message = f'image of {width}x{height} pixels does not fit encoding {encoding}'
        raise ImageError('size', message) from err


def decode_compressed(data: Any) -> NDArray[np.uint8]:
    """Return the RGB image (H, W, 3) of a jpeg or png picture.

    The first bytes decide about the format, since drivers fill the message's format
    field in many ways. Grey becomes RGB, of 16 bits the upper 8 are kept, alpha is dropped.

    Raises:
        ImageError: of kind format, truncated or corrupt.
    """
    flat = np.frombuffer(data, np.uint8)
    head, tail = flat[:16].tobytes(), flat[-TAIL_BYTES:].tobytes()
    if head.startswith(JPEG):
        if JPEG_END not in tail:
            raise ImageError('truncated', f'jpeg of {flat.size} bytes has no end')
        if _jpeg_components(flat) == 4:
            raise ImageError('format', 'jpeg has four inks (CMYK), allowed are grey and colour')
    elif head.startswith(PNG):
        if PNG_END not in tail:
            raise ImageError('truncated', f'png of {flat.size} bytes has no end')
    else:
        raise ImageError('format', f'compressed image {_described(head)}')
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


def _described(head: bytes) -> str:
    """Return what is wrong with a picture that is neither jpeg nor png."""
    if head[:4] == b'RIFF' and head[8:12] == b'WEBP':
        return 'is webp, allowed are jpeg and png'
    if head.startswith((b'\0\0\1', b'\0\0\0\1')):
        return 'is a video packet, allowed are jpeg and png; input.transport: h264 takes H.264'
    return f'begins with {head[:8]!r}, not as jpeg or png'


def _jpeg_components(flat: NDArray[np.uint8]) -> int:
    """Return the number of colour components of a jpeg, 0 where its header is broken."""
    at = 2
    while at + 9 < flat.size and flat[at] == 0xFF:
        if int(flat[at + 1]) in _FRAME_MARKERS:
            return int(flat[at + 9])
        at += 2 + (int(flat[at + 2]) << 8) + int(flat[at + 3])
    return 0
