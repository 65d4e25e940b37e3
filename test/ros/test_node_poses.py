"""Odometry: where the grids lie, and what is refused."""

import math

import numpy as np
import pytest
from node_harness import START_NS, harness, image, odometry, stamp_of, value_of
from sensor_msgs.msg import Image

__all__ = ['harness']
MS = 1_000_000


def posed(harness, **values):
    harness.start(pose_source='odom', pose_timeout_s=0.05, **values)
    lines = harness.fault_lines()
    return harness.listen('costmap/combined'), harness.camera(), harness.odometer(), lines


def send_poses(harness, spin_until, odom, *messages):
    """Publish odometry and wait until the node has looked at each."""
    seen = []
    handler = harness.node._session._on_odometry
    topic = harness.node.resolve_topic_name('odom')
    (subscription,) = [s for s in harness.node.subscriptions if s.topic_name == topic]
    subscription.callback = lambda message: (handler(message), seen.append(message))
    for message in messages:
        odom.publish(message)
    spin_until(lambda: len(seen) == len(messages))


def test_the_pose_is_interpolated_at_the_stamp_and_the_grid_lies_in_the_odometry_frame(
    harness, spin_until
):
    combined, camera, odom, _ = posed(harness, ground__ground_z_m=-0.1)
    before, after = odometry(START_NS, 1.0, z=0.4), odometry(START_NS + 40 * MS, 1.4, z=0.4)
    send_poses(harness, spin_until, odom, before, after)
    camera.publish(image(7, START_NS + 10 * MS))
    spin_until(lambda: combined)
    pose = harness.pipeline.poses[-1]
    np.testing.assert_allclose(pose[:3, 3], (1.1, 0.0, 0.4))
    assert combined[0].header.frame_id == 'odom'
    assert combined[0].info.origin.position.x == pytest.approx(0.1)  # the pipeline's own
    assert combined[0].info.origin.position.z == pytest.approx(0.3)  # ground in the map frame


def test_a_frame_waits_for_its_pose(harness, spin_until):
    combined, camera, odom, _ = posed(harness)
    assert harness.set_parameters(pose_timeout_s=5.0)[0]
    send_poses(harness, spin_until, odom, odometry(START_NS, 1.0))
    camera.publish(image(7, START_NS + 10 * MS))
    spin_until(lambda: harness.node._session.intake.received == 1)
    send_poses(harness, spin_until, odom, odometry(START_NS + 20 * MS, 1.2))
    spin_until(lambda: combined)
    assert harness.pipeline.poses[-1][0, 3] == pytest.approx(1.1)


def test_a_frame_without_a_pose_publishes_masks_and_no_grid(harness, spin_until):
    combined, camera, odom, lines = posed(harness)
    masks = harness.listen('segmentation/mask', Image, 10)
    camera.publish(image(7, START_NS))
    spin_until(lambda: masks)
    assert not combined and harness.node.faults.counts() == {'pose missing': 1}
    assert 'no pose at image stamp' in lines[0]
    send_poses(harness, spin_until, odom, odometry(START_NS + MS), odometry(START_NS + 90 * MS))
    camera.publish(image(8, START_NS + 50 * MS))
    spin_until(lambda: combined)
    assert [value_of(grid) for grid in combined] == [8]


def test_no_pose_for_too_long_is_blind(harness, spin_until):
    combined, camera, _, _ = posed(harness, input_timeout_s=0.3)

    def goes_blind():
        camera.publish(image(7, harness.next_ns(0.01)))
        return combined and value_of(combined[-1]) == -1

    spin_until(goes_blind)


