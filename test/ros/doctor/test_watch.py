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
from panoseg_ros.ros.doctor import look_around
from panoseg_ros.ros.doctor.watch import header_stamp_ns

BEST_EFFORT = QoSProfile(depth=5, reliability=QoSReliabilityPolicy.BEST_EFFORT)
LATCHED = QoSProfile(depth=1, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)
BEHIND_S = 7


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


def test_rate_size_and_stamps_of_a_camera(camera, ros_namespace):
    sight = look_around(lambda _: [camera, f'{ros_namespace}/nothing'], 1.5)
    link = sight.links[camera]
    assert link.messages > 1
    assert 0 < link.rate_hz <= 60.0
    assert 16 < link.message_bytes < 200
    assert BEHIND_S <= link.stamp_age_s < BEHIND_S + 5
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
    links = look_around(lambda _: [], 1.5).links
    (words,) = links[f'{ros_namespace}/image'].mismatches
    assert f'{ros_namespace}/driver does not serve {ros_namespace}/viewer' in words
    assert 'reliab' in words.lower()
    (words,) = links[f'{ros_namespace}/costmap/combined'].mismatches
    assert 'transient local' in words.lower()


def test_topics_are_chosen_of_what_was_discovered(camera):
    sight = look_around(lambda seen: [name for name in seen.links if name == camera], 2.0)
    assert sight.links[camera].messages > 1


def test_stamps_are_read_from_both_byte_orders():
    assert (
        header_stamp_ns(b'\x00\x01\x00\x00' + struct.pack('<iI', 5, 6) + b'...') == 5_000_000_006
    )
    assert header_stamp_ns(b'\x00\x00\x00\x00' + struct.pack('>iI', 5, 6)) == 5_000_000_006
    assert header_stamp_ns(b'\x00\x01\x00\x00') is None
