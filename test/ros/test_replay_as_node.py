"""A replay says, bit for bit, what the node publishes for the same bag."""

import numpy as np
import pytest
from nav_msgs.msg import OccupancyGrid, Odometry
from node_harness import START_NS, harness, stamp_of
from sensor_msgs.msg import Image, Imu, LaserScan, PointCloud2
from turns import quaternion

pytest.importorskip('rosbags', reason='bags need rosbags')

from panoseg_ros import bags
from panoseg_ros.evaluation.replay import ReplayJob, run_job
from panoseg_ros.ros.conversions import array_from_grid, array_from_image
from panoseg_ros.ros.factory import build_pipeline
from panoseg_ros.settings import load_settings, stream_rules

__all__ = ['harness']
MS = 1_000_000
FRAMES, PERIOD_NS, SENSOR_NS = 20, 100 * MS, 10 * MS
IMAGE = '/image'
SIZE = (480, 240)  # a fourth of the rig's pictures
PARAMETERS = {
    'rig.file': 'dual_fisheye',
    'model.threads': 1,
    'tilt_source': 'imu',
    'tilt_timeout_s': 5.0,
    'pose_source': 'odom',
    'pose_timeout_s': 5.0,
    'costmap.classes': ['road', 'car'],
    'costmap.policy': 'sidewalk_robot',
    'input_timeout_s': 600.0,
    'qos.scan.reliability': 'reliable',
}
TOPICS = {
    'segmentation/mask': Image,
    'segmentation/confidence': Image,
    'costmap/combined': OccupancyGrid,
    'costmap/road': OccupancyGrid,
    'ground/scan': LaserScan,
    'ground/obstacles': PointCloud2,
    'ground/free': PointCloud2,
    'segmentation/points': PointCloud2,
}


