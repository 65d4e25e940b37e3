import pytest
from node_harness import harness, image, value_of
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import Image

from panoseg_ros.resources import DEFAULT_BUNDLE
from panoseg_ros.ros.conversions import time_from_ns
from panoseg_ros.ros.diagnostics import Health, assess

__all__ = ['harness']


@pytest.mark.parametrize(
    ('health', 'level', 'words'),
    [
        (Health('unconfigured'), 'ok', 'unconfigured'),
        (Health('active'), 'ok', 'active'),
        (Health('configuring', 'loading a'), 'ok', 'configuring: loading a'),
        (Health('unconfigured', error='no rig'), 'error', 'no rig'),
        (Health('active', blind=True, waiting_for='/image'), 'error', 'waiting for /image'),
        (Health('inactive', blind=True), 'ok', 'inactive'),
        (Health('active', foreign_topics=['/a', '/b']), 'warn', 'another publisher exists on /a'),
        (Health('active', blind=True, foreign_topics=['/a']), 'error', '/a'),
        (Health('active', rival_inputs=['/i']), 'warn', 'more than one publisher on /i'),
        (Health('active', new_faults=['image step']), 'warn', 'image step'),
        (Health('active', uncalibrated='camera_info on /a'), 'warn', 'waiting for camera_info'),
        (Health('active', refused='no', uncalibrated='b'), 'error', 'calibration refused, cost'),
        (Health('inactive', refused='no', lens_warnings=['lens a']), 'ok', 'inactive'),
        (Health('active', lens_warnings=['lens a is silent']), 'warn', 'lens a is silent'),
        (Health('active', image_age_s=60.0), 'warn', '60.0 s behind'),
        (Health('active', image_age_s=-60.0), 'warn', '60.0 s ahead of'),
        (Health('active', image_age_s=60.0, simulated=True), 'ok', 'active'),
        (Health('active', image_age_s=0.2), 'ok', 'active'),
    ],
)
def test_the_gravest_finding_speaks(health, level, words):
    found, line = assess(health)
    assert found == level and words in line


def test_a_running_node_says_how_it_is(harness, spin_until):
    harness.start()
    newest = harness.diagnostics()
    combined, camera = harness.listen('costmap/combined'), harness.camera()
    camera.publish(image(1, harness.next_ns()))
    spin_until(lambda: combined)
    spin_until(lambda: newest() and newest().values.get('received') == '1')
    values = newest().values
    assert {
        'image rate (Hz)', 'output rate (Hz)', 'image age (s)', 'output age (s)', 'lost',
        'skipped', 'out of order', 'unpaired', 'zero stamps', 'time: decode (ms)',
        'time: pose (ms)', 'time: segment (ms)', 'time: total (ms)', 'time: publish (ms)',
    } <= set(values)  # fmt: skip
    assert values['state'] == 'active' and values['model'] == DEFAULT_BUNDLE
    assert values['clock'] == 'system' and values['stamp source'] == 'header'
    assert values['calibration'].startswith('equirect, 1 lens(es) on /')
    assert values['frames'] == 'base base_link, map base_link'


def test_lost_images_show(harness, spin_until):
    harness.start(input__rate_hz=10.0)
    newest, camera = harness.diagnostics(), harness.camera()
    session = harness.node._session
    for step, count in [(0.1, 1), (0.1, 2), (0.4, 3)]:
        camera.publish(image(1, harness.next_ns(step)))
        spin_until(lambda count=count: session.intake.received == count)
    spin_until(lambda: newest() and newest().values.get('lost') == '3')


def test_another_publisher_on_our_topic_is_a_warning(harness, spin_until):
    harness.start()
    newest = harness.diagnostics()
    rival = harness.tester.create_publisher(Image, 'segmentation/mask', 1)
    spin_until(lambda: newest() and 'another publisher' in newest().message)
    assert newest().level == b'\x01' and rival.topic_name in newest().message
    harness.tester.destroy_publisher(rival)
    spin_until(lambda: 'another' not in newest().message)


def test_every_state_has_diagnostics_once_per_second(harness, spin_until):
    harness.start(wait_for=None, autostart=False)
    newest = harness.diagnostics()
    for label, state in [
        (None, 'unconfigured'),
        ('configure', 'inactive'),
        ('activate', 'active'),
    ]:
        assert label is None or harness.change(label)
        spin_until(lambda state=state: newest() and newest().values['state'] == state)
        seen = newest().count
        spin_until(lambda seen=seen: newest().count > seen)  # and not only when it changes
    assert 1_000_000_000 in {timer.timer_period_ns for timer in harness.node.timers}


class SimulatedTime:
    def __init__(self, harness, start_ns):
        self.publisher = harness.tester.create_publisher(Clock, '/clock', 10)
        self.node, self.spin_until = harness.node, harness.spin_until
        self.now_ns = start_ns
        self.spin_until(self.publisher.get_subscription_count)
        self.set(start_ns)

    def set(self, now_ns):
        self.now_ns = now_ns
        self.publisher.publish(Clock(clock=time_from_ns(now_ns)))
        self.spin_until(lambda: self.node.now_ns() == now_ns)


def test_simulated_time_rules_stamps_and_timeouts(harness, spin_until):
    """Nothing is late while simulated time stands still; a jump back is no timeout either."""
    harness.start(use_sim_time=True, input_timeout_s=0.5)
    newest = harness.diagnostics()
    time = SimulatedTime(harness, 100 * 10**9)
    combined, camera = harness.listen('costmap/combined'), harness.camera()
    camera.publish(image(5, 100 * 10**9))
    spin_until(lambda: combined and value_of(combined[-1]) == 5)
    seen = newest().count if newest() else 0
    spin_until(lambda: newest() and newest().count > seen)  # a second of real time
    assert value_of(combined[-1]) == 5 and newest().values['clock'] == 'simulated'
    time.set(101 * 10**9)
    spin_until(lambda: value_of(combined[-1]) == -1)
    assert combined[-1].header.stamp == time_from_ns(101 * 10**9)
    time.set(50 * 10**9)
    camera.publish(image(6, 50 * 10**9))
    spin_until(lambda: value_of(combined[-1]) == 6)
    assert combined[-1].header.stamp == time_from_ns(50 * 10**9)
