"""YAML documents: what is read, and what is refused in one line."""

from dataclasses import dataclass

import pytest

from panoseg_ros.documents import arguments, read_yaml
from panoseg_ros.errors import SettingsError


@dataclass
class Inner:
    word: str = ''


@dataclass
class Table:
    count: int
    share: float = 0.5
    open: bool = False
    pair: tuple[float, float] = (0.0, 1.0)
    inner: Inner | None = None


def test_values_are_taken_as_they_are_and_lists_of_numbers_as_tuples():
    found = arguments(Table, {'count': 3, 'share': 1, 'pair': [1, 2.5], 'inner': [7]})
    assert found == {'count': 3, 'share': 1, 'pair': (1, 2.5), 'inner': [7]}
    assert type(found['share']) is int and arguments(Inner, {}) == {}


@pytest.mark.parametrize(
    ('raw', 'line'),
    [
        (None, 'top must be a mapping of count, share, open, pair, inner'),
        ({}, 'top.count is missing'),
        ({'count': 1, 'cuont': 1}, "unknown key 'top.cuont', expected one of count, share, .*"),
        ({'count': 1, 5: 1}, "unknown key 'top.5', expected .*"),
        ({'count': True}, 'top.count must be a whole number, got True'),
        ({'count': 1.0}, r'top.count must be a whole number, got 1\.0'),
        ({'count': 1, 'share': '1e-3'}, "top.share must be a number, got '1e-3'"),
        ({'count': 1, 'open': 1}, 'top.open must be true or false, got 1'),
        ({'count': 1, 'pair': [1]}, r'top.pair must be two numbers, got \[1\]'),
        ({'count': 1, 'pair': 'ab'}, "top.pair must be two numbers, got 'ab'"),
    ],
)
def test_what_does_not_fit_is_named(raw, line):
    with pytest.raises(ValueError, match=f'^{line}$'):
        arguments(Table, raw, 'top.')
    if raw is None:
        with pytest.raises(ValueError, match=r'^the file must be a mapping'):
            arguments(Table, raw)


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('costs:\n  {road: 0, car: 9, road: 100}', "line 2: the key 'road' stands twice"),
        ('a: 1\nb: {}\n"a": 1\n', "line 3: the key 'a' stands twice"),
        ('- {1: a, 1: b}', "line 1: the key '1' stands twice"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_line(tmp_path, text, line):
    path = tmp_path / 'twice.yaml'
    path.write_text(text)
    with pytest.raises(SettingsError, match=f'^{path}: cannot be read: {line}$'):
        read_yaml(path)


@pytest.mark.parametrize('text', ['a: &a {b: *a}', '&a [*a]', 'a: &a {b: [1, {c: *a}]}'])
def test_what_holds_itself_is_refused(tmp_path, text):
    path = tmp_path / 'ring.yaml'
    path.write_text(text)
    with pytest.raises(SettingsError, match=r'cannot be read: .*recursive'):
        read_yaml(path)


def test_a_key_may_overrule_what_is_merged_and_stand_in_many_mappings(tmp_path):
    path = tmp_path / 'merged.yaml'
    path.write_text('x: &x {a: 1, b: 2}\ny: &y {<<: *x, a: 3}\nz: {<<: *y, a: 4, 1: 0, "1": 0}')
    found = read_yaml(path)
    assert found['y'] == {'a': 3, 'b': 2} and found['z'] == {'a': 4, 'b': 2, 1: 0, '1': 0}


@pytest.mark.parametrize(
    'text',
    [
        'a: [',
        '\x00',
        'day: 2026-13-45',
        '!!int ""',
        '!!timestamp noon',
        '!!bool perhaps',
        pytest.param('[' * 3000, id='nested'),
        '\tx: 1',
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path, text):
    path = tmp_path / 'table.yaml'
    path.write_text(text)
    with pytest.raises(SettingsError, match=r'table\.yaml: cannot be read: .') as caught:
        read_yaml(path)
    assert '\n' not in str(caught.value)


def test_other_bytes_and_missing_files_are_named(tmp_path):
    path = tmp_path / 'table.yaml'
    with pytest.raises(SettingsError, match=r'table\.yaml: cannot be read: No such file'):
        read_yaml(path)
    path.write_bytes(b'\xff\xfe\x00')
    with pytest.raises(SettingsError, match=r'table\.yaml: cannot be read: .*utf-8'):
        read_yaml(path)


def test_no_code_is_run(tmp_path):
    path = tmp_path / 'table.yaml'
    path.write_text('!!python/object/apply:os.getcwd []')
    with pytest.raises(SettingsError, match='cannot be read: could not determine a constructor'):
        read_yaml(path)
