"""Sets of pictures from several topics, on a virtual clock."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from panoseg_ros.streams.moment import Moment
from panoseg_ros.streams.pairing import BUFFER, Limits, Pairing

MS = 1_000_000
LIMITS = Limits(window_ns=25 * MS, wait_s=0.025, timeout_s=0.5)


class Feed:
    """Pictures named by topic and stamp in milliseconds, which also is when they arrive."""

    def __init__(self, topics='ab'):
        self.pairing = Pairing(tuple(topics), at(0))

    def add(self, name, arrives_ms=None):
        topic, stamp_ms = name[0], float(name[1:])
        now = at(stamp_ms if arrives_ms is None else arrives_ms)
        found = self.pairing.add(topic, round(stamp_ms * MS), name, LIMITS, now)
        return found and ' '.join(found.items.values())

    def all(self, names):
        return [self.add(name) for name in names.split()]


def at(ms):
    return Moment(ms / 1000, ms / 1000)


def test_one_topic_passes_through():
    feed = Feed('a')
    assert feed.all('a1 a2') == ['a1', 'a2']
    assert feed.pairing.unpaired == 0


def test_a_set_has_the_stamp_of_the_first_topic_whichever_came_last():
    feed = Feed()
    assert feed.all('a100 b104') == [None, 'a100 b104']
    assert feed.add('b195', 195) is None
    found = feed.pairing.add('a', 200 * MS, 'a200', LIMITS, at(200))
    assert found == (200 * MS, {'a': 'a200', 'b': 'b195'}, 5 * MS)


def test_images_further_apart_than_the_tolerance_never_meet():
    feed = Feed()
    assert feed.all('a100 b126 b150 a150') == [None, None, None, 'a150 b150']
    assert feed.pairing.unpaired == 2  # a100 and b126


def test_the_nearest_partner_is_taken():
    assert Feed().all('b95 b101 a102')[-1] == 'a102 b101'


def test_a_set_does_not_go_out_when_its_first_picture_waited_too_long():
    feed = Feed()
    assert feed.add('a100', 100) is None
    assert feed.add('b100', 126) is None
    assert feed.add('a150', 150) is None
    assert feed.add('b150', 174) == 'a150 b150'


def test_the_first_lens_may_arrive_later_than_its_partners():
    """Nothing is held up by that: the set goes out the moment its first picture is there."""
    feed = Feed()
    assert feed.add('b100', 100) is None
    assert feed.add('a100', 190) == 'a100 b100'


def test_a_burst_is_paired_in_order():
    feed = Feed()
    for name in ('a100', 'a150', 'a200'):
        assert feed.add(name, 205) is None
    assert [feed.add(n, 206) for n in ('b100', 'b150', 'b200')] == [
        'a100 b100', 'a150 b150', 'a200 b200'
    ]  # fmt: skip


def test_late_partners_of_dropped_images_make_no_older_set():
    assert Feed().all('a100 a140 b141 b142') == [None, None, 'a140 b141', None]


def test_three_topics_wait_for_all_and_their_phases_may_differ():
    feed = Feed('abc')
    assert feed.all('b80 a100 c120') == [None, None, 'a100 b80 c120']


def test_the_buffers_are_bounded():
    feed = Feed()
    for index in range(BUFFER + 3):
        feed.add(f'b{index * 50}')
    assert feed.pairing.unpaired == 3


def test_different_rates_give_sets_at_the_slower_one():
    feed, sets = Feed(), []
    for ms in range(100, 1100, 33):
        sets.append(feed.add(f'a{ms}'))
        if (ms - 100) % 99 == 0:
            sets.append(feed.add(f'b{ms + 2}'))
    assert len([s for s in sets if s]) == 11 and feed.pairing.left_out == ()


def run(feed, topics, start_ms, end_ms, period_ms=50, lag_ms=None):
    """Send pictures of all topics at a rate, in the order of arrival; return the sets."""
    lag_ms = lag_ms or {}
    pictures = [
        (ms + lag_ms.get(topic, 0) + 0.1 * rank, f'{topic}{ms}')
        for ms in range(start_ms, end_ms, period_ms)
        for rank, topic in enumerate(topics)
    ]
    return [(ms, s) for ms, name in sorted(pictures) if (s := feed.add(name, ms))]


def test_a_silent_topic_is_left_out_after_the_timeout_and_comes_back():
    feed = Feed()
    assert len(run(feed, 'ab', 0, 500)) == 10
    alone = run(feed, 'a', 500, 2000)
    assert alone[0] == (1000.0, 'a1000')  # b came last at 450.1
    assert [s for _, s in alone] == [f'a{ms}' for ms in range(1000, 2000, 50)]
    assert feed.pairing.left_out == ('b',)
    again = [s for _, s in run(feed, 'ab', 2000, 2500)]
    assert again[:3] == ['a2000', 'a2050', 'a2100 b2100'] and len(again) == 10
    assert feed.pairing.left_out == ()


def test_without_its_first_topic_a_set_has_the_stamp_of_the_next():
    feed = Feed('abc')
    run(feed, 'abc', 0, 500)
    alone = run(feed, 'bc', 500, 2000)
    assert alone[0] == (1000.1, 'b1000 c1000') and feed.pairing.left_out == ('a',)
    again = [s for _, s in run(feed, 'abc', 2000, 2500)]
    assert again[-1] == 'a2450 b2450 c2450' and feed.pairing.left_out == ()


def test_a_first_topic_that_lags_comes_back_too():
    feed, lag = Feed(), {'a': 40}
    assert len(run(feed, 'ab', 0, 500, lag_ms=lag)) == 10
    run(feed, 'b', 500, 2000)
    assert feed.pairing.left_out == ('a',)
    assert run(feed, 'ab', 2000, 2500, lag_ms=lag)[-1][1] == 'a2450 b2450'
    assert feed.pairing.left_out == ()


def test_a_topic_that_starts_late_joins():
    feed = Feed()
    assert run(feed, 'a', 0, 1000)[0] == (550.0, 'a550')
    assert feed.pairing.left_out == ('b',)
    run(feed, 'ab', 1000, 1300)
    assert feed.pairing.left_out == ()


def test_a_topic_with_another_clock_or_too_much_lag_is_left_out():
    feed = Feed()
    run(feed, 'ab', 0, 1000, lag_ms={'b': 40})
    assert feed.pairing.left_out == ('b',)
    assert run(feed, 'ab', 1000, 1500, lag_ms={'b': 40})[0] == (1000.0, 'a1000')
    run(feed, 'ab', 1500, 2000)  # the lag is gone
    assert feed.pairing.left_out == ()


def test_a_topic_slower_than_the_timeout_does_not_come_and_go():
    feed = Feed()
    sets = []
    for ms in range(0, 6000, 50):
        sets += run(feed, 'ab' if ms % 1000 == 0 else 'a', ms, ms + 50)
    assert feed.pairing.left_out == ('b',)
    assert len(sets) > 108  # 120 less those of the first timeout


def test_topics_that_are_all_slow_wait_for_each_other():
    feed = Feed()
    assert [s for _, s in run(feed, 'ab', 0, 5000, period_ms=1000)] == [
        f'a{ms} b{ms}' for ms in range(0, 5000, 1000)
    ]


def test_all_topics_silent_at_once_leave_nobody_out():
    feed = Feed()
    run(feed, 'ab', 0, 500)
    assert run(feed, 'ab', 9000, 9500)[0] == (9000.1, 'a9000 b9000')


def test_restart_forgets_waiting_images_and_whom_it_left_out():
    feed = Feed()
    run(feed, 'a', 0, 1000)
    feed.pairing.restart(at(1000))
    assert feed.pairing.left_out == ()
    feed.add('a1000')
    feed.pairing.restart(at(1001))
    assert feed.add('b1001') is None


ARRIVALS = st.lists(
    st.tuples(
        st.sampled_from('abc'),
        st.integers(0, 40),  # ms of stamp since the topic's last picture
        st.integers(0, 60),  # ms of arrival since the last picture of any topic
    ),
    max_size=80,
)


@settings(max_examples=80, deadline=None)
@given(ARRIVALS, st.integers(1, 40), st.sampled_from([0.03, 0.2, 5.0]))
def test_whatever_arrives_sets_are_sound(arrivals, tolerance_ms, timeout_s):
    """Each picture once, stamps rise, no set is wider or later than the tolerance."""
    limits = Limits(tolerance_ms * MS, tolerance_ms / 1000, timeout_s)
    pairing = Pairing(('a', 'b', 'c'), at(0))
    stamps_ms, now_ms, sets = dict.fromkeys('abc', 0), 0, []
    for topic, stamp_step, step in arrivals:
        stamps_ms[topic] += 1 + stamp_step
        now_ms += step
        picture = (topic, stamps_ms[topic], now_ms)
        found = pairing.add(topic, stamps_ms[topic] * MS, picture, limits, at(now_ms))
        if found is None:
            continue
        sets.append(found)
        members = list(found.items.values())
        leader = members[0]
        assert [m[0] for m in members] == list(found.items) == sorted(found.items)
        assert found.stamp_ns == leader[1] * MS
        assert now_ms - leader[2] <= tolerance_ms
        assert found.items.keys() | set(pairing.left_out) >= set('abc')
        centre = next(m for m in members if m[0] not in pairing.left_out)
        assert all(abs(m[1] - centre[1]) <= tolerance_ms for m in members)
        assert found.spread_ns == MS * (max(m[1] for m in members) - min(m[1] for m in members))
    used = [member for found in sets for member in found.items.values()]
    assert len(used) == len(set(used))
    assert all(a.stamp_ns < b.stamp_ns for a, b in pairwise(sets))
    waiting = sum(len(buffer) for buffer in pairing._buffers.values())
    assert len(used) + pairing.unpaired + waiting == len(arrivals)


@settings(max_examples=30, deadline=None)
@given(
    st.floats(0.0, 24.0),
    st.lists(st.floats(0.0, 20.0), min_size=60, max_size=60),
    st.integers(0, 2**31),
)
def test_jitter_and_drops_cost_only_the_images_concerned(phase_ms, jitter_ms, drops):
    """At 20 Hz, b taken up to half a period after a, arrivals late by up to 20 ms."""
    kept = [not (drops >> index) & 1 or index % 3 for index in range(30)]
    pictures = []
    for index, keep in enumerate(kept):
        a_ms = 50.0 * index
        pictures.append((a_ms + jitter_ms[2 * index], f'a{a_ms}'))
        if keep:
            b_ms = a_ms + 0.2 * phase_ms
            pictures.append((b_ms + jitter_ms[2 * index + 1], f'b{b_ms}'))
    feed = Feed()
    sets = [s for ms, name in sorted(pictures) if (s := feed.add(name, ms))]
    assert len(sets) == sum(map(bool, kept))
