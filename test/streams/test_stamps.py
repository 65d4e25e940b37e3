import pytest

from panoseg_ros.streams.stamps import NS_PER_S, StampOrder, Verdict, acquisition_ns

NOW = 1_700_000_000 * NS_PER_S


@pytest.mark.parametrize(
    ('header', 'source', 'delay_s', 'expected'),
    [
        (NOW - 7, 'header', 0.0, NOW - 7),  # bit-identical without a delay
        (NOW - 7, 'receive', 0.0, NOW),
        (0, 'header', 0.0, NOW),
        (NOW, 'header', 0.05, NOW - 50_000_000),
        (0, 'header', 0.05, NOW - 50_000_000),
        (NOW, 'header', -0.001, NOW + 1_000_000),
    ],
)
def test_the_time_of_exposure(header, source, delay_s, expected):
    assert acquisition_ns(header, NOW, source, delay_s) == expected


@pytest.mark.parametrize(
    ('step_ns', 'verdict'),
    [
        (1, Verdict.ACCEPT),
        (3600 * NS_PER_S, Verdict.ACCEPT),
        (0, Verdict.DROP),
        (-1, Verdict.DROP),
        (-NS_PER_S, Verdict.DROP),
        (-NS_PER_S - 1, Verdict.RESET),
    ],
)
def test_stamps_increase_or_start_over(step_ns, verdict):
    order = StampOrder()
    assert order.judge(NOW) is Verdict.ACCEPT
    assert order.judge(NOW + step_ns) is verdict


def test_a_dropped_stamp_does_not_become_the_last_one():
    order = StampOrder()
    verdicts = [order.judge(NOW + step) for step in (10, 5, 7, 11)]
    assert verdicts == [Verdict.ACCEPT, Verdict.DROP, Verdict.DROP, Verdict.ACCEPT]


def test_after_a_jump_back_the_new_time_counts():
    order = StampOrder()
    order.judge(NOW)
    order.judge(NOW - 5 * NS_PER_S)
    assert order.judge(NOW - 4 * NS_PER_S) is Verdict.ACCEPT


def test_reset_accepts_any_stamp():
    order = StampOrder()
    order.judge(NOW)
    order.reset()
    assert order.judge(5) is Verdict.ACCEPT
