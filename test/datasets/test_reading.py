import zlib

import cv2
import numpy as np
import pytest

from panoseg_ros.datasets import reading
from panoseg_ros.errors import DatasetError


def png(values, depth, color, palette=b''):
    """Return a PNG of values (H, W) with so many bits each, made by hand."""
    height, width = values.shape
    bits = np.unpackbits(values.astype(np.uint8)[..., None], axis=-1)[..., 8 - depth :]
    rows = np.packbits(bits.reshape(height, -1), axis=-1)
    raw = b''.join(b'\0' + row.tobytes() for row in rows)
    header = width.to_bytes(4, 'big') + height.to_bytes(4, 'big') + bytes([depth, color, 0, 0, 0])
    chunks = [(b'IHDR', header), (b'PLTE', palette), (b'IDAT', zlib.compress(raw)), (b'IEND', b'')]
    return reading.PNG_SIGNATURE + b''.join(
        len(content).to_bytes(4, 'big')
        + name
        + content
        + zlib.crc32(name + content).to_bytes(4, 'big')
        for name, content in chunks
        if content or name == b'IEND'
    )


@pytest.mark.parametrize('depth', [1, 2, 4, 8])
@pytest.mark.parametrize('color', [reading.GREY, reading.PALETTE])
def test_values_are_indices_whatever_the_palette_shows(tmp_path, depth, color):
    rng = np.random.default_rng(depth)
    values = rng.integers(0, 2**depth, (5, 11), np.uint8)
    palette = rng.integers(0, 255, 3 * 2**depth, np.uint8).tobytes()
    path = tmp_path / 'labels.png'
    path.write_bytes(png(values, depth, color, palette if color == reading.PALETTE else b''))
    np.testing.assert_array_equal(reading.read_values(path), values)


def test_alpha_is_dropped_from_pictures_and_colours(tmp_path):
    path = tmp_path / 'picture.png'
    cv2.imwrite(str(path), np.full((2, 3, 4), (10, 20, 30, 0), np.uint8))
    assert reading.read_image(path)[0, 0].tolist() == [30, 20, 10]
    assert reading.read_colors(path)[0, 0].tolist() == [30, 20, 10]


def test_numbers_may_have_sixteen_bits(tmp_path):
    path = tmp_path / 'numbers.png'
    cv2.imwrite(str(path), np.full((2, 3), 40_000, np.uint16))
    assert reading.read_numbers(path).tolist() == [[40_000] * 3] * 2
    with pytest.raises(DatasetError, match=r'numbers\.png: expected 8-bit labels'):
        reading.read_values(path)
    with pytest.raises(DatasetError, match=r'numbers\.png: expected labels as colours'):
        reading.read_colors(path)
    cv2.imwrite(str(path), np.zeros((2, 3, 3), np.uint8))
    with pytest.raises(DatasetError, match=r'numbers\.png: expected numbers of 8 or 16 bits'):
        reading.read_numbers(path)


def test_damaged_files_raise_nothing_else(tmp_path):
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    whole = png(values, 8, reading.PALETTE, bytes(range(60)))
    path = tmp_path / 'labels.png'
    rng = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(whole[: rng.integers(0, len(whole) + 1)])
        # The size is left alone: pictures of gigapixels are right, only slow to decode.
        for place in rng.integers(24, len(whole), 3):
            damaged[place : place + 1] = rng.bytes(1)[: len(damaged[place : place + 1])]
        path.write_bytes(damaged)
        for read in (reading.read_values, reading.read_colors, reading.read_image):
            try:
                found = read(path)
            except DatasetError as err:
                assert str(path) in str(err)
            else:
                assert found.dtype == np.uint8


def test_allowed_values_are_listed_in_runs(tmp_path):
    table = np.full(256, -1, np.int16)
    table[[0, 1, 2, 7, 255]] = 0
    with pytest.raises(DatasetError, match=r'x: label value 3 .* allowed are 0 to 2, 7, 255'):
        reading.look_up(tmp_path / 'x', np.array([[3, 0]], np.uint8), table)


@pytest.mark.parametrize('content', [b'', b'{', b'\xff', b'[' * 100_000])
def test_what_is_no_json_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / 'x.json'
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=r'x\.json: cannot be read') as caught:
        reading.read_json(path)
    assert '\n' not in str(caught.value)
