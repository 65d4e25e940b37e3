import re
import sys
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from panoseg_ros.cli import run as command
from panoseg_ros.errors import RosError, SettingsError
from panoseg_ros.settings import load_settings


def test_a_missing_parameter_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=re.escape(f'{tmp_path / "none.yaml"} is not a file')):
        command.run(tmp_path / 'none.yaml')


@pytest.mark.parametrize('text', ['hi', '', '{}', '[ros__parameters]', 'rig: {file: equirect}'])
def test_a_file_without_parameters_is_refused_as_doctor_refuses_it(tmp_path, text):
    path = tmp_path / 'hi.yaml'
    path.write_text(text)
    for read in (command.run, load_settings):
        with pytest.raises(SettingsError, match='ros__parameters') as caught:
            read(path)
        assert str(caught.value).startswith(f'{path}: ') and '\n' not in str(caught.value)


def test_without_rclpy_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, 'panoseg_ros.ros.main', None)
    with pytest.raises(RosError, match='source a ROS 2 installation'):
        command.run()


def test_later_arguments_overrule_the_parameter_file(monkeypatch, tmp_path):
    given = []
    stand_in = SimpleNamespace(serve=lambda argv: given.append(argv) or 0)
    monkeypatch.setitem(sys.modules, 'panoseg_ros.ros.main', stand_in)
    path = tmp_path / 'p.yaml'
    path.write_text('/robot:\n  panoseg:\n    ros__parameters: {autostart: true}\n')
    app = typer.Typer()
    command.register(app)
    result = CliRunner().invoke(app, ['--params', str(path), '--', '-p', 'autostart:=false'])
    assert result.exit_code == 0, result.output
    expected = ['panoseg', '--ros-args', '--params-file', str(path), '-p', 'autostart:=false']
    assert given == [expected]
