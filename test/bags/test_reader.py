"""Bags of every form are read back; damage and unknown types are passed over."""

import shutil

import numpy as np
import pytest
import yaml
from bag_samples import QOS, START, S, messages, same, write
from rosbags.rosbag1 import Writer as Ros1Writer
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from panoseg_ros import bags
from panoseg_ros.errors import BagError

JAZZY = get_typestore(Stores.ROS2_JAZZY)
TOPICS = len(messages(0))


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('compress', [False, True])
def test_what_is_written_is_read_back(tmp_path, storage, compress):
    with bags.BagReader(write(tmp_path / 'bag', 3, storage, compress)) as reader:
        assert set(reader.topics) == set(messages(0))
        assert reader.duration_s == pytest.approx(0.2)
        assert (reader.start_ns, reader.end_ns) == (START, START + 2 * S // 10)
        records = list(reader.messages())
        assert reader.problems == []
    assert len(records) == 3 * TOPICS
    assert [r.stamp_ns for r in records] == sorted(r.stamp_ns for r in records)
    for record in records:
        index = (record.stamp_ns - START) * 10 // S
        assert same(messages(index)[record.topic], record.message), record.topic


def test_topics_say_type_count_and_quality(tmp_path):
    with bags.BagReader(write(tmp_path / 'bag.mcap', 2)) as reader:
        topics = reader.topics
    assert topics['odom'].msgtype == 'nav_msgs/msg/Odometry'
    assert topics['odom'].message_count == 2
    assert topics['image'].qos == (QOS['image'],)
    assert topics['grid'].latched
    assert not topics['odom'].latched


def test_span_and_topics_can_be_chosen(tmp_path):
    with bags.BagReader(write(tmp_path / 'bag', 5)) as reader:
        some = list(reader.messages(['odom', 'imu'], 0.1, 0.3))
        assert [(r.topic, (r.stamp_ns - START) * 10 // S) for r in some] == [
            ('odom', 1), ('imu', 1), ('odom', 2), ('imu', 2),
        ]  # fmt: skip
        with pytest.raises(BagError, match='has no topic scam, only camera_info, depth'):
            list(reader.messages(['scam']))


def test_raw_messages_can_be_written_on(tmp_path):
    with (
        bags.BagReader(write(tmp_path / 'one', 2)) as reader,
        bags.BagWriter(tmp_path / 'two') as writer,
    ):
        for record in reader.raw():
            writer.write_raw(record.topic, record.stamp_ns, record.msgtype, record.data)
    with bags.BagReader(tmp_path / 'two') as reader:
        for record in reader.messages():
            index = (record.stamp_ns - START) * 10 // S
            assert same(messages(index)[record.topic], record.message)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_split_bags_are_read_in_order(tmp_path, storage):
    suffix = {'mcap': 'mcap', 'sqlite3': 'db3'}[storage]
    first = write(tmp_path / 'a', 4, storage)
    (one,) = first.glob(f'*.{suffix}')
    second = write(tmp_path / 'b', 2, storage)
    (two,) = second.glob(f'*.{suffix}')
    shutil.move(two, first / f'a_1.{suffix}')
    path = first / 'metadata.yaml'
    meta = yaml.safe_load(path.read_text())
    meta['rosbag2_bagfile_information']['relative_file_paths'] = [one.name, f'a_1.{suffix}']
    path.write_text(yaml.safe_dump(meta))
    with bags.BagReader(first) as reader:
        assert reader.topics['odom'].message_count == 6
        assert len(list(reader.messages(['odom']))) == 6
    path.unlink()
    with bags.BagReader(first) as reader:
        assert len(list(reader.messages(['odom']))) == 6
        assert 'metadata.yaml: cannot be read' in reader.problems[0]


def test_file_compression_is_unpacked(tmp_path):
    writer = Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.SQLITE3)
    writer.set_compression(CompressionMode.FILE, CompressionFormat.ZSTD)
    types = JAZZY.types
    with writer:
        topic = writer.add_connection('s', 'std_msgs/msg/String', typestore=JAZZY)
        data = JAZZY.serialize_cdr(types['std_msgs/msg/String']('hello'), topic.msgtype)
        writer.write(topic, 7, data)
    assert list((tmp_path / 'bag').glob('*.zstd'))
    with bags.BagReader(tmp_path / 'bag') as reader:
        (record,) = reader.messages()
    assert (record.stamp_ns, record.message.fields.data) == (7, 'hello')
    assert record.message.msgtype == 'std_msgs/msg/String'


def test_overlapping_chunks_come_in_order_of_time(tmp_path):
    big = bags.ImageMessage(0, 'c', np.zeros((600, 600, 3), np.uint8), 'rgb8')
    with bags.BagWriter(tmp_path / 'bag') as writer:
        for k in range(8):  # more than one chunk of 1 MiB
            writer.write('image', k, big)
    with bags.BagReader(tmp_path / 'bag') as reader:
        assert [r.stamp_ns for r in reader.messages()] == list(range(8))
        assert [r.stamp_ns for r in reader.messages(start_s=3e-9)] == [3, 4, 5, 6, 7]


def ros1_bag(path, compression=None):
    store = get_typestore(Stores.ROS1_NOETIC)
    t = store.types
    writer = Ros1Writer(path)
    if compression is not None:
        writer.set_compression(compression)
    with writer:
        image = writer.add_connection('/cam/image', 'sensor_msgs/msg/Image', typestore=store)
        info = writer.add_connection('/cam/info', 'sensor_msgs/msg/CameraInfo', typestore=store)
        name = writer.add_connection('/name', 'std_msgs/msg/String', typestore=store,
                                   latching=1)  # fmt: skip
        for k in range(3):
            time = t['builtin_interfaces/msg/Time'](10 + k, 5)
            head = t['std_msgs/msg/Header'](k, time, 'cam')
            pixels = np.full(12, k, np.uint8)
            message = t['sensor_msgs/msg/Image'](head, 2, 2, 'rgb8', 0, 6, pixels)
            stamp = (10 + k) * S
            writer.write(image, stamp, store.serialize_ros1(message, image.msgtype))
            roi = t['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
            eye = np.eye(3).ravel()
            message = t['sensor_msgs/msg/CameraInfo'](
                head, 2, 2, 'plumb_bob', np.zeros(5), eye, eye, np.zeros(12), 0, 0, roi
            )
            writer.write(info, stamp, store.serialize_ros1(message, info.msgtype))
        message = t['std_msgs/msg/String']('map')
        writer.write(name, 12 * S, store.serialize_ros1(message, name.msgtype))
    return path


@pytest.mark.parametrize('name', [None, 'BZ2', 'LZ4'])
def test_ros1_bags_are_read(tmp_path, name):
    kind = None if name is None else Ros1Writer.CompressionFormat[name]
    with bags.BagReader(ros1_bag(tmp_path / 'old.bag', kind)) as reader:
        assert reader.topics['/cam/image'].msgtype == 'sensor_msgs/msg/Image'
        assert reader.topics['/name'].latched
        assert reader.duration_s == 2.0
        images = [r.message for r in reader.messages(['/cam/image'])]
        infos = [r.message for r in reader.messages(['/cam/info'], 0.5)]
    assert [i.stamp_ns for i in images] == [10 * S + 5, 11 * S + 5, 12 * S + 5]
    assert images[2].image.shape == (2, 2, 3)
    assert (images[2].image == 2).all()
    assert len(infos) == 2
    assert infos[0].k == tuple(np.eye(3).ravel())


def unknown_type_bag(path, with_definition):
    store = get_typestore(Stores.ROS2_JAZZY)
    store.register(get_types_from_msg('int32 code\n', 'robot_msgs/msg/Beep'))
    writer = Writer(path, version=9, storage_plugin=StoragePlugin.MCAP)
    with writer:
        text, digest = (None, None) if with_definition else ('', 'RIHS01_0')
        beep = writer.add_connection('beep', 'robot_msgs/msg/Beep', typestore=store, msgdef=text,
                                     rihs01=digest)  # fmt: skip
        odom = writer.add_connection('s', 'std_msgs/msg/String', typestore=store)
        kind = store.types['robot_msgs/msg/Beep']
        writer.write(beep, 1, store.serialize_cdr(kind(42), beep.msgtype))
        text = store.types['std_msgs/msg/String']('hello')
        writer.write(odom, 2, store.serialize_cdr(text, odom.msgtype))
    return path


def test_types_that_the_bag_defines_are_read(tmp_path):
    with bags.BagReader(unknown_type_bag(tmp_path / 'bag', True)) as reader:
        first, _ = reader.messages()
    assert first.message.fields.code == 42


def test_damaged_message_is_counted_and_passed_over(tmp_path):
    with bags.BagWriter(tmp_path / 'bag') as writer:
        for k, message in enumerate([b'\x00\x01\x00\x00', b'\x00\x01\x00\x00xx']):
            writer.write_raw('odom', k, 'nav_msgs/msg/Odometry', message)
        writer.write('odom', 5, messages(0)['odom'])
    with bags.BagReader(tmp_path / 'bag') as reader:
        (record,) = reader.messages()
        assert record.stamp_ns == 5
        assert len(reader.problems) == 1
        assert 'topic odom: a message is damaged (2 times)' in reader.problems[0]
