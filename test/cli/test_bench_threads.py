"""`panoseg bench threads` runs processes that begin together."""

import json

import pytest

pytest.importorskip('onnxruntime', reason='graphs need ONNX Runtime')

from panoseg_ros.cli import main as cli
from panoseg_ros.cli.bench import threads
from panoseg_ros.cli.bench.threads import Ran, Share, run_together
from panoseg_ros.errors import BackendError


def test_processes_begin_together_and_count_their_frames(make_bundle):
    found = run_together(str(make_bundle()), 'onnx', Share(2, 1), 0.05)
    assert len(found) == 2
    for ran in found:
        assert ran.frames > 0 and ran.wall_s >= 0.05 and ran.cpu_s > 0.0


def test_a_process_that_ends_without_an_answer_is_said(tmp_path):
    with pytest.raises(BackendError, match='a process that segments ended with code 1'):
        run_together(str(tmp_path / 'missing'), 'onnx', Share(2, 1), 0.05)


def test_ways_of_sharing_are_put_side_by_side(make_bundle, monkeypatch, tmp_path, capsys):
    asked = []

    def run(bundle, backend, share, seconds):
        asked.append(share)
        return [Ran(10 * share.threads, 2.0, 1.0)] * share.processes

    monkeypatch.setattr(threads, 'run_together', run)
    monkeypatch.setattr(threads.os, 'sched_getaffinity', lambda _: {0, 1})
    words = [str(make_bundle()), '--backend', 'onnx', '--rounds', '2']
    assert cli.main(['bench', 'threads', *words, '--out', str(tmp_path / 'threads')]) == 0
    assert asked == 2 * [Share(1, 2), Share(2, 2), Share(2, 1)]
    figures = json.loads((tmp_path / 'threads.json').read_text())['figures']
    assert [row['frames_per_s'] for row in figures] == [[10, 10], [20, 20], [10, 10]]
    assert [row['cpu_ms_per_frame'] for row in figures] == [50, 50, 100]
    assert 'shared: two processes' in capsys.readouterr().out


def test_a_runtime_that_cannot_run_the_bundle_is_named(make_bundle, capsys):
    assert cli.main(['bench', 'threads', str(make_bundle()), '--backend', 'torch']) == 2
    error = capsys.readouterr().err
    assert 'weights' in error and error.count('\n') == 1
