"""Tilt at a stamp, without a node: which angles, how long it waits, what it refuses."""

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turns import quaternion

from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.streams.tilt import MAX_GAP_NS, MAX_TILT_DEG, Orientations, Tilt, roll_pitch_deg

MS = 1_000_000
TURN = st.floats(-180.0, 180.0)
LEAN = st.floats(-19.0, 19.0)


class Fixed:
    """A source that always says the same."""

    def __init__(self, turn):
        self.turn = turn
        self.asked = []

    def level_from_base(self, stamp_ns, timeout_s):
        self.asked.append((stamp_ns, timeout_s))
        return self.turn


def tilt_from(turn):
    faults = []
    tilt = Tilt(Fixed(turn), 'imu', lambda: 0.05, lambda *fault: faults.append(fault))
    return tilt, faults


@settings(deadline=None)
@given(LEAN, LEAN, TURN)
def test_roll_and_pitch_count_and_the_heading_does_not(roll, pitch, yaw):
    tilt, faults = tilt_from(rotation_from_rpy_deg(roll, pitch, yaw))
    found = tilt.at(5)
    np.testing.assert_allclose(found, rotation_from_rpy_deg(roll, pitch, 0.0), atol=1e-9)
    np.testing.assert_allclose(roll_pitch_deg(found), (roll, pitch), atol=1e-6)
    assert tilt.figures()['levelled'] == 'yes' and not faults


def test_the_figures_are_those_of_the_last_frame():
    tilt, _ = tilt_from(rotation_from_rpy_deg(3.0, -4.5, 100.0))
    assert tilt.figures() == {'levelled': 'none yet'}
    tilt.at(5)
    assert tilt.figures() == {
        'levelled': 'yes',
        'tilt roll (deg)': '3.00',
        'tilt pitch (deg)': '-4.50',
    }
    assert tilt._source.asked == [(5, 0.05)]


def test_an_unknown_tilt_is_one_fault_and_no_tilt():
    tilt, faults = tilt_from(None)
    assert tilt.at(1_500_000_000) is None
    assert [kind for kind, _ in faults] == ['tilt missing']
    assert 'no orientation from imu at image stamp 1.500' in faults[0][1]
    assert tilt.figures()['levelled'] == 'no'
    assert tilt.figures()['tilt roll (deg)'] == 'unknown'


@pytest.mark.parametrize('angles', [(MAX_TILT_DEG + 1, 0, 0), (0, 90, 20), (180, 0, 0)])
def test_a_robot_that_fell_over_is_not_levelled(angles):
    tilt, faults = tilt_from(rotation_from_rpy_deg(*angles))
    assert tilt.at(5) is None
    assert [kind for kind, _ in faults] == ['tilt too large']
    assert tilt.figures()['levelled'] == 'no'
    assert tilt_from(rotation_from_rpy_deg(MAX_TILT_DEG - 0.1, 0, 0))[0].at(5) is not None


def test_orientations_are_interpolated_at_the_stamp():
    orientations = Orientations()
    orientations.add(100 * MS, quaternion(roll=10.0))
    orientations.add(120 * MS, quaternion(roll=20.0))
    found = orientations.at(105 * MS, 0.0)
    np.testing.assert_allclose(found, rotation_from_rpy_deg(12.5, 0.0, 0.0), atol=1e-9)
    assert orientations.at(121 * MS, 0.0) is None and orientations.at(99 * MS, 0.0) is None


def test_what_happens_in_a_long_gap_is_not_known():
    orientations = Orientations()
    orientations.add(0, quaternion())
    orientations.add(MAX_GAP_NS + 1, quaternion())
    assert orientations.at(MAX_GAP_NS // 2, 0.0) is None


def test_it_waits_for_the_orientation_after_the_stamp():
    orientations = Orientations()
    orientations.add(10, quaternion())
    timer = threading.Timer(0.02, lambda: orientations.add(30, quaternion(pitch=8.0)))
    timer.start()
    found = orientations.at(20, 100.0)
    np.testing.assert_allclose(found, rotation_from_rpy_deg(0.0, 4.0, 0.0), atol=1e-9)
    timer.join()


def test_it_does_not_wait_for_a_topic_that_has_fallen_silent(monkeypatch):
    orientations = Orientations()
    waits = []
    look_up = orientations._poses.at
    monkeypatch.setattr(
        orientations._poses, 'at', lambda at, wait: waits.append(wait) or look_up(at, 0.0)
    )
    for stamp_ns in (10, 20):
        assert orientations.at(stamp_ns, 0.5) is None
    orientations.add(15, quaternion())
    assert orientations.at(30, 0.5) is None
    assert waits == [0.5, 0.0, 0.5]


@pytest.mark.parametrize('bad', [float('nan'), float('inf'), 0.0])
def test_what_is_no_rotation_is_refused(bad):
    orientations = Orientations()
    with pytest.raises(ValueError, match='orientation'):
        orientations.add(1, (0.0, 0.0, 0.0, bad))
    assert orientations.at(1, 0.0) is None
