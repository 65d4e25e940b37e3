import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Odometry

from panoseg_ros.frames import GroundMap
from panoseg_ros.ros.conversions import (
    diagnostic,
    grid_from_array,
    image_from_array,
    time_from_ns,
)
from panoseg_ros.ros.demo.listener import Listener

NS = 1_000_000_000
GREY = np.full((4, 8, 3), 90, np.uint8)
GROUND = GroundMap(5 * NS, 'odom', 0.5, (-1.0, -1.0), {}, np.zeros((4, 4), np.int8), np.zeros(1))


@pytest.fixture
def talk(make_node, spin_until, ros_namespace):
    """Return a listener and a function that publishes on a topic and waits for its effect."""
    listener = Listener(make_node('viewer'), f'{ros_namespace}/panoseg')
    speaker = make_node('speaker')
    publishers = {}

    def say(topic, message, effect):
        if topic not in publishers:
            publishers[topic] = speaker.create_publisher(type(message), topic, 10)
        publisher = publishers[topic]
        spin_until(publisher.get_subscription_count)
        publisher.publish(message)
        spin_until(effect)

    return listener, say


def odometry(stamp_ns):
    message = Odometry()
    message.header.stamp = time_from_ns(stamp_ns)
    message.pose.pose.position.x = 2.0
    message.pose.pose.orientation.z = message.pose.pose.orientation.w = 0.5**0.5
    return message


def report(name, level, state, time_ns=NS, **values):
    message = DiagnosticArray(
        status=[diagnostic(name, level, 'words', {'state': state, **values})]
    )
    message.header.stamp = time_from_ns(time_ns)
    return message


def test_a_moment_is_put_together_from_its_topics(talk):
    listener, say = talk
    statistics = listener.statistics
    say('odom', odometry(5 * NS), lambda: statistics.figures(0, 9 * NS).sent)
    grid = grid_from_array(GROUND.combined, GROUND, 'odom')
    say('costmap/combined', grid, lambda: statistics.costmaps)
    listener.look(True)
    assert listener.looking
    heard = listener._collector._waiting[5 * NS]
    mask = image_from_array(np.full((4, 8), 13, np.uint8), 5 * NS, 'p')
    say('segmentation/mask', mask, lambda: 'mask' in heard)
    picture = image_from_array(GREY, 5 * NS, 'p')
    say('panorama/image', picture, lambda: 'panorama' in heard)
    say('segmentation/overlay', picture, lambda: listener.taken)
    (moment,) = listener.snapshots
    assert moment.mask.shape == (4, 8) and (moment.mask == 13).all()
    assert np.array_equal(moment.panorama, GREY)
    assert moment.pose == pytest.approx((2.0, 0.0, np.pi / 2))
    assert moment.costs.resolution_m == 0.5 and moment.costs.origin_xy_m == (-1.0, -1.0)
    listener.look(False)
    assert not listener.looking


def test_counters_come_from_the_nodes_own_diagnostics(talk, ros_namespace):
    listener, say = talk
    mine = f'{ros_namespace}/panoseg'
    say('/diagnostics', report('other', 'error', 'unconfigured'), lambda: True)
    say('/diagnostics', report(mine, 'ok', 'configuring'), lambda: listener.starting.report)
    assert listener.starting.report == {'state': 'configuring'}
    for second, received in ((1, 10), (2, 24)):
        message = report(mine, 'ok', 'active', second * NS, received=received, skipped=2 * second)
        say(
            '/diagnostics',
            message,
            lambda n=received: listener.starting.report.get('received') == str(n),
        )
    for index in range(15):
        listener.statistics.on_sent(NS + (index + 1) * 10**7)
    figures = listener.statistics.figures(NS, 2 * NS)
    assert figures.lost_percent == pytest.approx(100 / 15)
    assert figures.skipped_percent == pytest.approx(200 / 15)


def test_a_node_that_cannot_start_is_noticed(talk, ros_namespace):
    listener, say = talk
    mine = f'{ros_namespace}/panoseg'
    say('/diagnostics', report(mine, 'error', 'active'), lambda: listener.starting.report)
    assert not listener.starting.failure  # blind, but running
    say('/diagnostics', report(mine, 'error', 'unconfigured'), lambda: listener.starting.failure)
    assert listener.starting.failure == 'words'
