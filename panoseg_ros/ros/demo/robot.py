"""A process that plays a robot: raw images and odometry over DDS at a steady rate.

    python -m panoseg_ros.ros.demo.robot FOLDER_OR_PICTURE [--rate HZ] [--namespace NS]

Pictures are decoded and put into messages once, before the first is sent, so that the
robot takes little of the machine that it shares with the node.
"""

import argparse
import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

from nav_msgs.msg import Odometry
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from panoseg_ros.errors import RosError
from panoseg_ros.ros.conversions import image_from_array, time_from_ns
from panoseg_ros.ros.demo.drive import (
    Drive,
    Pose,
    Twist,
    load_drive,
    there_and_back,
    twist_between,
)
from panoseg_ros.ros.joining import in_graph
from panoseg_ros.ros.transport import configure_transport

ODOM_FRAME, BASE_FRAME, CAMERA_FRAME = 'odom', 'base_footprint', 'camera_optical_frame'
IMAGE_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
ODOM_QOS = QoSProfile(depth=50)
_LOOK_S = 0.02  # between two looks for a listener


class Ticker:
    """Wakes up at start + k / rate, without drift and without catching up after a stall."""

    def __init__(
        self,
        rate_hz: float,
        stop: threading.Event,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._period_s = 1.0 / rate_hz
        self._stop, self._clock_s = stop, clock_s
        self._start_s = clock_s()
        self._index = 0

    def wait(self) -> bool:
        """Wait for the next tick; False if the end was asked for."""
        late = (self._clock_s() - self._start_s) / self._period_s
        self._index = max(self._index + 1, math.ceil(late))
        due_s = self._start_s + self._index * self._period_s
        while (left_s := due_s - self._clock_s()) > 0.0:
            if self._stop.wait(left_s):
                return False
        return not self._stop.is_set()


class Robot:
    """Publishes the pictures of a drive forwards and backwards, and the pose of each.

    Raises:
        RosError: if the rate is not positive, or a picture cannot be read.
    """

    def __init__(self, node: Node, drive: Drive, rate_hz: float, topic: str = 'image') -> None:
        if not 0.0 < rate_hz <= 1000.0:
            raise RosError(f'rate {rate_hz} Hz is not within 0 to 1000')
        self._node, self._poses, self._rate_hz = node, drive.poses, rate_hz
        self._messages = [image_from_array(image, 0, CAMERA_FRAME) for image in drive.pictures()]
        self._images = node.create_publisher(Image, topic, IMAGE_QOS)
        self._odometry = node.create_publisher(Odometry, 'odom', ODOM_QOS)
        self._last_ns = 0
        self.sent = 0

    def run(self, stop: threading.Event) -> None:
        """Wait for somebody to listen, then publish until `stop` is set."""
        while not self._images.get_subscription_count():
            if stop.wait(_LOOK_S):
                return
        ticker = Ticker(self._rate_hz, stop)
        for here, following in pairwise(there_and_back(len(self._messages))):
            if not ticker.wait():
                return
            self.publish(here, following)

    def publish(self, here: int, following: int) -> int:
        """Publish one picture and its pose and return their stamp, later than the last one."""
        self._last_ns = max(self._node.get_clock().now().nanoseconds, self._last_ns + 1)
        pose, there = self._poses[here], self._poses[following]
        odometry = odometry_message(pose, twist_between(pose, there, self._rate_hz))
        for message in (odometry, self._messages[here]):
            message.header.stamp = time_from_ns(self._last_ns)
        self._odometry.publish(odometry)  # first, so that the image finds its pose
        self._images.publish(self._messages[here])
        self.sent += 1
        return self._last_ns


def odometry_message(pose: Pose, twist: Twist) -> Odometry:
    """Return an Odometry without a stamp."""
    message = Odometry(child_frame_id=BASE_FRAME)
    message.header.frame_id = ODOM_FRAME
    message.pose.pose.position.x, message.pose.pose.position.y = pose.x_m, pose.y_m
    message.pose.pose.orientation.z = math.sin(pose.yaw_rad / 2)
    message.pose.pose.orientation.w = math.cos(pose.yaw_rad / 2)
    message.twist.twist.linear.x = twist.forward_mps
    message.twist.twist.angular.z = twist.turn_radps
    return message


def main(argv: Sequence[str] | None = None) -> int:
    """Play the robot until SIGINT or SIGTERM; print how much was sent."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    options = _parser().parse_args(argv)
    try:
        drive = load_drive(options.pictures)
        configure_transport()
        space = options.namespace
        with in_graph(lambda context: Node('robot', context=context, namespace=space)) as node:
            robot = Robot(node, drive, options.rate, options.topic)
            robot.run(stop)
            cpu_s = time.process_time()
            print(f'sent {robot.sent} images, {cpu_s:.1f} s of CPU', flush=True)
    except RosError as err:
        print(err, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='demo_robot', description=__doc__)
    parser.add_argument('pictures', help='folder with drive.yaml or pictures, or one picture')
    parser.add_argument('--rate', type=float, default=15.0, help='images per second')
    parser.add_argument('--namespace', default='/panoseg_demo')
    parser.add_argument('--topic', default='image')
    return parser


if __name__ == '__main__':
    sys.exit(main())
