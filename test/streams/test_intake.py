from dataclasses import replace

import pytest

from panoseg_ros.settings import InputSettings, Settings, intake_rules
from panoseg_ros.streams.intake import Intake
from panoseg_ros.streams.moment import Moment

NS = 1_000_000_000
START = 1_700_000_000 * NS
PERIOD = NS // 20


class Feed:
    def __init__(self, topics, **values):
        self.settings = Settings(**values)
        self.now_s = 0.0
        self.intake = Intake(topics, lambda: intake_rules(self.settings), self.now)

    @property
    def now(self):
        return Moment(self.now_s, self.now_s)

    def add(self, topic, header_ns, receive_ns=START):
        name = f'{topic}@{header_ns}'
        return self.intake.add(topic, name, header_ns, receive_ns, self.now)

    def run(self, topics, first, last):
        """Send images at 20 Hz; return the stamps of the sets."""
        arrivals = []
        for step in range(first, last):
            self.now_s = step / 20
            arrivals += [self.add(topic, START + step * PERIOD + 9) for topic in topics]
        return [a.stamp_ns for a in arrivals if a.messages]


def test_one_topic_delivers_every_newer_image():
    feed = Feed(['a'])
    arrival = feed.add('a', START)
    assert arrival.messages == {'a': f'a@{START}'} and arrival.stamp_ns == START
    assert feed.add('a', START).messages is None
    assert feed.add('a', START - NS // 2).messages is None
    assert feed.add('a', START + 1).messages is not None
    assert (feed.intake.received, feed.intake.out_of_order) == (4, 2)


def test_the_capture_delay_is_subtracted_and_may_change_at_run_time():
    feed = Feed(['a'], capture_delay_s=0.05)
    assert feed.add('a', START).stamp_ns == START - NS // 20
    feed.settings = replace(feed.settings, capture_delay_s=0.0)
    assert feed.add('a', START + 5).stamp_ns == START + 5


def test_zero_stamps_are_counted_and_get_the_time_of_arrival():
    feed = Feed(['a'])
    assert feed.add('a', 0, START + 9).stamp_ns == START + 9
    assert feed.intake.zero_stamps == 1


def test_receive_time_ignores_the_header():
    feed = Feed(['a'], stamp_source='receive')
    assert feed.add('a', 5, START).stamp_ns == START
    assert feed.intake.zero_stamps == 0


def test_a_jump_back_is_reported_and_accepted():
    feed = Feed(['a'])
    feed.add('a', START)
    arrival = feed.add('a', START - 2 * NS)
    assert arrival.jumped_back and arrival.messages


def test_lost_images_are_counted_over_all_topics():
    feed = Feed(['a', 'b'], input=InputSettings(rate_hz=20.0))
    for step in (0, 1, 3, 4):
        feed.add('a', START + step * PERIOD)
        feed.add('b', START + step * PERIOD)
    assert feed.intake.lost == 2


def test_pairs_carry_the_stamp_of_the_first_topic():
    feed = Feed(['a', 'b'])
    assert feed.add('b', START + 1_000_000).messages is None
    arrival = feed.add('a', START)
    assert arrival.stamp_ns == START and set(arrival.messages) == {'a', 'b'}


@pytest.mark.parametrize(('tolerance_s', 'paired'), [(0.0, True), (0.02, False)])
def test_the_tolerance_is_half_a_period_unless_it_is_set(tolerance_s, paired):
    """At 20 Hz half a period is 25 ms."""
    values = InputSettings(rate_hz=20.0, pairing_tolerance_s=tolerance_s)
    feed = Feed(['a', 'b'], input=values)
    feed.add('a', START)
    assert (feed.add('b', START + 24_000_000).messages is not None) is paired
    feed = Feed(['a', 'b'], input=InputSettings(rate_hz=20.0))
    feed.add('a', START)
    assert feed.add('b', START + 26_000_000).messages is None


def test_a_jump_back_of_one_topic_restarts_all():
    feed = Feed(['a', 'b'])
    feed.add('a', START)
    feed.add('b', START)
    feed.add('b', START + PERIOD)  # waits for its partner, which will never come
    back = START - 60 * NS
    assert feed.add('a', back).jumped_back
    arrival = feed.add('b', back)
    assert arrival.messages == {'a': f'a@{back}', 'b': f'b@{back}'}
    assert not arrival.jumped_back


def test_every_topic_has_a_rate_of_its_own():
    feed = Feed(['a', 'b'])
    for step in range(41):
        feed.run('ab' if step % 2 else 'a', step, step + 1)
    rates = [feed.intake.rates[topic].rate_hz(2.0) for topic in 'ab']
    assert rates == pytest.approx([20.0, 10.0])


@pytest.mark.parametrize('timeout_s', [0.2, 1.0])
def test_a_silent_topic_is_left_out_after_its_timeout(timeout_s):
    feed = Feed(['a', 'b'], lens_timeout_s=timeout_s)
    assert len(feed.run('ab', 0, 10)) == 10
    alone = feed.run('a', 10, 60)
    assert feed.intake.left_out == ('b',)
    assert (alone[0] - START) / 1e9 == pytest.approx(0.45 + timeout_s, abs=0.06)
    feed.run('ab', 60, 70)
    assert feed.intake.left_out == ()


def test_an_image_with_an_old_stamp_does_not_keep_a_topic_alive():
    feed = Feed(['a', 'b'])
    feed.run('ab', 0, 10)
    for step in range(10, 40):
        feed.run('a', step, step + 1)
        feed.add('b', START)  # a frozen driver
    assert feed.intake.left_out == ('b',) and feed.intake.out_of_order == 30


def test_a_topic_of_another_time_leads_only_where_the_first_is_silent():
    """Its stamps are an hour old: a set that it leads is a jump back, told once."""
    feed = Feed(['a', 'b'])
    feed.run('ab', 0, 10)
    jumps = []
    for step in range(10, 60):
        feed.now_s = step / 20
        arrival = feed.add('b', START - 3600 * NS + step * PERIOD)
        jumps.append(arrival.jumped_back)
    assert sum(jumps) == 1 and feed.intake.left_out in ((), ('a',))
    assert arrival.messages


def test_a_tolerance_beyond_the_period_never_takes_the_neighbours_partner():
    feed = Feed(['a', 'b'], input=InputSettings(rate_hz=20.0, pairing_tolerance_s=0.2))
    feed.run('ab', 0, 10)
    feed.run('b', 10, 11)  # the image of a is lost
    arrivals = [feed.add(topic, START + 11 * PERIOD + 9) for topic in 'ab']
    assert arrivals[0].messages is None and arrivals[1].messages
    assert feed.intake.spread_ns == 0


def test_simulated_time_that_jumps_back_leaves_nobody_out():
    feed = Feed(['a', 'b'])
    feed.run('ab', 0, 10)
    feed.intake.add('a', 'a', START + 90 * PERIOD, START, Moment(0.6, -5.0))
    feed.intake.add('a', 'a', START + 91 * PERIOD, START, Moment(1.2, -4.9))
    assert feed.intake.left_out == ()


def test_simulated_time_in_coarse_steps_separates_no_pair():
    feed = Feed(['a', 'b'])
    feed.intake.add('a', 'a', START, START, Moment(0.0, 10.0))
    arrival = feed.intake.add('b', 'b', START, START, Moment(0.003, 10.1))
    assert arrival.messages
