"""A real graph on artificial photographs: what it says at points, and what is counted."""

import json

import cv2
import numpy as np
import pytest

from panoseg_ros.bundles import load_bundle
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation import point_report, points
from panoseg_ros.evaluation.points import ElevationPrior, evaluate_points, prior_verdicts
from panoseg_ros.metrics.points import GROUPS


def point(x, y, label, accept=None, placed=False):
    group = next((g for g, names in GROUPS.items() if label in names), 'void')
    accepted = [label] if accept is None else accept
    return {'x': x, 'y': y, 'label': label, 'accept': accepted, 'group': group, 'placed': placed}


@pytest.fixture
def photographs(tmp_path):
    """Write panoramas that are bright above and dark below, and a photograph of nobody knows."""
    folder = tmp_path / 'real'
    panorama = np.full((64, 128, 3), 230, np.uint8)
    panorama[32:] = 20
    for name in ('equirect/bma_0.png', 'equirect/half_dome_01.png', 'equirect/bloomberg.png'):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), panorama)
    cv2.imwrite(str(folder / 'equirect/jfk.png'), panorama)
    (folder / 'pinhole_street').mkdir()
    cv2.imwrite(str(folder / 'pinhole_street/dashcam01.png'), panorama[:, :70])
    above, below = 10, 55
    labels = {
        'equirect/bma_0.png': [
            point(5, above, 'sky'),
            point(6, above, 'sky'),
            point(7, below, 'road'),
            point(8, below, 'sidewalk', ['sidewalk', 'road']),
            point(9, below, 'sidewalk'),
            point(10, below, 'person', placed=True),
            point(11, above, 'other', []),
        ],
        'equirect/half_dome_01.png': [
            point(5, above, 'sky'),
            point(9, below, 'terrain', ['terrain', 'road']),
            point(100, below, 'car'),
        ],
        'equirect/bloomberg.png': [point(5, below, 'sky')],
        'pinhole_street/dashcam01.png': [point(5, below, 'road')],
    }
    (folder / 'points.json').write_text(json.dumps({'labels': labels}))
    return folder


@pytest.fixture
def run(make_bundle, photographs):
    return evaluate_points(
        load_bundle(make_bundle()), photographs, photographs / 'points.json', 'dev'
    )


def rows_of(run):
    return {row.name: row for row in point_report.figure_rows(run)}


def test_labels_are_looked_up_at_their_pixels(run):
    found = [(entry.point.label, entry.label) for entry in run.scored]
    assert found == [
        ('sky', 'sky'), ('sky', 'sky'), ('road', 'road'), ('sidewalk', 'road'),
        ('sidewalk', 'road'), ('person', 'road'), ('sky', 'sky'), ('terrain', 'road'),
        ('car', 'road'),
    ]  # fmt: skip
    assert [entry.class_right for entry in run.scored] == [1, 1, 1, 1, 0, 0, 1, 1, 0]
    assert [entry.group_right for entry in run.scored] == [1, 1, 1, 1, 1, 0, 1, 1, 0]
    assert run.scored[0].elevation_deg == pytest.approx(90 - 180 * 10.5 / 64)


def test_points_beyond_the_calibration_are_left_out(make_bundle, photographs, monkeypatch):
    whole = points.open_view

    def blind_on_the_left(*args):
        view = whole(*args)
        if view is None:
            return None

        def rays(pixels):
            found = view.rays(pixels)
            found[pixels[:, 0] < 7] = np.nan
            return found

        return view._replace(rays=rays)

    monkeypatch.setattr(points, 'open_view', blind_on_the_left)
    bundle = load_bundle(make_bundle())
    run = evaluate_points(bundle, photographs, photographs / 'points.json', 'dev')
    assert run.facts['points without a direction'] == 3
    assert len(run.scored) == 6


def test_unknown_views_are_left_out_and_said(run):
    assert list(run.left_out) == ['pinhole_street/dashcam01.png']
    assert set(run.how) == {'equirect/bma_0.png', 'equirect/half_dome_01.png'}


def test_figures_count_random_points_and_balance_groups(run):
    rows = rows_of(run)
    group = rows['group accuracy, outdoor']
    assert (group.points, group.images) == (8, 2)
    assert group.value == pytest.approx(7 / 8)
    shares = {'flat': 3 / 3, 'sky': 3 / 3, 'nature': 1.0, 'vehicle': 0.0}
    balanced = rows['group accuracy balanced over groups, outdoor']
    assert balanced.value == pytest.approx(np.mean(list(shares.values())))
    assert balanced.chance == pytest.approx(1 / 4)
    assert rows['class accuracy, outdoor'].value == pytest.approx(6 / 8)
    people = rows['human found as a group, all points']
    assert (people.points, people.value) == (1, 0.0)
    assert 'human found as a group, random, outdoor' not in rows
    assert 'class bus, all points' not in rows
    assert group.low <= group.value <= group.high


def test_prior_is_fitted_on_other_places(run):
    verdicts = prior_verdicts(run)
    # half_dome says above: sky, below: nature or vehicle; bma says above: sky, below: flat.
    assert verdicts[[0, 1, 6]].all()
    assert verdicts[7]  # terrain accepts road, whose group bma suggests
    assert not verdicts[8]
    with pytest.raises(DatasetError, match='at least one point of another place'):
        ElevationPrior([])
    assert ElevationPrior(run.scored[:2])(-80.0) == 'sky'


def test_report_holds_every_figure_and_point(run, tmp_path):
    path = point_report.write_report(run, tmp_path / 'out')
    assert path.name == 'tiny-points-dev.json'
    report = json.loads(path.read_text())
    assert report['half'] == 'dev' and len(report['points']) == 9
    assert report['figures'][0]['value'] == pytest.approx(0.875)
    assert [row['image'] for row in report['images']] == list(run.how)
    assert 'NaN' not in path.read_text()
    assert 'left out' in report['rule']


def test_bundles_of_other_classes_are_refused(make_bundle, photographs):
    bundle = load_bundle(make_bundle(num_classes=13, label_set='densepass13'))
    with pytest.raises(DatasetError, match='label set densepass13, but the points are of the 19'):
        evaluate_points(bundle, photographs, photographs / 'points.json', 'dev')


def test_reports_at_another_size_say_so(run, tmp_path):
    larger = run._replace(facts={**run.facts, 'resized': True, 'height': 64, 'width': 128})
    assert point_report.write_report(larger, tmp_path).name == 'tiny-points-dev-64x128.json'
