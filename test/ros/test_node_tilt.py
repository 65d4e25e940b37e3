"""The panorama is levelled by what the IMU, odometry or TF says; else diagnostics say why not."""

import math
import sys
from array import array
from types import SimpleNamespace

import numpy as np
import pytest
from node_harness import START_NS, harness, image, odometry
from sensor_msgs.msg import Image, Imu
from test_tf_poses import FakeBuffer, tf2_ros
from turns import quaternion

from panoseg_ros.bundles import load_bundle
from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.pipeline import Pipeline
from panoseg_ros.ros import tf_poses
from panoseg_ros.ros.conversions import time_from_ns

__all__ = ['harness', 'tf2_ros']
MS = 1_000_000
STAMP_NS = START_NS + 10 * MS


def imu(stamp_ns, frame='imu_link', covariance=0.0, **angles):
    message = Imu()
    message.header.stamp = time_from_ns(stamp_ns)
    message.header.frame_id = frame
    turn = quaternion(**angles)
    o = message.orientation
    o.x, o.y, o.z, o.w = turn
    message.orientation_covariance[0] = covariance
    return message


def nan_imu(stamp_ns):
    message = imu(stamp_ns)
    message.orientation.w = math.nan
    return message


class Leaning:
    """A node with a tilt source, a sensor on its topic and a camera."""

    def __init__(self, harness, kind=Imu, topic='imu', source='imu', **values):
        self.harness = harness
        harness.start(tilt_source=source, tilt_timeout_s=0.02, **values)
        self.lines = harness.fault_lines()
        self.masks = harness.listen('segmentation/mask', Image, 10)
        self.camera = harness.camera()
        if topic:
            self.sensor = harness.tester.create_publisher(kind, topic, 50)
            harness.spin_until(self.sensor.get_subscription_count)
        self.seen = []

    def sense(self, *messages):
        """Publish and wait until the node has looked at each."""
        source = self.harness.node._session._tilt._source
        subscription, handler = source._subscription, source._take
        subscription.callback = lambda message: (handler(message), self.seen.append(message))
        wanted = len(self.seen) + len(messages)
        for message in messages:
            self.sensor.publish(message)
        self.harness.spin_until(lambda: len(self.seen) == wanted)

    def look(self, stamp_ns=STAMP_NS):
        """Publish an image; return the tilt that its panorama was levelled by, or None."""
        before = len(self.masks)
        self.camera.publish(image(7, stamp_ns))
        self.harness.spin_until(lambda: len(self.masks) > before)
        return self.harness.pipeline.tilts[-1]

    def status(self):
        """Return the next diagnostics."""
        newest = self.harness.diagnostics()
        before = newest().count if newest() else 0
        return self.harness.spin_until(lambda: newest() and newest().count > before and newest())


def test_the_panorama_is_levelled_by_the_imu_at_its_stamp(harness):
    robot = Leaning(harness)
    robot.sense(imu(START_NS, roll=4.0, yaw=80.0), imu(START_NS + 20 * MS, roll=8.0, yaw=80.0))
    np.testing.assert_allclose(robot.look(), rotation_from_rpy_deg(6.0, 0.0, 0.0), atol=1e-9)
    assert not robot.lines
    values = robot.status().values
    assert values['levelled'] == 'yes'
    assert float(values['tilt roll (deg)']) == pytest.approx(6.0)
    assert float(values['tilt pitch (deg)']) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize('source', ['imu', 'none'])
def test_what_is_published_is_upright(harness, make_bundle, spin_until, source):
    bundle = load_bundle(make_bundle(32, 64))
    harness.build = lambda settings, rig: Pipeline(bundle, rig, threads=1, ground=settings.ground)
    tilt = rotation_from_rpy_deg(0.0, 15.0, 0.0)
    up = bundle.geometry.rays() @ tilt.T[:, 2]  # how far every pixel looks up in the world
    message = image(0, STAMP_NS)
    message.data = array('B', np.where(up > 0.0, 255, 0).astype(np.uint8).repeat(3).tobytes())
    harness.start(tilt_source=source)
    panoramas = harness.listen('panorama/image', Image, 10)
    camera = harness.camera()
    if source == 'imu':
        sensor = harness.tester.create_publisher(Imu, 'imu', 10)
        spin_until(sensor.get_subscription_count)
        orientations = harness.node._session._tilt._source._orientations
        for stamp_ns in (START_NS, START_NS + 20 * MS):
            sensor.publish(imu(stamp_ns, pitch=15.0))
        spin_until(lambda: orientations._heard == 2)
    camera.publish(message)
    spin_until(lambda: panoramas)
    seen = np.array(panoramas[0].data).reshape(32, 64, 3)[..., 0]
    upright = (seen[:15] > 200).all() and (seen[17:] < 50).all()
    assert upright == (source == 'imu')
    assert harness.node._session.timings_ms.keys() >= {'levelling'} or source == 'none'