def picture(index):
    """Return coloured patches whose brightness drifts, so that gains change, too."""
    rng = np.random.default_rng(index)
    patches = rng.integers(0, 200 + index, (12, 24, 3), np.uint8)
    return np.kron(patches, np.ones((SIZE[1] // 12, SIZE[0] // 24, 1), np.uint8))


@pytest.fixture(scope='module')
def recording(tmp_path_factory):
    """A bag of a leaning robot that drives; images lie between two samples of its sensors."""
    path = tmp_path_factory.mktemp('bag') / 'drive.mcap'
    messages = []
    for step in range(-1, FRAMES * PERIOD_NS // SENSOR_NS + 2):
        stamp = START_NS + step * SENSOR_NS
        turn = quaternion(4.0 * np.sin(step / 9), 3.0 * np.cos(step / 7), step / 5)
        messages.append(
            (stamp, '/imu', bags.ImuMessage(stamp, 'imu', turn, (0.0,) * 3, (0.0, 0.0, 9.8)))
        )
        place = (0.01 * step, 0.0, 0.0)
        odometry = bags.OdometryMessage(stamp, 'odom', 'base_link', place, quaternion(0, 0, step))
        messages.append((stamp, '/odom', odometry))
    for index in range(FRAMES):
        stamp = START_NS + index * PERIOD_NS + 3 * MS
        message = bags.ImageMessage(stamp, 'camera', picture(index), 'rgb8')
        messages.append((stamp, IMAGE, message))
    with bags.BagWriter(path) as writer:
        for stamp, topic, message in sorted(messages, key=lambda entry: entry[0]):
            writer.write(topic, stamp, message)
    return path


def played(path, harness, spin_until):
    """Return topic -> stamp -> array of what the node says, one image after the other."""
    harness.build = build_pipeline
    given = {name.replace('.', '__'): value for name, value in PARAMETERS.items()}
    harness.start(**given, ground__size_m=10.0)
    got = {name: harness.listen(name, kind, 10) for name, kind in TOPICS.items()}
    publishers = {
        f'/{name}': harness.tester.create_publisher(kind, name, 400)
        for name, kind in (('imu', Imu), ('odom', Odometry), (IMAGE[1:], Image))
    }
    for publisher in publishers.values():
        spin_until(publisher.get_subscription_count)
    with bags.BagReader(path) as bag:
        records = list(bag.raw())
    sensors = [record for record in records if record.topic in ('/imu', '/odom')]
    for record in (r for r in records if r.topic == IMAGE):
        while sensors and sensors[0].stamp_ns <= record.stamp_ns + SENSOR_NS:
            sensor = sensors.pop(0)
            publishers[sensor.topic].publish(sensor.data)
        publishers[record.topic].publish(record.data)
        spin_until(lambda at=record.stamp_ns: all(got[n] and stamp_of(got[n][-1]) == at
                                                  for n in TOPICS))  # fmt: skip
    assert harness.node.faults.counts() == {}
    arrays = {
        Image: lambda m: array_from_image(m)[..., 0],
        OccupancyGrid: array_from_grid,
        PointCloud2: lambda m: cloud_values(m.header.frame_id, m.is_dense, m.height, m.data),
        LaserScan: lambda m: scan_values(m.header.frame_id, m.range_min, m.range_max, m.ranges),
    }
    return {
        name: {stamp_of(m): arrays[kind](m) for m in got[name]} for name, kind in TOPICS.items()
    }


def scan_values(frame_id, range_min, range_max, ranges):
    """Return ranges with their limits before them."""
    assert frame_id == 'base_link'
    return np.array([range_min, range_max, *ranges], np.float32)


def cloud_values(frame_id, dense, height, data):
    """Return the bytes of the points with what is said about them before."""
    assert frame_id == 'base_link'
    return np.concatenate([np.array([dense, height], np.uint16), np.frombuffer(data, np.uint8)])


def replayed(path, folder):
    """Return the same of a replay with the same parameters."""
    file = folder / 'params.yaml'
    lines = [f'    {name}: {value!r}\n' for name, value in PARAMETERS.items()]
    file.write_text('/**:\n  ros__parameters:\n    ground.size_m: 10.0\n' + ''.join(lines))
    settings = load_settings(file)
    job = ReplayJob(
        str(path),
        settings.model.bundle,
        settings.rig.file,
        folder / 'out',
        rules=stream_rules(settings, {}),
        threads=settings.model.threads,
        ground=settings.ground,
        classes=settings.costmap.wanted,
        policy=settings.costmap.policy,
        bag_pictures=True,  # segmentation/points, too
    )
    summary = run_job(job)
    assert summary['results'] == FRAMES and summary['problems'] == []
    with bags.BagReader(folder / 'out' / 'panoseg.mcap') as bag:
        found = {name: {} for name in TOPICS}
        for record in bag.messages([f'/{name}' for name in TOPICS]):
            message = record.message
            if isinstance(message, bags.ScanMessage):
                values = scan_values(message.frame_id, *message.range_span_m, message.ranges_m)
            elif isinstance(message, bags.CloudMessage):
                height = np.atleast_2d(message.points).shape[0]
                values = cloud_values(
                    message.frame_id, message.dense, height, message.points.tobytes()
                )
            elif isinstance(message, bags.GridMessage):
                values = message.cells
            else:
                values = message.image
            found[record.topic[1:]][message.stamp_ns] = values
    return found


def test_masks_and_grids_are_those_of_the_node(recording, harness, spin_until, tmp_path):
    live, offline = played(recording, harness, spin_until), replayed(recording, tmp_path)
    for name in TOPICS:
        assert live[name].keys() == offline[name].keys() and len(live[name]) == FRAMES, name
        for stamp, pixels in live[name].items():
            np.testing.assert_array_equal(pixels, offline[name][stamp], f'{name} at {stamp}')
    masks = list(live['segmentation/mask'].values())
    assert any((mask != masks[0]).any() for mask in masks)
    for name in ('ground/obstacles', 'ground/free'):
        assert len({len(values) for values in live[name].values()}) > 1, name
