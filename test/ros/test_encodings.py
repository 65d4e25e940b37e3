import cv2
import numpy as np
import pytest

from panoseg_ros.ros.encodings import ENCODINGS, ImageError, decode_compressed, decode_raw

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
    [('mono16', RGB[..., :1], GREY), ('rgb16', RGB, RGB), ('bgr16', RGB[..., ::-1], RGB)],
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


@pytest.mark.parametrize(
    ('encoding', 'order'), [('uyvy', 'uyvy'), ('yuv422', 'uyvy'), ('yuyv', 'yuyv'),
                            ('yuv422_yuy2', 'yuyv')],
)  # fmt: skip
def test_yuv_with_shared_chroma(encoding, order):
    """A saturated red of BT.601 video range: Y 81, U 90, V 240."""
    value = {'y': 81, 'u': 90, 'v': 240}
    pair = np.array([value[letter] for letter in order], np.uint8).reshape(1, 2, 2)
    found = raw(np.tile(pair, (4, 3, 1)), encoding)
    assert found.shape == (4, 6, 3)
    np.testing.assert_allclose(found, np.broadcast_to((255, 0, 0), found.shape), atol=3)


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
    ],
)
def test_what_cannot_be_read_is_named(arguments, kind, words):
    with pytest.raises(ImageError) as caught:
        decode_raw(*arguments, False)
    assert caught.value.kind == kind and words in str(caught.value)


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
        (PNG[:40], 'corrupt'),
    ],
)
def test_a_broken_picture_is_named(payload, kind):
    with pytest.raises(ImageError) as caught:
        decode_compressed(payload)
    assert caught.value.kind == kind and '\n' not in str(caught.value)
