"""Bags written here, read by rosbags itself; what is refused."""

import numpy as np
import pytest
from bag_samples import START, S, messages, write
from rosbags.highlevel import AnyReader
from rosbags.interfaces import QosDurability, QosReliability

from panoseg_ros import bags
from panoseg_ros.errors import BagError


@pytest.mark.parametrize(
    ('name', 'storage', 'compress'),
    [
        ('bag', 'mcap', False),
        ('bag.mcap', 'mcap', False),
        ('bag', 'mcap', True),
        ('bag', 'sqlite3', False),
        ('bag', 'sqlite3', True),
    ],
)
def test_rosbags_reads_what_was_written(tmp_path, name, storage, compress):
    path = write(tmp_path / name, 3, storage, compress)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    with AnyReader([path]) as reader:
        kinds = {c.topic: c.msgtype for c in reader.connections}
        assert kinds['image'] == 'sensor_msgs/msg/Image'
        assert kinds['tf'] == 'tf2_msgs/msg/TFMessage'
        qos = {c.topic: c.ext.offered_qos_profiles[0] for c in reader.connections}
        assert qos['image'].reliability is QosReliability.BEST_EFFORT
        assert qos['grid'].durability is QosDurability.TRANSIENT_LOCAL
        assert qos['odom'].durability is QosDurability.VOLATILE
        assert reader.message_count == 3 * len(kinds)
        seen = {}
        for connection, stamp, data in reader.messages():
            seen.setdefault(connection.topic, []).append(
                (stamp, reader.deserialize(data, connection.msgtype))
            )
    assert [stamp for stamp, _ in seen['odom']] == [START + i * S // 10 for i in range(3)]
    wanted = messages(1)
    image = seen['image'][1][1]
    assert (image.height, image.width, image.step, image.encoding) == (6, 8, 24, 'rgb8')
    assert np.array_equal(image.data.reshape(6, 8, 3), wanted['image'].image)
    assert image.header.stamp.sec * S + image.header.stamp.nanosec == START + S // 10
    grid = seen['grid'][1][1]
    assert np.array_equal(grid.data.reshape(4, 5), wanted['grid'].cells)
    assert (grid.info.width, grid.info.height) == (5, 4)
    assert grid.info.origin.position.y == -2.0
    assert seen['odom'][1][1].pose.pose.position.x == 1.0
    assert seen['imu/raw'][1][1].orientation_covariance[0] == -1.0
    assert seen['imu'][1][1].orientation_covariance[0] == 0.0
    assert seen['tf'][1][1].transforms[1].child_frame_id == 'camera'
    assert seen['scan'][1][1].angle_max == pytest.approx(-2.0)


def test_a_failed_writing_leaves_nothing(tmp_path):
    for name in ('bag', 'bag.mcap'):
        with pytest.raises(RuntimeError), bags.BagWriter(tmp_path / name) as writer:
            writer.write('odom', START, messages(0)['odom'])
            raise RuntimeError
    assert not list(tmp_path.iterdir())


def test_existing_bag_is_kept(tmp_path):
    path = write(tmp_path / 'bag', 1)
    with pytest.raises(BagError, match='bag: exists already'):
        bags.BagWriter(path)


@pytest.mark.parametrize(
    ('topic', 'message', 'reason'),
    [
        ('a', bags.ImageMessage(0, 'c', np.zeros((2, 2), np.uint8), 'rgb8'), 'rgb8 cannot hold'),
        ('a', bags.ImageMessage(0, 'c', np.zeros((2, 2), np.uint8), 'rgb'), 'unknown image enc'),
        ('a', bags.GridMessage(0, 'c', 1.0, (0, 0, 0), np.zeros((2, 2))), 'needs int8 cells'),
        ('odom', bags.ImuMessage(0, 'c', None, (0, 0, 0), (0, 0, 0)), 'topic odom carries nav'),
        ('a', bags.OtherMessage(0, 'a_msgs/msg/B', None), 'topic a: not a a_msgs/msg/B'),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, topic, message, reason):
    with pytest.raises(BagError, match=reason), bags.BagWriter(tmp_path / 'bag') as writer:
        writer.write('odom', 0, messages(0)['odom'])
        writer.write(topic, 0, message)


def test_time_does_not_run_backwards(tmp_path):
    with pytest.raises(BagError, match='lies before'), bags.BagWriter(tmp_path / 'b') as writer:
        writer.write('odom', 5, messages(0)['odom'])
        writer.write('odom', 4, messages(0)['odom'])


def test_unknown_storage_and_wrong_ending(tmp_path):
    with pytest.raises(BagError, match="unknown storage 'zip', expected mcap or sqlite3"):
        bags.BagWriter(tmp_path / 'bag', 'zip')
    with pytest.raises(BagError, match='cannot be of storage sqlite3'):
        bags.BagWriter(tmp_path / 'bag.mcap', 'sqlite3')


def test_png_and_jpeg_refuse_what_they_cannot_hold():
    with pytest.raises(BagError, match='png: cannot hold float32'):
        bags.png(0, 'c', np.zeros((2, 2), np.float32))
    with pytest.raises(BagError, match='jpeg: cannot hold uint16'):
        bags.jpeg(0, 'c', np.zeros((2, 2), np.uint16))
