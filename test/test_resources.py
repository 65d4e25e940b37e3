"""Shipped files are found by name, a user's own by path."""

import pytest

from panoseg_ros.errors import SettingsError
from panoseg_ros.resources import find_resource, share_dir


def test_share_dir_holds_the_shipped_files():
    assert (share_dir() / 'config' / 'rigs' / 'equirect.yaml').is_file()
    assert (share_dir() / 'package.xml').is_file()


def test_bare_name_finds_the_shipped_file():
    path = find_resource('cityscapes19', 'config/labels', '.yaml')
    assert path == share_dir() / 'config' / 'labels' / 'cityscapes19.yaml'


def test_existing_path_wins_over_a_shipped_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'cityscapes19').write_text('mine')
    assert find_resource('cityscapes19', 'config/labels', '.yaml').read_text() == 'mine'


def test_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    (tmp_path / 'rig.yaml').write_text('x')
    assert find_resource('~/rig.yaml', 'config/rigs') == tmp_path / 'rig.yaml'


@pytest.mark.parametrize('name', ['~nobody-of-this-name/rig.yaml', 'a' * 5000, 'a\0b', '~\0/x'])
def test_name_that_no_file_can_have_is_refused(name):
    with pytest.raises(SettingsError, match='is neither a path nor one of'):
        find_resource(name, 'config/rigs', '.yaml')


def test_unknown_name_lists_what_is_shipped():
    with pytest.raises(SettingsError, match=r"'nothing' is neither a path nor one of .*equirect"):
        find_resource('nothing', 'config/rigs', '.yaml')
