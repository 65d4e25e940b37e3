"""Rigs of several topics: silent lenses, lenses far apart in time."""

import pytest
from node_harness import TWO_TOPICS, harness, image, stamp_of, value_of

__all__ = ['harness']
WARN = b'\x01'


class Cameras:
    """Publishes images of several lenses at 20 Hz of stamps while the test spins."""

    def __init__(self, harness, names=('front', 'back')):
        self.harness = harness
        self.values = {name: 10 * (1 + rank) for rank, name in enumerate(names)}
        self.publishers = {name: harness.camera(f'{name}/image') for name in names}
        self.apart_s = 0.0  # between the first lens and the others

    def send(self, *names):
        stamp_ns = self.harness.next_ns(0.05)
        for rank, name in enumerate(names):
            later_ns = round(1e9 * self.apart_s * (rank > 0))
            message = image(self.values[name], stamp_ns + later_ns)
            self.publishers[name].publish(message)
        return stamp_ns

    def until(self, condition, *names):
        """Send images of these lenses until the condition holds."""
        node = self.harness.node

        def once():
            before = node._session.intake.received
            self.send(*names)
            self.harness.spin_until(lambda: node._session.intake.received >= before + len(names))
            return condition()

        self.harness.spin_until(once)


@pytest.fixture
def pair(harness):
    """A running node with two topics; `timeout_s` is short, so that tests are."""
    harness.rig_file.write_text(TWO_TOPICS)
    harness.start(lens_timeout_s=0.2, input__pairing_tolerance_s=1.0, input__rate_hz=20.0)
    harness.grids = harness.listen('costmap/combined')
    harness.masks = []
    harness.cameras = Cameras(harness)
    return harness


def lenses_of_the_last_frame(harness):
    return harness.pipeline.lenses[-1] if harness.pipeline.lenses else ()


@pytest.mark.parametrize(('gone', 'left'), [('back', 'front'), ('front', 'back')])
def test_a_silent_lens_is_left_out_and_returns_on_its_own(pair, spin_until, gone, left):
    newest, cameras = pair.diagnostics(), pair.cameras
    cameras.until(lambda: lenses_of_the_last_frame(pair) == ('front', 'back'), 'front', 'back')
    spin_until(lambda: newest() and newest().values.get('lens back: state') == 'used')
    assert newest().values['lens front: calibration'] == 'rig file'
    assert newest().values['lens front: topic'].endswith('/front/image')
    cameras.until(lambda: lenses_of_the_last_frame(pair) == (left,), left)
    stamp_ns = cameras.send(left)
    spin_until(lambda: stamp_of(pair.grids[-1]) == stamp_ns)  # the stamp is that of the rest
    assert value_of(pair.grids[-1]) == cameras.values[left]
    cameras.until(lambda: newest().level == WARN and 'silent for' in newest().message, left)
    assert f'lens {gone} on ' in newest().message and f'/{gone}/image' in newest().message
    assert newest().values[f'lens {gone}: state'].startswith('left out')
    assert newest().values[f'lens {left}: state'] == 'used'
    cameras.until(lambda: lenses_of_the_last_frame(pair) == ('front', 'back'), 'front', 'back')
    cameras.until(lambda: 'silent' not in newest().message, 'front', 'back')
    assert newest().values[f'lens {gone}: state'] == 'used'


def test_a_lens_that_never_came_is_told(pair):
    newest = pair.diagnostics()
    pair.cameras.until(lambda: lenses_of_the_last_frame(pair) == ('back',), 'back')
    told = 'has been silent from the start'
    pair.cameras.until(lambda: newest() and told in newest().message, 'back')
    assert newest().values['lens front: age (s)'] == 'none yet'


def test_all_lenses_silent_is_blind_and_nobody_is_left_out(pair, spin_until):
    newest, cameras = pair.diagnostics(), pair.cameras
    cameras.until(lambda: pair.grids and value_of(pair.grids[-1]) == 10, 'front', 'back')
    assert pair.set_parameters(input_timeout_s=0.3)[0]
    spin_until(lambda: value_of(pair.grids[-1]) == -1)
    spin_until(lambda: newest() and 'blind' in newest().message)
    assert newest().level == b'\x02' and 'left out' not in newest().message
    cameras.until(lambda: value_of(pair.grids[-1]) == 10, 'front', 'back')
    assert lenses_of_the_last_frame(pair) == ('front', 'back')


@pytest.mark.parametrize(('apart_s', 'warned'), [(0.03, True), (0.01, False)])
def test_lenses_far_apart_in_time_are_told(pair, apart_s, warned):
    newest, pair.cameras.apart_s = pair.diagnostics(), apart_s
    value = f'{1e3 * apart_s:.1f}'
    pair.cameras.until(
        lambda: newest() and newest().values.get('lens spread (ms)') == value, 'front', 'back'
    )
    assert ('30 ms apart, more than 20 ms' in newest().message) is warned


def test_lenses_of_one_topic_are_together(harness):
    shared = TWO_TOPICS.replace('front/image', 'image').replace('back/image', 'image')
    harness.rig_file.write_text(shared)
    harness.start(lens_timeout_s=0.1)
    combined, camera = harness.listen('costmap/combined'), harness.camera()
    camera.publish(image(5, harness.next_ns()))
    harness.spin_until(lambda: combined)
    assert lenses_of_the_last_frame(harness) == ('front', 'back')
