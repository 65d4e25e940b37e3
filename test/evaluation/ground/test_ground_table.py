"""The report as markdown: bars beside figures, misses bold, conditions beside level drives."""

import numpy as np
import pytest

pytest.importorskip('embreex', reason='rendering needs embreex')

from panoseg_ros.evaluation.ground.bench import Key
from panoseg_ros.evaluation.ground.table import Bar, bars, markdown
from panoseg_ros.evaluation.ground.tally import Tally


def row(condition, kind, ground, recall, way='fused', height_m=1.8, within_m=10.0):
    figures = {
        name: None if np.isnan(value) else value for name, value in Tally(1).figures(0).items()
    }
    key = Key(condition, kind, height_m, 512, within_m, ground, way)
    counts = {'persons': 3, 'things': 9, 'faces': 50, 'fronts': 20, 'feet': 10}
    return {**key._asdict(), 'figures': {**figures, 'recall': recall}, 'counts': counts}


def report(*rows):
    return {
        'generator_version': '2',
        'labels': 'true',
        'learnt_from': {},
        'drives': ['street_900101'],
        'maps': 12,
        'cell_m': 0.1,
        'conditions': {row['condition']: f'about {row["condition"]}' for row in rows},
        'results': list(rows),
    }


def test_every_bar_is_of_a_figure():
    known = Tally(1).figures(0)
    assert {bar.figure for bar in bars(1.8, 10.0)} <= set(known)


def test_bars_depend_on_height_and_distance():
    coverage = {
        (height_m, within_m): next(
            bar.limit for bar in bars(height_m, within_m) if bar.figure == 'coverage'
        )
        for height_m in (0.6, 1.8)
        for within_m in (10.0, 20.0)
    }
    assert coverage == {(1.8, 10.0): 0.9, (0.6, 10.0): 0.8, (1.8, 20.0): None, (0.6, 20.0): None}


def test_misses_are_bold():
    most, least = Bar('a', 0.01), Bar('b', 0.9, least=True)
    assert (most.cell(0.011), most.cell(0.01), most.text) == ('**1.1 %**', '1 %', '<= 1 %')
    assert (least.cell(0.89), least.cell(0.9), least.text) == ('**89 %**', '90 %', '>= 90 %')
    assert Bar('c', percent=False).cell(None) == '-' and Bar('c', percent=False).text == ''


def test_summary_tables_and_conditions():
    text = markdown(
        report(
            row('level', 'all', 'flat', 0.95),
            row('level', 'street', 'flat', 0.95),
            row('imu exact', 'all', 'flat', 0.7),
            row('imu exact', 'street', 'flat', 0.7),
        )
    )
    lines = text.splitlines()
    summary = next(line for line in lines if line.startswith('| 1.8 m | 1024 x 512 |'))
    assert summary.startswith('| 1.8 m | 1024 x 512 | 10 m | level | flat | fused |')
    assert '### Camera at 1.8 m, labels 1024 x 512, within 10 m, flat ground' in lines
    assert '| recall | >= 90 % | 95 % |' in lines
    assert '3 persons and 9 things in view' in text
    assert any(line.startswith('| imu exact | street | flat | fused |') for line in lines)
    ratio = next(line for line in lines if line.startswith('| imu exact / level |'))
    assert '**0.737**' in ratio  # 0.7 of 0.95 is more than 20 % worse
    assert '- imu exact: about imu exact' in lines


def test_a_bundle_and_what_it_learnt_from_are_named():
    made = {
        **report(row('level', 'all', 'all', 1.0)),
        'labels': 'nano',
        'learnt_from': {'val': 'x'},
    }
    text = markdown(made)
    assert 'labels of bundle nano' in text
    assert 'Pictures of nano, val: x; no drive is among them.' in text


def test_what_a_frame_costs_stands_beside_its_bar():
    cost = {
        'cells': 400, 'classes': 20, 'labels': '1024 x 512', 'bar_ms': 8.0, 'frames': 100,
        'cores': 2, 'load': 0.1, 'wall_p50_ms': 7.5, 'wall_p95_ms': 9.0, 'cpu_p50_ms': 7.0,
        'cpu_p95_ms': 7.9, 'parts_cpu_p50_ms': {'costmaps': 5.5, 'segmentation/points': 6.1},
    }  # fmt: skip
    text = markdown({**report(row('level', 'all', 'all', 1.0)), 'cost': cost})
    assert 'costmaps 5.5, segmentation/points 6.1; the last is apart' in text
    assert '| wall | <= 8 | 7.5 | **9** |' in text and '| CPU | <= 8 | 7 | 7.9 |' in text
