import sys
from types import SimpleNamespace

import pytest

from panoseg_ros.cli import main
from panoseg_ros.cli import play as command
from panoseg_ros.errors import RosError


@pytest.fixture
def panoseg(monkeypatch):
    """Run `panoseg play …`; return its exit code and the plan that it made."""
    plans = []
    stand_in = SimpleNamespace(run_play=lambda plan: plans.append(plan) or 0)
    monkeypatch.setitem(sys.modules, 'panoseg_ros.ros.play.session', stand_in)
    monkeypatch.setattr(command, 'find_spec', lambda _: object())
    monkeypatch.setattr(main, 'COMMANDS', ('play',))

    def run(*words):
        return main.main(['play', *words]), plans[-1] if plans else None

    return run


def test_without_options_all_is_played_once_in_a_domain_of_its_own(panoseg):
    code, plan = panoseg('drive.mcap')
    assert code == 0
    assert (plan.topics, plan.rate, plan.loop, plan.clock_hz, plan.join) == (
        (),
        1.0,
        False,
        None,
        False,
    )
    assert (plan.start_s, plan.stop_s, plan.remaps, plan.wait_active) == (0.0, None, {}, None)


def test_options_become_the_plan(panoseg):
    words = ('--topic', '/a', '--topic', '/b', '--rate', '2', '--loop', '--start', '3',
             '--duration', '4', '--clock', '--clock-rate', '100', '--remap', '/a:=c', '--paused',
             '--wait-active', '/panoseg', '--join')  # fmt: skip
    _, plan = panoseg('drive.mcap', *words)
    assert (plan.topics, plan.rate, plan.loop, plan.clock_hz) == (('/a', '/b'), 2.0, True, 100.0)
    assert (plan.start_s, plan.stop_s, plan.remaps) == (3.0, 7.0, {'/a': '/c'})
    assert (plan.paused, plan.wait_active, plan.join) == (True, '/panoseg', True)


@pytest.mark.parametrize('words', [('--rate', '0'), ('--remap', 'a'), ('--duration', '-1')])
def test_impossible_options_end_with_one_line(panoseg, capsys, words):
    code, plan = panoseg('drive.mcap', *words)
    assert (code, plan) == (2, None)
    error = capsys.readouterr().err
    assert error.startswith(f'panoseg: {words[0]}')
    assert len(error.splitlines()) == 1


def test_without_rclpy_one_line_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(command, 'find_spec', lambda _: None)
    with pytest.raises(RosError, match='source a ROS 2 installation'):
        command.play(tmp_path)
