"""Costmaps in odom and in the base frame against a wall in a bag of truth."""

import json

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros.bags import BagWriter, GridMessage, ImageMessage, OdometryMessage
from panoseg_ros.cli.main import main
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.bag_ground import count_ground, pooled_ground
from panoseg_ros.metrics import ground_figures

N, RES, STAMP = 80, 0.1, 1_000
ORIGIN = (-4.0, -4.0, 0.0)


def truth_layers():
    x = ORIGIN[0] + (np.arange(N) + 0.5) * RES + np.zeros((N, 1))
    wall = np.zeros((N, N), bool)
    wall[:, 60] = True
    seen = np.where(x < 2.0, 100, 0)
    return {
        'surface': np.zeros((N, N)),
        'seen': seen,
        'obstacle': np.where(wall, 2, -1),
        'face': np.where(wall, 100, -1),
    }, wall


@pytest.fixture
def truth(tmp_path):
    path, (layers, wall) = tmp_path / 'truth.mcap', truth_layers()
    with BagWriter(path) as bag:
        odometry = OdometryMessage(STAMP, 'odom', 'base', (5.0, 1.0, 0.0), (0.0, 0.0, 1.0, 0.0))
        bag.write('/odom', STAMP, odometry)
        for name, cells in layers.items():
            grid = GridMessage(STAMP, 'base_level', RES, ORIGIN, cells.astype(np.int8))
            bag.write(f'/truth/ground/{name}', STAMP, grid)
        for name, values, encoding in (
            ('instance', wall.astype(np.int32), '32SC1'),
            ('width', wall.astype(np.float32), '32FC1'),
        ):
            image = ImageMessage(STAMP, 'base_level', values, encoding)
            bag.write(f'/truth/ground/{name}', STAMP, image)
    return path


def costmap(path, cells, origin, stamp=STAMP, frame='base'):
    with BagWriter(path) as bag:
        grid = GridMessage(stamp, frame, RES, origin, cells.astype(np.int8))
        bag.write('/costmap/combined', stamp, grid)
    return path


def right_map():
    cells = np.full((N, N), -1)
    cells[:, :60], cells[:, 60] = 0, 100
    return cells


def test_base_frame_and_odometry_frame_say_the_same(truth, tmp_path):
    base = costmap(tmp_path / 'base.mcap', right_map(), ORIGIN)
    # The robot stands at (5, 1) and looks back: the map is turned by half a turn.
    turned = costmap(
        tmp_path / 'odom.mcap', right_map()[::-1, ::-1], (1.0, -3.0, 0.0), frame='odom'
    )
    first = count_ground(base, truth, 1.6, 512)
    second = count_ground(turned, truth, 1.6, 512, odom_topic='/odom')
    assert first == second == count_ground(base, truth, 1.6, 512, odom_topic='/odom')
    other = costmap(tmp_path / 'map.mcap', right_map(), ORIGIN, frame='map')
    with pytest.raises(DatasetError, match='places base in odom, but the costmaps are in map'):
        count_ground(other, truth, 1.6, 512, odom_topic='/odom')
    figures = ground_figures(pooled_ground(first))
    assert figures['recall'] == figures['coverage'] == 1.0
    assert figures['false free'] == figures['false occupied'] == 0.0


def test_command_prints_figures(truth, tmp_path, capsys):
    bag = costmap(tmp_path / 'blind.mcap', np.full((N, N), -1), ORIGIN)
    words = ['evaluate', 'ground', str(bag), '--truth', str(truth), '--camera-height', '1.6']
    assert main([*words, '--json']) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures['recall'] == 0.0 and figures['maps'] == 1 and figures['things missed'] == 1.0
    assert main([*words, '--costmap-topic', '/no']) == 2
    assert 'has no topic /no' in capsys.readouterr().err


def test_no_common_stamp(truth, tmp_path):
    bag = costmap(tmp_path / 'late.mcap', right_map(), ORIGIN, STAMP + 1)
    with pytest.raises(DatasetError, match='no stamp of'):
        count_ground(bag, truth, 1.6, 512)
    with pytest.raises(DatasetError, match='camera_height_m'):
        count_ground(bag, truth, 0.0, 512)


@pytest.mark.parametrize(
    ('name', 'message', 'words'),
    [
        ('width', lambda: grid(np.zeros((N, N))), 'width holds no Image'),
        ('seen', lambda: grid(np.zeros((N, N - 1))), r'seen has the shape \(80, 79\)'),
        (
            'instance',
            lambda: ImageMessage(STAMP, 'base_level', np.zeros((4, 4), np.int32), '32SC1'),
            r'instance has the shape \(4, 4\)',
        ),
    ],
)
def test_layers_of_another_kind_or_size_are_refused(tmp_path, name, message, words):
    path, (layers, wall) = tmp_path / 'truth.mcap', truth_layers()
    messages = {
        **{key: grid(cells) for key, cells in layers.items()},
        'instance': ImageMessage(STAMP, 'base_level', wall.astype(np.int32), '32SC1'),
        'width': ImageMessage(STAMP, 'base_level', wall.astype(np.float32), '32FC1'),
        name: message(),
    }
    with BagWriter(path) as bag:
        for key, value in messages.items():
            bag.write(f'/truth/ground/{key}', STAMP, value)
    with pytest.raises(DatasetError, match=words):
        count_ground(costmap(tmp_path / 'map.mcap', right_map(), ORIGIN), path, 1.6, 512)


def grid(cells):
    return GridMessage(STAMP, 'base_level', RES, ORIGIN, cells.astype(np.int8))
