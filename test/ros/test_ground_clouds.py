"""The contracts of the clouds, held on messages of a real node and a real pipeline."""

import struct
from array import array

import numpy as np
import pytest
from nav_msgs.msg import OccupancyGrid
from node_harness import harness, stamp_of
from painted_node import FOOT_M, HEIGHT, ROAD, SKY, WALL, WIDTH, painted, painting
from rclpy.qos import QoSDurabilityPolicy, QoSReliabilityPolicy
from rclpy.qos import qos_profile_sensor_data as BEST_EFFORT
from sensor_msgs.msg import Image, LaserScan, PointCloud2, PointField

from panoseg_ros.ground import POINT
from panoseg_ros.ros import publishers
from panoseg_ros.ros.conversions import array_from_grid, array_from_image, cloud_from_points

__all__ = ['harness', 'painted']
CLOUDS = ('ground/obstacles', 'ground/free', 'segmentation/points')
XYZ = [(name, offset, PointField.FLOAT32, 1) for name, offset in (('x', 0), ('y', 4), ('z', 8))]
LABELLED = [
    *XYZ,
    ('label', 12, PointField.UINT8, 1),
    ('confidence', 13, PointField.UINT8, 1),
]


@pytest.fixture
def seen(painted, harness, spin_until):
    """Return a function that starts a node and gives topic -> message of one picture."""

    def start(camera_x=0.0, wall=True, **values):
        camera = painted(camera_x, **values)
        got = {name: harness.listen(name, PointCloud2, 10) for name in CLOUDS}
        for name in ('mask', 'confidence'):
            topic = f'segmentation/{name}'
            got[topic] = harness.listen(topic, Image, 10)
        got['costmap/combined'] = harness.listen('costmap/combined', OccupancyGrid)
        stamp_ns = harness.next_ns()
        camera.publish(painting(stamp_ns, wall))
        spin_until(lambda: all(m and stamp_of(m[-1]) == stamp_ns for m in got.values()))
        return {name: messages[-1] for name, messages in got.items()}

    return start


def layout(message):
    return [(f.name, f.offset, f.datatype, f.count) for f in message.fields]


def places(message):
    """Return x, y, z (height * width, 3) of a message, by its own description."""
    data = bytes(message.data)
    starts = range(0, len(data), message.point_step)
    return np.array([struct.unpack_from('<3f', data, at) for at in starts]).reshape(-1, 3)


def assert_consistent(message, height, width):
    assert (message.height, message.width) == (height, width)
    assert message.row_step == width * message.point_step
    assert len(message.data) == height * message.row_step
    assert message.is_bigendian is False
    assert isinstance(message.data, array) and message.data.typecode == 'B'


def test_all_clouds_have_the_frame_of_the_robot(seen, harness):
    got = seen()
    base = harness.node._session.frames.base
    for name in CLOUDS:
        assert got[name].header.frame_id == base, name


def test_everything_that_a_frame_leads_to_has_its_stamp(painted, harness, spin_until):
    camera = painted(costmap__classes=['wall', 'wall', 'built = wall + building'])
    topics = dict.fromkeys(CLOUDS, PointCloud2) | {'ground/scan': LaserScan}
    topics |= {f'costmap/{slug}': OccupancyGrid for slug in ('combined', 'wall', 'built')}
    for name in ('mask', 'confidence', 'overlay'):
        topics[f'segmentation/{name}'] = Image
    topics['panorama/image'] = Image
    got = {name: harness.listen(name, kind, BEST_EFFORT) for name, kind in topics.items()}
    outputs = harness.node._session.outputs.topics
    assert sorted(outputs) == sorted(harness.node.resolve_topic_name(name) for name in got)
    stamps = []
    for count in (1, 2):
        stamps.append(harness.next_ns())
        camera.publish(painting(stamps[-1]))
        spin_until(lambda count=count: all(len(m) == count for m in got.values()))
    assert {tuple(map(stamp_of, messages)) for messages in got.values()} == {tuple(stamps)}
    grids = {slug: array_from_grid(got[f'costmap/{slug}'][-1]) for slug in ('wall', 'built')}
    np.testing.assert_array_equal(grids['wall'], grids['built'])
    assert 100 in grids['built']


def test_obstacles_are_a_dense_row_of_labelled_points_at_the_wall(seen):
    message = seen()['ground/obstacles']
    assert layout(message) == LABELLED and message.point_step == 16
    assert_consistent(message, 1, message.width)
    assert message.is_dense is True and message.width > 5
    points = places(message)
    assert np.isfinite(points).all() and points[:, 2] == pytest.approx(0.2)
    azimuth = np.rad2deg(np.arctan2(points[:, 1], points[:, 0]))
    assert np.abs(azimuth - 90.0).max() < 18.0
    assert np.hypot(points[:, 0], points[:, 1]) == pytest.approx(FOOT_M, abs=0.3)
    assert set(np.frombuffer(message.data, POINT)['label']) == {WALL}


