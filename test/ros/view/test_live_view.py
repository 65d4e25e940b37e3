"""Messages of a real node, and what the viewer is told."""

from array import array
from types import SimpleNamespace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid, Odometry
from node_harness import LATCHED, NS, START_NS, harness, image, odometry
from sensor_msgs.msg import Image, LaserScan

from panoseg_ros.errors import RosError
from panoseg_ros.frames import GroundMap
from panoseg_ros.labels import load_label_set
from panoseg_ros.ros.conversions import (
    diagnostic,
    grid_from_array,
    image_from_array,
    time_from_ns,
)
from panoseg_ros.ros.view import live_view as module
from panoseg_ros.ros.view.live_view import LiveView

__all__ = ['harness']
LABELS = load_label_set('cityscapes19')
CELLS = np.array([[0, 100], [-1, 60]], np.int8)
GROUND = GroundMap(START_NS, 'odom', 0.5, (-1.0, 2.0), {}, CELLS, np.zeros(8, np.float32))


class Log:
    """Keeps what it is told, as (stamp, ...) by kind."""

    def __init__(self):
        self.told = {}

    def __getattr__(self, kind):
        return lambda *what: self.told.setdefault(kind, []).append(what)


@pytest.fixture
def view(make_node, spin_until, monkeypatch):
    monkeypatch.setattr(module, 'LOOK_S', 0.05)
    log, robot = Log(), make_node('robot')
    LiveView(make_node('viewer'), log, LABELS)

    def say(kind, topic, message, qos=10):
        publisher = robot.create_publisher(kind, topic, qos)
        spin_until(publisher.get_subscription_count)
        publisher.publish(message)
        return publisher

    return SimpleNamespace(log=log, told=log.told, say=say, robot=robot, spin_until=spin_until)


def grid(cells=CELLS, stamp_ns=START_NS, frame='odom'):
    return grid_from_array(cells, GROUND, frame, stamp_ns=stamp_ns, ground_z_m=0.25)


def test_pictures_and_masks_come_as_they_are(view):
    view.say(Image, 'panorama/image', image(7, START_NS))
    mask = np.arange(8, dtype=np.uint8).reshape(2, 4)
    view.say(Image, 'segmentation/mask', image_from_array(mask, START_NS, 'p'))
    view.spin_until(lambda: {'panorama', 'mask'} <= view.told.keys())
    ((stamp_ns, picture),) = view.told['panorama']
    assert stamp_ns == START_NS and (picture == 7).all()
    ((_, labels),) = view.told['mask']
    assert np.array_equal(labels, mask)


def test_a_costmap_brings_its_latency(view):
    view.say(OccupancyGrid, 'costmap/combined', grid(), LATCHED)
    view.spin_until(lambda: 'latency' in view.told)
    ((stamp_ns, slug, shown),) = view.told['grid']
    assert (stamp_ns, slug) == (START_NS, 'combined')
    assert np.array_equal(shown.cells, CELLS) and shown.origin_xy_m == (-1.0, 2.0)
    assert view.told['latency'][0][1] > 1e9  # the stamp is of 2023


def test_a_costmap_that_is_cut_off_is_one_line():
    message = grid()
    message.info.width = 3
    with pytest.raises(RosError, match='3 x 2 cells holds 4 values'):
        module.grid_from_message(message)


def test_a_blind_node_has_no_latency(view):
    view.say(OccupancyGrid, 'costmap/combined', grid(np.full((2, 2), -1, np.int8)), LATCHED)
    view.spin_until(lambda: 'grid' in view.told)
    assert 'latency' not in view.told


