import os
import sys
from types import ModuleType

import pytest
import typer

from panoseg_ros.cli import main as cli
from panoseg_ros.errors import CameraError
from panoseg_ros.inference.cuda_guard import cuda


def fail(kind: str, code: int = 0) -> int:
    """Do what the test asks for."""
    if kind == 'user':
        raise CameraError('rig.yaml: size: [0, 0] is not allowed')
    if kind == 'bug':
        raise ZeroDivisionError('ours')
    if kind == 'stop':
        raise KeyboardInterrupt
    if kind == 'torch':
        raise ModuleNotFoundError('no torch', name='torch.nn')
    if kind == 'disk':
        raise OSError(28, 'No space left on device', 'out/scores.json')
    if kind == 'missing':
        raise ModuleNotFoundError('no panoseg_ros.x', name='panoseg_ros.x')
    return code


@pytest.fixture(autouse=True)
def commands(monkeypatch):
    """Replace the commands by `fail` and by `broken`, which cannot even be imported."""
    module = ModuleType('panoseg_ros.cli.fail')
    module.register = lambda app: app.command('fail')(fail)
    monkeypatch.setitem(sys.modules, 'panoseg_ros.cli.fail', module)
    monkeypatch.setattr(cli, 'COMMANDS', ('fail', 'broken'))


def test_the_exit_code_is_what_the_command_returns():
    assert cli.main(['fail', 'no']) == 0
    assert cli.main(['fail', 'no', '--code', '7']) == 7


def test_a_user_error_is_one_line(capsys):
    assert cli.main(['fail', 'user']) == 2
    assert capsys.readouterr().err == 'panoseg: rig.yaml: size: [0, 0] is not allowed\n'


@pytest.mark.parametrize('words', [['--debug', 'fail', 'user'], ['fail', 'user', '--debug']])
def test_debug_shows_where_it_happened(capsys, words):
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert 'Traceback' in error
    assert error.endswith('panoseg: rig.yaml: size: [0, 0] is not allowed\n')


def test_a_full_disk_is_one_line(capsys):
    assert cli.main(['fail', 'disk']) == 2
    error = capsys.readouterr().err
    assert error == 'panoseg: out/scores.json: No space left on device\n'


def test_after_a_lost_gpu_the_program_ends_without_what_libraries_do(monkeypatch):
    left = []
    monkeypatch.setattr(cuda, '_reason', '')
    monkeypatch.setattr(sys, 'argv', ['panoseg', 'fail', 'no'])
    monkeypatch.setattr(os, '_exit', left.append)
    assert cli.main() == 0 and not left
    cuda.close('the GPU does not answer')
    assert cli.main() == 0 and left == [0]


def test_a_missing_extra_is_named(capsys):
    assert cli.main(['fail', 'torch']) == 2
    assert capsys.readouterr().err == "panoseg: needs torch.nn: pip install 'panoseg_ros[train]'\n"


@pytest.mark.parametrize(('kind', 'error'), [('bug', ZeroDivisionError), ('missing', ImportError)])
def test_our_own_faults_are_not_hidden(kind, error):
    with pytest.raises(error):
        cli.main(['fail', kind])


def test_an_interrupt_ends_quietly(capsys):
    assert cli.main(['fail', 'stop']) == 130
    assert 'Traceback' not in capsys.readouterr().err


def test_a_wrong_word_is_refused(capsys, monkeypatch):
    assert cli.main(['fail', 'no', '--nonsense']) == 2
    monkeypatch.setattr(cli, 'COMMANDS', ('fail',))
    assert cli.main(['nonsense']) == 2
    assert 'nonsense' in capsys.readouterr().err


def test_help_is_the_docstring(capsys):
    assert cli.main(['fail', '--help']) == 0
    assert 'Do what the test asks for' in capsys.readouterr().out


def test_only_the_asked_command_is_imported():
    assert len(cli.build_app(['fail']).registered_commands) == 1
    with pytest.raises(ImportError):
        cli.build_app([])


def test_version(capsys, monkeypatch):
    monkeypatch.setattr(cli, 'COMMANDS', ('fail',))
    assert cli.main(['--version']) == 0
    assert capsys.readouterr().out == f'panoseg {cli.package_version()}\n'


def test_every_module_of_the_room_is_a_command(monkeypatch):
    monkeypatch.undo()
    folder = cli.share_dir() / 'panoseg_ros' / 'cli'
    modules = {path.stem for path in folder.glob('*.py')} - {'__init__', 'main', 'writable'}
    modules |= {path.parent.name for path in folder.glob('*/__init__.py')}
    assert modules == set(cli.COMMANDS)
    app = cli.build_app()
    assert isinstance(app, typer.Typer)
    assert len(app.registered_commands) + len(app.registered_groups) == len(modules)


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        (['fail', 'no', '--code', 'x'], "Invalid value for '--code'"),
        (['fail', 'no', '--cod', '1'], 'No such option'),
        (['fail'], 'Missing argument'),
    ],
)
def test_wrong_words_are_one_line_too(capsys, words, said):
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith('panoseg: ') and error.count('\n') == 1
    assert said in error and '--help)' in error


@pytest.mark.parametrize(
    ('words', 'command'),
    [
        (['view', '--rrd'], 'panoseg view'),
        (['bench', 'node', '--rate'], 'panoseg bench node'),
        (['run', 'word', '--params'], 'panoseg run'),
    ],
)
def test_an_option_without_its_value_points_to_the_help_of_its_command(
    capsys, monkeypatch, words, command
):
    monkeypatch.undo()
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert f'{words[-1]}' in error and f'(see {command} --help)' in error


def groups(monkeypatch):
    monkeypatch.undo()
    whole = typer.main.get_command(cli.build_app())
    return [[], *([n] for n, c in sorted(whole.commands.items()) if hasattr(c, 'commands'))]


def test_summaries_are_whole_on_80_columns(capsys, monkeypatch):
    found = groups(monkeypatch)
    monkeypatch.setenv('COLUMNS', '80')
    for group in found:
        assert cli.main([*group, '--help']) == 0
        commands = capsys.readouterr().out.partition('Commands:')[2].split('\n\n')[0]
        lines = commands.strip().splitlines()
        assert lines and all(line.endswith('.') for line in lines), group
        assert not [line for line in lines if line.endswith('...')], group


def test_every_group_of_commands_shows_its_help_when_it_is_named_alone(capsys, monkeypatch):
    for group in groups(monkeypatch):
        assert cli.main(group) == 2
        shown = ''.join(capsys.readouterr())
        assert f'Usage: {" ".join(["panoseg", *group])}' in shown and 'Commands:' in shown


def test_no_help_shows_what_is_for_programmers(monkeypatch):
    monkeypatch.undo()

    def check(command):
        assert not {'Raises:', 'Args:', 'Returns:'} & set((command.help or '').split())
        for inner in getattr(command, 'commands', {}).values():
            check(inner)

    check(typer.main.get_command(cli.build_app()))


def test_no_words_at_all_show_the_help(capsys, monkeypatch):
    monkeypatch.setattr(cli, 'COMMANDS', ('fail',))
    assert cli.main([]) == 2
    shown = ''.join(capsys.readouterr())
    assert 'Usage: panoseg' in shown and 'Commands:' in shown
