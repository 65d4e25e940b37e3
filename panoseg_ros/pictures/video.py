"""H.264 packets to pictures; needs PyAV, which is an optional extra.

A decoder hides what it never got: after a lost packet FFmpeg goes on with wrong pixels
and without a word. So the picture numbers are followed here, and after any damage nothing
comes out before decoding can begin anew: at an IDR picture, at a recovery point (streams
that refresh their pictures piece by piece) once it is complete, or at an intra picture
that brings its parameter sets.
"""

import time
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import ImageError, SettingsError
from panoseg_ros.pictures.h264 import (
    PICTURE,
    SEQUENCE,
    START,
    Access,
    StreamHeaders,
    annex_b,
    units,
)

PARAMETER_SETS = 16  # kept until a picture needs them
PENDING = 64  # packets that may wait inside the decoder; H.264 reorders at most 16
Report = Callable[[str, str], None]


def require_pyav(what: str = 'input.transport: h264') -> None:
    """Load PyAV, which `what` needs.

    Raises:
        SettingsError: naming the extra that brings it.
    """
    try:
        import av
    except ImportError as err:
        raise SettingsError(
            f'{what} needs PyAV, which is not installed: pip install "panoseg_ros[video]"'
        ) from err
    av.logging.set_level(None)  # its complaints are counted here instead


class Picture(NamedTuple):
    """A decoded picture with the header of the message that brought it."""

    header: Any
    receive_ns: int
    frame: Any  # av.VideoFrame

    def rgb(self) -> NDArray[np.uint8]:
        """Return the image (H, W, 3); matrix and range are those that the stream names."""
        return np.asarray(self.frame.to_ndarray(format='rgb24'), np.uint8)


class H264Decoder:
    """Decodes the packets of one stream in one thread; `report` counts faults and logs them."""

    def __init__(self, report: Report) -> None:
        import av

        self._packet: Any = av.Packet
        self._error: Any = av.FFmpegError
        self._codec: Any = av.CodecContext.create('h264', 'r')
        self._codec.thread_count = 1  # frame threads hold pictures back
        self._codec.options = {'flags': '+low_delay'}
        self._report = report
        self._stream = StreamHeaders()
        self._parameters: deque[bytes] = deque(maxlen=PARAMETER_SETS)  # not yet decoded
        self._headers_of: dict[int, Any] = {}  # packet number -> header of its message
        self.size = ''  # of the last picture
        self.waiting = True  # for a picture where decoding can begin
        self.at_entry = False  # the last packet was one
        self.packets = self.dropped = self.errors = self.pictures = 0
        self.decode_ms = 0.0  # of the last packet

    @property
    def state(self) -> str:
        """Return one phrase for diagnostics."""
        if not self.packets:
            return 'waiting for packets'
        return 'waiting for a key frame' if self.waiting else f'decoding {self.size}'.rstrip()

    def restart(self) -> None:
        """Wait for a key frame, because packets are missing or another stream begins."""
        self._codec.flush_buffers()
        self._headers_of.clear()
        self.waiting = True

    def decode(self, data: Any, header: Any, receive_ns: int) -> list[Picture]:
        """Return the pictures that this packet completes, in the order of their display.

        Args:
            data: one access unit, in Annex B or with 4-byte lengths.
            header: goes with the picture of this packet, whenever it comes out.
            receive_ns: time of arrival; a picture carries that of the packet that
                released it.
        """
        self.packets += 1
        self.at_entry = False
        try:
            packet = annex_b(bytes(data))
            access = self._stream.read(packet)
        except ImageError as err:
            self._damage(f'image {err.kind}', str(err))
            return []
        self.at_entry = access.entry
        if access.gap and not self.waiting:
            self._damage('image video', 'H.264 packets are missing: waiting for a key frame')
        if not access.picture or (self.waiting and not access.entry):
            self._pass_over(packet, access)
            return []
        packet = b''.join((*self._parameters, packet))
        self._parameters.clear()
        pictures = []
        for frame in self._frames(packet, header):
            source = self._headers_of.pop(frame.pts, None)
            if source is not None:
                pictures.append(Picture(source, receive_ns, frame))
                self.size = f'{frame.width}x{frame.height}'
        self.pictures += len(pictures)
        return pictures

    def _pass_over(self, packet: bytes, access: Access) -> None:
        """Keep the parameter sets of a packet that has no picture, or one that is useless."""
        self.dropped += access.picture
        for unit in units(packet) if access.parameters else ():
            if unit[0] & 31 in (SEQUENCE, PICTURE) and START + unit not in self._parameters:
                self._parameters.append(START + unit)

    def _frames(self, data: bytes, header: Any) -> list[Any]:
        packet = self._packet(data)
        packet.pts = self.packets
        self._headers_of[self.packets] = header
        self._headers_of.pop(self.packets - PENDING, None)
        self.waiting = False
        began_s = time.perf_counter()
        try:
            frames = list(self._codec.decode(packet))
        except self._error as err:
            self._damage('image video', f'H.264 packet of {len(data)} bytes is damaged: {err}')
            return []
        self.decode_ms = 1e3 * (time.perf_counter() - began_s)
        if any(frame.is_corrupt for frame in frames):
            self._damage('image video', f'H.264 picture of {len(data)} bytes is damaged')
            return []
        return frames

    def _damage(self, kind: str, message: str) -> None:
        self.errors += 1
        self._report(kind, message)
        self.restart()
