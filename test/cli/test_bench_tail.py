"""`panoseg bench tail` times both ways and says that they agree."""

import json

import numpy as np

from panoseg_ros.cli import main as cli
from panoseg_ros.cli.bench.tail import plain_tail
from panoseg_ros.inference.tail import upsample_argmax


def test_both_ways_are_timed_and_agree(make_bundle, capsys):
    assert cli.main(['bench', 'tail', str(make_bundle()), '--rounds', '2', '--json']) == 0
    figures = json.loads(capsys.readouterr().out)
    assert list(figures['roads']) == ['rendered', 'noise', 'plain']
    assert all(road['median_ms'] > 0 for road in figures['roads'].values())
    assert figures['same_labels'] > 0.999
    assert figures['largest_difference_of_confidence'] <= 1
    assert cli.main(['bench', 'tail', str(make_bundle()), '--rounds', '1']) == 0
    text = capsys.readouterr().out
    assert 'one thread' in text and 'labels equal to plain on' in text


def test_the_plain_way_is_right_where_it_can_be_seen():
    logits = np.zeros((2, 2, 2), np.float32)
    logits[0, :, 0], logits[1, :, 1] = 4.0, 4.0
    labels, confidence = plain_tail(logits, 4, 5, 0)
    assert labels.tolist() == [[0, 0, 0, 1, 1]] * 4
    wanted = 255 / (1 + np.exp(-np.abs(np.linspace(4, -4, 5))))
    assert np.abs(confidence - wanted).max() <= 0.5
    assert np.array_equal(labels, upsample_argmax(logits, 4, 5)[0])


def test_a_missing_bundle_is_one_line(capsys):
    assert cli.main(['bench', 'tail', 'nowhere']) == 2
    assert capsys.readouterr().err.count('\n') == 1
