"""What the comparison of variations looks up in photographs."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip('lightning', reason='the networks are trained')

from bench.ablation import report
from bench.ablation.plan import LABEL_SET, NETWORK, SPEC
from bench.ablation.runs import BUNDLE, JOBS
from bench.jobs import RESULT
from panoseg_ros.bundles import WEIGHTS, write_card
from panoseg_ros.networks import build_network, save_weights


@pytest.fixture
def photographs(tmp_path):
    """Two places of the development half, one of the test half; grey below a bright sky."""
    picture = np.full((64, 128, 3), 230, np.uint8)
    picture[32:] = 90
    marked = [
        {'x': 5, 'y': 10, 'label': 'sky', 'accept': ['sky'], 'group': 'sky', 'placed': False},
        {'x': 9, 'y': 55, 'label': 'road', 'accept': ['road'], 'group': 'flat', 'placed': False},
    ]
    names = [f'equirect/{place}.png' for place in ('bma_0', 'half_dome_01', 'bloomberg')]
    (tmp_path / 'equirect').mkdir()
    for name in names:
        cv2.imwrite(str(tmp_path / name), picture)
    (tmp_path / 'points.json').write_text(json.dumps({'labels': dict.fromkeys(names, marked)}))
    return tmp_path


@pytest.fixture
def work(tmp_path):
    """A work folder in which the first run is complete."""
    folder = JOBS[0].folder(tmp_path / 'work')
    (folder / BUNDLE).mkdir(parents=True)
    save_weights(build_network(NETWORK).state_dict(), folder / BUNDLE / WEIGHTS)
    write_card(folder / BUNDLE, name='one', network=NETWORK, label_set=LABEL_SET, spec=SPEC)
    (folder / RESULT).write_text('{}')
    return tmp_path / 'work'


def test_points_of_complete_runs_are_looked_up_once(work, photographs, monkeypatch):
    halves = []

    def evaluate(bundle, images, points, half, **options):
        halves.append(half)
        return look_up(bundle, images, points, half, **options)

    look_up = report.evaluate_points
    monkeypatch.setattr(report, 'evaluate_points', evaluate)
    for _ in range(2):
        report.score_points(work, photographs, photographs / 'points.json')
    assert halves == ['dev']
    found = json.loads((JOBS[0].folder(work) / report.POINTS).read_text())
    assert set(found) == set(report.POINT_FIGURES)
    assert all(share in (0.0, 0.5, 1.0) for pair in found.values() for share in pair)
    assert not (JOBS[1].folder(work) / report.POINTS).exists()
    assert report._prior(work) == [found[name][1] for name in report.POINT_FIGURES]
    assert report._points(work, JOBS[:2]) == {name: [found[name][0]] for name in found}