@pytest.mark.parametrize('camera_x', [0.0, 0.4])
def test_free_is_a_dense_row_of_points_in_front_of_the_wall(seen, camera_x):
    message = seen(camera_x, ground__marking_height_m=0.1)['ground/free']
    assert layout(message) == XYZ and message.point_step == 12
    assert_consistent(message, 1, message.width)
    assert message.is_dense is True and message.width > 200
    points = places(message)
    assert np.isfinite(points).all() and points[:, 2] == pytest.approx(0.1)
    azimuth, reach = np.arctan2(points[:, 1], points[:, 0]), np.hypot(points[:, 0], points[:, 1])
    from_camera = np.rad2deg(np.arctan2(points[:, 1], points[:, 0] - camera_x))
    wall = np.abs(from_camera - 90.0) < 12.0
    assert np.hypot(points[wall, 0] - camera_x, points[wall, 1]).max() < FOOT_M
    assert wall.any() and reach.max() > 4.5
    assert np.abs(from_camera).max() < 162.0  # behind it nothing was seen
    assert np.unique(np.round(azimuth, 6)).size == len(azimuth)  # one point per bearing


def test_points_are_organised_like_the_mask(seen):
    got = seen()
    message = got['segmentation/points']
    mask = array_from_image(got['segmentation/mask'])[..., 0]
    assert layout(message) == LABELLED and message.point_step == 16
    assert_consistent(message, HEIGHT, WIDTH)
    assert mask.shape == (HEIGHT, WIDTH) and message.is_dense is False
    points = places(message).reshape(HEIGHT, WIDTH, 3)
    raw = np.frombuffer(message.data, POINT).reshape(HEIGHT, WIDTH)
    np.testing.assert_array_equal(raw['label'], mask)
    sure = array_from_image(got['segmentation/confidence'])[..., 0]
    np.testing.assert_array_equal(raw['confidence'], sure)
    placed = np.isfinite(points)
    assert (placed.all(-1) == placed.any(-1)).all()
    placed = placed[..., 0]
    assert not placed[mask == SKY].any() and placed[mask == ROAD].mean() > 0.8
    feet = placed & (mask == WALL)
    assert (feet.sum(0) <= 1).all() and feet.any(0).sum() == (mask == WALL).any(0).sum()
    assert np.hypot(*points[feet][:, :2].T) == pytest.approx(FOOT_M, abs=0.3)
    assert points[placed][:, 2] == pytest.approx(0.0, abs=1e-5)
    left = (mask == ROAD) & (np.arange(WIDTH) < WIDTH // 2) & placed
    assert (points[left][:, 1] > 0.0).all()  # of the picture and of the robot


def test_without_obstacles_there_is_an_empty_cloud_and_not_none(seen):
    message = seen(wall=False)['ground/obstacles']
    assert_consistent(message, 1, 0)
    assert layout(message) == LABELLED and message.point_step == 16 and message.is_dense is True


def test_nothing_is_computed_while_nobody_listens(painted, harness, spin_until, monkeypatch):
    asked = []
    for name in ('obstacle_cloud', 'free_cloud', 'cloud_from_pixels'):
        monkeypatch.setattr(publishers, name, lambda *_, name=name: asked.append(name))
    camera = painted()
    grids = harness.listen('costmap/combined')
    camera.publish(painting(harness.next_ns()))
    spin_until(lambda: grids and stamp_of(grids[-1]) == harness.stamp_ns)
    assert asked == []


def test_a_blind_node_sends_no_cloud(painted, harness, spin_until):
    camera = painted(input_timeout_s=0.3)
    clouds = [harness.listen(name, PointCloud2, 10) for name in CLOUDS]
    grids = harness.listen('costmap/combined')
    camera.publish(painting(harness.next_ns()))
    spin_until(lambda: all(clouds) and grids and stamp_of(grids[-1]) > harness.stamp_ns)
    assert set(grids[-1].data) == {-1}
    assert harness.change('deactivate')
    assert [stamp_of(m) for messages in clouds for m in messages] == 3 * [harness.stamp_ns]


def test_without_a_pose_there_is_no_cloud_as_there_is_no_grid(painted, harness, spin_until):
    camera = painted(pose_source='odom', pose_timeout_s=0.1)
    clouds = [harness.listen(name, PointCloud2, 10) for name in CLOUDS]
    masks = harness.listen('segmentation/mask', Image, 10)
    camera.publish(painting(harness.next_ns()))
    spin_until(lambda: masks and harness.node.faults.counts().get('pose missing'))
    assert not any(clouds)


def test_quality_is_that_of_outputs_and_can_be_set(harness):
    harness.start(qos__free__reliability='best_effort', qos__free__depth=5)
    profiles = {
        name: p.qos_profile
        for p in harness.node.publishers
        for name in CLOUDS
        if p.topic_name.endswith(f'/{name}')
    }
    assert profiles.keys() == set(CLOUDS)
    for name, profile in profiles.items():
        best, depth = (True, 5) if name == 'ground/free' else (False, 1)
        wanted = QoSReliabilityPolicy.BEST_EFFORT if best else QoSReliabilityPolicy.RELIABLE
        assert (profile.reliability, profile.depth) == (wanted, depth), name
        assert profile.durability == QoSDurabilityPolicy.VOLATILE


@pytest.mark.parametrize('count', [0, 1, 1000])
def test_a_message_describes_any_number_of_points(count):
    points = np.zeros(count, POINT)
    points['x'], points['label'] = np.arange(count), 7
    message = cloud_from_points(points, 5, 'base')
    assert_consistent(message, 1, count)
    assert layout(message) == LABELLED and stamp_of(message) == 5
    assert places(message)[:, 0].tolist() == list(range(count))
