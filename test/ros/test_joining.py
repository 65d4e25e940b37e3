"""A node joins the graph, leaves it whatever happens, and failures are one line."""

import pytest
from rclpy.node import Node

from panoseg_ros.errors import RosError, SettingsError
from panoseg_ros.ros.joining import in_graph


def plain(context):
    return Node('joined', context=context)


def test_the_node_is_in_the_graph_while_it_lasts():
    with in_graph(plain, '--ros-args', '-r', '__ns:=/test_joining') as node:
        assert node.get_fully_qualified_name() == '/test_joining/joined'
        assert node.context.ok()
    assert not node.context.ok()


def test_an_error_of_the_body_passes_and_the_graph_is_left():
    with pytest.raises(RuntimeError, match='body'), in_graph(plain) as node:
        raise RuntimeError('body')
    assert not node.context.ok()


@pytest.mark.parametrize(
    ('words', 'named'),
    [
        (['-r', 'nonsense'], 'nonsense'),
        (['-p', 'use_sim_time:=5'], 'use_sim_time'),
        (['-r', '__ns:=no slash'], '__ns:=no slash'),
        (['--params-file', '/no/such.yaml'], r'/no/such\.yaml'),
        (['--bogus'], "'--bogus' is no argument of ROS, allowed are -r OLD:=NEW, .*"),
        (['a', 'b'], "'a', 'b' is no argument of ROS, allowed are"),
    ],
)
def test_what_ros_refuses_is_one_line(words, named):
    with pytest.raises(RosError, match=f'^ROS does not start: .*{named}') as caught:
        in_graph(plain, '--ros-args', *words).__enter__()
    assert '\n' not in str(caught.value)


def test_a_domain_without_ports_is_refused_before_it_ends_the_process(monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', '233')
    with pytest.raises(RosError, match='ROS_DOMAIN_ID: 233 is out of range, allowed is 0 to 232'):
        in_graph(plain).__enter__()


def test_an_error_of_the_node_itself_passes():
    contexts = []

    def refuse(context):
        contexts.append(context)
        raise SettingsError('model.threads: 0 is out of range')

    with pytest.raises(SettingsError, match=r'model\.threads'), in_graph(refuse):
        pass
    assert not contexts[0].ok()
