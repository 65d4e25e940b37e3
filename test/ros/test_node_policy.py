"""The parameter costmap.policy of a live node with a real pipeline."""

import numpy as np
import pytest
from node_harness import harness, image, odometry
from std_srvs.srv import Trigger

from panoseg_ros.ros.conversions import array_from_grid
from panoseg_ros.ros.factory import build_pipeline

__all__ = ['harness']
SIZE = (128, 64)


@pytest.fixture
def driving(harness, spin_until, make_bundle):
    """Return a function that starts a node on dark ground, all of it road, and shows images."""
    harness.build = build_pipeline

    def start(**values):
        bundle = str(make_bundle(64, 128))
        harness.start(model__bundle=bundle, ground__size_m=8.0, **values)
        grids, camera = harness.listen('costmap/combined'), harness.camera()

        def show(value=0):
            count = len(grids)
            camera.publish(image(value, harness.next_ns(), SIZE))
            spin_until(lambda: len(grids) > count)
            return set(np.unique(array_from_grid(grids[-1]))) - {-1}

        return show

    return start


def test_a_change_applies_to_the_next_frame(driving, harness):
    show = driving()
    assert show() == {0}
    assert harness.set_parameters(costmap__policy='sidewalk_robot') == (True, '')
    assert show() == {70}
    assert harness.set_parameters(costmap__policy='') == (True, '')
    assert show() == {0}


def test_a_policy_given_at_start_applies_from_the_first_frame_on(driving):
    assert driving(costmap__policy='sidewalk_robot')() == {70}


def test_a_policy_file_is_read_again_when_it_is_set_again(driving, harness, tmp_path):
    file = tmp_path / 'mine.yaml'
    file.write_text('costs: {cityscapes19: {road: 12}}')
    show = driving(costmap__policy=str(file))
    assert show() == {12}
    file.write_text('costs: {cityscapes19: {road: 34}}')
    assert show() == {12}
    assert harness.set_parameters(costmap__policy=str(file)) == (True, '')
    assert show() == {34}


def test_a_wrong_policy_is_refused_in_one_line_and_the_old_one_stays(driving, harness, tmp_path):
    show = driving(costmap__policy='sidewalk_robot')
    bad = tmp_path / 'bad.yaml'
    bad.write_text('costs: {cityscapes19: {lawn: 5}}')
    for policy, words in {
        str(bad): "no class 'lawn', only road, sidewalk, building",
        'moon': 'indoor, off_road, road_vehicle, sidewalk_robot',
    }.items():
        successful, reason = harness.set_parameters(costmap__policy=policy)
        assert not successful and words in reason and '\n' not in reason
        assert reason.startswith('costmap.policy: ')
    assert harness.node.get_parameter('costmap.policy').value == 'sidewalk_robot'
    assert harness.node.parameters.settings.costmap.policy == 'sidewalk_robot'
    assert show() == {70}


def test_a_wrong_policy_at_start_fails_configure_in_one_line(harness, spin_until, make_bundle):
    harness.build = build_pipeline
    harness.start(wait_for=None, model__bundle=str(make_bundle(64, 128)), costmap__policy='moon')
    newest = harness.diagnostics()
    spin_until(lambda: newest() and "policy: 'moon'" in newest().message)
    assert '\n' not in newest().message


def test_a_change_goes_with_a_request_or_not_at_all(driving, harness):
    show = driving()
    assert not harness.set_parameters(costmap__policy='sidewalk_robot', overlay_alpha=7.0)[0]
    assert show() == {0}


def test_another_model_keeps_the_policy(driving, harness, make_bundle):
    show = driving()
    assert harness.set_parameters(costmap__policy='sidewalk_robot')[0]
    assert harness.call(Trigger, 'panoseg/load_model').success
    assert show() == {70}


def test_evidence_lasts_through_a_change(driving, harness, spin_until):
    show = driving(pose_source='odom', pose_timeout_s=5.0)
    odometer = harness.odometer()

    def moment(value):
        for step in (0.05, 0.15):
            odometer.publish(odometry(harness.stamp_ns + round(step * 1e9)))
        return show(value)

    assert moment(0) == {0}
    assert harness.set_parameters(costmap__policy='sidewalk_robot')[0]
    assert moment(255) == {70}  # nothing but sky is seen: all of it is remembered


def test_a_policy_that_is_set_while_the_node_configures_is_taken(harness, spin_until):
    harness.build_gate.clear()
    node = harness.start(wait_for='configuring')
    assert harness.set_parameters(costmap__policy='sidewalk_robot')[0]
    harness.build_gate.set()
    spin_until(lambda: node.state == 'active')
    assert harness.pipeline.costs is not harness.pipeline.label_set


def test_a_wrong_policy_that_is_set_while_the_node_configures_is_refused(harness, spin_until):
    harness.build_gate.clear()
    node = harness.start(wait_for='configuring')
    assert harness.set_parameters(costmap__policy='/no/such/file.yaml')[0]
    harness.build_gate.set()
    newest = harness.diagnostics()
    spin_until(lambda: newest() and "policy: '/no/such/file.yaml'" in newest().message)
    assert node.state == 'unconfigured'
