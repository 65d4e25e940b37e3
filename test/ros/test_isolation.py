import subprocess
import sys

import pytest
from builtin_interfaces.msg import Time
from std_msgs.msg import String

from panoseg_ros.errors import RosError
from panoseg_ros.ros import isolation
from panoseg_ros.ros.isolation import DOMAINS, LockedDomain, domains_in_use, isolated_environment

HANG_S = 100.0
TALKER = """
import sys, rclpy
rclpy.init()
node = rclpy.create_node('stranger', namespace='/elsewhere')
print('up', flush=True)
sys.stdin.read()
"""
CLAIMER = """
import sys
from panoseg_ros.ros.isolation import LockedDomain
domain = LockedDomain()
print(domain.domain_id, flush=True)
sys.stdin.read()
"""


def start(code, environment=None):
    child = subprocess.Popen(
        [sys.executable, '-c', code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    return child, child.stdout.readline().strip()


def stop(child):
    child.stdin.close()
    child.stdout.close()
    assert child.wait(HANG_S) == 0


def test_a_domain_is_held_until_released(tmp_path, monkeypatch):
    monkeypatch.setattr(isolation, 'domains_in_use', frozenset)  # others come and go
    first, second = LockedDomain(tmp_path), LockedDomain(tmp_path)
    assert first.domain_id != second.domain_id
    assert {first.domain_id, second.domain_id} <= set(DOMAINS)
    wanted = first.domain_id
    first.release()
    first.release()
    with LockedDomain(tmp_path) as again:
        assert again.domain_id == wanted
    second.release()


def test_no_domain_left_is_one_clear_line(tmp_path, monkeypatch):
    monkeypatch.setattr(isolation, 'DOMAINS', range(7, 9))
    monkeypatch.setattr(isolation, 'domains_in_use', frozenset)  # another test's node may run
    held = [LockedDomain(tmp_path), LockedDomain(tmp_path)]
    with pytest.raises(RosError, match=r'all ROS domains 7\.\.8'):
        LockedDomain(tmp_path)
    for domain in held:
        domain.release()


def test_a_foreign_domain_in_use_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(isolation, 'DOMAINS', range(7, 9))
    monkeypatch.setattr(isolation, 'domains_in_use', lambda: frozenset({7}))
    with LockedDomain(tmp_path) as domain:
        assert domain.domain_id == 8


def test_environment_stays_on_this_host():
    base = {
        'ROS_STATIC_PEERS': '10.0.0.7',
        'ROS_DOMAIN_ID': '0',
        'ROS_LOCALHOST_ONLY': '0',
        'A': 'b',
    }
    environment = isolated_environment(42, base)
    assert environment == {
        'ROS_DOMAIN_ID': '42',
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
        'A': 'b',
    }
    humble = isolated_environment(42, {'ROS_DISTRO': 'humble'})
    assert humble['ROS_LOCALHOST_ONLY'] == '1'


def test_two_processes_get_different_domains(ros_domain_id):
    (first, one), (second, two) = start(CLAIMER), start(CLAIMER)
    assert len({int(one), int(two), ros_domain_id}) == 3
    stop(first)
    stop(second)


def test_nothing_foreign_is_visible(make_node, spin_until, foreign_nodes, ros_domain_id):
    """A stranger in another locked domain stays unseen; one in our own is the control."""
    make_node('known')
    with LockedDomain() as other:
        outside, _ = start(TALKER, other.environment())
        assert other.domain_id in domains_in_use()
        inside, _ = start(TALKER, isolated_environment(ros_domain_id))
        spin_until(foreign_nodes)
        assert foreign_nodes() == ['/elsewhere/stranger']
        stop(inside)
        spin_until(lambda: not foreign_nodes())
        stop(outside)


def test_field_checks_are_on():
    """They would be off had anything imported rclpy before this folder's conftest."""
    with pytest.raises(AssertionError):
        String(data=3)
    with pytest.raises(AssertionError):
        Time(sec='3')