def test_the_model_is_warmed_up_with_a_tilt(harness):
    Leaning(harness)
    assert harness.pipeline.tilts[0] is not None


def test_an_imu_that_sits_askew_is_turned_back(harness):
    robot = Leaning(harness, imu__roll_deg=180.0, imu__yaw_deg=90.0)
    askew = rotation_from_rpy_deg(0.0, 5.0, 30.0) @ rotation_from_rpy_deg(180.0, 0.0, 90.0)
    yaw = np.rad2deg(np.arctan2(askew[1, 0], askew[0, 0]))
    roll = np.rad2deg(np.arctan2(askew[2, 1], askew[2, 2]))
    pitch = -np.rad2deg(np.arcsin(askew[2, 0]))
    angles = {'roll': roll, 'pitch': pitch, 'yaw': yaw}
    robot.sense(imu(START_NS, **angles), imu(START_NS + 20 * MS, **angles))
    np.testing.assert_allclose(robot.look(), rotation_from_rpy_deg(0.0, 5.0, 0.0), atol=1e-9)


@pytest.mark.parametrize(
    ('messages', 'kind', 'words'),
    [
        ([nan_imu(START_NS), nan_imu(START_NS + 20 * MS)], 'tilt value', 'is no rotation'),
        (
            [imu(START_NS + i * MS, covariance=-1.0) for i in (0, 20)],
            'imu without orientation',
            'orientation_covariance[0] is -1',
        ),
        ([imu(START_NS - 900 * MS), imu(START_NS - 880 * MS)], 'tilt missing', 'not levelled'),
        ([imu(START_NS + i * MS, roll=50.0) for i in (0, 20)], 'tilt too large', '50 degrees'),
    ],
    ids=['nan', 'covariance', 'stale', 'fallen'],
)
def test_without_a_usable_orientation_the_frame_goes_on_unlevelled(harness, messages, kind, words):
    robot = Leaning(harness)
    robot.sense(*messages)
    assert robot.look() is None
    faults = harness.node.faults.counts()
    assert kind in faults and any(words in line for line in robot.lines)
    assert set(faults) <= {kind, 'tilt missing'}
    status = robot.status()
    assert status.values['levelled'] == 'no'
    # The sensor recovers, and so does the levelling.
    later_ns = START_NS + 300 * MS
    robot.sense(imu(later_ns, pitch=-3.0), imu(later_ns + 20 * MS, pitch=-3.0))
    tilt = robot.look(later_ns + 10 * MS)
    np.testing.assert_allclose(tilt, rotation_from_rpy_deg(0.0, -3.0, 0.0), atol=1e-9)


def test_diagnostics_warn_while_it_lasts(harness, spin_until):
    robot = Leaning(harness)
    newest = harness.diagnostics()

    def warned():
        robot.camera.publish(image(7, harness.next_ns(0.01)))
        return newest() and newest().level == b'\x01' and 'tilt missing' in newest().message

    spin_until(warned)
    assert harness.node.state == 'active'


def test_odometry_gives_the_tilt_without_giving_poses(harness):
    robot = Leaning(harness, type(odometry(0)), 'odom', 'odom')
    messages = [odometry(START_NS + i * MS) for i in (0, 20)]
    strange = odometry(START_NS + 5 * MS, child='wheel')
    for message in (*messages, strange):
        o, turn = message.pose.pose.orientation, quaternion(pitch=7.0, yaw=-60.0)
        o.x, o.y, o.z, o.w = turn
    robot.sense(messages[0], strange, messages[1])
    np.testing.assert_allclose(robot.look(), rotation_from_rpy_deg(0.0, 7.0, 0.0), atol=1e-9)
    assert harness.pipeline.poses[-1] is None
    assert harness.node.faults.counts() == {'tilt frame': 1}
    assert "'wheel' is refused, base_frame is 'base_link'" in robot.lines[0]


