"""How long a starting node is waited for."""

import pytest
from diagnostic_msgs.msg import DiagnosticArray

from panoseg_ros.errors import RosError
from panoseg_ros.ros import starting
from panoseg_ros.ros.conversions import diagnostic
from panoseg_ros.ros.starting import PATIENCE_S, STEP_S, Starting

NAME = '/demo/panoseg'


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now_s = 1000.0

        def monotonic(self):
            return self.now_s

    made = Clock()
    monkeypatch.setattr(starting, 'time', made)
    return made


def says(state, words, level='ok', name=NAME):
    return DiagnosticArray(status=[diagnostic(name, level, words, {'state': state})])


def test_a_silent_node_is_given_up(clock):
    node = Starting(NAME)
    clock.now_s += PATIENCE_S
    assert not node.hear(says('active', 'active', name='/another'))
    node.check()
    clock.now_s += 1.0
    with pytest.raises(RosError, match=r'for 180 s the node has said: nothing$'):
        node.check()


def test_every_step_of_configuring_begins_the_wait_anew(clock):
    node = Starting(NAME)
    for step in ('reading', 'loading', 'warming up'):
        clock.now_s += 0.9 * STEP_S
        assert node.hear(says('configuring', f'configuring: {step}'))
        node.check()
    clock.now_s += 0.9 * STEP_S
    node.hear(says('configuring', 'configuring: warming up'))  # it goes on with the same
    node.check()
    clock.now_s += 0.2 * STEP_S
    with pytest.raises(RosError, match=r'for 900 s the node has said: configuring: warming up$'):
        node.check()


def test_words_of_an_active_node_do_not_prolong_the_wait(clock):
    node = Starting(NAME)
    for number in range(3):
        clock.now_s += 0.4 * PATIENCE_S
        node.hear(says('active', f'blind {number}', 'error'))
        node.check()
    assert not node.failure
    clock.now_s += 0.3 * PATIENCE_S
    with pytest.raises(RosError, match='blind 2'):
        node.check()


def test_a_failed_configure_ends_the_wait_at_once(clock):
    node = Starting(NAME)
    node.hear(says('unconfigured', 'unconfigured'))
    node.check()
    node.hear(says('unconfigured', 'no such model', 'error'))
    with pytest.raises(RosError, match='cannot start: no such model'):
        node.check()
    node.hear(says('configuring', 'configuring: loading'))
    node.check()
