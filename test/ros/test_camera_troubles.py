"""Cameras that die, flap, restart otherwise or share a topic, and odometry that stops.

Each gets one clear line, diagnostics that name the cause, and unknown grids.
"""

import numpy as np
import pytest
from node_harness import (
    START_NS,
    compressed,
    harness,
    image,
    odometry,
    value_of,
)
from sensor_msgs.msg import CompressedImage, Image

__all__ = ['harness']
UNKNOWN, ERROR, WARN = -1, b'\x02', b'\x01'
SHORT_S, LONG_S = 0.3, 600.0


class Robot:
    """A node, its camera, and what it says and publishes."""

    def __init__(self, harness, **values):
        self.harness, self.spin_until = harness, harness.spin_until
        harness.start(**values)
        self.said = []
        logger = harness.node.get_logger()
        logger.warning = logger.info = self.said.append
        self.faults = harness.fault_lines()
        self.grids = harness.listen('costmap/combined')
        self.newest = harness.diagnostics()

    def sees(self, camera, value, **given):
        """Publish an image and wait for its costmap."""
        self.forbid_blindness()
        camera.publish(image(value, self.harness.next_ns(), **given))
        self.spin_until(lambda: self.grids and value_of(self.grids[-1]) == value)

    def goes_blind(self, meanwhile=lambda: None):
        """Wait until the grids are unknown because nothing came in time; return the line."""
        assert self.harness.set_parameters(input_timeout_s=SHORT_S)[0]
        self.spin_until(
            lambda: (meanwhile(), self.grids and value_of(self.grids[-1]) == UNKNOWN)[1]
        )
        self.forbid_blindness()  # it stays, and images remain recent on a busy machine
        return self.lines('costmaps are unknown')[-1]

    def forbid_blindness(self):
        """Let no stall of a busy machine be taken for a dead camera."""
        assert self.harness.set_parameters(input_timeout_s=LONG_S)[0]

    def diagnosed(self, level, *words):
        """Wait for a status of this level with these words."""
        self.spin_until(
            lambda: (
                (said := self.newest())
                and said.level == level
                and all(word in said.message for word in words)
            )
        )

    def lines(self, words):
        return [line for line in self.said if words in line]


def test_a_camera_that_flaps_is_one_line_each_time_it_dies_and_comes_back(harness):
    robot = Robot(harness)
    topic = harness.node.resolve_topic_name('image')
    for round_ in range(1, 6):
        camera = harness.camera()
        robot.sees(camera, 10 + round_)
        harness.tester.destroy_publisher(camera)
        line = robot.goes_blind()
        assert line == f'no costmap for 0.3 s, waiting for {topic}: costmaps are unknown'
        died, back = robot.lines('costmaps are unknown'), robot.lines('no longer blind')
        assert len(died) == round_ and len(back) == round_ - 1
    robot.diagnosed(ERROR, 'blind, costmaps are unknown: waiting for ', topic)
    robot.sees(harness.camera(), 9)
    robot.spin_until(lambda: len(robot.lines('no longer blind')) == 5)
    assert not robot.faults and harness.node.state == 'active'


@pytest.mark.parametrize(
    'other', [{'size': (128, 64)}, {'encoding': 'bgr8'}, {'size': (32, 16), 'encoding': 'bgr8'}]
)
def test_a_camera_that_comes_back_otherwise_is_seen_with(harness, other):
    robot = Robot(harness)
    camera = harness.camera()
    robot.sees(camera, 3)
    harness.tester.destroy_publisher(camera)
    robot.goes_blind()
    robot.sees(harness.camera(), 4, **other)
    assert not robot.faults


@pytest.mark.parametrize(
    ('bad', 'kind'),
    [({'size': (64, 64)}, 'image shape'), ({'encoding': 'rgb9'}, 'image encoding')],
)
def test_images_that_cannot_be_used_make_blind_and_are_named(harness, bad, kind):
    robot = Robot(harness)
    camera = harness.camera()
    robot.sees(camera, 3)

    def send_bad():
        camera.publish(image(4, harness.next_ns(0.001), **bad))

    robot.goes_blind(send_bad)
    topic = harness.node.resolve_topic_name('image')
    assert len(robot.faults) == len(robot.lines('costmaps are unknown')) == 1
    robot.diagnosed(ERROR, f'waiting for images on {topic} that can be used')
    robot.spin_until(lambda: (send_bad(), kind in robot.newest().message)[1])
    robot.sees(camera, 5)


