"""Every form of a bag holds the same messages: storage, packing, splitting, ROS 1 or 2."""

import shutil
from itertools import product

import numpy as np
import pytest
import yaml
from bag_samples import START, S, messages, same, write
from rosbags.convert import convert as rosbags_convert
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from panoseg_ros import bags
from panoseg_ros.bags.convert import MSGTYPES, ToRos

FRAMES = 4
STORAGES = {'mcap': StoragePlugin.MCAP, 'db3': StoragePlugin.SQLITE3}
PACKINGS = {
    'plain': None,
    'file': CompressionMode.FILE,
    'message': CompressionMode.MESSAGE,
    'chunk': CompressionMode.STORAGE,
}
FORMS = [
    (suffix, packing)
    for suffix, packing in product(STORAGES, PACKINGS)
    if (suffix, packing) != ('db3', 'chunk')  # sqlite3 has no chunks
]


def part(folder, name, suffix, packing, frames):
    """Write some frames with rosbags itself."""
    store = get_typestore(Stores.ROS2_JAZZY)
    to_ros, topics = ToRos(store), {}
    writer = Writer(folder / name, version=9, storage_plugin=STORAGES[suffix])
    if PACKINGS[packing] is not None:
        writer.set_compression(PACKINGS[packing], CompressionFormat.ZSTD)
    with writer:
        for index in frames:
            for topic, message in messages(index).items():
                msgtype = MSGTYPES[type(message)]
                if topic not in topics:
                    topics[topic] = writer.add_connection(topic, msgtype, typestore=store)
                data = store.serialize_cdr(to_ros(message), msgtype)
                writer.write(topics[topic], START + index * S // 10, data)
    return folder / name


def check(path, frames=FRAMES):
    with bags.BagReader(path) as reader:
        assert set(reader.topics) == set(messages(0))
        assert {topic.message_count for topic in reader.topics.values()} == {frames}
        records = list(reader.messages())
        some = [r.stamp_ns for r in reader.messages(['odom'], 0.1, 0.25)]
        assert reader.problems == []
    assert some == [START + S // 10, START + 2 * S // 10]
    assert len(records) == frames * len(messages(0))
    for record in records:
        index = (record.stamp_ns - START) * 10 // S
        assert same(messages(index)[record.topic], record.message), record.topic


@pytest.mark.parametrize(('suffix', 'packing'), FORMS)
def test_every_storage_and_packing(tmp_path, suffix, packing):
    check(part(tmp_path, 'bag', suffix, packing, range(FRAMES)))


@pytest.mark.parametrize(('suffix', 'packing'), FORMS)
def test_every_storage_and_packing_split_in_two(tmp_path, suffix, packing):
    """As rosbag2 splits: one folder, one metadata.yaml with all files."""
    whole = part(tmp_path, 'bag', suffix, packing, range(2))
    rest = part(tmp_path, 'rest', suffix, packing, range(2, FRAMES))
    (first,) = (path for path in whole.iterdir() if path.suffix != '.yaml')
    (second,) = (path for path in rest.iterdir() if path.suffix != '.yaml')
    shutil.move(second, whole / f'second_{second.name}')
    meta = whole / 'metadata.yaml'
    content = yaml.safe_load(meta.read_text())
    named = content['rosbag2_bagfile_information']['relative_file_paths']
    assert named == [first.name]
    named.append(f'second_{second.name}')
    meta.write_text(yaml.safe_dump(content))
    check(whole)


@pytest.mark.parametrize('suffix', STORAGES)
@pytest.mark.parametrize('packing', ['plain', 'file'])
def test_a_file_without_its_folder(tmp_path, suffix, packing):
    folder = part(tmp_path, 'bag', suffix, packing, range(FRAMES))
    (file,) = (path for path in folder.iterdir() if path.suffix != '.yaml')
    check(shutil.move(file, tmp_path / file.name))


@pytest.mark.parametrize('packing', [None, 'bz2', 'lz4'])
def test_a_bag_of_ros_1_says_the_same_raw_and_decoded(tmp_path, packing):
    """rosbags makes a ROS 1 bag of one of ROS 2; both are read, the first in both forms."""
    two = write(tmp_path / 'two', FRAMES)
    one = tmp_path / 'one.bag'
    rosbags_convert(
        [two], one, dst_storage='', dst_version=0, compress=None, compress_mode='none',
        default_typestore=None, typestore=get_typestore(Stores.ROS1_NOETIC), exclude_topics=[],
        include_topics=[], exclude_msgtypes=[], include_msgtypes=[],
    )  # fmt: skip
    if packing is not None:
        one = repacked(one, tmp_path / f'{packing}.bag', packing)
    check(one)
    store = get_typestore(Stores.ROS2_JAZZY)
    with bags.BagReader(one) as reader:
        found = list(reader.raw())
        assert reader.problems == []
    assert len(found) == FRAMES * len(messages(0))
    for record in found:
        index = (record.stamp_ns - START) * 10 // S
        message = messages(index)[record.topic]
        assert record.msgtype == MSGTYPES[type(message)]
        wanted = store.serialize_cdr(ToRos(store)(message), record.msgtype)
        assert record.data == bytes(wanted), record.topic


def repacked(path, new, packing):
    from rosbags.rosbag1 import Reader, Writer

    writer = Writer(new)
    writer.set_compression(Writer.CompressionFormat[packing.upper()])
    with Reader(path) as reader, writer:
        topics = {
            c.id: writer.add_connection(c.topic, c.msgtype, msgdef=c.msgdef.data, md5sum=c.digest)
            for c in reader.connections
        }
        for connection, stamp, data in reader.messages():
            writer.write(topics[connection.id], stamp, data)
    return new


def test_binning_region_and_raw_pixels_are_kept(tmp_path):
    info = messages(0)['camera_info']._replace(binning=(2, 4), roi=(1, 2, 6, 4))
    rows = np.arange(30, dtype=np.uint8)  # 2 rows of 15 bytes, 12 of them pixels
    image = bags.RawImageMessage(START, 'c', 2, 6, 'mono16', True, 15, rows)
    with bags.BagWriter(tmp_path / 'bag.mcap') as writer:
        writer.write('info', START, info)
        writer.write('image', START, image)
    with bags.BagReader(tmp_path / 'bag.mcap') as reader:
        (first,) = reader.messages(['info'])
        (raw,) = reader.messages(['image'], raw_images=True)
        (array,) = reader.messages(['image'])
    assert first.message == info
    assert same(raw.message, image)
    assert array.message.image.tolist()[1] == [0x0F10, 0x1112, 0x1314, 0x1516, 0x1718, 0x191A]
