"""Bags that were cut off, overwritten or never finished."""

import numpy as np
import pytest
from bag_samples import START, S, messages, write

from panoseg_ros import bags
from panoseg_ros.bags.mcap import MAGIC
from panoseg_ros.errors import BagError

FRAMES = 6
ZSTD = b'\x28\xb5\x2f\xfd'  # how a packed chunk begins


@pytest.fixture
def large(tmp_path):
    """Return an mcap file of one chunk per frame."""
    path = tmp_path / 'drive.mcap'
    with bags.BagWriter(path, compress=True) as writer:
        for k in range(FRAMES):
            picture = np.random.default_rng(k).integers(0, 256, (600, 600, 3), np.uint8)
            writer.write('odom', k, messages(k)['odom'])
            writer.write('image', k, bags.ImageMessage(k, 'c', picture, 'rgb8'))
    return path


def stamps(path, topic='image'):
    with bags.BagReader(path) as reader:
        found = [record.stamp_ns for record in reader.messages([topic])]
        return found, reader.problems


def test_damaged_chunk_is_reported_and_skipped(large):
    content = bytearray(large.read_bytes())
    third = -1
    for _ in range(3):
        third = content.index(ZSTD, third + 1)
    content[third : third + 50] = b'x' * 50
    large.write_bytes(content)
    found, problems = stamps(large)
    assert len(found) == FRAMES - 1
    assert found == sorted(found)
    (line,) = problems
    assert 'drive.mcap: chunk at byte' in line
    assert 'is damaged and skipped' in line
    assert '\n' not in line


def test_file_that_was_never_closed_is_read_to_its_end(large):
    content = large.read_bytes()
    large.write_bytes(content[: len(content) * 7 // 10])
    found, problems = stamps(large)
    assert found == list(range(len(found)))
    assert len(found) in (3, 4)
    assert 'has no usable index' in problems[0]
    assert 'ends in the middle of a record' in problems[1]


def test_lost_index_alone_loses_nothing(large):
    large.write_bytes(large.read_bytes()[:-40])
    found, _ = stamps(large)
    assert found == list(range(FRAMES))
    with bags.BagReader(large) as reader:
        assert reader.topics['image'].message_count == FRAMES
        assert reader.topics['odom'].qos == (bags.RELIABLE,)


def test_torn_sqlite_bag_is_one_line(tmp_path):
    bag = tmp_path / 'bag'
    with bags.BagWriter(bag, 'sqlite3') as writer:
        for k in range(40):
            picture = np.random.default_rng(k).integers(0, 256, (60, 60, 3), np.uint8)
            writer.write('image', k, bags.ImageMessage(k, 'c', picture, 'rgb8'))
    (file,) = bag.glob('*.db3')
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(BagError, match=r'bag\.db3: cannot be read') as caught:
        stamps(bag)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('a.mcap', b'', 'is no mcap file'),
        ('a.mcap', b'hello world, this is text', 'is no mcap file'),
        ('a.db3', b'hello world, this is text', r'a\.db3: cannot be read'),
        ('a.bag', b'#ROSBAG V2.0\n', r'a\.bag: cannot be read'),
        ('a.bag', b'\x80' * 99, r'a\.bag: cannot be read: it is damaged, or of another kind$'),
        ('a.txt', b'', r'a\.txt: is no bag, expected \.mcap, \.db3, \.bag or a folder'),
        ('a.db3.zstd', b'no zstd', r'a\.db3\.zstd: cannot be unpacked'),
    ],
)
def test_what_is_no_bag_is_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BagError, match=message) as caught, bags.BagReader(path):
        pass
    assert '\n' not in str(caught.value)


def test_missing_bag_and_empty_folder(tmp_path):
    with pytest.raises(BagError, match='nowhere: does not exist'):
        bags.BagReader(tmp_path / 'nowhere')
    with pytest.raises(BagError, match='holds no bag'), bags.BagReader(tmp_path):
        pass


def test_missing_part_of_a_split_bag_is_named(tmp_path):
    bag = write(tmp_path / 'bag', 1)
    meta = bag / 'metadata.yaml'
    meta.write_text(meta.read_text().replace('- bag.mcap', '- bag.mcap\n  - bag_1.mcap'))
    with bags.BagReader(bag) as reader:
        assert len(list(reader.messages(['odom']))) == 1
        assert any('bag_1.mcap: is missing' in line for line in reader.problems)


@pytest.mark.parametrize('seed', range(30))
@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_damage_anywhere_raises_nothing_else(tmp_path, seed, storage):
    rng = np.random.default_rng(seed)
    bag = write(tmp_path / 'bag', 2, storage)
    (file,) = [path for path in bag.iterdir() if path.suffix != '.yaml']
    content = bytearray(file.read_bytes())
    for at in rng.integers(0, len(content), 1 + seed % 4):
        length = int(rng.integers(1, 200))
        content[at : at + length] = rng.integers(0, 256, length, np.uint8).tobytes()
    file.write_bytes(content[: int(rng.integers(len(content) // 2, len(content) + 1))])
    try:
        with bags.BagReader(bag) as reader:
            for record in reader.messages():
                assert record.topic in messages(0)
            assert all('\n' not in line for line in reader.problems)
    except BagError as err:
        assert '\n' not in str(err)


def test_empty_bag(tmp_path):
    with bags.BagWriter(tmp_path / 'bag'):
        pass
    with bags.BagReader(tmp_path / 'bag') as reader:
        assert reader.topics == {}
        assert reader.duration_s == 0.0
        assert list(reader.messages()) == []


def test_magic_is_that_of_the_specification(large):
    assert large.read_bytes()[:8] == MAGIC
    assert START % S == 0
