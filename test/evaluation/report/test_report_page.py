"""The page as text: self-contained, safe, and made from metrics.json as from scores."""

import json
import re

import cv2
import numpy as np
import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.pair_counts import Counting, Pair
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.report import (
    Page,
    SortedTable,
    page_of_pairs,
    page_of_replay,
    write_page,
)
from panoseg_ros.evaluation.report.page import render
from panoseg_ros.labels import load_label_set


def scores():
    rng = np.random.default_rng(0)
    counting = Counting(19, keep_small=True)
    counts = []
    for i in range(8):
        truth = np.zeros((64, 128), np.uint8)
        truth[:30] = 10
        prediction = truth.copy()
        prediction[:, : 8 * i] = 2
        sure = rng.integers(100, 256, truth.shape).astype(np.uint8)
        image = np.repeat(truth[..., None], 3, -1)
        counts.append(counting(Pair(f'f{i}', str(i), 'fog', truth, prediction, sure, image)))
    return PairScores(load_label_set('cityscapes19'), tuple(counts), {'bundle': '<b>tiny</b>'})


def test_page_refers_to_nothing_outside():
    html = render(page_of_pairs(scores(), 'Title & <script>alert(1)</script>'))
    assert '<script>alert' not in html and '<b>tiny</b>' not in html
    references = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert references and all(ref.startswith(('data:', '#')) for ref in references)
    assert 'url(' not in html and '@import' not in html
    assert 'http' not in html.replace('http://www.w3.org/2000/svg', '')
    for title in ('Classes', 'Confusion', 'Worst frames', 'Typical frames', 'Calibration'):
        assert f'<h2>{title}</h2>' in html


def test_worst_frames_come_first():
    page = page_of_pairs(scores(), 'x')
    worst = next(s for s in page.sections if s.title == 'Worst frames')
    assert [shot.caption.split(':')[0] for shot in worst.shots] == ['f7', 'f6', 'f5']
    assert [name for name, _ in worst.shots[0].pictures][:3] == ['input', 'mask', 'truth']


def metrics():
    frames = [
        {
            'index': i,
            'stamp_ns': 1000 + i,
            'timings_ms': {} if i == 4 else {'network': 20.0 + i, 'ground': 3.0},
            'latency_ms': None if i == 4 else 25.0 + i,
            'dropped': i == 4,
        }
        for i in range(9)
    ]
    return {
        'source': 'drive.mcap',
        'bundle': 'nano',
        'rig': 'theta',
        'frames': frames,
        'summary': {'frames_per_s': 12.5, 'faults': {'no pose': 2}},
        'environment': {'python': '3.11', 'cores': 2},
    }


def test_replay_shows_its_times_and_pictures(tmp_path):
    (tmp_path / 'metrics.json').write_text(json.dumps(metrics()))
    (tmp_path / 'overlays').mkdir()
    cv2.imwrite(str(tmp_path / 'overlays/1008.jpg'), np.zeros((40, 80, 3), np.uint8))
    page = page_of_replay(tmp_path / 'metrics.json')
    shown = {figure.name: figure.value for figure in page.figures}
    assert shown['frames'] == '9' and shown['dropped'] == '1'
    assert shown['latency, median'] == '29.0 ms' and shown['frames per second'] == '12.5'
    titles = [section.title for section in page.sections]
    assert titles == ['Stages', 'Latency', 'Faults', 'Slowest frames', 'Environment']
    assert 'data:image/jpeg' in write_page(page, tmp_path / 'report.html').read_text()


def test_replay_shows_costmaps_of_its_bag(tmp_path):
    pytest.importorskip('rosbags', reason='bags need rosbags')
    from panoseg_ros.bags import BagWriter, GridMessage

    (tmp_path / 'metrics.json').write_text(json.dumps(metrics()))
    with BagWriter(tmp_path / 'panoseg.mcap') as bag:
        for i in range(9):
            cells = np.full((20, 20), -1, np.int8)
            grid = GridMessage(1000 + i, 'odom', 0.1, (-1.0, -1.0, 0.0), cells)
            bag.write('/costmap/combined', 1000 + i, grid)
    page = page_of_replay(tmp_path / 'metrics.json')
    slowest = next(s for s in page.sections if s.title == 'Slowest frames')
    assert [name for name, _ in slowest.shots[0].maps] == ['costmap from above, x up']
    assert 'red lethal' in slowest.note


ENDLESS = (
    '{"summary": {}, "frames": [{"timings_ms": {"a": 1}, "dropped": false, "stamp_ns": Infinity}]}'
)


@pytest.mark.parametrize(
    'content', ['', '[]', '{}', '{"frames": [1]}', '{"frames": 3}', '[' * 100_000, ENDLESS]
)
def test_other_files_are_refused_in_one_line(tmp_path, content):
    (tmp_path / 'metrics.json').write_text(content)
    with pytest.raises(DatasetError, match=r'metrics\.json') as caught:
        page_of_replay(tmp_path / 'metrics.json')
    assert '\n' not in str(caught.value)


def test_empty_cells_and_thousands_are_readable():
    html = render(Page('t', '', [], [SortedTable('T', ('a', 'b'), [(None, 12345), ('x', 0.5)])]))
    assert '12\u202f345' in html and '0.500' in html
    assert '<td class="number" data-value="0.5">' in html and '<td>–</td>' in html
