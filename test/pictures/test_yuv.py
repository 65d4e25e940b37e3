"""Planar YUV pictures against the formula of BT.601, in every layout that drivers send."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.errors import ImageError
from panoseg_ros.pictures.encodings import decode_raw
from panoseg_ros.pictures.yuv import PLANAR

HEIGHT, WIDTH = 12, 20


def rgb_of(y, u, v):
    """BT.601, limited range: luma 219 steps from 16, chroma 224 steps around 128."""
    red, blue, green = 0.299, 0.114, 0.587
    luma = (np.maximum(y, 16.0) - 16.0) / 219.0
    cb, cr = (u - 128.0) / 224.0, (v - 128.0) / 224.0
    r, b = luma + 2.0 * (1.0 - red) * cr, luma + 2.0 * (1.0 - blue) * cb
    g = (luma - red * r - blue * b) / green
    return np.clip(255.0 * np.stack([r, g, b], -1), 0.0, 255.0)


def blocks(chroma):
    return chroma.repeat(2, 0).repeat(2, 1)


def smooth():
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    y = 30 + 6 * rows + 4 * columns
    u, v = 128 + 2 * (rows - columns)[::2, ::2], 100 + 3 * (rows + columns)[::2, ::2]
    return y.astype(np.uint8), u.astype(np.uint8), v.astype(np.uint8)


def noise(height=HEIGHT, width=WIDTH):
    rng = np.random.default_rng(4)
    y = rng.integers(0, 256, (height, width), np.uint8)
    return y, *rng.integers(0, 256, (2, height // 2, width // 2), np.uint8)


def padded(rows, step):
    filled = np.full((rows.shape[0], step), 0xEE, np.uint8)
    filled[:, : rows.shape[1]] = rows
    return filled.ravel()


def packed(encoding, y, u, v, step):
    """Return the bytes of a picture, written after the V4L2 documentation."""
    if encoding == 'i420':
        planes = [padded(y, step), padded(u, step // 2), padded(v, step // 2)]
    else:
        pair = (u, v) if encoding == 'nv12' else (v, u)
        planes = [padded(y, step), padded(np.stack(pair, -1).reshape(len(u), -1), step)]
    return np.concatenate(planes)


@pytest.mark.parametrize('step', [WIDTH, WIDTH + 4, 64])
@pytest.mark.parametrize('picture', [smooth(), noise()], ids=['smooth', 'per pixel'])
@pytest.mark.parametrize('encoding', PLANAR)
def test_planes_become_rgb(encoding, picture, step):
    data = packed(encoding, *picture, step)
    found = decode_raw(data.tobytes(), encoding, HEIGHT, WIDTH, step, False)
    y, u, v = picture
    np.testing.assert_allclose(found, rgb_of(y, blocks(u), blocks(v)), atol=1.01)


@pytest.mark.parametrize('step', [WIDTH, 32])
@pytest.mark.parametrize('encoding', PLANAR)
def test_the_height_may_count_the_chroma(encoding, step):
    data = packed(encoding, *noise(), step)
    official = decode_raw(data, encoding, HEIGHT, WIDTH, step, False)
    counted = decode_raw(data, encoding, HEIGHT * 3 // 2, WIDTH, step, False)
    assert counted.shape == (HEIGHT, WIDTH, 3)
    np.testing.assert_array_equal(counted, official)


@pytest.mark.parametrize('encoding', PLANAR)
def test_the_step_may_be_data_size_by_height(encoding):
    data = packed(encoding, *noise(), WIDTH)
    official = decode_raw(data, encoding, HEIGHT, WIDTH, WIDTH, False)
    divided = decode_raw(data, encoding, HEIGHT, WIDTH, data.size // HEIGHT, False)
    np.testing.assert_array_equal(divided, official)


@pytest.mark.parametrize('encoding', PLANAR)
def test_the_last_row_need_not_be_padded_and_more_may_follow(encoding):
    data = packed(encoding, *noise(), 32)
    cut = 12 // 2 if encoding == 'i420' else 12
    expected = decode_raw(data, encoding, HEIGHT, WIDTH, 32, False)
    for changed in (data[: data.size - cut], np.append(data, data)):
        found = decode_raw(changed, encoding, HEIGHT, WIDTH, 32, False)
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(ImageError) as caught:
        decode_raw(data[: data.size - cut - 1], encoding, HEIGHT, WIDTH, 32, False)
    assert caught.value.kind == 'truncated'


@pytest.mark.parametrize('encoding', PLANAR)
@pytest.mark.parametrize(
    ('height', 'width', 'step', 'size', 'kind', 'words'),
    [
        (12, 19, 20, 400, 'size', 'needs even sides, got 19x12'),
        (11, 20, 20, 400, 'size', 'needs even sides, got 20x11'),
        (9, 20, 20, 400, 'size', 'needs even sides, got 20x9'),
        (12, 20, 18, 400, 'step', 'step 18 is less than the 20 bytes'),
        (12, 20, 20, 359, 'truncated', 'holds 359 bytes'),
        (12, 20, 20, 241, 'truncated', 'needs 360'),
        (12, 20, 2**32 - 2, 400, 'truncated', 'needs'),
        (1, 1, 1, 10, 'size', '1x1'),
    ],
)
def test_what_fits_no_layout_is_named(encoding, height, width, step, size, kind, words):
    with pytest.raises(ImageError) as caught:
        decode_raw(bytes(size), encoding, height, width, step, False)
    assert caught.value.kind == kind and words in str(caught.value)


def test_an_odd_step_cannot_be_halved():
    with pytest.raises(ImageError, match='step 21 is odd') as caught:
        decode_raw(bytes(400), 'i420', 12, 20, 21, False)
    assert caught.value.kind == 'step'


@given(
    encoding=st.sampled_from(list(PLANAR)),
    height=st.integers(0, 40),
    width=st.integers(0, 40),
    pad=st.integers(-2, 40),
    size=st.integers(0, 4000),
)
@settings(max_examples=300, deadline=None)
def test_every_combination_is_a_picture_or_an_image_error(encoding, height, width, pad, size):
    try:
        found = decode_raw(bytes(size), encoding, height, width, max(0, width + pad), False)
    except ImageError as err:
        assert err.kind in ('size', 'step', 'truncated') and '\n' not in str(err)
    else:
        assert found.shape[1:] == (width, 3) and found.shape[0] in (height, height * 2 // 3)
        assert found.size // 2 <= size  # a picture is never made of more bytes than came
