"""Weathers, people and paired runs of a handful of made-up pictures."""

import json

import numpy as np
import pytest

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation import score_report
from panoseg_ros.evaluation.comparison import compare, read_run, run_of
from panoseg_ros.evaluation.pair_counts import PairCounts
from panoseg_ros.evaluation.people import Human
from panoseg_ros.evaluation.scores import MEAN, Scored, Scores
from panoseg_ros.labels import load_label_set
from panoseg_ros.metrics.zones import BANDS, ZoneCounts

ROAD, SKY = 0, 10
FACTS = {'bundle': 'b', 'data': 'streets', 'split': 'test', 'width': 64, 'height': 32}


def picture(index, weather, right, humans=()):
    """Return a picture of 100 pixels of road and 100 of sky, of which so many are right."""
    matrix = np.zeros((19, 19), np.int64)
    for cls, other in ((ROAD, SKY), (SKY, ROAD)):
        matrix[cls, cls], matrix[cls, other] = right, 100 - right
    zones = np.zeros((len(BANDS), 2, 19, 19), np.int64)
    zones[len(BANDS) // 2, 0] = matrix
    zones = ZoneCounts(zones, matrix.astype(np.float64))
    name, scene = f'{index}.png', f's{index // 2}'
    counts = PairCounts(name, scene, weather, 0, zones, None, None, None, None)
    return Scored(counts, matrix.sum(1) > 0, {}, humans)


def run(*rights, humans=()):
    weathers = ('clear', 'clear', 'fog', 'fog')
    entries = [picture(i, weathers[i], right, humans) for i, right in enumerate(rights)]
    return Scores(load_label_set('cityscapes19'), tuple(entries), dict(FACTS))


def compared(first, second, **how):
    return compare([run_of(first)], [run_of(second)], **how)


def ratio(right):
    return right / (200 - right)


def test_figures_are_pooled_and_by_weather():
    scores = run(100, 100, 60, 60)
    assert scores.images == 4 and scores.columns == ('model',)
    assert scores.images_with[[ROAD, SKY, 5]].tolist() == [4, 4, 0]
    assert scores.summary()[MEAN]['model'] == pytest.approx(ratio(80))
    assert scores.main_name().startswith('mean IoU of road, sidewalk')
    clear, fog = scores.weather_rows()
    assert (clear.weather, clear.images, clear.scenes) == ('clear', 2, 1)
    assert clear.mean_iou.value == 1.0
    assert fog.mean_iou.value == pytest.approx(ratio(60))
    interval = scores.intervals()[MEAN]
    assert interval.low == pytest.approx(ratio(60)) and interval.high == pytest.approx(1.0)


def test_rooms_have_no_main_classes(tmp_path):
    label_set = load_label_set('stanford2d3d8')
    entries = tuple(picture(i, 'bright', right) for i, right in enumerate((90, 80)))
    scores = Scores(label_set, entries, dict(FACTS))
    assert scores.main_ids() == [] and scores.weather_rows()[0].main_iou is None
    rows = [line for line in score_report._weather_lines(scores) if line.startswith('| bright')]
    assert rows[0].endswith('| - | - |')


def test_people_are_counted_by_height():
    humans = (Human(20, 0.9), Human(40, 0.4), Human(100, 0.5))
    rows = run(100, 100, 60, 60, humans=humans).human_rows()
    assert [(row.name, row.humans, row.found.value) for row in rows] == [
        ('16 px high or more', 12, pytest.approx(2 / 3)),
        ('16 to 31 px', 4, 1.0),
        ('32 to 63 px', 4, 0.0),
        ('64 px high or more', 4, 1.0),
    ]
    assert run(100).human_rows() == []
    assert run(100, humans=None).human_rows() == []


def test_two_runs_are_paired_scene_by_scene():
    gains = {gain.name: gain for gain in compared(run(90, 50, 70, 80), run(92, 52, 72, 82))}
    accuracy = gains['pixel accuracy']
    assert accuracy.first == pytest.approx(0.725)
    assert accuracy.gain.value == pytest.approx(0.02)
    assert accuracy.gain.low == pytest.approx(0.02) and accuracy.gain.high == pytest.approx(0.02)
    with pytest.raises(DatasetError, match='cannot be paired'):
        compared(run(90, 50), run(90))


def test_page_and_json_say_it_all(tmp_path):
    scores = run(100, 100, 60, 60, humans=(Human(20, 0.9),))
    scores.facts['paired with'] = 'tilted'
    paths = score_report.write_scores(scores, tmp_path, compared(scores, run(90, 90, 60, 60)))
    page, report = paths[1].read_text(), json.loads(paths[0].read_text())
    assert '| fog | 2 | 1 | ' in page and '| 16 px high or more | 4 | 1.000 |' in page
    assert 'Second: tilted' in page and '-0.0500' in page
    assert report['weather']['clear']['mean IoU'][0] == 1.0
    assert report['people']['16 px high or more']['number'] == 4
    assert report['scenes'] == 2 and len(report['pictures']) == 4
    assert np.array(report['pictures'][3]['confusion']).sum() == 200
    assert report['paired'][0]['figure'] == MEAN
    assert report['model']['summary']['mean IoU'] == pytest.approx(ratio(80), abs=1e-6)
    assert '| mean IoU by solid angle | 0.667 |' in page and '| -30 to +30 degrees | 4 | ' in page
    assert report['classes']['road']['interval'] == [pytest.approx(ratio(60)), 1.0]


def test_reports_are_read_back_and_compared_over_seeds(tmp_path):
    groups = [[], []]
    for side, rights in enumerate(((80, 82), (90, 92))):
        for seed, right in enumerate(rights):
            folder = tmp_path / f'{side}{seed}'
            humans = (Human(20, right / 100), Human(30, 0.1))
            score_report.write_scores(run(*[right] * 4, humans=humans), folder)
            groups[side].append(read_run(folder / 'b-streets-test.json'))
    gains = {gain.name: gain for gain in compare(*groups, by_class=True)}
    assert gains['pixel accuracy'].first == pytest.approx(0.81)
    assert gains['pixel accuracy'].gain == pytest.approx((0.1, 0.1, 0.1))
    assert gains['sky'].second == pytest.approx((ratio(90) + ratio(92)) / 2)
    assert gains['people found'].gain.value == 0.0
    assert 'bus' not in gains
    with pytest.raises(DatasetError, match='at least one run on either side'):
        compare(groups[0], [])


@pytest.mark.parametrize(
    ('content', 'words'),
    [
        ('nonsense', 'cannot be read'),
        ('[]', r'is no report of panoseg evaluate'),
        ('{"pictures": []}', 'is no report of panoseg evaluate'),
        ('{"pictures": [], "names of classes": []}', 'matrices do not fit'),
        (
            '{"names of classes": ["a"], "pictures": [{"image": "x", "scene": "s", '
            '"people": null, "confusion": [[1, 2]]}]}',
            'matrices do not fit',
        ),
    ],
)
def test_other_files_are_no_reports(tmp_path, content, words):
    path = tmp_path / 'report.json'
    path.write_text(content)
    with pytest.raises(DatasetError, match=rf'report\.json: .*{words}'):
        read_run(path)


def test_every_data_set_has_a_report_of_its_own(tmp_path):
    for data in ('streets', 'synpass&weather=fog', 'synpass&weather=rain'):
        scores = run(100, 100, 60, 60)
        scores.facts['data'] = data
        score_report.write_scores(scores, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {
        'b-streets-test', 'b-synpass-weather-fog-test', 'b-synpass-weather-rain-test'
    }  # fmt: skip
