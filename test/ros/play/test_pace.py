import pytest

from panoseg_ros.ros.play.pace import NS_PER_S, TOLERANCE_S, Pace
from panoseg_ros.ros.play.transport import Transport

START = 1_700_000_000 * NS_PER_S


class Watch:
    def __init__(self):
        self.ns = 5 * NS_PER_S

    def __call__(self):
        return self.ns

    def let(self, seconds):
        self.ns += round(seconds * NS_PER_S)


@pytest.fixture
def watch():
    return Watch()


def at(seconds):
    return START + round(seconds * NS_PER_S)


@pytest.mark.parametrize('rate', [0.5, 1.0, 4.0])
def test_a_message_is_due_when_its_share_of_the_time_has_passed(watch, rate):
    pace = Pace(START, rate, watch)
    assert pace.due_in_s(at(2.0)) == pytest.approx(2.0 / rate)
    watch.let(1.5 / rate)
    assert pace.due_in_s(at(2.0)) == pytest.approx(0.5 / rate)
    assert pace.bag_ns == pytest.approx(at(1.5), abs=10)


def test_jitter_is_caught_up_with(watch):
    pace = Pace(START, 1.0, watch)
    watch.let(1.0 + 0.9 * TOLERANCE_S)
    pace.sent(at(1.0))
    assert pace.slipped_s == 0.0
    assert pace.due_in_s(at(2.0)) == pytest.approx(1.0 - 0.9 * TOLERANCE_S)


def test_messages_behind_a_late_one_keep_their_spacing(watch):
    pace = Pace(START, 2.0, watch)
    watch.let(3.0)  # the message at 1.0 was due after 0.5
    assert pace.due_in_s(at(1.0)) == pytest.approx(-2.5)
    pace.sent(at(1.0))
    assert pace.slipped_s == pytest.approx(2.5)
    assert pace.due_in_s(at(1.2)) == pytest.approx(0.1)


def test_the_time_of_the_bag_waits_for_a_late_message_and_never_runs_back(watch):
    pace = Pace(START, 1.0, watch)
    pace.due_in_s(at(1.0))
    watch.let(4.0)
    assert pace.bag_ns == at(1.0)
    pace.sent(at(1.0))
    assert pace.bag_ns == at(1.0)


def test_a_pause_takes_no_time_of_the_bag(watch):
    pace = Pace(START, 1.0, watch)
    pace.due_in_s(at(2.0))
    watch.let(0.5)
    pace.pause(True)
    watch.let(100.0)
    assert pace.bag_ns == at(0.5)
    assert pace.due_in_s(at(2.0)) == float('inf')
    pace.pause(False)
    assert pace.due_in_s(at(2.0)) == pytest.approx(1.5)
    assert pace.slipped_s == 0.0


def test_a_step_lets_one_message_go_and_takes_the_time_with_it(watch):
    transport = Transport(Pace(START, 1.0, watch), paused=True)
    assert transport.step()
    assert transport.wait_turn(at(3.0))
    assert transport.bag_ns == at(3.0)
    assert transport.paused


def test_there_is_no_step_without_a_pause(watch):
    transport = Transport(Pace(START, 1.0, watch))
    assert not transport.step()


def test_steps_that_were_not_used_end_with_the_pause(watch):
    transport = Transport(Pace(START, 1.0, watch), paused=True)
    transport.step()
    transport.pause(False)
    transport.pause(True)
    asked = []

    def look():
        asked.append(transport.bag_ns)
        transport.stop()

    assert not transport.wait_turn(at(3.0), look)
    assert asked == [START]


def test_the_end_is_not_waited_out(watch):
    transport = Transport(Pace(START, 1.0, watch))
    transport.stop()
    assert not transport.wait_turn(at(1e6))
    assert not transport.rest(1e6)
    assert not transport.wait_for(lambda: False, lambda: None)
