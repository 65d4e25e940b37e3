"""Poses of lenses from TF, with the stand-in for tf2_ros."""

import numpy as np
from node_harness import harness, image, value_of
from test_tf_poses import FakeBuffer, FakeListener, tf2_ros

from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.ros import tf_poses

__all__ = ['harness', 'tf2_ros']
POSED = """
name: posed
base_from_pano: {translation_m: [0.0, 0.0, 1.0], rpy_deg: [0.0, 0.0, 90.0]}
lenses:
  left:
    topic: image
    source_size: [64, 32]
    pano_from_lens: {frame_id: left_optical}
    lens: {model: equirectangular}
"""


def test_the_pose_of_a_lens_is_looked_up_until_it_is_known(
    harness, spin_until, tf2_ros, monkeypatch
):
    monkeypatch.setattr(FakeBuffer, 'known', False)
    harness.rig_file.write_text(POSED)
    harness.start(base_frame='robot')
    newest, grids = harness.diagnostics(), harness.listen('costmap/combined')
    camera = harness.camera()
    spin_until(lambda: newest() and newest().message == 'waiting for TF robot <- left_optical')
    camera.publish(image(7, harness.next_ns()))
    spin_until(lambda: harness.node._session.intake.received == 1)
    monkeypatch.setattr(FakeBuffer, 'known', True)
    calibrator = harness.node._session.calibrator
    spin_until(lambda: calibrator.ready)
    assert FakeBuffer.asked == ('robot', 'left_optical', 0, 0)
    mount = harness.node._session.perception.pipeline.rig.lenses[0].pano_from_lens
    # The stand-in says (1, 2, 3) and a quarter turn to the left, the panorama is turned too.
    np.testing.assert_allclose(mount[:3, 3], (2.0, -1.0, 2.0), atol=1e-9)
    np.testing.assert_allclose(mount[:3, :3], np.eye(3), atol=1e-9)
    camera.publish(image(8, harness.next_ns()))
    spin_until(lambda: grids and value_of(grids[-1]) == 8)
    spin_until(lambda: newest().values['lens left: calibration'].endswith('TF left_optical'))
    assert FakeListener.live == 1
    assert harness.change('deactivate') and harness.change('cleanup')
    assert FakeListener.live == 0


def test_poses_of_the_robot_may_come_from_tf_as_well(harness, spin_until, tf2_ros):
    harness.rig_file.write_text(POSED)
    harness.start(base_frame='robot', pose_source='tf')
    camera = harness.camera()
    spin_until(lambda: harness.node._session.calibrator.ready)
    camera.publish(image(8, harness.next_ns()))
    spin_until(lambda: harness.pipeline.lenses)
    pose = harness.pipeline.poses[-1]
    np.testing.assert_allclose(pose[:3, :3], rotation_from_rpy_deg(0, 0, 90), atol=1e-9)


def test_without_tf2_ros_configure_says_what_to_do(harness, spin_until, monkeypatch):
    monkeypatch.setattr(tf_poses, 'find_spec', lambda name: None)
    harness.rig_file.write_text(POSED)
    harness.start(wait_for=None)
    newest = harness.diagnostics()
    spin_until(lambda: newest() and newest().level == b'\x02')
    assert newest().message == (
        'rig posed: lens left: pano_from_lens: frame_id needs tf2_ros, which comes with a ROS 2 '
        'installation: source one, or give translation_m and rpy_deg in the rig file'
    )
