"""Names of topics, and what is no remapping."""

import re

import pytest

from panoseg_ros.errors import SettingsError
from panoseg_ros.streams import StreamRules, parse_remaps


def test_remaps_are_absolute():
    assert parse_remaps(['image:=/camera/image', '/a:=b']) == {
        '/image': '/camera/image',
        '/a': '/b',
    }


def test_the_rules_follow_them_whichever_way_a_name_is_written():
    rules = StreamRules(remaps=parse_remaps(['image:=cam/raw']))
    assert [rules.topic(name) for name in ('image', '/image', 'odom')] == [
        '/cam/raw', '/cam/raw', '/odom'
    ]  # fmt: skip


@pytest.mark.parametrize('word', ['a', ':=b', 'a:=', 'a=b'])
def test_what_is_no_remap_is_named(word):
    with pytest.raises(SettingsError, match=re.escape(f'{word!r} is not OLD:=NEW')):
        parse_remaps([word])


def test_a_name_is_remapped_once():
    with pytest.raises(SettingsError, match='/a is given twice'):
        parse_remaps(['/a:=/b', 'a:=/c'])
