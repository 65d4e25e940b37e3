"""Transforms along a tree: both ways, in between, and where nothing is known."""

import numpy as np
import pytest
from turns import quaternion

from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.streams import TfTree

S = 1_000_000_000
STILL = (0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def tree():
    found = TfTree()
    found.add(0, 'base', 'camera', (0.0, 0.0, 1.0), quaternion(0, 0, 90), True)
    for second in (10, 11):
        turn = quaternion(0, 0, 20.0 * (second - 10))
        found.add(second * S, 'odom', 'base', (second - 10.0, 0.0, 0.0), turn, False)
    found.add(0, 'odom', 'dock', (5.0, 0.0, 0.0), STILL, True)
    return found


def test_poses_are_interpolated_and_chained(tree):
    found = tree.look_up('odom', 'camera', 10 * S + S // 2)
    base = transform(rotation_from_rpy_deg(0, 0, 10), (0.5, 0.0, 0.0))
    camera = transform(rotation_from_rpy_deg(0, 0, 90), (0.0, 0.0, 1.0))
    np.testing.assert_allclose(found, base @ camera, atol=1e-9)


def test_any_frame_may_be_the_target(tree):
    forth, back = (tree.look_up(*names, 11 * S) for names in (('dock', 'camera'),
                                                              ('camera', 'dock')))  # fmt: skip
    np.testing.assert_allclose(forth @ back, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(forth[:3, 3], (-4.0, 0.0, 1.0), atol=1e-9)
    np.testing.assert_allclose(tree.look_up('base', 'base', 0), np.eye(4))


@pytest.mark.parametrize('at_s', [9, 12])
def test_nothing_is_extrapolated(tree, at_s):
    assert tree.look_up('odom', 'camera', at_s * S) is None
    assert tree.look_up('base', 'camera', at_s * S) is not None  # static


def test_unknown_and_unconnected_frames_are_not_known(tree):
    tree.add(0, 'other', 'island', (0.0,) * 3, STILL, True)
    assert tree.look_up('odom', 'nobody', 10 * S) is None
    assert tree.look_up('odom', 'island', 10 * S) is None
    assert {'odom', 'base', 'camera', 'dock', 'other', 'island'} == tree.frames


def test_a_loop_ends():
    tree = TfTree()
    tree.add(0, 'a', 'b', (0.0,) * 3, STILL, True)
    tree.add(0, 'b', 'a', (0.0,) * 3, STILL, True)
    assert tree.look_up('c', 'a', 0) is None


def test_a_frame_may_get_another_parent(tree):
    tree.add(0, 'dock', 'base', (1.0, 0.0, 0.0), STILL, True)
    np.testing.assert_allclose(tree.look_up('odom', 'base', 0)[:3, 3], (6.0, 0.0, 0.0))


def test_what_is_no_pose_is_refused(tree):
    with pytest.raises(ValueError, match='position'):
        tree.add(20 * S, 'odom', 'base', (np.nan, 0.0, 0.0), STILL, False)
