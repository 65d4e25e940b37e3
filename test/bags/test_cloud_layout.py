"""Clouds and label names in bags: read as they were written, refused where they contradict."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip('rosbags', reason='bags need rosbags')

from rosbags.typesys import Stores, get_typestore

from panoseg_ros import bags
from panoseg_ros.bags.convert import typestore
from panoseg_ros.bags.points import points_from
from panoseg_ros.errors import BagError

NS = 1_000_000_000
POINT = np.dtype(
    {
        'names': ['x', 'y', 'z', 'label', 'weight'],
        'formats': ['<f4', '<f4', '<f4', 'u1', '<u2'],
        'offsets': [0, 4, 8, 12, 14],
        'itemsize': 20,
    }
)


def points(*shape):
    rng = np.random.default_rng(len(shape))
    made = np.zeros(shape, POINT)
    for name in POINT.names:
        made[name] = rng.integers(0, 200, shape)
    return made


def cloud(**changes):
    """Return a message as rosbags gives them: two rows of three points, 4 bytes of padding."""
    field = SimpleNamespace(name='x', offset=4, datatype=7, count=1)
    told = {
        'header': SimpleNamespace(stamp=SimpleNamespace(sec=1, nanosec=0), frame_id='a'),
        'height': 2, 'width': 3, 'fields': [field], 'is_bigendian': False, 'point_step': 8,
        'row_step': 28, 'data': np.arange(56, dtype=np.uint8), 'is_dense': True,
    }  # fmt: skip
    return SimpleNamespace(**told | changes)


@pytest.mark.parametrize('suffix', ['.mcap', ''])
def test_clouds_and_names_are_read_as_they_were_written(tmp_path, suffix):
    sent = [
        bags.CloudMessage(NS, 'base', points(7)),
        bags.CloudMessage(2 * NS, 'base', points(4, 5), False),
        bags.CloudMessage(3 * NS, 'base', points(0)),
    ]
    info = bags.LabelInfoMessage(NS, 'camera', {0: 'road', 6: 'traffic light'}, 0.5)
    path = tmp_path / f'bag{suffix}'
    storage = 'mcap' if suffix else 'sqlite3'
    with bags.BagWriter(path, storage, qos={'info': bags.LATCHED}) as writer:
        writer.write('info', NS, info)
        for message in sent:
            writer.write('cloud', message.stamp_ns, message)
    with bags.BagReader(path) as reader:
        first, *rest = [record.message for record in reader.messages()]
        assert reader.topics['info'].msgtype == 'vision_msgs/msg/LabelInfo'
        assert reader.problems == []
    assert first == info
    for got, message in zip(rest, sent, strict=True):
        assert got[:2] == message[:2] and got.dense == message.dense
        assert got.points.dtype == POINT
        np.testing.assert_array_equal(got.points, message.points)


def test_jazzy_has_no_type_for_names_of_its_own():
    name = 'vision_msgs/msg/LabelInfo'
    assert name not in get_typestore(Stores.ROS2_JAZZY).types
    text, _ = typestore().generate_msgdef(name)
    assert 'VisionClass[] class_map' in text and 'uint16 class_id' in text


def test_rows_may_have_padding_and_points_gaps():
    got = points_from(cloud())
    assert got.shape == (2, 3) and got.dtype.itemsize == 8
    raw = np.arange(56, dtype=np.uint8)
    assert got['x'][1, 2] == raw[28 + 2 * 8 + 4 :][:4].view('<f4')[0]
    assert points_from(cloud(height=1, data=raw[:28])).shape == (3,)


def test_the_order_of_bytes_and_several_numbers_in_a_field_are_read():
    field = SimpleNamespace(name='n', offset=0, datatype=4, count=3)
    told = cloud(fields=[field], is_bigendian=True)
    assert points_from(told)['n'][0, 0].tolist() == [1, 0x203, 0x405]


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        ({'row_step': 20}, 'cloud of 3x2 points of 8 bytes in rows of 20 cannot have 56 bytes'),
        ({'data': np.zeros(55, np.uint8)}, 'cannot have 55 bytes'),
        ({'height': 3}, 'cannot have 56 bytes'),
        ({'point_step': 7}, 'cloud of fields x'),
        ({'point_step': 0}, 'cloud of fields x'),
        ({'point_step': 2**32 - 1}, 'cloud of fields x in 4294967295 bytes'),
        (
            {'fields': [SimpleNamespace(name='x', offset=0, datatype=7, count=2**32 - 1)]},
            'cloud of fields x in 8 bytes',
        ),
        ({'fields': []}, 'cloud has 0 fields in points of 8 bytes'),
        ({'fields': [SimpleNamespace(name='x', offset=0, datatype=9, count=1)]}, 'datatype 9'),
        ({'fields': [SimpleNamespace(name='x', offset=0, datatype=7, count=0)]}, 'count 0'),
        ({'fields': 2 * [SimpleNamespace(name='x', offset=0, datatype=1, count=1)]}, 'x, x'),
        (
            {'fields': [SimpleNamespace(name='', offset=0, datatype=1, count=99)]},
            'cloud of fields',
        ),
    ],
)
def test_a_cloud_that_contradicts_itself_is_refused_in_one_line(changes, message):
    with pytest.raises(BagError) as caught:
        points_from(cloud(**changes))
    assert message in str(caught.value) and '\n' not in str(caught.value)


@pytest.mark.parametrize(
    'dtype', [np.dtype([('x', 'c8')]), np.dtype([('x', '>f4')]), np.dtype('f4')]
)
def test_points_that_no_message_describes_are_refused(tmp_path, dtype):
    with (
        bags.BagWriter(tmp_path / 'a.mcap') as writer,
        pytest.raises(BagError, match='topic cloud'),
    ):
        writer.write('cloud', NS, bags.CloudMessage(NS, 'base', np.zeros(2, dtype)))
