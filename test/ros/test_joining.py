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


def test_what_ros_refuses_is_one_line():
    with pytest.raises(RosError, match=r'^ROS does not start: .*nonsense') as caught:
        in_graph(plain, '--ros-args', '-r', 'nonsense').__enter__()
    assert '\n' not in str(caught.value)


def test_an_error_of_the_node_itself_passes():
    contexts = []

    def refuse(context):
        contexts.append(context)
        raise SettingsError('model.threads: 0 is out of range')

    with pytest.raises(SettingsError, match=r'model\.threads'), in_graph(refuse):
        pass
    assert not contexts[0].ok()
