from dataclasses import replace

import pytest

from panoseg_ros.ros.intake import Intake
from panoseg_ros.settings import InputSettings, Settings

NS = 1_000_000_000
START = 1_700_000_000 * NS
PERIOD = NS // 20


class Feed:
    def __init__(self, topics, **values):
        self.settings = Settings(**values)
        self.intake = Intake(topics, lambda: self.settings)

    def add(self, topic, header_ns, receive_ns=START):
        return self.intake.add(topic, f'{topic}@{header_ns}', header_ns, receive_ns, 0.0)


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
