"""`panoseg bench training` makes the same step in both forms."""

import json

import pytest

pytest.importorskip('lightning', reason='training needs its packages')

from panoseg_ros.cli import main as cli


def test_both_forms_make_the_same_step(tmp_path, capsys):
    out = tmp_path / 'training'
    words = ['--size', '64x32', '--batch', '2', '--rounds', '1', '--threads', '1']
    assert cli.main(['bench', 'training', *words, '--out', str(out)]) == 0
    text = capsys.readouterr().out
    assert 'A step of trans4pass_nano on 2 pictures of 64x32' in text and 'gradient within' in text
    figures = json.loads((tmp_path / 'training.json').read_text())
    plain, ours = figures['figures']
    assert plain['times_as_fast'] == 1.0 and ours['bar_times_as_fast'] is None  # other sizes
    assert ours['images_per_h'] == pytest.approx(3.6e6 * 2 / ours['median_ms'], rel=1e-3)
    assert figures['agreement']['loss'] < 1e-5 and figures['agreement']['gradient'] < 1e-3


@pytest.mark.parametrize('words', [['--network', 'resnet'], ['--size', 'large']])
def test_wrong_names_and_sizes_are_refused(words, capsys):
    assert cli.main(['bench', 'training', *words]) == 2
    assert words[1] in capsys.readouterr().err