def test_pose_and_tilt_come_from_one_odometry(harness, spin_until):
    robot = Leaning(harness, type(odometry(0)), 'odom', 'odom', pose_source='odom')
    assert harness.set_parameters(pose_timeout_s=5.0, tilt_timeout_s=5.0)[0]
    robot.sense(odometry(START_NS, 1.0), odometry(START_NS + 20 * MS, 1.0))
    np.testing.assert_allclose(robot.look(), np.eye(3), atol=1e-9)
    assert harness.pipeline.poses[-1][0, 3] == pytest.approx(1.0)


def test_without_a_tilt_source_nothing_is_subscribed_and_nothing_said(harness):
    harness.start()
    assert harness.node.count_subscribers(harness.node.resolve_topic_name('imu')) == 0
    assert 'levelled' not in harness.node._session.figures()
    assert harness.pipeline.tilts == [None]


def test_the_subscription_comes_and_goes_with_the_state(harness, spin_until):
    Leaning(harness)
    topic = harness.node.resolve_topic_name('imu')
    assert harness.change('deactivate')
    spin_until(lambda: harness.node.count_subscribers(topic) == 0)
    assert harness.change('activate')
    spin_until(lambda: harness.node.count_subscribers(topic) == 1)
    assert harness.change('deactivate') and harness.change('cleanup')


@pytest.fixture
def leaning_tf(tf2_ros, monkeypatch):
    """TF that knows every frame at a pitch of 6 degrees and some heading."""

    def look_up(self, target_frame, source_frame, time, timeout=None):
        FakeBuffer.asked = (target_frame, source_frame, time.nanoseconds, timeout.nanoseconds)
        if not self.known:
            raise sys.modules['tf2_ros'].TransformException('no such frame')
        place = SimpleNamespace(x=1.0, y=2.0, z=3.0)
        turn = SimpleNamespace(**dict(zip('xyzw', quaternion(pitch=6.0, yaw=25.0), strict=True)))
        return SimpleNamespace(transform=SimpleNamespace(translation=place, rotation=turn))

    monkeypatch.setattr(FakeBuffer, 'lookup_transform', look_up)


def test_tf_gives_the_tilt_at_the_stamp(harness, leaning_tf, monkeypatch):
    robot = Leaning(harness, topic='', source='tf', base_frame='robot', tilt_frame='world')
    np.testing.assert_allclose(robot.look(), rotation_from_rpy_deg(0.0, 6.0, 0.0), atol=1e-9)
    assert FakeBuffer.asked == ('world', 'robot', STAMP_NS, 20 * MS)
    monkeypatch.setattr(FakeBuffer, 'known', False)
    assert robot.look(STAMP_NS + MS) is None
    assert harness.node.faults.counts() == {'tilt missing': 1}


def test_tf_gives_the_mounting_of_the_imu(harness, leaning_tf, monkeypatch):
    monkeypatch.setattr(FakeBuffer, 'known', False)
    robot = Leaning(harness, base_frame='robot', imu__mounting='tf')
    robot.sense(imu(START_NS))
    assert harness.node.faults.counts() == {'imu mounting': 1}
    assert "'imu_link', the frame of the IMU, in 'robot'" in robot.lines[0]
    monkeypatch.setattr(FakeBuffer, 'known', True)
    robot.sense(imu(START_NS + MS), imu(START_NS + 20 * MS))  # a level IMU on a tilted robot
    expected = rotation_from_rpy_deg(0.0, 6.0, 25.0).T
    heading = rotation_from_rpy_deg(0, 0, -np.rad2deg(np.arctan2(expected[1, 0], expected[0, 0])))
    np.testing.assert_allclose(robot.look(), heading @ expected, atol=1e-9)
    assert FakeBuffer.asked[:2] == ('robot', 'imu_link')


@pytest.mark.parametrize(
    ('values', 'words'),
    [
        ({'tilt_source': 'tf'}, 'tilt_source: tf needs tf2_ros'),
        ({'tilt_source': 'imu', 'imu__mounting': 'tf'}, 'imu.mounting: tf needs tf2_ros'),
    ],
)
def test_without_tf2_ros_what_needs_it_is_refused(harness, monkeypatch, spin_until, values, words):
    monkeypatch.setattr(tf_poses, 'find_spec', lambda name: None)
    harness.start(wait_for=None, **values)
    spin_until(lambda: words in harness.node._error)
    assert harness.node.state == 'unconfigured'


def test_a_tilt_of_a_frame_against_itself_is_refused(harness, leaning_tf, spin_until):
    values = {'tilt_source': 'tf', 'tilt_frame': 'robot', 'base_frame': 'robot'}
    harness.start(wait_for=None, **values)
    spin_until(lambda: "tilt_frame: 'robot' is also base_frame" in harness.node._error)
