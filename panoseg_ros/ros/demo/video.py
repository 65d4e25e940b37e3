"""Writes a short H.264 video; needs the optional PyAV."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import RosError


def can_write_video() -> bool:
    """Return whether PyAV is installed."""
    return find_spec('av') is not None


def write_video(path: Path, pictures: Iterable[NDArray[np.uint8]], rate_hz: float) -> int:
    """Write pictures (H, W, 3) RGB of one size as H.264 and return how many they were.

    An odd last row or column is left out, because H.264 halves the colour planes.

    Raises:
        RosError: if the file cannot be written.
    """
    import av

    count = 0
    try:
        with av.open(str(path), 'w', format='mp4') as container:
            stream = container.add_stream('h264', rate=max(1, round(rate_hz)))
            stream.pix_fmt = 'yuv420p'
            if stream.codec.name == 'libx264':  # other encoders have other options
                stream.options = {'preset': 'veryfast'}
            for picture in pictures:
                height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
                if not count:
                    stream.width, stream.height = width, height
                even = np.ascontiguousarray(picture[:height, :width])
                container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format='rgb24')))
                count += 1
            container.mux(stream.encode() if count else [])
    except (OSError, av.error.FFmpegError) as err:
        raise RosError(f'{path}: the video cannot be written: {err}') from err
    return count
