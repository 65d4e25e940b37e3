"""Messages of a real node, and what the viewer is told."""

from types import SimpleNamespace

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid, Odometry
from node_harness import LATCHED, NS, START_NS, harness, image, odometry
from sensor_msgs.msg import Image, PointCloud2

from panoseg_ros.errors import RosError
from panoseg_ros.frames import GroundMap
from panoseg_ros.ground import POINT
from panoseg_ros.labels import load_label_set
from panoseg_ros.ros.conversions import (
    cloud_from_points,
    diagnostic,
    grid_from_array,
    image_from_array,
    points_from_cloud,
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
    viewer = LiveView(make_node('viewer'), log)

    def say(kind, topic, message, qos=10):
        publisher = robot.create_publisher(kind, topic, qos)
        spin_until(publisher.get_subscription_count)
        publisher.publish(message)
        return publisher

    return SimpleNamespace(
        viewer=viewer, told=log.told, say=say, robot=robot, spin_until=spin_until
    )


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


def test_what_cannot_be_read_is_passed_over_with_one_line(view, monkeypatch):
    said = []
    monkeypatch.setattr(view.viewer._faults, '_warn', said.append)
    cut, strange = grid(), image(7, START_NS)
    cut.info.width, strange.encoding = 3, 'rgb9'
    grids = view.say(OccupancyGrid, 'costmap/combined', cut, LATCHED)
    view.say(Image, 'panorama/image', strange)
    view.spin_until(lambda: len(said) == 2)
    grids.publish(grid())
    view.spin_until(lambda: 'grid' in view.told)
    assert 'panorama' not in view.told
    assert {line.partition(':')[0] for line in said} == {'costmap/combined', 'panorama/image'}


def test_a_blind_node_has_no_latency(view):
    view.say(OccupancyGrid, 'costmap/combined', grid(np.full((2, 2), -1, np.int8)), LATCHED)
    view.spin_until(lambda: 'grid' in view.told)
    assert 'latency' not in view.told


def test_costmaps_of_classes_and_groups_are_found(view):
    view.robot.create_publisher(Image, 'costmap/strange', LATCHED)
    view.robot.create_publisher(OccupancyGrid, 'costmap/of/nobody', LATCHED)
    for slug in ('road', 'vehicle'):
        view.say(OccupancyGrid, f'costmap/{slug}', grid(), LATCHED)
    view.spin_until(lambda: len(view.told.get('grid', ())) == 2)
    for (stamp_ns, slug, shown), expected in zip(
        view.told['grid'], ('road', 'vehicle'), strict=True
    ):
        assert (stamp_ns, slug) == (START_NS, expected) and np.array_equal(shown.cells, CELLS)
    assert view.viewer._classes == {'road', 'vehicle'}


def cloud(*shape):
    points = np.zeros(shape, POINT)
    points['x'] = np.arange(points.size).reshape(shape)
    points['label'] = 13
    return points


def test_points_with_a_place_become_the_labelled_cloud(view):
    points = cloud(4, 6)
    points['x'][2] = np.nan
    message = cloud_from_points(points.ravel(), START_NS, 'base_link')
    message.height, message.width = 4, 6
    view.say(PointCloud2, 'segmentation/points', message)
    view.spin_until(lambda: 'cloud' in view.told)
    ((stamp_ns, shown),) = view.told['cloud']
    assert stamp_ns == START_NS and shown.class_ids.tolist() == [13, 13, 13]
    assert shown.points_m[:, 0].tolist() == [0.0, 2.0, 4.0]  # every second of every second row


def test_obstacles_are_shown_as_feet(view):
    view.say(PointCloud2, 'ground/obstacles', cloud_from_points(cloud(3), START_NS, 'base_link'))
    view.spin_until(lambda: 'feet' in view.told)
    ((stamp_ns, feet),) = view.told['feet']
    assert stamp_ns == START_NS and feet.tolist() == [[x, 0.0, 0.0] for x in (0.0, 1.0, 2.0)]


def test_without_obstacles_there_are_no_feet(view):
    view.say(PointCloud2, 'ground/obstacles', cloud_from_points(cloud(0), START_NS, 'base_link'))
    view.spin_until(lambda: 'feet' in view.told)
    assert view.told['feet'][0][1].shape == (0, 3)


def test_a_cloud_of_another_layout_is_one_line():
    message = cloud_from_points(cloud(3), START_NS, 'base_link')
    message.width = 4
    with pytest.raises(RosError, match='4 x 1 labelled points cannot have 48 bytes'):
        points_from_cloud(message)


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
