"""`panoseg render dataset`."""

import csv

import pytest

from panoseg_ros.cli.main import main
from panoseg_ros.cli.render.dataset import render_dataset, span
from panoseg_ros.errors import SyntheticError


def test_command_renders_and_counts(tmp_path, capsys):
    pytest.importorskip('embreex', reason='rendering needs embreex')
    words = 'render dataset --split test --scenes 1 --first 2 --views 1 --height 32 --width 64'
    options = ' --workers 1 --weather fog --camera-height 1.2 --tilt 0'
    assert main([*(words + options).split(), '--out', str(tmp_path)]) == 0
    assert '1 pictures of 64x32' in capsys.readouterr().out
    assert (tmp_path / 'leftImg8bit/test/950002/00.png').exists()
    with (tmp_path / 'frames/test.csv').open(newline='') as file:
        (row,) = csv.DictReader(file)
    assert (row['weather'], row['height_m']) == ('fog', '1.2')


def test_command_refuses_more_scenes_than_there_are(tmp_path):
    pytest.importorskip('embreex', reason='rendering needs embreex')
    with pytest.raises(SyntheticError, match='split val has 50000 scenes'):
        render_dataset(tmp_path, 'val', 10, 49_995)
    with pytest.raises(SyntheticError, match="unknown split 'all'"):
        render_dataset(tmp_path, 'all')
    with pytest.raises(SyntheticError, match='panorama size'):
        render_dataset(tmp_path, 'val', 1, height=0)


@pytest.mark.parametrize(
    ('text', 'value'), [('70..90', (70, 90)), ('1.5', (1.5, 1.5)), ('-40 .. 35.5', (-40, 35.5))]
)
def test_spans(text, value):
    assert span('--fov', text) == value


@pytest.mark.parametrize('text', ['', 'wide', '70-90', '1..2..3', '..5'])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(SyntheticError, match=r'--fov: expected a number or LOW\.\.HIGH'):
        span('--fov', text)


def test_wrong_option_is_one_line(tmp_path, capsys):
    pytest.importorskip('embreex', reason='rendering needs embreex')
    assert main(['render', 'dataset', '--out', str(tmp_path), '--layout', 'kitti']) == 2
    assert capsys.readouterr().err.count('\n') == 1
