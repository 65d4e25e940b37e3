import threading

import pytest

from panoseg_ros.errors import RosError
from panoseg_ros.ros import starting
from panoseg_ros.ros.demo import session as session_module
from panoseg_ros.ros.demo.session import Session
from panoseg_ros.ros.demo.statistics import Statistics
from panoseg_ros.ros.starting import Starting


class FakeListener:
    def __init__(self):
        self.statistics = Statistics()
        self.starting = Starting('/panoseg')
        self.starting.words = 'configuring'
        self.looks, self.taken = [], 1

    @property
    def looking(self):
        return bool(self.looks) and self.looks[-1]

    def look(self, wanted):
        self.looks.append(wanted)


class FakeExecutor:
    """Every wait takes no time and lets the next thing happen."""

    def __init__(self, *happenings):
        self.happenings = list(happenings)

    def spin_once(self, timeout_sec):
        if self.happenings:
            self.happenings.pop(0)()


class FakeScreen:
    def __init__(self):
        self.said, self.shown = [], []

    def say(self, words):
        self.said.append(words)

    def show(self, figures, title):
        self.shown.append(title)


@pytest.fixture
def stage(monkeypatch):
    monkeypatch.setattr(session_module, 'WARM_UP_S', 0.02)
    monkeypatch.setattr(session_module, 'REFRESH_S', 0.01)

    def build(*happenings, **options):
        listener, screen, stop = FakeListener(), FakeScreen(), threading.Event()
        steps = [lambda step=step: step(listener, stop) for step in happenings]
        return Session(listener, FakeExecutor(*steps), screen, stop, **options), listener, screen

    return build


def first_costmap(listener, stop):
    listener.statistics.on_sent(1)
    listener.statistics.on_costmap(1, 2)


def fail(listener, stop):
    listener.starting.failure = 'no such model'


def ask_for_the_end(listener, stop):
    stop.set()


def test_it_waits_for_the_first_costmap(stage):
    session, listener, screen = stage(lambda *_: None, first_costmap)
    assert session.wait()
    assert screen.said == ['node: configuring']
    assert session.warm_up()
    assert listener.looking


def test_the_warm_up_lasts_until_there_is_a_picture(stage, monkeypatch):
    def take_one(listener, stop):
        listener.taken = 1

    monkeypatch.setattr(session_module, 'WARM_UP_S', 0.0)
    session, listener, _ = stage(lambda *_: None, take_one, ask_for_the_end)
    listener.taken = 0
    assert session.warm_up()  # the end is not reached
    assert listener.taken == 1


def test_a_node_that_cannot_start_ends_the_wait(stage):
    session, *_ = stage(fail)
    with pytest.raises(RosError, match='cannot start: no such model'):
        session.wait()


def test_a_node_that_gets_no_further_ends_the_wait(stage, monkeypatch):
    monkeypatch.setattr(starting, 'PATIENCE_S', 0.03)
    session, *_ = stage()
    with pytest.raises(RosError, match=r'no costmap, and for 0.03 s the node has said: config'):
        session.wait()


def test_the_end_may_come_at_any_station(stage):
    session, *_ = stage(ask_for_the_end)
    assert not session.wait()
    session, *_ = stage(first_costmap, ask_for_the_end)
    assert session.wait()
    assert not session.warm_up()
    assert session.measure(None).sent == 0


def test_measuring_ends_in_time_and_looks_only_at_times(stage, monkeypatch):
    monkeypatch.setattr(session_module, 'PICTURE_EVERY_S', 0.03)
    session, listener, screen = stage()
    figures = session.measure(0.1)
    assert figures.seconds >= 0.1
    assert screen.shown
    assert listener.looks[0] is False and listener.looks[-1] is False
    assert listener.looks.count(True) == 1  # no picture came, so it keeps waiting for one
