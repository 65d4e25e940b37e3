"""The doctor's look at a real graph."""

import struct
import threading
import time

import numpy as np
import pytest
from nav_msgs.msg import OccupancyGrid
from rclpy.qos import QoSDurabilityPolicy, QoSProfile, QoSReliabilityPolicy
from sensor_msgs.msg import Image

from panoseg_ros.cli.doctor.live import judge_live
from panoseg_ros.cli.doctor.wants import Want
from panoseg_ros.ros.conversions import image_from_array
from panoseg_ros.ros.doctor import look_around, watch
from panoseg_ros.ros.doctor.watch import Ear, header_stamp_ns

BEST_EFFORT = QoSProfile(depth=5, reliability=QoSReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)
BEHIND_S, HANG_S = 7, 100.0


@pytest.fixture
def camera(make_node, ros_namespace):
    """Publish pictures, taken some seconds ago, until the test ends; yield the topic."""
    node = make_node('camera')
    publisher = node.create_publisher(Image, 'image', BEST_EFFORT)
    ended = threading.Event()

    def work():
        while not ended.wait(0.02):
            stamp_ns = time.time_ns() - BEHIND_S * 1_000_000_000
            publisher.publish(image_from_array(np.zeros((4, 4), np.uint8), stamp_ns, 'camera'))

    thread = threading.Thread(target=work)
    thread.start()
    yield f'{ros_namespace}/image'
    ended.set()
    thread.join()


def look_until(enough, choose, seconds=1.5):
    """Return the first sight of one look that says enough: a busy machine needs several."""
    deadline_s = time.monotonic() + HANG_S
    while not enough(sight := look_around(choose, seconds)):
        assert time.monotonic() < deadline_s, sight
    return sight


def heard(topic):
    return lambda sight: topic in sight.links and (sight.links[topic].messages or 0) > 1


def test_rate_size_and_stamps_of_a_camera(camera, ros_namespace):
    sight = look_until(heard(camera), lambda _: [camera, f'{ros_namespace}/nothing'])
    link = sight.links[camera]
    assert link.rate_hz > 0.0
    assert 16 < link.message_bytes < 200
    assert BEHIND_S <= link.stamp_age_s < BEHIND_S + HANG_S
    (end,) = link.publishers
    assert end == (f'{ros_namespace}/camera', 'sensor_msgs/msg/Image', 'best_effort', 'volatile',
                   end.depth)  # fmt: skip
    assert not link.subscriptions  # its own does not count
    assert f'{ros_namespace}/camera' in sight.nodes
    assert not any('doctor' in name for name in sight.nodes)
    want = Want(camera, 'sensor_msgs/msg/Image', 'best_effort', 'qos.image')
    found = {f.subject: f for f in judge_live(sight, [want], ())}
    assert found[f'input {camera}'].level == 'ok'
    assert found[f'input {camera} stamps'].level == 'warning'


def test_ends_that_do_not_connect_are_seen(make_node, ros_namespace):
    make_node('driver').create_publisher(Image, 'image', BEST_EFFORT)
    make_node('viewer').create_subscription(Image, 'image', print, 10)
    make_node('mapper').create_publisher(OccupancyGrid, 'costmap/combined', 1)
    make_node('planner').create_subscription(OccupancyGrid, 'costmap/combined', print, LATCHED)
    topics = (f'{ros_namespace}/image', f'{ros_namespace}/costmap/combined')
    sight = look_until(
        lambda seen: all(t in seen.links and seen.links[t].mismatches for t in topics),
        lambda _: [],
    )
    links = sight.links
    (words,) = links[f'{ros_namespace}/image'].mismatches
    assert f'{ros_namespace}/driver does not serve {ros_namespace}/viewer' in words
    assert 'reliab' in words.lower()
    (words,) = links[f'{ros_namespace}/costmap/combined'].mismatches
    assert 'transient local' in words.lower()


def test_topics_are_chosen_of_what_was_discovered(camera):
    sight = look_until(heard(camera), lambda seen: [n for n in seen.links if n == camera])
    assert sight.links[camera].publishers


def test_the_rate_is_that_between_the_first_and_the_last_message(monkeypatch):
    now_s = [50.0]
    monkeypatch.setattr(watch.time, 'monotonic', lambda: now_s[0])
    ear = Ear('std_msgs/msg/String')
    assert ear.rate_hz is None
    for _ in range(6):
        ear.hear(b'....')
        now_s[0] += 0.02
    assert ear.rate_hz == pytest.approx(50.0) and ear.largest == 4


def test_stamps_are_read_from_both_byte_orders():
    assert (
        header_stamp_ns(b'\x00\x01\x00\x00' + struct.pack('<iI', 5, 6) + b'...') == 5_000_000_006
    )
    assert header_stamp_ns(b'\x00\x00\x00\x00' + struct.pack('>iI', 5, 6)) == 5_000_000_006
    assert header_stamp_ns(b'\x00\x01\x00\x00') is None