def test_garbage_in_compressed_images_is_one_line_and_makes_blind(harness):
    robot = Robot(harness, input__transport='compressed')
    camera = harness.camera('image/compressed', CompressedImage)
    rng = np.random.default_rng(1)
    starts = [b'', b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n', b'\x00\x00\x00\x01']

    def send_garbage():
        payload = starts[rng.integers(len(starts))] + rng.bytes(int(rng.integers(0, 300)))
        camera.publish(compressed(payload, harness.next_ns(0.001)))

    robot.spin_until(lambda: (send_garbage(), sum(harness.node.faults.counts().values()) >= 20)[1])
    counts = harness.node.faults.counts()
    assert set(counts) <= {'image format', 'image truncated', 'image corrupt'}
    assert len(robot.faults) == len(counts)
    robot.goes_blind(send_garbage)
    robot.diagnosed(ERROR, 'blind')
    assert all('\n' not in line and len(line) < 250 for line in robot.faults)


def test_two_cameras_on_one_topic_are_told(harness):
    robot = Robot(harness)
    first, second = harness.camera(), harness.camera()
    robot.sees(first, 3)
    robot.diagnosed(WARN, 'more than one publisher on ', '/image')
    harness.tester.destroy_publisher(second)
    robot.spin_until(lambda: 'more than one' not in robot.newest().message)


def test_two_cameras_of_different_times_are_one_line_and_no_map(harness):
    """Every second image seems to jump back: nothing of either is kept."""
    robot = Robot(harness)
    first, second = harness.camera(), harness.camera()
    intake = harness.node._session.intake
    for index in range(10):
        for camera, offset_s in ((first, 0), (second, -60)):
            received = intake.received
            camera.publish(image(7, START_NS + index * 10**8 + offset_s * 10**9))
            robot.spin_until(lambda before=received: intake.received > before)
    assert harness.node.faults.counts()['image jump back'] == 10
    assert len([line for line in robot.faults if 'jumped back' in line]) == 1
    robot.diagnosed(WARN, 'more than one publisher on ')


def test_odometry_that_stops_is_named_and_not_the_camera(harness):
    robot = Robot(harness, pose_source='odom', pose_timeout_s=0.02)
    camera, wheels = harness.camera(), harness.odometer()
    stamp_ns = harness.next_ns()
    for step_ns in (-(10**7), 10**7):
        wheels.publish(odometry(stamp_ns + step_ns))
    camera.publish(image(5, stamp_ns))
    robot.spin_until(lambda: robot.grids and value_of(robot.grids[-1]) == 5)

    def drive_on():
        camera.publish(image(6, harness.next_ns(0.05)))

    robot.goes_blind(drive_on)
    (fault,) = robot.faults
    assert fault.startswith('no pose at image stamp')
    robot.diagnosed(ERROR, 'waiting for poses (pose_source: odom)')
    assert not [grid for grid in robot.grids if value_of(grid) == 6]


def test_a_frame_that_takes_too_long_is_not_blamed_on_the_camera(harness):
    robot = Robot(harness)
    camera = harness.camera()
    robot.sees(camera, 3)
    harness.pipeline.open.clear()
    robot.goes_blind(lambda: camera.publish(image(4, harness.next_ns(0.01))))
    robot.diagnosed(ERROR, 'waiting for the result of images on ')
    harness.pipeline.open.set()
    robot.spin_until(lambda: value_of(robot.grids[-1]) == 4)


def test_a_clock_of_the_robot_that_is_set_right_is_one_line(harness):
    """Image stamps begin in 1970, jump to the present and back by a minute."""
    robot = Robot(harness)
    camera = harness.camera()
    for value, stamp_ns in ((3, 5 * 10**9), (4, START_NS), (5, START_NS - 60 * 10**9)):
        camera.publish(image(value, stamp_ns))
        robot.spin_until(lambda value=value: robot.grids and value_of(robot.grids[-1]) == value)
    assert robot.faults == ['image stamps on image jumped back by more than 1 s: map reset']
    robot.diagnosed(WARN, 'behind the clock of this host')


def test_masks_fall_silent_with_the_camera(harness):
    robot = Robot(harness)
    masks = harness.listen('segmentation/mask', Image, 10)
    camera = harness.camera()
    robot.sees(camera, 3)
    robot.spin_until(lambda: masks)
    robot.goes_blind()
    robot.diagnosed(ERROR, 'blind')
    assert len(masks) == 1
