import json

import cv2
import numpy as np
import pytest

from panoseg_ros.cli.main import main


@pytest.fixture
def points(tmp_path):
    entry = {'x': 3, 'y': 4, 'label': 'sky', 'accept': ['sky'], 'group': 'sky', 'placed': False}
    for name in ('bma_0', 'bloomberg'):
        cv2.imwrite(str(tmp_path / f'{name}.png'), np.full((32, 64, 3), 230, np.uint8))
    path = tmp_path / 'points.json'
    labels = {'bma_0.png': [entry], 'bloomberg.png': [entry]}
    path.write_text(json.dumps({'labels': labels}))
    return path


def test_development_half_is_what_is_scored_unless_said(make_bundle, points, tmp_path, capsys):
    words = ['evaluate', 'points', str(make_bundle()), '--images', str(tmp_path)]
    words += ['--points', str(points)]
    assert main([*words, '--out', str(tmp_path / 'out')]) == 0
    printed = capsys.readouterr().out
    assert 'bma_0.png' in printed and 'bloomberg' not in printed
    assert 'group accuracy, outdoor' in printed and '0.46' in printed
    assert (tmp_path / 'out/tiny-points-dev.json').is_file()
    assert main([*words, '--half', 'test', '--json']) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row['image'] for row in report['images']] == ['bloomberg.png']


def test_page_shows_photographs_with_their_points(make_bundle, points, tmp_path, capsys):
    page = tmp_path / 'out/page.html'
    words = ['evaluate', 'points', str(make_bundle()), '--images', str(tmp_path)]
    assert main([*words, '--points', str(points), '--report', str(page), '--json']) == 0
    json.loads(capsys.readouterr().out)  # and nothing else
    text = page.read_text()
    for said in ('Figures', 'Photographs', 'Worst photographs', 'Environment'):
        assert f'<h2>{said}</h2>' in text
    assert 'bma_0.png: 1.00 of 1 points' in text and text.count('src="data:image/') == 2


def test_other_sizes_need_weights(make_bundle, points, tmp_path, capsys):
    words = ['evaluate', 'points', str(make_bundle()), '--images', str(tmp_path)]
    assert main([*words, '--points', str(points), '--size', '16x32']) == 2
    assert 'holds no weights.safetensors, which torch needs' in capsys.readouterr().err


def test_unknown_half_ends_in_one_line(make_bundle, points, tmp_path, capsys):
    words = ['evaluate', 'points', str(make_bundle()), '--images', str(tmp_path)]
    assert main([*words, '--points', str(points), '--half', 'all']) == 2
    assert 'half must be one of dev, test' in capsys.readouterr().err
