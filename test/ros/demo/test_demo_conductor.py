import os
import signal
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml

from panoseg_ros.errors import RosError
from panoseg_ros.ros.demo import conductor
from panoseg_ros.ros.demo.conductor import NAMESPACE, Plan, StopRequest, run_demo
from panoseg_ros.settings import load_settings


class FakeChildren:
    """Records what would be started; `codes` are the exit codes of what ended."""

    made = ()
    codes = MappingProxyType({'viewer': 0})

    def __init__(self):
        self.started, self.stopped = {}, False
        FakeChildren.made.append(self)

    def start(self, name, command, environment, log, speaks=False):
        parameters = [word for word in command if word.endswith('node.yaml')]
        text = Path(parameters[0]).read_text() if parameters else ''
        self.started[name] = (command[2:], dict(environment), text)
        return 100 + len(self.started)

    def ended(self, name):
        return self.codes.get(name)

    def obituary(self, name):
        return f'the {name} ended'

    def stop(self, impatient, first):
        assert first == ['viewer']  # it measures the others
        self.stopped = True
        return ['the robot would not stop']


@pytest.fixture
def children(monkeypatch):
    monkeypatch.setattr(conductor, 'Children', FakeChildren)
    monkeypatch.setattr(FakeChildren, 'made', [])
    return FakeChildren


def run(chosen):
    with StopRequest() as stop:
        return run_demo(chosen, stop)


def plan(tmp_path, **changes):
    fixed = {'rig': 'dual_fisheye', 'topic': 'image', 'model': '/m', 'label_set': 'cityscapes19'}
    return Plan(pictures=tmp_path, out=tmp_path / 'out', **fixed | changes)


def test_all_processes_share_one_isolated_domain(children, tmp_path, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', '0')
    assert run(plan(tmp_path, seconds=3.0, rate_hz=12.0, live=False)) == 0
    (made,) = children.made
    assert list(made.started) == ['node', 'robot', 'viewer'] and made.stopped
    domains = {environment['ROS_DOMAIN_ID'] for _, environment, _ in made.started.values()}
    assert len(domains) == 1 and domains != {'0'}
    for command, environment, _ in made.started.values():
        assert environment['ROS_AUTOMATIC_DISCOVERY_RANGE'] == 'LOCALHOST'
        assert any(NAMESPACE in word for word in command)
    viewer = made.started['viewer'][0]
    assert viewer[viewer.index('--seconds') + 1] == '3.0'
    assert '--live' not in viewer and 'node=101' in viewer
    assert made.started['robot'][0][-4:] == ['--rate', '12.0', '--topic', 'image']


def test_the_nodes_parameter_file_is_one_that_the_node_takes(children, tmp_path):
    run(plan(tmp_path))
    path = tmp_path / 'node.yaml'
    path.write_text(children.made[0].started['node'][2])
    settings = load_settings(path)
    assert settings.autostart and settings.pose_source == 'odom'
    assert settings.model.bundle == '/m' and settings.rig.file == 'dual_fisheye'
    assert yaml.safe_load(path.read_text())['/**']['ros__parameters']['input']['rate_hz'] == 15.0


def test_a_process_that_crashes_at_the_end_is_named(children, tmp_path, capsys):
    assert run(plan(tmp_path)) == 0
    assert 'not a clean end: the robot would not stop' in capsys.readouterr().err


def test_join_keeps_the_callers_graph(children, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv('ROS_DOMAIN_ID', '77')
    monkeypatch.delenv('ROS_AUTOMATIC_DISCOVERY_RANGE')
    run(plan(tmp_path, join=True))
    for _, environment, _ in children.made[0].started.values():
        assert environment['ROS_DOMAIN_ID'] == '77'
        assert 'ROS_AUTOMATIC_DISCOVERY_RANGE' not in environment
    assert 'the ROS graph of this shell' in capsys.readouterr().out


@pytest.mark.parametrize('codes', [{'node': 1}, {'robot': 0}, {'viewer': 1}])
def test_a_process_that_ends_by_itself_ends_the_demo(children, tmp_path, monkeypatch, codes):
    monkeypatch.setattr(children, 'codes', codes)
    with pytest.raises(RosError, match=f'the {next(iter(codes))} ended'):
        run(plan(tmp_path))
    assert children.made[0].stopped


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_a_clean_end(children, tmp_path, monkeypatch, number):
    def ask(self, name):
        os.kill(os.getpid(), number)

    monkeypatch.setattr(children, 'ended', ask)
    assert run(plan(tmp_path)) == 0
    assert children.made[0].stopped


def test_a_signal_before_the_start_starts_nothing(children, tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with StopRequest() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert run_demo(plan(tmp_path), stop) == 0
    assert not children.made[0].started
    assert signal.getsignal(signal.SIGINT) is before


def test_a_folder_that_cannot_be_made_is_named(children, tmp_path):
    (tmp_path / 'out').write_text('a file')
    with pytest.raises(RosError, match=r'--out: .*out cannot be used'):
        run(plan(tmp_path))
