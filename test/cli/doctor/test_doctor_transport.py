import os
from types import SimpleNamespace

import pytest

from panoseg_ros.cli.doctor import transport
from panoseg_ros.errors import SettingsError
from panoseg_ros.resources import share_dir

MIB = 1 << 20
SHIPPED = 'config/fastdds.xml'


@pytest.fixture
def usage(monkeypatch):
    """Let every folder have so much room."""

    def set_(total_mib, free_mib):
        answer = SimpleNamespace(total=total_mib * MIB, free=free_mib * MIB)
        monkeypatch.setattr(transport.shutil, 'disk_usage', lambda _: answer)

    set_(4096, 4000)
    return set_


def by_subject(environment=None, shm='/dev/shm', **_):
    found = transport.inspect_transport(environment or {}, transport.Path(shm))
    return {finding.subject: finding for finding in found}


def test_room_is_reported_and_the_camera_is_told_what_to_set(usage):
    found = by_subject()
    assert found['shared memory'].level == found['segment'].level == 'ok'
    assert '4000 MiB of 4096 MiB are free' in found['shared memory'].state
    assert '64 MiB' in found['segment'].state
    assert "camera's process: FASTRTPS_DEFAULT_PROFILES_FILE=" in found['segment'].state
    assert SHIPPED in found['segment'].state


def test_the_default_room_of_a_container_is_too_small(usage):
    usage(64, 20)
    found = by_subject()
    assert found['segment'].level == 'warning'
    assert '--shm-size' in found['segment'].advice


def test_a_full_shared_memory_is_a_warning(usage):
    usage(4096, 100)
    finding = by_subject()['shared memory']
    assert finding.level == 'warning'
    assert 'fastdds shm clean' in finding.advice


def test_segments_that_exist_are_counted(usage, tmp_path):
    for number, size in enumerate((transport.DEFAULT_SEGMENT_BYTES, 64 * MIB)):
        with (tmp_path / f'fastrtps_{number:016x}').open('wb') as file:
            os.truncate(file.fileno(), size)
        (tmp_path / f'fastrtps_{number:016x}_el').touch()
    state = by_subject(shm=tmp_path)['shared memory'].state
    assert '2 Fast DDS segments' in state
    assert '1 of them have the default size' in state


def test_an_own_profile_is_read(usage, tmp_path):
    small = tmp_path / 'small.xml'
    small.write_text('<segment_size> 549408 </segment_size>')
    none = tmp_path / 'none.xml'
    none.write_text('<profiles/>')
    name = 'FASTRTPS_DEFAULT_PROFILES_FILE'
    finding = by_subject({name: str(small)})['segment']
    assert (finding.level, 'asks for 536 KiB' in finding.state) == ('warning', True)
    assert by_subject({name: str(none)})['segment'].level == 'warning'
    assert by_subject({name: str(tmp_path / 'absent')})['segment'].level == 'warning'
    assert by_subject({name: str(share_dir() / SHIPPED)})['segment'].level == 'ok'


def test_other_middleware_needs_no_segment(usage):
    finding = by_subject({'RMW_IMPLEMENTATION': 'rmw_cyclonedds_cpp'})['segment']
    assert finding == (
        'segment',
        'ok',
        'rmw_cyclonedds_cpp has no Fast DDS profile, nothing set',
        '',
    )


def test_without_ros_it_says_so_in_one_finding(monkeypatch):
    monkeypatch.setattr(transport, 'find_spec', lambda name: None)
    (finding,) = transport.inspect_ros({})
    assert finding.level == 'warning'
    assert 'no topic is looked at' in finding.state
    assert 'source a ROS 2 installation' in finding.advice


def test_the_distribution_and_its_middleware_are_named(monkeypatch):
    monkeypatch.setattr(transport, 'find_spec', lambda name: name == 'rclpy')
    given = {'ROS_DISTRO': 'jazzy', 'RMW_IMPLEMENTATION': 'rmw_x', 'ROS_DOMAIN_ID': '7'}
    found = {finding.subject: finding.state for finding in transport.inspect_ros(given)}
    assert (found['ros'], found['rmw']) == ('jazzy', 'rmw_x')
    assert found['domain'].startswith('7, ')
    assert found['tf2_ros'] == 'not installed; without it TF is not used'


def test_a_package_without_its_data_files_is_a_problem(monkeypatch):
    def share_dir_():
        raise SettingsError('no share/panoseg_ros')

    monkeypatch.setattr('panoseg_ros.resources.share_dir', share_dir_)
    (finding,) = transport.inspect_transport({})
    assert (finding.subject, finding.level) == ('data files', 'problem')
