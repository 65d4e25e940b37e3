"""Raw YUV 4:2:0 pictures, whose chroma lies in planes behind the luma, as RGB arrays.

Convention: BT.601 with limited range (luma 16 to 235, chroma 16 to 240), which is what V4L2
and sensor_msgs mean; darker luma counts as black. Every chroma sample belongs to a block
of 2 x 2 pixels and is not interpolated.

Source of the layouts: the V4L2 documentation (NV12, NV21, YUV420); sensor_msgs since
`image_encodings::getHeightScaling`: a message's height is the picture's, its data half as
long again.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from panoseg_ros.errors import ImageError

PLANAR: Mapping[str, int] = {
    'nv12': cv2.COLOR_YUV2RGB_NV12,  # one plane of interleaved U and V
    'nv21': cv2.COLOR_YUV2RGB_NV21,  # the same with V first
    'i420': cv2.COLOR_YUV2RGB_I420,  # a plane of U, then one of V, rows half as long
}


class _Layout(NamedTuple):
    rows: int  # of the picture, without the chroma
    step: int  # bytes from one luma row to the next
    longest: float  # bytes; with more than these the data have another layout


def decode_planar(
    flat: NDArray[np.uint8], encoding: str, height: int, width: int, step: int
) -> NDArray[np.uint8]:
    """Return the RGB image (rows, width, 3) of a raw YUV 4:2:0 picture.

    The luma has rows of `step` bytes, and so has the chroma of nv12 and nv21; the chroma
    rows of i420 are `step / 2` bytes apart. Three ways of drivers to fill a message are
    told apart by the number of bytes:

    - `height` is the picture's and the data hold `1.5 * height * step` bytes or more,
    - `height` counts the chroma as well, so that the data hold `height * step` bytes,
    - `height` is the picture's and `step` is data size / height, 1.5 times the width.

    Args:
        flat: all bytes; more behind the last row are ignored.
        encoding: one of `PLANAR`.
        height: height of the message.
        width: pixels per row.
        step: step of the message, at least `width`.

    Raises:
        ImageError: of kind size, step or truncated, naming the value.
    """
    layouts = list(_layouts(height, width, step))
    uneven = f'{encoding} needs even sides, got {width}x{height} pixels'
    if width % 2 or not layouts:
        raise ImageError('size', uneven)
    if encoding == 'i420' and step % 2:
        raise ImageError('step', f'image step {step} is odd, i420 chroma rows are half as long')
    for layout in layouts:
        if _needed(encoding, layout, width) <= flat.size <= layout.longest:
            picture = _gather(flat, encoding, layout, width)
            return np.asarray(cv2.cvtColor(picture, PLANAR[encoding]), np.uint8)
    needed = _needed(encoding, layouts[0], width)
    if flat.size >= needed:
        raise ImageError('size', uneven)
    raise ImageError(
        'truncated',
        f'image holds {flat.size} bytes, {width}x{layouts[0].rows} {encoding} with step '
        f'{layouts[0].step} needs {needed}',
    )


def _layouts(height: int, width: int, step: int) -> Iterator[_Layout]:
    """Yield what the fields may mean, the official meaning first."""
    if height % 2 == 0:
        yield _Layout(height, step, float('inf'))
        # Rows padded to a multiple of a power of two are never 1.5 times the width long.
        if 2 * step == 3 * width:
            yield _Layout(height, width, height * step)
    if height % 3 == 0:
        yield _Layout(height // 3 * 2, step, height * step)


def _needed(encoding: str, layout: _Layout, width: int) -> int:
    """Return the bytes up to the last pixel; the last row need not be padded."""
    whole = layout.step * (layout.rows + layout.rows // 2)
    padding = layout.step - width
    return whole - (padding // 2 if encoding == 'i420' else padding)


def _gather(
    flat: NDArray[np.uint8], encoding: str, layout: _Layout, width: int
) -> NDArray[np.uint8]:
    """Return all planes as (1.5 * rows, width), the form that OpenCV reads."""
    rows, step, _ = layout
    lines = rows + rows // 2
    if encoding != 'i420' or step == width:
        return as_strided(flat, (lines, width), (step, 1), writeable=False)
    picture = np.empty((lines, width), np.uint8)
    picture[:rows] = as_strided(flat, (rows, width), (step, 1), writeable=False)
    chroma = as_strided(flat[rows * step :], (rows, width // 2), (step // 2, 1), writeable=False)
    picture[rows:].reshape(rows, width // 2)[:] = chroma  # U on rows / 2 lines, then V
    return picture