@pytest.mark.parametrize(
    ('change', 'kind', 'words'),
    [
        ({'child': 'wheel'}, 'odometry child frame', "'wheel' is refused, base_frame is"),
        ({'frame': 'world'}, 'odometry frame', "'world' is refused, map_frame is 'odom'"),
        ({'x': math.nan}, 'odometry value', 'not a pose'),
    ],
)
def test_odometry_that_cannot_be_used_is_one_line_and_a_counter(
    harness, spin_until, change, kind, words
):
    combined, camera, odom, lines = posed(harness)
    bad = [odometry(START_NS + i * MS, **change) for i in range(1, 4)]
    good = [odometry(START_NS, 1.0), odometry(START_NS + 90 * MS, 1.0)]
    send_poses(harness, spin_until, odom, good[0], *bad, good[1])
    assert harness.node.faults.counts() == {kind: 3}
    assert len(lines) == 1 and words in lines[0]
    camera.publish(image(7, START_NS + 50 * MS))
    spin_until(lambda: combined)
    assert harness.pipeline.poses[-1][0, 3] == pytest.approx(1.0)


def test_odometry_that_jumps_resets_the_map(harness, spin_until):
    values = {'ground__max_speed_mps': 2.0, 'input_timeout_s': 600.0}
    combined, camera, odom, lines = posed(harness, **values)
    poses = [odometry(START_NS + i * MS, 1.5) for i in (0, 40)]
    send_poses(harness, spin_until, odom, *poses)
    camera.publish(image(7, START_NS + 20 * MS))
    spin_until(lambda: combined)
    resets = harness.pipeline.resets
    jump = [odometry(START_NS + i * MS, 0.0) for i in (60, 100)]  # a restart at the origin
    send_poses(harness, spin_until, odom, *jump)
    spin_until(lambda: len(combined) == 2)
    assert [value_of(grid) for grid in combined] == [7, -1]
    assert harness.node.faults.counts() == {'odometry jump': 1}
    assert 'odometry jumped farther than ground.max_speed_mps' in lines[0]
    camera.publish(image(8, START_NS + 80 * MS))
    spin_until(lambda: len(combined) == 3)
    assert value_of(combined[-1]) == 8 and harness.pipeline.resets == resets + 1
    assert harness.pipeline.poses[-1][0, 3] == 0.0


def test_a_robot_that_is_always_too_fast_says_unknown_once(harness, spin_until):
    values = {'ground__max_speed_mps': 2.0, 'input_timeout_s': 600.0}
    combined, camera, odom, _ = posed(harness, **values)
    publisher, said = harness.node._session.outputs._grids['combined'], []
    publish = publisher.publish
    publisher.publish = lambda grid: said.append(value_of(grid)) or publish(grid)
    fast = [odometry(START_NS + i * 40 * MS, float(i)) for i in range(10)]
    send_poses(harness, spin_until, odom, *fast)
    assert said == [-1] and harness.node.faults.counts() == {'odometry jump': 9}
    send_poses(harness, spin_until, odom, odometry(START_NS + 400 * MS, 9.0))  # it stands
    camera.publish(image(7, START_NS + 380 * MS))
    spin_until(lambda: len(combined) == 2)
    fast = [odometry(START_NS + i * 40 * MS, float(i)) for i in range(11, 15)]
    send_poses(harness, spin_until, odom, *fast)
    assert said == [-1, 7, -1]


def test_frames_are_fixed_at_configure(harness, spin_until):
    combined, camera, odom, _ = posed(harness, map_frame='world', base_frame='robot')
    refused, reason = harness.set_parameters(map_frame='other')
    assert not refused and 'map_frame' in reason
    poses = [odometry(START_NS + i * MS, frame='world', child='robot') for i in (0, 90)]
    send_poses(harness, spin_until, odom, *poses)
    camera.publish(image(7, START_NS + 50 * MS))
    spin_until(lambda: combined)
    assert combined[0].header.frame_id == 'world' and stamp_of(combined[0]) == START_NS + 50 * MS
    assert harness.change('deactivate')
    spin_until(lambda: value_of(combined[-1]) == -1)
    assert combined[-1].header.frame_id == 'world'


def test_without_a_pose_source_there_is_no_odometry_subscription(harness):
    harness.start()
    topic = harness.node.resolve_topic_name('odom')
    assert harness.node.count_subscribers(topic) == 0
