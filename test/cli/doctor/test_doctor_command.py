import json
import sys
from types import SimpleNamespace

import pytest

from panoseg_ros.cli import main
from panoseg_ros.cli.doctor import command
from panoseg_ros.cli.doctor.finding import ok, problem, warning
from panoseg_ros.errors import RosError


@pytest.fixture
def invoke(monkeypatch, capsys):
    """Run the command with other findings than those of this machine."""

    def run(findings, *words):
        monkeypatch.setattr(command, 'examine', lambda *_: iter(findings))
        monkeypatch.setattr(main, 'COMMANDS', ('doctor',))
        return main.main(['doctor', *words]), capsys.readouterr().out

    return run


def test_lines_and_exit_code(invoke):
    code, output = invoke([ok('python', '3.11'), warning('segment', 'small', 'enlarge it')])
    assert code == 1
    assert output.splitlines() == [
        'OK       python: 3.11', 'WARNING  segment: small', '         -> enlarge it'
    ]  # fmt: skip


def test_json(invoke):
    code, output = invoke([problem('rig', 'missing', 'name another')], '--json')
    assert code == 2
    said = json.loads(output)
    assert said['exit_code'] == 2
    assert said['findings'][0]['subject'] == 'rig'


@pytest.fixture
def only_files(monkeypatch):
    for name in ('inspect_installed', 'inspect_runtimes'):
        monkeypatch.setattr(command, name, lambda: iter(()))
    for name in ('inspect_ros', 'inspect_transport'):
        monkeypatch.setattr(command, name, lambda _: iter(()))


def test_bundle_and_rig_of_the_parameters_are_examined(make_bundle, tmp_path, only_files):
    params = tmp_path / 'p.yaml'
    text = f'{{model: {{bundle: {make_bundle()}}}, rig: {{file: dual_fisheye}}}}'
    params.write_text(f"'/**': {{ros__parameters: {text}}}")
    found = list(command.examine(params, seconds=0))
    assert {finding.level for finding in found} == {'ok'}
    assert [f.subject.split()[0] for f in found] == ['bundle', 'bundle', 'rig', 'rig']
    assert 'dual_fisheye' in found[-1].subject


def test_options_win_over_the_parameters(make_bundle, only_files):
    found = list(command.examine(None, str(make_bundle()), 'theta_s_dual', seconds=0))
    assert found[-1].subject == 'rig theta_s_dual coverage'


def test_broken_parameters_are_a_problem_and_the_rest_goes_on(make_bundle, tmp_path, only_files):
    params = tmp_path / 'p.yaml'
    params.write_text("'/**': {ros__parameters: {rig: {file: 5}}}")
    found = list(command.examine(params, str(make_bundle()), seconds=0))
    assert found[0].level == 'problem'
    assert 'rig.file' in found[0].state
    assert len(found) == 5


def test_without_ros_nothing_is_listened_to(make_bundle, monkeypatch, only_files):
    monkeypatch.setattr(command, 'find_spec', lambda _: None)
    found = list(command.examine(None, str(make_bundle()), 'equirect', seconds=5.0))
    assert not [f for f in found if f.subject.startswith(('node', 'input'))]


@pytest.mark.parametrize('error', ['', 'exiting with 102'])
def test_a_ros_that_does_not_work_is_a_problem(make_bundle, monkeypatch, only_files, error):
    def look_around(*_):
        raise RosError('cannot be joined: no such domain')

    monkeypatch.setattr(command, 'find_spec', lambda _: object())
    monkeypatch.setattr(command, 'probe', lambda _: {'error': error} if error else {})
    stand_in = SimpleNamespace(look_around=look_around)
    monkeypatch.setitem(sys.modules, 'panoseg_ros.ros.doctor', stand_in)
    finding = list(command.examine(None, str(make_bundle()), 'equirect', seconds=1.0))[-1]
    assert finding.level == 'problem'
    assert finding.subject == ('rclpy' if error else 'ros graph')
    assert error in finding.state
