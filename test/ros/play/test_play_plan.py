from pathlib import Path

import pytest
from std_msgs.msg import String

from panoseg_ros.bags import LATCHED, RELIABLE, SENSOR, BagTopic, TopicQos
from panoseg_ros.errors import RosError
from panoseg_ros.ros.play.offers import merged, message_class
from panoseg_ros.ros.play.plan import PlayPlan


@pytest.mark.parametrize(
    ('option', 'given'),
    [
        ('--rate', {'rate': 0.0}),
        ('--rate', {'rate': float('nan')}),
        ('--start', {'start_s': -1.0}),
        ('--start', {'start_s': float('nan')}),
        ('--start', {'start_s': float('inf')}),
        ('--duration', {'duration_s': float('inf')}),
        ('--duration', {'duration_s': 0.0}),
        ('--clock-rate', {'clock_hz': 0.0}),
    ],
)
def test_impossible_values_name_their_option(option, given):
    with pytest.raises(RosError, match=option):
        PlayPlan(Path('x'), **given)


def topic(*qos, msgtype='std_msgs/msg/String', count=3):
    return BagTopic('/x', msgtype, count, qos, True)


def test_what_was_offered_is_offered_again():
    assert merged(topic(SENSOR)) == SENSOR
    assert merged(topic(LATCHED)) == LATCHED


def test_without_a_record_the_default_is_offered():
    assert merged(topic()) == RELIABLE


def test_of_several_publishers_the_one_that_serves_all_counts():
    assert merged(topic(SENSOR, LATCHED)) == TopicQos('reliable', 'transient_local', depth=5)


def test_unknown_policies_become_the_default_ones():
    strange = TopicQos('system_default', 'unknown', 'unknown', 0)
    assert merged(topic(strange)) == RELIABLE


def test_static_transforms_of_all_recorded_publishers_fit():
    several = topic(LATCHED, msgtype='tf2_msgs/msg/TFMessage', count=7)
    assert merged(several).depth == 7


def test_types_are_found_by_their_name():
    assert message_class('std_msgs/msg/String') is String


@pytest.mark.parametrize(
    'name',
    ['other_msgs/msg/Thing', 'std_msgs/msg/Nothing', 'std_msgs/String', 'os.path/msg/X', ''],
)
def test_types_that_are_not_installed_have_no_class(name):
    assert message_class(name) is None
