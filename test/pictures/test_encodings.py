import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.errors import ImageError
from panoseg_ros.pictures.encodings import ENCODINGS, decode_compressed, decode_raw
from panoseg_ros.pictures.yuv import PLANAR

RGB = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
GREY = np.repeat(RGB[..., :1], 3, axis=2)
ALPHA = np.full((6, 8, 1), 77, np.uint8)


def raw(pixels, encoding, pad=0, bigendian=False):
    """Return decode_raw of pixels (H, W, C) whose rows are padded with rubbish."""
    height, width = pixels.shape[:2]
    rows = pixels.reshape(height, -1).view(np.uint8)
    padded = np.concatenate([rows, np.full((height, pad), 0xEE, np.uint8)], axis=1)
    return decode_raw(padded.tobytes(), encoding, height, width, padded.shape[1], bigendian)


@pytest.mark.parametrize('pad', [0, 5])
@pytest.mark.parametrize(
    ('encoding', 'pixels', 'expected'),
    [
        ('rgb8', RGB, RGB),
        ('bgr8', RGB[..., ::-1].copy(), RGB),
        ('8UC3', RGB[..., ::-1].copy(), RGB),
        ('rgba8', np.concatenate([RGB, ALPHA], 2), RGB),
        ('bgra8', np.concatenate([RGB[..., ::-1], ALPHA], 2), RGB),
        ('8UC4', np.concatenate([RGB[..., ::-1], ALPHA], 2), RGB),
        ('mono8', RGB[..., :1].copy(), GREY),
        ('8UC1', RGB[..., :1].copy(), GREY),
    ],
)
def test_eight_bit_encodings_become_rgb(encoding, pixels, expected, pad):
    np.testing.assert_array_equal(raw(pixels, encoding, pad), expected)


@pytest.mark.parametrize('bigendian', [False, True])
@pytest.mark.parametrize(
    ('encoding', 'channels', 'expected'),
    [
        ('mono16', RGB[..., :1], GREY),
        ('16UC1', RGB[..., :1], GREY),
        ('rgb16', RGB, RGB),
        ('bgr16', RGB[..., ::-1], RGB),
        ('16UC3', RGB[..., ::-1], RGB),
        ('rgba16', np.concatenate([RGB, ALPHA], 2), RGB),
        ('bgra16', np.concatenate([RGB[..., ::-1], ALPHA], 2), RGB),
        ('16UC4', np.concatenate([RGB[..., ::-1], ALPHA], 2), RGB),
    ],
)
def test_sixteen_bits_keep_the_upper_eight_in_either_byte_order(
    encoding, channels, expected, bigendian
):
    wide = (channels.astype(np.uint16) << 8 | 0x5A).astype('>u2' if bigendian else '<u2')
    np.testing.assert_array_equal(raw(wide, encoding, 3, bigendian), expected)


@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_bayer_patterns_are_named_from_the_first_row(pattern):
    color = {'r': 200, 'g': 100, 'b': 50}
    tile = np.array([color[letter] for letter in pattern], np.uint8).reshape(2, 2)
    found = raw(np.tile(tile, (4, 4))[..., None], f'bayer_{pattern}8')
    np.testing.assert_array_equal(found[2:-2, 2:-2], np.broadcast_to((200, 100, 50), (4, 4, 3)))


