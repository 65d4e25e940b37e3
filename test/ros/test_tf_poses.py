"""TF is optional: what happens without it, and that its documented interface is used.

tf2_ros has no wheel, so a stand-in with the same signatures takes its place here.
"""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from node_harness import START_NS, harness, image
from std_srvs.srv import Trigger

from panoseg_ros.errors import RosError
from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.ros import tf_poses

__all__ = ['harness']


class FakeBuffer:
    frames = ''
    known = True
    asked = ()

    def __init__(self, cache_time=None, node=None):
        self.node = node
        self.srv = node.create_service(Trigger, 'tf2_frames', lambda request, answer: answer)

    def lookup_transform(self, target_frame, source_frame, time, timeout=None):
        FakeBuffer.asked = (target_frame, source_frame, time.nanoseconds, timeout.nanoseconds)
        if not self.known:
            raise sys.modules['tf2_ros'].TransformException('no such frame')
        turn = SimpleNamespace(x=0.0, y=0.0, z=np.sqrt(0.5), w=np.sqrt(0.5))
        place = SimpleNamespace(x=1.0, y=2.0, z=3.0)
        return SimpleNamespace(transform=SimpleNamespace(translation=place, rotation=turn))

    def all_frames_as_yaml(self):
        return self.frames


class FakeListener:
    live = 0

    def __init__(self, buffer, node, *, spin_thread=False, qos=None, static_qos=None):
        FakeListener.live += 1

    def unregister(self):
        FakeListener.live -= 1


@pytest.fixture
def tf2_ros(monkeypatch):
    module = ModuleType('tf2_ros')
    module.__spec__ = SimpleNamespace(name='tf2_ros')
    module.Buffer, module.TransformListener = FakeBuffer, FakeListener
    module.TransformException = type('TransformException', (Exception,), {})
    monkeypatch.setitem(sys.modules, 'tf2_ros', module)
    monkeypatch.setattr(tf_poses, 'LOOK_AROUND_S', 0.05)
    for name, value in {'frames': '', 'known': True, 'asked': ()}.items():
        monkeypatch.setattr(FakeBuffer, name, value)
    monkeypatch.setattr(FakeListener, 'live', 0)


def test_without_tf2_ros_there_is_no_listener(monkeypatch):
    monkeypatch.setattr(tf_poses, 'find_spec', lambda name: None)
    assert tf_poses.listen(None) is None
    with pytest.raises(RosError, match=r'pose_source: tf needs tf2_ros.*source one'):
        tf_poses.require(None)


def test_without_tf2_ros_the_base_is_base_link(harness, monkeypatch):
    monkeypatch.setattr(tf_poses, 'find_spec', lambda name: None)
    harness.start()
    assert harness.node._session.frames.base == 'base_link'


@pytest.mark.parametrize(
    ('frames', 'base'),
    [
        ('', 'base_link'),
        ("base_footprint: \n  parent: 'odom'\n", 'base_footprint'),
        ("base_link: \n  parent: 'base_footprint'\n", 'base_footprint'),  # the root of a URDF
        ("robot2/base_footprint: \n  parent: 'odom'\n", 'base_link'),
        ("base_link: \n  parent: 'robot2/base_footprint'\n", 'base_link'),
    ],
)
def test_base_footprint_is_taken_where_tf_has_it(harness, tf2_ros, monkeypatch, frames, base):
    monkeypatch.setattr(FakeBuffer, 'frames', frames)
    harness.start()
    assert harness.node._session.frames.base == base
    assert FakeListener.live == 0  # only looked around


def test_a_configured_base_frame_needs_no_look(harness, tf2_ros, monkeypatch):
    monkeypatch.setattr(FakeBuffer, 'frames', 'base_footprint:')
    harness.start(base_frame='robot')
    assert harness.node._session.frames.base == 'robot'


def test_the_pose_is_looked_up_at_the_stamp_of_the_image(harness, spin_until, tf2_ros):
    harness.start(pose_source='tf', base_frame='robot', pose_timeout_s=0.25)
    combined = harness.listen('costmap/combined')
    harness.camera().publish(image(7, START_NS))
    spin_until(lambda: combined)
    assert FakeBuffer.asked == ('odom', 'robot', START_NS, 250_000_000)
    pose = harness.pipeline.poses[-1]
    np.testing.assert_allclose(pose[:3, 3], (1.0, 2.0, 3.0))
    np.testing.assert_allclose(pose[:3, :3], rotation_from_rpy_deg(0, 0, 90), atol=1e-9)
    assert combined[0].header.frame_id == 'odom'
    assert harness.change('deactivate') and harness.change('cleanup')
    assert FakeListener.live == 0


def test_what_tf_does_not_know_is_no_pose(harness, spin_until, tf2_ros, monkeypatch):
    monkeypatch.setattr(FakeBuffer, 'known', False)
    harness.start(pose_source='tf', base_frame='robot')
    harness.camera().publish(image(7, START_NS))
    spin_until(lambda: harness.node.faults.counts() == {'pose missing': 1})


def test_configuring_again_leaves_no_service_of_tf_behind(harness, tf2_ros):
    harness.start(pose_source='tf', base_frame='robot')
    for _ in range(2):
        assert harness.change('deactivate') and harness.change('cleanup')
        assert 'tf2_frames' not in [service.srv_name for service in harness.node.services]
        assert harness.change('configure') and harness.change('activate')


def test_a_configure_that_is_refused_leaves_no_publisher_behind(harness, tf2_ros):
    settings = {'tilt_source': 'tf', 'tilt_frame': 'base_link', 'base_frame': 'base_link'}
    node = harness.start(wait_for=None, autostart=False, **settings)
    before = len(list(node.publishers))
    assert not harness.change('configure')
    assert len(list(node.publishers)) == before
