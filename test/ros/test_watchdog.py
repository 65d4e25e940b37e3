from panoseg_ros.ros.watchdog import Watchdog


def test_it_expires_once_and_is_revived_by_a_feed():
    dog = Watchdog()
    dog.feed(10.0)
    assert not dog.expires(11.0, 1.0)
    assert dog.expires(11.1, 1.0) and dog.expired
    assert not dog.expires(20.0, 1.0) and dog.expired
    dog.feed(20.0)
    assert not dog.expired and not dog.expires(20.5, 1.0) and dog.expires(21.5, 1.0)


def test_it_sleeps_until_the_first_feed():
    assert not Watchdog().expires(1e9, 1.0)


def test_a_clock_that_jumps_back_starts_the_wait_anew():
    dog = Watchdog()
    dog.feed(1000.0)
    assert not dog.expires(5.0, 1.0)
    assert not dog.expires(5.9, 1.0)
    assert dog.expires(6.1, 1.0)