def mosaic(pattern, picture):
    """Keep of every pixel the colour that the pattern has there, read from the top left."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    channel = np.array(['rgb'.index(letter) for letter in pattern]).reshape(2, 2)
    channels = channel[rows % 2, columns % 2]
    return np.take_along_axis(picture, channels[..., None], axis=2)


@pytest.mark.parametrize('bigendian', [False, True])
@pytest.mark.parametrize('bits', [8, 16])
@pytest.mark.parametrize('pad', [0, 6])
@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_a_mosaic_of_a_smooth_picture_becomes_that_picture(pattern, pad, bits, bigendian):
    """Linear interpolation gives back a picture that is linear in rows and columns."""
    rows, columns = np.mgrid[:14, :17]
    picture = np.stack([20 + 6 * columns, 200 - 5 * rows - 3 * columns, 10 + 8 * rows], -1)
    samples = mosaic(pattern, picture.astype(np.uint8))
    if bits == 16:
        samples = (samples.astype(np.uint16) << 8).astype('>u2' if bigendian else '<u2')
    found = raw(samples, f'bayer_{pattern}{bits}', pad, bigendian).astype(int)
    inner = slice(1, -1)
    np.testing.assert_allclose(found[inner, inner], picture[inner, inner], atol=1)


def yuv422(order, y, u, v):
    """Two pixels share u and v; `order` names the four bytes of a pair."""
    bytes_of = {'u': u, 'v': v}
    lumas = iter((y[:, ::2], y[:, 1::2]))
    parts = [next(lumas) if letter == 'y' else bytes_of[letter] for letter in order]
    return np.stack(parts, -1).reshape(y.shape[0], y.shape[1], 2)


def bt601(y, u, v):
    """ITU-R BT.601, limited range."""
    luma, cb, cr = (np.maximum(y, 16.0) - 16.0) / 219.0, (u - 128.0) / 224.0, (v - 128.0) / 224.0
    r, b = luma + 1.402 * cr, luma + 1.772 * cb
    g = (luma - 0.299 * r - 0.114 * b) / 0.587
    return np.clip(255.0 * np.stack([r, g, b], -1), 0.0, 255.0)


@pytest.mark.parametrize('pad', [0, 5])
@pytest.mark.parametrize('content', ['smooth', 'per pixel'])
@pytest.mark.parametrize(
    ('encoding', 'order'),
    [('uyvy', 'uyvy'), ('yuv422', 'uyvy'), ('yuyv', 'yuyv'), ('yuv422_yuy2', 'yuyv')],
)
def test_yuv_with_chroma_of_two_pixels(encoding, order, content, pad):
    rng = np.random.default_rng(2)
    y = rng.integers(0, 256, (7, 10), np.uint8)
    u, v = rng.integers(0, 256, (2, 7, 5), np.uint8)
    if content == 'smooth':
        rows, columns = np.mgrid[:7, :10].astype(np.uint8)
        y, u, v = 40 + 9 * rows + 5 * columns, 90 + 8 * rows[:, ::2], 160 - 6 * columns[:, ::2]
    found = raw(yuv422(order, y, u, v), encoding, pad)
    np.testing.assert_allclose(found, bt601(y, u.repeat(2, 1), v.repeat(2, 1)), atol=1.01)


def test_tight_rgb_is_not_copied_and_read_only():
    data = RGB.tobytes()
    found = decode_raw(data, 'rgb8', 6, 8, 24, False)
    assert np.shares_memory(found, np.frombuffer(data, np.uint8))
    assert not found.flags.writeable


def test_every_named_encoding_decodes():
    for name, layout in ENCODINGS.items():
        shape = (4, 4, layout.channels * layout.bytes)
        assert raw(np.zeros(shape, np.uint8).reshape(4, 4, -1), name).shape[0] == 4


@pytest.mark.parametrize(
    ('arguments', 'kind', 'words'),
    [
        ((b'', 'rgb9', 6, 8, 24), 'encoding', "'rgb9' is not one of rgb8, bgr8"),
        ((b'', 'rgb8', 0, 8, 24), 'size', '8x0'),
        ((b'', 'rgb8', 6, 0, 0), 'size', '0x6'),
        ((bytes(144), 'rgb8', 6, 8, 23), 'step', 'step 23 is less than the 24 bytes'),
        ((bytes(143), 'rgb8', 6, 8, 24), 'truncated', 'holds 143 bytes, 8x6 rgb8 needs 144'),
        ((b'', 'rgb8', 6, 8, 24), 'truncated', 'holds 0 bytes'),
        ((bytes(144), 'rgb8', 6, 8, 2**31), 'truncated', 'needs'),
        ((bytes(30), 'yuyv', 3, 5, 10), 'size', '5x3'),
        ((bytes(30), 'bayer_rggb8', 2, 8, 8), 'size', '8x2 pixels is too small'),
        ((bytes(95), 'mono16', 6, 8, 16), 'truncated', 'needs 96'),
    ],
)
def test_what_cannot_be_read_is_named(arguments, kind, words):
    with pytest.raises(ImageError) as caught:
        decode_raw(*arguments, False)
    assert caught.value.kind == kind and words in str(caught.value)


@given(
    encoding=st.sampled_from([*ENCODINGS, *PLANAR, '', 'jpeg', 'RGB8']),
    height=st.one_of(st.integers(0, 12), st.integers(0, 2**32 - 1)),
    width=st.one_of(st.integers(0, 12), st.integers(0, 2**32 - 1)),
    step=st.one_of(st.integers(0, 60), st.integers(0, 2**32 - 1)),
    data=st.binary(max_size=700),
    bigendian=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_every_message_is_a_picture_or_an_image_error(
    encoding, height, width, step, data, bigendian
):
    try:
        found = decode_raw(data, encoding, height, width, step, bigendian)
    except ImageError as err:
        assert err.kind in ('encoding', 'size', 'step', 'truncated') and '\n' not in str(err)
    else:
        assert found.dtype == np.uint8 and found.shape[1:] == (width, 3)


def smooth():
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    return np.stack([np.tile(ramp, (32, 1)), np.full((32, 64), 128, np.uint8),
                     np.tile(ramp[::-1], (32, 1))], -1)  # fmt: skip


@pytest.mark.parametrize(('suffix', 'tolerance'), [('.png', 0), ('.jpg', 12)])
def test_the_first_bytes_decide_about_the_format(suffix, tolerance):
    picture = smooth()
    payload = cv2.imencode(suffix, picture[..., ::-1])[1].tobytes()
    found = decode_compressed(payload)
    assert np.abs(found.astype(int) - picture).max() <= tolerance


def test_a_jpeg_padded_by_its_driver_is_read():
    payload = cv2.imencode('.jpg', smooth())[1].tobytes()
    assert decode_compressed(payload + bytes(64)).shape == (32, 64, 3)


def test_grey_pictures_become_rgb():
    payload = cv2.imencode('.png', smooth()[..., 0])[1].tobytes()
    assert decode_compressed(payload).shape == (32, 64, 3)


def test_a_progressive_jpeg_is_read():
    flags = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_QUALITY, 95]
    payload = cv2.imencode('.jpg', smooth()[..., ::-1], flags)[1].tobytes()
    assert b'\xff\xc2' in payload
    assert np.abs(decode_compressed(payload).astype(int) - smooth()).max() <= 12


def test_a_grey_jpeg_becomes_rgb():
    grey = smooth()[..., 0]
    found = decode_compressed(cv2.imencode('.jpg', grey)[1].tobytes())
    assert np.abs(found.astype(int) - grey[..., None]).max() <= 4
    assert np.ptp(found.astype(int), axis=2).max() == 0


@pytest.mark.parametrize('channels', [1, 3])
def test_a_png_of_sixteen_bits_keeps_the_upper_eight(channels):
    wide = np.random.default_rng(1).integers(0, 65536, (6, 8, channels), np.uint16)
    found = decode_compressed(cv2.imencode('.png', wide)[1].tobytes())
    expected = np.repeat(wide, 3, 2) if channels == 1 else wide[..., ::-1]
    np.testing.assert_array_equal(found, expected >> 8)


def test_the_alpha_of_a_png_is_dropped():
    payload = cv2.imencode('.png', np.concatenate([RGB[..., ::-1], ALPHA], 2))[1].tobytes()
    np.testing.assert_array_equal(decode_compressed(payload), RGB)


FOUR_INKS = (
    b'\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x02'
    b'\xff\xc0\x00\x14\x08\x00\x10\x00\x10\x04' + bytes(12) + b'\xff\xd9'
)
JPEG = cv2.imencode('.jpg', RGB.repeat(20, 0).repeat(20, 1))[1].tobytes()
PNG = cv2.imencode('.png', RGB.repeat(20, 0).repeat(20, 1))[1].tobytes()


@pytest.mark.parametrize(
    ('payload', 'kind'),
    [
        (b'', 'format'),
        (b'GIF89a' + bytes(100), 'format'),
        (JPEG[: len(JPEG) // 2], 'truncated'),
        (JPEG[:4], 'truncated'),
        (JPEG[:20] + b'\xff\xd9', 'corrupt'),
        (JPEG[:4] + bytes(20) + b'\xff\xd9', 'corrupt'),
        (PNG[:40], 'truncated'),
        (PNG[:-12], 'truncated'),
        (PNG[:100] + PNG[-12:], 'corrupt'),
    ],
)
def test_a_broken_picture_is_named(payload, kind):
    with pytest.raises(ImageError) as caught:
        decode_compressed(payload)
    assert caught.value.kind == kind and '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('payload', 'words'),
    [
        (cv2.imencode('.webp', RGB)[1].tobytes(), 'is webp, allowed are jpeg and png'),
        (FOUR_INKS, 'four inks (CMYK), allowed are grey and colour'),
        (b'\0\0\0\1\x67' + bytes(50), 'input.transport: h264 takes H.264'),
        (b'BM' + bytes(50), "begins with b'BM\\x00\\x00\\x00\\x00\\x00\\x00', not as jpeg or png"),
    ],
)
def test_another_format_is_named_with_what_is_allowed(payload, words):
    with pytest.raises(ImageError) as caught:
        decode_compressed(payload)
    assert caught.value.kind == 'format' and words in str(caught.value)


@given(
    start=st.sampled_from([JPEG, PNG, JPEG[:3], PNG[:8], b'']),
    cuts=st.tuples(st.integers(0, 3000), st.integers(0, 3000)),
    middle=st.binary(max_size=40),
)
@settings(max_examples=150, deadline=None)
def test_a_damaged_picture_is_a_picture_or_an_image_error(start, cuts, middle):
    payload = start[: min(cuts)] + middle + start[max(cuts) :]
    try:
        assert decode_compressed(payload).shape[2] == 3
    except ImageError as err:
        assert err.kind in ('format', 'truncated', 'corrupt') and '\n' not in str(err)
