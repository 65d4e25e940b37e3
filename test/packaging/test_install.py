"""What lies where after a plain pip install."""

import os
import stat
import zipfile
from importlib.metadata import PathDistribution
from xml.etree import ElementTree

import pytest

SHARE = 'share/panoseg_ros'


def test_ament_finds_the_package(installed):
    marker = installed.prefix / 'share/ament_index/resource_index/packages/panoseg_ros'
    assert marker.is_file()
    assert (installed.prefix / SHARE / 'package.xml').is_file()
    assert (installed.prefix / SHARE / 'launch/panoseg.launch.py').is_file()


@pytest.mark.parametrize('folder', ['config', 'launch', 'models'])
def test_shared_files_are_those_of_the_checkout(installed, root, folder):
    def tree(top):
        files = [p for p in (top / folder).rglob('*') if p.is_file() and p.suffix != '.pyc']
        return {str(path.relative_to(top)): path.read_bytes() for path in files}

    assert tree(installed.prefix / SHARE) == tree(root)


@pytest.mark.parametrize('name', ['panoseg', 'panoseg_node'])
def test_ros2_run_finds_executables(installed, name):
    script = installed.prefix / 'lib/panoseg_ros' / name
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().splitlines()[0] == '#!/usr/bin/env python3'
    assert os.access(installed.prefix / 'bin' / name, os.X_OK)


@pytest.mark.parametrize('folder', ['lib/panoseg_ros', 'bin'])
def test_the_command_runs_and_knows_its_version(installed, root, folder):
    version = ElementTree.parse(root / 'package.xml').findtext('version')
    done = installed.run('python', installed.prefix / folder / 'panoseg', '--version')
    assert (done.returncode, done.stdout) == (0, f'panoseg {version}\n'), done.stderr


def test_share_dir_is_the_installed_one(installed):
    program = 'from panoseg_ros.resources import share_dir; print(share_dir())'
    done = installed.run('python', '-c', program)
    assert done.stdout.strip() == str(installed.prefix / SHARE), done.stderr


def test_metadata_comes_from_the_manifest(installed, root):
    manifest = ElementTree.parse(root / 'package.xml')
    (info,) = installed.site.glob('panoseg_ros-*.dist-info')
    metadata = PathDistribution(info).metadata
    assert metadata['Version'] == manifest.findtext('version')
    assert metadata['Summary'] == manifest.findtext('description')
    assert metadata['Maintainer-email'].endswith(manifest.find('maintainer').get('email'))
    assert {'ros', 'video', 'train', 'render', 'test'} <= set(metadata.get_all('Provides-Extra'))


def test_the_wheel_holds_every_module_and_no_test(installed, root):
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
    code = {name for name in names if name.endswith('.py') and '.data/' not in name}
    assert code == {str(p.relative_to(root)) for p in (root / 'panoseg_ros').rglob('*.py')}
    assert any(name.endswith('LICENSE') for name in names)
