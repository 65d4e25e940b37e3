import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from panoseg_ros.errors import ImageError
from panoseg_ros.pictures.complaints import listen
from panoseg_ros.pictures.encodings import decode_compressed

NOISE = np.random.default_rng(0).integers(0, 256, (64, 128, 3), np.uint8)
JPEG = cv2.imencode('.jpg', NOISE)[1].tobytes()
PNG = cv2.imencode('.png', NOISE)[1].tobytes()


def says(*lines):
    return lambda: [os.write(2, f'{line}\n'.encode()) for line in lines] and 'value'


@pytest.mark.parametrize(
    ('line', 'heard'),
    [
        ('Corrupt JPEG data: bad Huffman code', True),
        ('Corrupt JPEG data: premature end of data segment', True),
        ('Corrupt JPEG data: 7 extraneous bytes before marker 0xd4', True),
        ('Premature end of JPEG file', True),
        ('libpng error: IDAT: CRC error', True),
        ('Corrupt JPEG data: 1 extraneous bytes before marker 0xd9', False),
        ('Corrupt JPEG data: 301 extraneous bytes before marker 0xd9', True),
        ('libpng warning: iCCP: known incorrect sRGB profile', False),
    ],
)
def test_decoders_are_heard_and_kept_from_the_log(capfd, line, heard):
    assert listen(says(line)) == ('value', line if heard else '')
    assert capfd.readouterr().err == ''


def test_everything_else_is_passed_on_in_order(capfd):
    value = listen(says('[WARN] node: a', 'Corrupt JPEG data: bad Huffman code', 'b'))
    assert value == ('value', 'Corrupt JPEG data: bad Huffman code')
    assert capfd.readouterr().err == '[WARN] node: a\nb\n'


def test_stderr_is_back_after_an_exception(capfd):
    def fail():
        os.write(2, b'before\n')
        raise KeyError('x')

    with pytest.raises(KeyError):
        listen(fail)
    os.write(2, b'after')
    assert capfd.readouterr().err == 'before\nafter'


def test_no_descriptor_is_left_open():
    before = len(os.listdir('/proc/self/fd'))
    for _ in range(20):
        listen(says('Corrupt JPEG data: bad Huffman code'))
    assert len(os.listdir('/proc/self/fd')) == before


def test_a_process_without_stderr_decodes_all_the_same():
    code = 'import os; from panoseg_ros.pictures.complaints import listen; os.close(2); ' \
           'print(listen(lambda: 7))'  # fmt: skip
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(7, '')"


@pytest.mark.parametrize('picture', [JPEG, PNG])
def test_damage_inside_a_picture_is_found_without_a_word_in_the_log(capfd, picture):
    third = len(picture) // 3
    with pytest.raises(ImageError) as caught:
        decode_compressed(picture[:third] + bytes(300) + picture[third + 300 :])
    assert caught.value.kind == 'corrupt' and 'is damaged: ' in str(caught.value)
    assert capfd.readouterr().err == ''


def test_a_jpeg_padded_before_its_end_marker_is_read(capfd):
    assert decode_compressed(JPEG[:-2] + bytes(9) + JPEG[-2:]).shape == NOISE.shape
    assert capfd.readouterr().err == ''


def test_random_damage_is_an_error_or_a_picture_and_nothing_else():
    rng = np.random.default_rng(1)
    for picture in (JPEG, PNG):
        for _ in range(60):
            broken = np.frombuffer(picture, np.uint8).copy()
            places = rng.integers(64, broken.size, rng.integers(1, 40))
            broken[places] = rng.integers(0, 256, places.size)
            try:
                assert decode_compressed(broken.tobytes()).ndim == 3
            except ImageError as err:
                assert '\n' not in str(err)
