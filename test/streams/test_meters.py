import random

import pytest

from panoseg_ros.streams.meters import LossMeter, RateMeter

MS = 1_000_000


def feed(meter, indices, period_ns=50 * MS, rate_hz=0.0, jitter=0.0):
    draw = random.Random(3)
    for index in indices:
        stamp_ns = index * period_ns + round(draw.uniform(-jitter, jitter) * period_ns)
        meter.arrive(stamp_ns, rate_hz, 10.0)
    return meter


def test_nothing_is_lost_without_gaps():
    assert feed(LossMeter(), range(1, 100)).lost == 0


def test_jitter_of_a_fifth_of_the_period_is_no_loss():
    assert feed(LossMeter(), range(1, 200), jitter=0.1).lost == 0


def test_gaps_count_what_they_hide():
    indices = [i for i in range(1, 100) if i not in (40, 60, 61, 62)]
    assert feed(LossMeter(), indices).lost == 4


def test_the_period_is_learned_even_if_most_images_are_lost():
    draw = random.Random(1)
    indices = [i for i in range(1, 2000) if draw.random() < 0.35]
    meter = feed(LossMeter(), indices)
    assert meter.period_ns(0.0) == 50 * MS
    missing = indices[-1] - indices[0] + 1 - len(indices)
    assert meter.lost == pytest.approx(missing, rel=0.05)


def test_a_known_rate_needs_no_learning():
    meter = feed(LossMeter(), [1, 11], rate_hz=20.0)
    assert meter.lost == 9 and meter.period_ns(20.0) == 50 * MS


def test_an_outage_is_not_a_loss():
    meter = feed(LossMeter(), range(1, 20))
    meter.arrive(20 * 50 * MS + 11_000 * MS, 0.0, 10.0)
    assert meter.lost == 0


def test_a_restart_keeps_the_count_and_forgets_the_stream():
    meter = feed(LossMeter(), [*range(1, 20), 21])
    meter.restart()
    feed(meter, range(500, 520), period_ns=10 * MS)
    assert meter.lost == 1 and meter.period_ns(0.0) == 10 * MS


def test_rate_and_age():
    meter = RateMeter()
    assert meter.rate_hz(0.0) == 0.0 and meter.age_s(0.0) is None
    for tick in range(30):
        meter.tick(tick * 0.1)
    assert meter.rate_hz(3.0) == pytest.approx(10.0)
    assert meter.age_s(3.0) == pytest.approx(0.1)
    assert meter.rate_hz(60.0) == 0.0  # long silence
