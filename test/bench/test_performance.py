"""The page of all benches, made of what their commands write."""

import subprocess

import pytest

from bench import performance
from panoseg_ros.cli import main as cli
from panoseg_ros.cli.bench.timing import Others


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(performance, 'watch_others', lambda: Others(0.0, 0.0))


def fake(words, **_):
    """Write a bench's page, or fail as one does."""
    if words[0] == 'git':
        raise OSError
    stem = words[words.index('--out') + 1]
    if 'node' in words:
        return subprocess.CompletedProcess(words, 2, '', 'busy\npanoseg: no rclpy\n')
    with open(f'{stem}.md', 'w') as page:
        page.write(f'| {" ".join(words[3:5])} |\n')
    return subprocess.CompletedProcess(words, 0, '', '')


def test_page_holds_every_table_below_its_command(quiet, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(performance.subprocess, 'run', fake)
    monkeypatch.setattr(performance, 'find_spec', lambda name: name)
    assert performance.main(['--out', str(tmp_path)]) == 1
    assert 'did not run: node' in capsys.readouterr().out
    page = (tmp_path / 'performance.md').read_text()
    for section in performance.SECTIONS:
        for bench in section.benches.values():
            assert f'```\npanoseg bench {bench}\n```\n' in page
    assert page.count('| bench ') == 8 and 'Did not run: panoseg: no rclpy' in page
    assert 'busy' not in page


def test_some_are_chosen(quiet, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(performance.subprocess, 'run', fake)
    assert performance.main(['--out', str(tmp_path), '--only', 'training']) == 0
    page = (tmp_path / 'performance.md').read_text()
    assert page.count('## ') == 1 and '| bench training |' in page
    with pytest.raises(SystemExit):
        performance.main(['--only', 'all'])
    assert 'expected one of pipeline' in capsys.readouterr().err


def test_a_busy_machine_is_refused_or_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(performance, 'watch_others', lambda: Others(99.0, 99.0))
    monkeypatch.setattr(performance.subprocess, 'run', fake)
    with pytest.raises(SystemExit):
        performance.main(['--out', str(tmp_path / 'none')])
    assert 'others take 99.00 cores' in capsys.readouterr().err
    words = ['--out', str(tmp_path), '--anyway', '--only', 'threads']
    assert performance.main(words) == 0
    assert 'The machine was busy' in (tmp_path / 'performance.md').read_text()


def test_benches_are_words_that_the_command_knows(capsys):
    for section in performance.SECTIONS:
        for bench in section.benches.values():
            words = bench.split()
            assert cli.main(['bench', words[0], '--help']) == 0
            known = capsys.readouterr().out
            assert all(word in known for word in words[1:] if word.startswith('--'))
