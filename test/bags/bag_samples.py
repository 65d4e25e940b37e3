"""Small bags with one message of every kind."""

import numpy as np
import pytest

from panoseg_ros import bags

S = 1_000_000_000
START = 1_700_000_000 * S


def messages(index):
    """Return topic -> message of one moment."""
    stamp = START + index * S // 10
    rng = np.random.default_rng(index)
    rgb = rng.integers(0, 256, (6, 8, 3), np.uint8)
    depth = rng.integers(0, 65536, (6, 8), np.uint16)
    half = float(np.sqrt(0.5))
    return {
        'image': bags.ImageMessage(stamp, 'camera', rgb, 'rgb8'),
        'depth': bags.ImageMessage(stamp, 'camera', depth, '16UC1'),
        'image/compressed': bags.jpeg(stamp, 'camera', rgb),
        'truth/labels': bags.png(stamp, 'camera', rgb[..., 0]),
        'truth/depth': bags.png(stamp, 'camera', depth),
        'camera_info': bags.CameraInfoMessage(
            stamp, 'camera', 8, 6, 'plumb_bob', (0.1, 0.0, 0.0, 0.0, 0.0),
            (4.0, 0.0, 3.5, 0.0, 4.0, 2.5, 0.0, 0.0, 1.0), tuple(np.eye(3).ravel()),
            (4.0, 0.0, 3.5, 0.0, 0.0, 4.0, 2.5, 0.0, 0.0, 0.0, 1.0, 0.0),
        ),
        'odom': bags.OdometryMessage(
            stamp, 'odom', 'base_footprint', (1.0 * index, 2.0, 0.5), (0.0, 0.0, half, half),
            (1.0, 0.0, 0.0), (0.0, 0.0, 0.3),
        ),
        'imu': bags.ImuMessage(
            stamp, 'imu', (0.0, 0.0, half, half), (0.0, 0.1, 0.0), (0.0, 0.0, 9.81)
        ),
        'imu/raw': bags.ImuMessage(stamp, 'imu', None, (0.0, 0.1, 0.0), (0.0, 0.0, 9.81)),
        'tf': bags.TransformsMessage(
            (
                bags.Transform(stamp, 'odom', 'base', (1.0, 2.0, 3.0), (0.0, 0.0, half, half)),
                bags.Transform(stamp, 'base', 'camera', (0.0, 0.0, 1.0), (0.0, 0.0, 0.0, 1.0)),
            )
        ),
        'grid': bags.GridMessage(
            stamp, 'base', 0.5, (-1.0, -2.0, 0.25), rng.integers(-1, 101, (4, 5)).astype(np.int8)
        ),
        'scan': bags.ScanMessage(
            stamp, 'base', -3.0, 0.5, (0.5, 20.0), np.array([1.5, np.inf, 2.5], np.float32)
        ),
    }  # fmt: skip


QOS = {'image': bags.SENSOR, 'grid': bags.LATCHED}


def write(path, count=3, storage='mcap', compress=False):
    with bags.BagWriter(path, storage, compress, QOS) as writer:
        for index in range(count):
            for topic, message in messages(index).items():
                writer.write(topic, START + index * S // 10, message)
    return path


def same(one, other):
    """Return whether two messages are equal, float32 fields to their precision."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return one == pytest.approx(other, rel=1e-6)
    return one == other
