"""Pixels of every encoding: there and back, padded, big-endian, and what is refused."""

import numpy as np
import pytest

from panoseg_ros.bags.pixels import array_from_pixels, kind_of, pixels_from_array
from panoseg_ros.errors import BagError


@pytest.mark.parametrize(
    ('encoding', 'shape', 'dtype'),
    [
        ('rgb8', (3, 4, 3), np.uint8),
        ('bgra8', (3, 4, 4), np.uint8),
        ('mono8', (3, 4), np.uint8),
        ('mono16', (3, 4), np.uint16),
        ('16UC1', (3, 4), np.uint16),
        ('32FC1', (3, 4), np.float32),
        ('32SC1', (3, 4), np.int32),
        ('8UC3', (3, 4, 3), np.uint8),
        ('64FC2', (3, 4, 2), np.float64),
        ('bayer_rggb8', (3, 4), np.uint8),
        ('uyvy', (3, 4, 2), np.uint8),
        ('nv12', (6, 4), np.uint8),
        ('i420', (6, 4), np.uint8),
        ('nv24', (9, 4), np.uint8),
    ],
)
def test_round_trip(encoding, shape, dtype):
    image = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    flat, height, width, step = pixels_from_array(image, encoding)
    assert height == (4 if encoding in ('nv12', 'i420') else 3)
    back = array_from_pixels(flat, height, width, step, encoding, False)
    assert back.dtype == dtype
    assert np.array_equal(back, image)


def test_padded_rows_and_big_endian():
    image = np.arange(6, dtype=np.uint16).reshape(2, 3)
    rows = np.zeros((2, 10), np.uint8)
    rows[:, :6] = image.astype('>u2').view(np.uint8).reshape(2, 6)
    back = array_from_pixels(rows.reshape(-1), 2, 3, 10, '16UC1', True)
    assert np.array_equal(back, image)
    assert back.dtype == np.uint16


@pytest.mark.parametrize(('count', 'step'), [(10, 9), (18, 8), (0, 0), (19, 9)])
def test_data_that_do_not_fit(count, step):
    with pytest.raises(BagError, match='image of 3x2 rgb8'):
        array_from_pixels(np.zeros(count, np.uint8), 2, 3, step, 'rgb8', False)


@pytest.mark.parametrize('encoding', ['', 'rgb', '8FC1', '24UC1', 'jpeg'])
def test_unknown_encodings(encoding):
    with pytest.raises(BagError, match='unknown image encoding'):
        kind_of(encoding)
