import subprocess
import sys
import threading
from itertools import pairwise

import cv2
import numpy as np
import pytest
from nav_msgs.msg import Odometry
from sensor_msgs.msg import Image

from panoseg_ros.errors import RosError
from panoseg_ros.ros.demo.drive import load_drive
from panoseg_ros.ros.demo.robot import IMAGE_QOS, Robot, Ticker


@pytest.fixture
def drive(tmp_path):
    lines = ['frames:']
    for index in range(3):
        image = np.random.default_rng(index).integers(0, 255, (24, 48, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f'{index}.png'), image)
        lines.append(f'  - {{file: {index}.png, x_m: {index}, y_m: 0, yaw_rad: 0}}')
    (tmp_path / 'drive.yaml').write_text('\n'.join(lines))
    return load_drive(tmp_path)


def stamp_ns(message):
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


def test_stamps_strictly_increase_across_loops(make_node, spin_until, drive):
    images, odometry = [], []
    listener = make_node('listener')
    listener.create_subscription(Odometry, 'odom', odometry.append, 20)
    robot = Robot(make_node('robot'), drive, 10.0)
    listener.create_subscription(Image, 'image', images.append, IMAGE_QOS)
    spin_until(robot._images.get_subscription_count)
    spin_until(robot._odometry.get_subscription_count)
    way = [0, 1, 2, 1, 0, 1, 2]
    for sent, (here, following) in enumerate(zip(way, [*way[1:], 1], strict=True), 1):
        robot.publish(here, following)
        spin_until(lambda sent=sent: len(images) == sent and len(odometry) == sent)
    stamps = [stamp_ns(image) for image in images]
    assert all(a < b for a, b in pairwise(stamps))
    assert [stamp_ns(pose) for pose in odometry] == stamps
    assert [pose.pose.pose.position.x for pose in odometry] == way
    assert [pose.twist.twist.linear.x for pose in odometry] == [10, 10, -10, -10, 10, 10, -10]
    pictures = list(drive.pictures())
    for image, index in zip(images, way, strict=True):
        received = np.frombuffer(image.data, np.uint8).reshape(24, 48, 3)
        assert np.array_equal(received, pictures[index])
        assert (image.encoding, image.step) == ('rgb8', 144)


def test_a_clock_that_stands_still_does_not_double_a_stamp(make_node, drive):
    robot = Robot(make_node('robot'), drive, 10.0)
    robot._last_ns = 2 * 10**18
    robot.publish(0, 1)
    robot.publish(1, 2)
    assert robot._last_ns == 2 * 10**18 + 2


class FakeTime:
    """A clock and an event in one: waiting moves the clock, never wakes up in time."""

    now_s = 100.0

    def clock(self):
        return self.now_s

    def wait(self, timeout_s):
        self.now_s += timeout_s + 0.003
        return False

    def is_set(self):
        return False


def test_the_clock_neither_drifts_nor_catches_up():
    fake = FakeTime()
    ticker = Ticker(10.0, fake, fake.clock)
    ticks = [fake.now_s - 100.0 for _ in range(30) if ticker.wait()]
    assert ticks == pytest.approx([0.1 * k + 0.003 for k in range(1, 31)])
    fake.now_s = 103.35  # a stall of three and a half periods
    ticks = [fake.now_s - 100.0 for _ in range(2) if ticker.wait()]
    assert ticks == pytest.approx([3.403, 3.503])


def test_the_clock_stops_at_once():
    stop = threading.Event()
    ticker = Ticker(1e-6, stop)  # the next tick is years away
    threading.Timer(0.05, stop.set).start()
    assert not ticker.wait()


def test_an_impossible_rate_is_refused(make_node, drive):
    with pytest.raises(RosError, match=r'rate 0\.0 Hz'):
        Robot(make_node('robot'), drive, 0.0)


def test_the_process_names_a_missing_folder(tmp_path):
    run = subprocess.run(
        [sys.executable, '-m', 'panoseg_ros.ros.demo.robot', str(tmp_path / 'none')],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.strip().endswith('none: no such file or folder')
    assert len(run.stderr.strip().splitlines()) == 1
