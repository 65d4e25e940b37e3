"""`panoseg bench` says what it measured, where, and against what."""

import json

import cv2

from panoseg_ros.cli import main as cli


def test_json_holds_the_roads_and_the_machine(capsys):
    threads = cv2.getNumThreads()
    assert cli.main(['bench', 'panorama', '--rounds', '2', '--width', '64', '--json']) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures['task'] == '2 x 960x960 -> 64x32, one thread'
    assert list(figures['roads']) == ['panoseg', 'levelled', 'float_remap', 'per_call']
    for road in figures['roads'].values():
        assert road['rounds'] == 2
        assert 0.0 < road['min_ms'] <= road['median_ms'] <= road['p90_ms']
        assert 0.0 < road['cpu_min_ms'] <= road['cpu_median_ms']
    assert figures['map_building_ms']['median'] > 0.0
    assert {'cpu', 'cores', 'threads', 'load_before'} <= set(figures['machine'])
    front, back = figures['gains']
    assert all(a < 1.0 < b for a, b in zip(front, back, strict=True))  # the gain was on
    assert cv2.getNumThreads() == threads


def test_table_names_every_road(capsys):
    assert cli.main(['bench', 'panorama', '--rounds', '1', '--width', '64']) == 0
    text = capsys.readouterr().out
    roads = ('panoseg', 'levelled', 'float_remap', 'per_call')
    assert all(f'\n{name} ' in text for name in roads)
    assert 'tables built in' in text and 'load' in text


def test_wrong_options_are_refused(capsys):
    assert cli.main(['bench', 'panorama', '--rounds', '0']) == 2
    assert 'rounds' in capsys.readouterr().err
