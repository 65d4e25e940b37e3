import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path
from xml.etree import ElementTree

import pytest

from panoseg_ros.resources import share_dir
from panoseg_ros.ros.isolation import LockedDomain
from panoseg_ros.ros.transport import (
    MIB,
    PROFILE_VARIABLES,
    configure_transport,
    profile_text,
)

Usage = namedtuple('Usage', 'total used free')
SEGMENTS = """
import os, rclpy
from pathlib import Path
def segments():
    return {p.name: p.stat().st_size for p in Path('/dev/shm').glob('fast*')}
def groups():
    return Path('/proc/net/igmp').read_text().count('0100FFEF')
before, joined = segments(), groups()
rclpy.init()
node = rclpy.create_node('x')
print(max(size for name, size in segments().items() if name not in before))
print(groups() - joined)
node.destroy_node()
rclpy.shutdown()
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return tmp_path / 'cache'


def free_mib(monkeypatch, mib):
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: Usage(0, 0, mib * MIB))


def test_sets_a_profile_for_both_generations_of_fast_dds(monkeypatch, cache):
    free_mib(monkeypatch, 4096)
    environment = {}
    report = configure_transport(environment)
    assert report.segment_mib == 64
    assert environment == dict.fromkeys(PROFILE_VARIABLES, str(report.profile))
    assert report.profile.parent == cache / 'panoseg_ros'
    root = ElementTree.fromstring(report.profile.read_text())
    assert [e.text for e in root.iter() if e.tag.endswith('segment_size')] == [str(64 * MIB)]
    assert '64 MiB' in report.message and '\n' not in report.message


def test_the_shipped_file_is_the_full_size():
    assert profile_text(64) == (share_dir() / 'config' / 'fastdds.xml').read_text()


def test_a_small_shm_gets_a_smaller_segment(monkeypatch):
    free_mib(monkeypatch, 64)
    report = configure_transport({})
    assert report.segment_mib == 16
    assert str(16 * MIB) in report.profile.read_text()


def test_a_shm_too_small_is_said_and_nothing_set(monkeypatch):
    free_mib(monkeypatch, 31)
    environment = {}
    report = configure_transport(environment)
    assert environment == {}
    assert report.segment_mib == 0
    assert 'too small' in report.message and '\n' not in report.message


def test_no_shm_at_all_is_too_small(tmp_path):
    assert 'too small' in configure_transport({}, tmp_path / 'none').message


@pytest.mark.parametrize('name', PROFILE_VARIABLES)
def test_a_users_own_profile_is_never_overridden(name):
    environment = {name: '/home/me/own.xml'}
    report = configure_transport(environment)
    assert environment == {name: '/home/me/own.xml'}
    assert 'own.xml' in report.message


def test_another_rmw_is_left_alone():
    environment = {'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'}
    report = configure_transport(environment)
    assert list(environment) == ['RMW_IMPLEMENTATION']
    assert report.profile is None


def test_a_home_that_cannot_be_written_falls_back(monkeypatch, tmp_path):
    free_mib(monkeypatch, 4096)
    blocked = tmp_path / 'file'
    blocked.write_text('not a folder')
    monkeypatch.setenv('XDG_CACHE_HOME', str(blocked))
    monkeypatch.setattr('tempfile.gettempdir', lambda: str(tmp_path))
    report = configure_transport({})
    assert report.profile.parent.parent == tmp_path


def test_large_segment_and_local_discovery_hold_together():
    """A participant has the large segment and joins no discovery multicast group."""
    shm = Path('/dev/shm')
    if not shm.is_dir() or shutil.disk_usage(shm).free < 300 * MIB:
        pytest.skip('/dev/shm is too small for the full segment')
    if 'fastrtps' not in os.environ.get('RMW_IMPLEMENTATION', 'rmw_fastrtps_cpp'):
        pytest.skip('another RMW')
    with LockedDomain() as domain:
        environment = {k: v for k, v in os.environ.items() if k not in PROFILE_VARIABLES}
        environment = domain.environment(environment)
        report = configure_transport(environment)
        run = subprocess.run(
            [sys.executable, '-c', SEGMENTS],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=250,
        )
    size, groups = map(int, run.stdout.split())
    assert size >= report.segment_mib * MIB
    assert groups == 0
