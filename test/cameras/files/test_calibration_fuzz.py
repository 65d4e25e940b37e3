"""Damaged calibration files never raise anything but the room's own error."""

import copy
import json
import random

import numpy as np
import pytest
import yaml
from calibration_samples import SAMPLES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from panoseg_ros.cameras.files.calibration import read_calibration
from panoseg_ros.cameras.files.text import parse_mapping
from panoseg_ros.errors import CameraError

MUTATIONS = 12  # of each sample in bytes and in fields; seeded
ODD = [
    None, True, -1, 0, 1, 10**400, -1e308, 1e-300, float('inf'), float('nan'), '', 'nan', 'x' * 99,
    [], [[]], {}, {'data': []}, [None] * 9, [0.0] * 9, [1e308] * 4, [[1e200] * 4] * 4,
]  # fmt: skip
MAPPINGS = [name for name in SAMPLES if name.split('.')[-1] in ('yaml', 'yml', 'json')]
TEXTS = [name for name in SAMPLES if name not in MAPPINGS]
NUMBERS = [b'0', b'-1', b'1e999', b'nan', b'1e308', b'-0', b'1e-320', b'9' * 400, b'=0', b'']

MENTIONED = [f'*a{i}, ' * 10 for i in range(30)]  # each ten times the one before
BILLION_ALIASES = '\n'.join(
    ['a0: &a0 [1]', *(f'a{i + 1}: &a{i + 1} [{MENTIONED[i]}]' for i in range(29))]
).encode()
BILLION_MERGES = '\n'.join(
    ['a0: &a0 {x: 1}', *(f'a{i + 1}: &a{i + 1} {{<<: [{MENTIONED[i]}]}}' for i in range(9))]
).encode()


def survives(path, content):
    """Read a damaged file, and use the lenses of one that is still a calibration."""
    path.write_bytes(content)
    try:
        read = read_calibration(path).calibration
    except CameraError as err:
        assert str(path) in str(err)
        assert '\n' not in str(err)
        return
    for camera in read.cameras:
        width, height = camera.lens.size
        rays = camera.lens.unproject([[width / 2.0, height / 2.0], [0.0, 0.0]])
        assert camera.lens.project(rays).shape == (2, 2)
        if camera.pano_from_lens is not None:
            assert np.isfinite(camera.pano_from_lens).all()


@pytest.mark.parametrize('name', SAMPLES)
def test_damaged_bytes(tmp_path, name):
    chance = random.Random(name)
    whole = SAMPLES[name].encode()
    for _ in range(MUTATIONS):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 1, 2, 5])):
            at = chance.randrange(max(1, len(damaged)))
            kind = chance.randrange(4)
            if kind == 0:
                damaged[at : at + 1] = bytes([chance.randrange(256)])
            elif kind == 1:
                del damaged[at : at + chance.choice([1, 3, 40])]
            elif kind == 2:
                damaged[at:at] = chance.choice(
                    [b'\n', b' ', b'-', b'9', b'[', b'"', b'{', b'\x00']
                )
            else:
                end = chance.randrange(max(1, len(damaged)))
                damaged[at:at] = damaged[min(at, end) : max(at, end)][:60]
        survives(tmp_path / name, bytes(damaged))


@pytest.mark.parametrize('name', MAPPINGS)
def test_damaged_fields(tmp_path, name):
    chance = random.Random(name)
    whole = parse_mapping(SAMPLES[name], name)
    places = list(leaves(whole))
    for _ in range(MUTATIONS):
        damaged = copy.deepcopy(whole)
        *keys, last = chance.choice(places)
        place = damaged
        for key in keys:
            place = place[key]
        if chance.random() < 0.2 and isinstance(place, dict):
            del place[last]
        else:
            place[last] = chance.choice(ODD)
        try:
            text = json.dumps(damaged) if name.endswith('json') else yaml.safe_dump(damaged)
        except ValueError:  # Python refuses to print whole numbers of too many digits
            continue
        survives(tmp_path / name, text.encode())


def leaves(tree, keys=()):
    """Yield the path of every value of nested mappings and lists, inner ones too."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in pairs:
        yield (*keys, key)
        if isinstance(value, dict | list):
            yield from leaves(value, (*keys, key))


@pytest.mark.parametrize('name', TEXTS)
def test_damaged_numbers(tmp_path, name):
    chance = random.Random(name)
    words = SAMPLES[name].encode().split(b' ')
    for _ in range(2 * MUTATIONS):
        damaged = list(words)
        at = chance.randrange(len(damaged))
        letter = damaged[at][:1] if damaged[at][:1].isalpha() else b''
        damaged[at] = letter + chance.choice(NUMBERS)
        survives(tmp_path / name, b' '.join(damaged))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200))
@example(b'%YAML:1.0\n---\nK: !!opencv-matrix [1]\nD: {}\n')
@example(b'&a {camera_model: *a, intrinsics: *a}')
@example(b'[' * 5000)
@example(b'{"a":' * 5000)
@example(BILLION_ALIASES)
@example(BILLION_MERGES)
@example(b'i w1 h1\np v1\n')
@example(b'cam0: {camera_model: ds, intrinsics: [1, 2], resolution: [1.5e3, 2000-01-01]}')
def test_any_bytes(tmp_path, content):
    survives(tmp_path / 'any.yaml', content)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CameraError, match='cannot be read'):
        read_calibration(tmp_path)
    with pytest.raises(CameraError, match='cannot be read'):
        read_calibration('a\0b')
    large = tmp_path / 'large.yaml'
    large.write_bytes(b' ' * (5 << 20))
    with pytest.raises(CameraError, match='is larger than'):
        read_calibration(large)
