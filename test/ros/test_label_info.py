"""segmentation/label_info: latched where vision_msgs is installed, absent elsewhere."""

import sys
from importlib.util import find_spec
from types import ModuleType, SimpleNamespace

import pytest
from node_harness import LATCHED, harness, stamp_of
from rclpy.qos import QoSDurabilityPolicy, QoSReliabilityPolicy
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from panoseg_ros.labels import load_label_set
from panoseg_ros.ros import publishers
from panoseg_ros.ros.conversions import label_info

__all__ = ['harness']
TOPIC = 'segmentation/label_info'
LABELS = load_label_set('cityscapes19')


class Message:
    """Stands in for a message class of vision_msgs, whose wheels do not exist."""

    def __init__(self, **values):
        self.header = Header()
        self.__dict__.update(values)


@pytest.fixture
def stand_in(monkeypatch):
    msg = ModuleType('vision_msgs.msg')
    msg.LabelInfo = msg.VisionClass = Message
    monkeypatch.setitem(sys.modules, 'vision_msgs', ModuleType('vision_msgs'))
    monkeypatch.setitem(sys.modules, 'vision_msgs.msg', msg)


def test_a_message_names_every_class_and_not_what_is_unlabelled(stand_in):
    message = label_info(LABELS, 0.4, 5, 'panorama_optical_frame')
    names = {entry.class_id: entry.class_name for entry in message.class_map}
    assert names == {cls.id: cls.name for cls in LABELS.classes} and 255 not in names
    assert message.threshold == 0.4 and stamp_of(message) == 5
    assert message.header.frame_id == 'panorama_optical_frame'


def test_it_is_published_once_per_model(harness, spin_until, monkeypatch, stand_in):
    told, asked = [], []
    publisher = SimpleNamespace(publish=told.append, topic_name='/x/label_info')

    def make(node, profile):
        asked.append(profile)
        return publisher

    monkeypatch.setattr(publishers, '_label_info_publisher', make)
    node = harness.start()
    monkeypatch.setattr(node, 'destroy_publisher', lambda _: True)  # the stand-in is none
    (profile,) = asked
    assert profile.durability == QoSDurabilityPolicy.TRANSIENT_LOCAL and profile.depth == 1
    assert profile.reliability == QoSReliabilityPolicy.RELIABLE
    assert [len(message.class_map) for message in told] == [19]
    assert told[0].threshold == pytest.approx(0.4)
    assert harness.call(Trigger, 'panoseg/load_model').success
    spin_until(lambda: len(told) == 2)


def test_without_vision_msgs_the_node_has_no_such_topic(harness, monkeypatch):
    monkeypatch.setattr(publishers, 'find_spec', lambda _: None)
    node = harness.start()
    assert not [p for p in node.publishers if p.topic_name.endswith(TOPIC)]


@pytest.mark.skipif(find_spec('vision_msgs') is None, reason='vision_msgs is not installed')
def test_a_late_subscriber_gets_it(harness, spin_until):
    from vision_msgs.msg import LabelInfo

    harness.start()
    got = harness.listen_late(TOPIC, LabelInfo, LATCHED)
    spin_until(lambda: got)
    assert {entry.class_id: entry.class_name for entry in got[0].class_map}[0] == 'road'
