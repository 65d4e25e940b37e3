"""Costmaps of a bag brought onto the cells of the true ground."""

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros.bags import BagWriter, GridMessage, ImageMessage, OdometryMessage
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.bag_maps import COSTMAP, TRUE_LAYERS, maps_at, picked, spread_maps

TURNED = (0.0, 0.0, np.sin(np.pi / 4), np.cos(np.pi / 4))  # the robot looks along +y of odom


def grid(stamp, frame, cells, origin=(-1.0, -1.0), resolution=0.5):
    return GridMessage(stamp, frame, resolution, (*origin, 0.0), np.asarray(cells, np.int8))


@pytest.fixture
def bags(tmp_path):
    """One face seen ahead of the robot and one behind it that is not; ground all around."""
    surface, seen, obstacle, face = (np.zeros((4, 4), np.int8) for _ in range(4))
    seen[:, 1:], obstacle[:] = 100, -1
    obstacle[2, 3] = obstacle[0, 0] = 2
    face[:], face[2, 3], face[0, 0] = -1, 100, 0
    truth, prediction = tmp_path / 'truth.mcap', tmp_path / 'run.mcap'
    with BagWriter(truth) as bag:
        for stamp in (10, 20):
            bag.write('/odom', stamp, OdometryMessage(stamp, 'odom', 'base', (5, 7, 0), TURNED))
            for topic, cells in zip(TRUE_LAYERS, (surface, seen, obstacle, face), strict=True):
                bag.write(topic, stamp, grid(stamp, 'base', cells))
    with BagWriter(prediction) as bag:
        costs = np.arange(16).reshape(4, 4)
        bag.write(COSTMAP, 10, grid(10, 'base', costs))
        # What lies ahead of the robot (+x, column 3) lies along +y of odom: row 3.
        bag.write(COSTMAP, 20, grid(20, 'odom', np.rot90(costs, -1), (4.0, 6.0)))
    return prediction, truth


def test_truth_is_what_a_perfect_map_would_say(bags):
    found = maps_at(*bags, [10])
    assert list(found) == [10]
    expected = [[-1, 0, 0, 0], [-1, 0, 0, 0], [-1, 0, 0, 100], [-1, 0, 0, 0]]
    np.testing.assert_array_equal(found[10].truth, expected)
    assert found[10].resolution_m == 0.5 and found[10].origin_xy_m == (-1.0, -1.0)


def test_costmaps_come_onto_the_cells_of_the_truth_from_either_frame(bags):
    found = maps_at(*bags, [10, 20, 30], '/odom')
    assert list(found) == [10, 20]
    assert [maps.frame_id for maps in found.values()] == ['base', 'odom']
    for maps in found.values():
        np.testing.assert_array_equal(maps.costs, np.arange(16).reshape(4, 4))


def test_maps_are_spread_over_the_common_stamps(bags, tmp_path):
    assert list(spread_maps(*bags, odom_topic='/odom')) == [10, 20]
    assert spread_maps(bags[1], bags[1]) == {}
    long = tmp_path / 'long.mcap'
    with BagWriter(long) as bag:
        for stamp in range(100):
            for topic in (COSTMAP, *TRUE_LAYERS):
                bag.write(topic, stamp, grid(stamp, 'base', np.zeros((4, 4))))
    assert list(spread_maps(long, long)) == [0, 19, 39, 59, 79, 99]


def test_finer_and_smaller_costmaps_are_picked_from():
    fine = grid(0, 'base', np.arange(16).reshape(4, 4), (-0.5, -0.5), 0.25)
    wanted = grid(0, 'base', np.zeros((4, 4)))
    expected = np.full((4, 4), -1)
    expected[1:3, 1:3] = [[0, 2], [8, 10]]
    near = picked(fine, wanted._replace(origin_m=(-1.01, -1.01, 0.0)), None)
    np.testing.assert_array_equal(near, expected)


def test_bags_without_maps_have_none_and_odometry_must_be_one(bags, tmp_path):
    prediction, truth = bags
    empty = tmp_path / 'empty.mcap'
    with BagWriter(empty) as bag:
        bag.write('/other', 1, ImageMessage(1, 'x', np.zeros((2, 2), np.uint8), 'mono8'))
    assert maps_at(empty, truth, [10]) == {} and maps_at(prediction, empty, [10]) == {}
    with pytest.raises(DatasetError, match=r'truth\.mcap: has no topic /no, it has /odom, '):
        maps_at(prediction, truth, [10], '/no')
    with pytest.raises(DatasetError, match=r'truth\.mcap: /truth/ground/seen holds no odometry'):
        maps_at(prediction, truth, [10], '/truth/ground/seen')
