"""`panoseg bench stages` says how long every stage takes, where, and against what."""

import json

import cv2
import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cli import main as cli
from panoseg_ros.cli.bench.stages.ground import Told, plain_ground
from panoseg_ros.cli.bench.stages.stopwatch import Stopwatch
from panoseg_ros.cli.bench.stages.subject import Subject
from panoseg_ros.cli.bench.stages.tail import plain_tail
from panoseg_ros.errors import BackendError
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.inference.tail import upsample_argmax
from panoseg_ros.resources import DEFAULT_BUNDLE

WAYS = {
    'lens': ['panoseg', 'levelled', 'float_remap', 'per_call'],
    'network': ['panoseg'],
    'tail': ['panoseg', 'noise', 'plain'],
    'ground': ['all', 'labels', 'look up', 'trace', 'contact', 'feet', 'cells', 'merge', 'scan',
               'labels, plain'],
    'overlay': ['panoseg', 'plain'],
}  # fmt: skip


def test_every_way_through_every_stage_is_timed(make_bundle, tmp_path, capsys):
    threads, out = cv2.getNumThreads(), tmp_path / 'made' / 'stages'
    bundle = str(make_bundle(64, 128))
    words = ['bench', 'stages', bundle, '--rounds', '2', '--out', str(out)]
    assert cli.main([*words, '--json']) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures == json.loads((tmp_path / 'made' / 'stages.json').read_text())
    found = {}
    for row in figures['stages']:
        found.setdefault(row['stage'], []).append(row['way'])
        assert row['rounds'] in (2, 5) and row['bar_ms'] is None  # bars are of 512 x 256
        assert 0.0 <= row['min_ms'] <= row['p25_ms'] <= row['median_ms'] <= row['p75_ms']
    assert found == WAYS
    assert figures['machine']['commit'] and figures['machine']['cores'] > 0
    notes = ' '.join(figures['notes'])
    assert 'labels as plain on 100' in notes and 'needs torch and a bundle with weights' in notes
    page = (tmp_path / 'made' / 'stages.md').read_text()
    assert page.count('\n| ') == 2 + sum(map(len, WAYS.values()))
    assert cv2.getNumThreads() == threads


def test_stages_are_chosen_and_unknown_ones_refused(make_bundle, capsys):
    bundle = str(make_bundle())
    words = ['bench', 'stages', bundle, '--rounds', '1']
    assert cli.main([*words, '--stage', 'lens', '--width', '64']) == 0
    text = capsys.readouterr().out
    assert '960 to 64 x 32 are built' in text and '\noverlay ' not in text
    for more, reason in ((['--stage', 'wheel'], 'expected one of lens'), (['--rounds', '0'], '')):
        assert cli.main([*words, *more]) == 2
        error = capsys.readouterr().err
        assert reason in error and error.count('\n') == 1
    assert cli.main(['bench', 'stages', 'nowhere']) == 2
    assert capsys.readouterr().err.count('\n') == 1


def test_the_plain_network_gives_logits_where_the_runtime_has_none(make_bundle):
    pytest.importorskip('torch', reason='the plain network needs torch')
    subject = Subject(load_bundle(DEFAULT_BUNDLE), 1)
    vars(subject).update(backend=Told([], 19), images=subject.images[:1])
    ((labels, confidence),) = subject.masks
    assert labels.shape == confidence.shape == (256, 512)
    without = Subject(load_bundle(make_bundle()), 1)
    vars(without).update(backend=Told([], 19))
    with pytest.raises(BackendError, match='none gives no logits'):
        _ = without.logits


def test_the_plain_tail_is_right_where_it_can_be_seen():
    logits = np.zeros((2, 2, 2), np.float32)
    logits[0, :, 0], logits[1, :, 1] = 4.0, 4.0
    labels, confidence = plain_tail(logits, 4, 5, 0)
    assert labels.tolist() == [[0, 0, 0, 1, 1]] * 4
    wanted = 255 / (1 + np.exp(-np.abs(np.linspace(4, -4, 5))))
    assert np.abs(confidence - wanted).max() <= 0.5
    assert np.array_equal(labels, upsample_argmax(logits, 4, 5)[0])


def test_the_plain_ground_shows_each_side_of_the_camera():
    geometry = PanoramaGeometry(64, 128)
    labels = np.zeros((64, 128), np.uint8)
    labels[:, :64] = 1  # the left half of a panorama is the left of the robot, +y
    cells = plain_ground(geometry, 1.0, 2)(labels)
    assert cells[300, 200] == 1 and cells[100, 200] == 0
    assert (cells[210:] == 1).mean() > 0.95 and (cells[:190] == 0).mean() > 0.95


class Work:
    """Something with parts."""

    def one(self):
        """Return a number."""
        return 1

    def both(self):
        """Return twice that."""
        return self.one() + self.one()


def test_stopwatch_sums_calls_per_lap_and_leaves_no_trace():
    one, both = Work.one, Work.both
    with Stopwatch({'one': [(Work, 'one')], 'both': [(Work, 'both')]}) as watch:
        for _ in range(3):
            assert Work().both() == 2
            watch.lap()
    assert (Work.one, Work.both) == (one, both)
    spreads = watch.spreads()
    assert spreads['one'].rounds == 2  # the first lap does not count
    for part, whole in zip(watch.laps['one'], watch.laps['both'], strict=True):
        assert 0.0 < part[0] < whole[0]
    with pytest.raises(ZeroDivisionError), Stopwatch({'one': [(Work, 'one')]}):
        _ = 1 / 0
    assert Work.one is one