def test_classes_are_found_and_become_one_labelled_cloud(view):
    combined = view.say(OccupancyGrid, 'costmap/combined', grid(), LATCHED)
    road = view.say(OccupancyGrid, 'costmap/road', grid(), LATCHED)
    car = view.say(OccupancyGrid, 'costmap/car', grid(), LATCHED)
    view.robot.create_publisher(OccupancyGrid, 'costmap/strange', LATCHED)
    view.spin_until(lambda: len(view.told.get('grid', ())) == 3)
    view.told.clear()
    later = START_NS + NS
    combined.publish(grid(stamp_ns=later))
    view.spin_until(lambda: 'grid' in view.told)
    road.publish(grid(stamp_ns=later))
    view.spin_until(lambda: len(view.told['grid']) == 2)
    assert 'cloud' not in view.told  # the other class is still to come
    car.publish(grid(np.zeros((2, 2), np.int8), later))
    view.spin_until(lambda: 'cloud' in view.told)
    ((stamp_ns, cloud),) = view.told['cloud']
    assert stamp_ns == later and cloud.class_ids.tolist() == [0, 0]


def test_a_scan_is_where_obstacles_stand_on_the_ground_below_the_robot(view):
    wheels = view.say(Odometry, 'odom', odometry(START_NS, 1.0))
    view.say(OccupancyGrid, 'costmap/combined', grid(), LATCHED)
    view.spin_until(lambda: 'grid' in view.told)
    wheels.publish(odometry(START_NS, z=1.0))
    view.spin_until(lambda: 'pose' in view.told)
    scan = LaserScan(ranges=array('f', [1.0, np.inf, 3.0, np.nan]))  # behind, right, ahead, left
    scan.header.stamp = time_from_ns(START_NS)
    view.say(LaserScan, 'ground/scan', scan)
    view.spin_until(lambda: 'feet' in view.told)
    ((stamp_ns, feet),) = view.told['feet']
    assert stamp_ns == START_NS
    np.testing.assert_allclose(feet, [[-1.0, 0.0, -0.75], [3.0, 0.0, -0.75]], atol=1e-6)


def test_a_pose_is_shown_in_the_frame_of_the_costmap_only(view):
    wheels = view.say(Odometry, 'odom', odometry(START_NS, 1.0))
    view.say(OccupancyGrid, 'costmap/combined', grid(), LATCHED)
    view.spin_until(lambda: 'grid' in view.told)
    strange = odometry(START_NS + 1, 2.0, frame='elsewhere')
    unset = odometry(START_NS + 2, 3.0)
    unset.pose.pose.orientation.w = 0.0
    for message in (strange, unset, odometry(START_NS + 3, 4.0)):
        wheels.publish(message)
    view.spin_until(lambda: 'pose' in view.told)
    ((stamp_ns, pose),) = view.told['pose']
    assert stamp_ns == START_NS + 3 and pose[0, 3] == 4.0


def test_stage_times_are_those_of_our_node_at_the_time_of_its_images(view):
    name = f'{view.robot.get_namespace()}/panoseg'
    message = DiagnosticArray(
        status=[
            diagnostic('/another/panoseg', 'ok', '', {'time: network (ms)': '1.0'}),
            diagnostic(name, 'ok', '', {'time: network (ms)': '5.5', 'received': 3}),
        ]
    )
    message.header.stamp = time_from_ns(START_NS + 9 * NS)
    diagnostics = view.say(DiagnosticArray, '/diagnostics', message)
    view.spin_until(lambda: 'stages' in view.told)
    assert view.told['stages'] == [(START_NS + 9 * NS, {'network': 5.5})]
    view.say(OccupancyGrid, 'costmap/combined', grid(), LATCHED)
    view.spin_until(lambda: 'grid' in view.told)
    diagnostics.publish(message)
    view.spin_until(lambda: len(view.told['stages']) == 2)
    assert view.told['stages'][1][0] == START_NS


def test_the_node_says_its_stages_in_the_words_that_are_read(harness):
    harness.start()
    newest = harness.diagnostics()
    camera = harness.camera()
    camera.publish(image(3, harness.next_ns()))
    harness.spin_until(lambda: newest() and 'time: total (ms)' in newest().values)
    status = SimpleNamespace(
        values=[SimpleNamespace(key=k, value=v) for k, v in newest().values.items()]
    )
    assert {'decode', 'pose', 'segment', 'total'} <= module.stages_of(status).keys()
