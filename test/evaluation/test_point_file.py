import json

import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.point_file import read_points

POINT = {'x': 3, 'y': 4, 'label': 'road', 'accept': ['road'], 'group': 'flat', 'placed': False}
VOID = {**POINT, 'label': 'unsure', 'accept': [], 'group': 'void'}
DEV, TEST = 'equirect/bma_0.jpg', 'equirect/bloomberg.jpg'


@pytest.fixture
def write(tmp_path):
    def build(content):
        path = tmp_path / 'points.json'
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return build


def test_only_the_asked_half_is_kept_and_only_what_counts(write):
    path = write({'convention': '', 'labels': {DEV: [POINT, VOID], TEST: [POINT] * 3}})
    dev = read_points(path, 'dev')
    assert list(dev) == [DEV]
    (point,) = dev[DEV]
    assert (point.x, point.y, point.accept, point.placed) == (3, 4, ('road',), False)
    assert list(read_points(path, 'test')) == [TEST]


@pytest.mark.parametrize('half', ['', 'all', 'Dev', 'train'])
def test_there_are_two_halves_only(write, half):
    with pytest.raises(DatasetError, match='half must be one of dev, test'):
        read_points(write({'labels': {}}), half)


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('nonsense', r'points\.json: cannot be read'),
        ([], 'expected an object with `labels`'),
        ({'labels': []}, 'expected an object with `labels`'),
        ({'labels': {DEV: 5}}, r'bma_0\.jpg: expected a list'),
        ({'labels': {'unknown.jpg': []}}, r'unknown\.jpg: no place is known'),
        ({'labels': {f'../{DEV}': []}}, 'is not a path below the images'),
        ({'labels': {DEV: [{**POINT, 'x': 1.5}]}}, 'point 0: x must be int, got 1.5'),
        ({'labels': {DEV: [{**POINT, 'x': -1}]}}, 'point 0: x must be 0 to 99999, got -1'),
        ({'labels': {DEV: [{**POINT, 'y': 10**400}]}}, 'y must be 0 to 99999, got 1000'),
        ({'labels': {DEV: [{**POINT, 'placed': 1}]}}, 'placed must be bool, got 1'),
        ({'labels': {DEV: [POINT, 'road']}}, 'point 1: x must be int, got None'),
        ({'labels': {DEV: [{**POINT, 'accept': ['street']}]}}, "accept holds 'street'"),
        ({'labels': {DEV: [{**POINT, 'accept': [[]]}]}}, r'accept holds \[\]'),
        ({'labels': {DEV: [{**POINT, 'group': 'void'}]}}, "group must be one of .* got 'void'"),
    ],
)
def test_malformed_files_are_refused_by_name(write, content, words):
    with pytest.raises(DatasetError, match=words):
        read_points(write(content), 'dev')


def test_missing_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r'none\.json: cannot be read'):
        read_points(tmp_path / 'none.json', 'dev')
