import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panoseg_ros.geometry import rotation_from_quaternion, rotation_from_rpy_deg
from panoseg_ros.streams.poses import KEPT, Fastest, PoseBuffer, slerp

S = 1_000_000_000


def yaw(degrees):
    half = np.deg2rad(degrees) / 2
    return (0.0, 0.0, float(np.sin(half)), float(np.cos(half)))


def filled(*entries):
    buffer = PoseBuffer()
    for stamp_ns, x, degrees in entries:
        buffer.add(stamp_ns, (x, 0.0, 0.5), yaw(degrees))
    return buffer


def test_a_pose_between_two_is_interpolated():
    pose = filled((10 * S, 1.0, 170.0), (10 * S + 100, 3.0, -170.0)).at(10 * S + 25, 0.0)
    np.testing.assert_allclose(pose[:3, 3], (1.5, 0.0, 0.5))
    np.testing.assert_allclose(pose[:3, :3], rotation_from_rpy_deg(0, 0, 175.0), atol=1e-9)


def test_a_pose_at_its_own_stamp_is_exact():
    buffer = filled((10, 1.0, 0.0), (20, 2.0, 0.0))
    assert buffer.at(10, 0.0)[0, 3] == 1.0 and buffer.at(20, 0.0)[0, 3] == 2.0


def test_nothing_is_extrapolated():
    buffer = filled((10, 1.0, 0.0), (20, 2.0, 0.0))
    assert buffer.at(9, 0.0) is None and buffer.at(21, 0.0) is None
    assert PoseBuffer().at(5, 0.0) is None


def test_a_gap_of_more_than_a_second_is_not_bridged():
    assert filled((0, 1.0, 0.0), (S + 1, 2.0, 0.0)).at(S // 2, 0.0) is None


def test_it_waits_for_the_pose_after_the_stamp():
    buffer = filled((10, 1.0, 0.0))
    timer = threading.Timer(0.05, lambda: buffer.add(30, (3.0, 0.0, 0.0), yaw(0)))
    timer.start()
    assert buffer.at(20, 10.0)[0, 3] == pytest.approx(2.0)
    timer.join()


@pytest.mark.parametrize(
    ('x', 'degrees', 'jumps'),
    [
        (0.0, 0.0, False),
        (0.6, 0.0, False),  # 0.2 m and 20 ms at 20 m/s
        (0.7, 0.0, True),
        (-1.5, 0.0, True),
        (0.0, 15.0, False),  # 11.5 degrees and 20 ms at 200 degrees/s
        (0.0, -17.0, True),
    ],
)
def test_a_pose_that_no_robot_can_have_reached_starts_over(x, degrees, jumps):
    buffer = PoseBuffer(fastest=Fastest(20.0, 200.0))
    assert not buffer.add(10 * S, (0.0, 0.0, 0.0), yaw(0))
    assert buffer.add(10 * S + S // 50, (x, 0.0, 0.0), yaw(degrees)) is jumps
    assert (buffer.at(10 * S + S // 100, 0.0) is None) is jumps  # nothing between the two
    pose = buffer.at(10 * S + S // 50, 0.0)
    np.testing.assert_allclose(pose[:3, 3], (x, 0.0, 0.0))
    assert not buffer.add(10 * S + S // 25, (x, 0.0, 0.0), yaw(degrees + 360.0))


def test_without_a_limit_every_step_is_one():
    buffer = filled((10 * S, 0.0, 0.0), (10 * S + 20, 900.0, 180.0))
    assert buffer.at(10 * S + 10, 0.0)[0, 3] == pytest.approx(450.0)


def test_a_small_step_back_is_ignored_and_a_jump_back_starts_over():
    buffer = filled((10 * S, 1.0, 0.0), (10 * S + 50, 2.0, 0.0), (10 * S + 20, 9.0, 0.0))
    assert buffer.at(10 * S + 25, 0.0)[0, 3] == pytest.approx(1.5)
    buffer.add(2 * S, (7.0, 0.0, 0.0), yaw(0))
    assert buffer.at(2 * S, 0.0)[0, 3] == 7.0 and buffer.at(10 * S, 0.0) is None


def test_only_the_latest_poses_are_kept():
    buffer = filled(*((i, float(i), 0.0) for i in range(KEPT + 50)))
    assert buffer.at(49, 0.0) is None and buffer.at(50, 0.0)[0, 3] == 50.0


@pytest.mark.parametrize(
    ('position', 'turn'),
    [
        ((float('nan'), 0.0, 0.0), yaw(0)),
        ((0.0, float('inf'), 0.0), yaw(0)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, float('nan'))),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_what_is_no_pose_is_refused(position, turn):
    buffer = PoseBuffer()
    with pytest.raises(ValueError, match='orientation'):
        buffer.add(1, position, turn)
    assert buffer.at(1, 0.0) is None


unit = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1)


@given(unit, unit, st.floats(0, 1))
def test_slerp_turns_evenly_along_the_shorter_way(start, end, share):
    a, b = (np.array(q) / np.linalg.norm(q) for q in (start, end))
    middle = slerp(a, b, share)
    assert np.linalg.norm(middle) == pytest.approx(1.0, abs=1e-6)

    def angle(p, q):
        turn = rotation_from_quaternion(p).T @ rotation_from_quaternion(q)
        return np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))

    assert angle(a, middle) == pytest.approx(share * angle(a, b), abs=2e-3)
