"""Small H.264 streams, encoded where PyAV brings an encoder."""

from fractions import Fraction

import numpy as np
import pytest

av = pytest.importorskip('av', reason='video needs PyAV')
RATE_HZ = 15
GOP = 12


def shade(index):
    """Return the red value that fills the picture of this index."""
    return 40 + 5 * (index % 36)


def encoder(size, b_frames, gop, extra):
    try:
        codec = av.CodecContext.create('libx264', 'w')
    except av.codec.codec.UnknownCodecError:
        pytest.skip('this PyAV has no H.264 encoder')
    codec.width, codec.height = size
    codec.pix_fmt, codec.time_base = 'yuv420p', Fraction(1, RATE_HZ)
    codec.framerate = Fraction(RATE_HZ)
    codec.thread_count = 1
    wanted = {'keyint': gop, 'min-keyint': gop, 'scenecut': 0, 'bframes': b_frames,
              'b-pyramid': 'none', 'b-adapt': 0, 'repeat-headers': 1, 'rc-lookahead': 0,
              'sync-lookahead': 0, 'qp': 18, **extra}  # fmt: skip
    params = ':'.join(f'{name}={value}' for name, value in wanted.items())
    codec.options = {'preset': 'veryfast', 'x264-params': params}
    return codec


def textured(index, size=(128, 64)):
    """Return a picture that moves, so that wrong references show in every pixel."""
    width, height = size
    rows, columns = np.mgrid[:height, :width]
    wave = 60.0 * np.sin((columns + 5 * index) / 7.0) + 40.0 * np.cos((rows - 3 * index) / 5.0)
    grey = np.clip(128.0 + wave, 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, 2)


def flat(index, size=(64, 32)):
    """Return a picture of one value."""
    return np.full((size[1], size[0], 3), shade(index), np.uint8)


def stream(count, picture=textured, size=(128, 64), b_frames=0, gop=GOP, **extra):
    """Return (index of the picture, packet) in the order of sending."""
    codec = encoder(size, b_frames, gop, extra)
    packets = []
    for index in range(count):
        frame = av.VideoFrame.from_ndarray(picture(index, size), format='rgb24')
        frame.pts = index
        packets += codec.encode(frame)
    packets += codec.encode(None)
    return [(packet.pts, bytes(packet)) for packet in packets]


def units(packet):
    """Return the NAL units of an Annex B packet, split in the plainest way."""
    return [unit.rstrip(b'\0') for unit in packet.replace(b'\0\0\0\1', b'\0\0\1').split(b'\0\0\1')
            if unit]  # fmt: skip


def avcc(packet):
    """Return a packet with 4-byte lengths instead of start codes."""
    return b''.join(len(unit).to_bytes(4, 'big') + unit for unit in units(packet))
