"""The probe of the node benchmark, against real ROS."""

from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from nav_msgs.msg import OccupancyGrid
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from panoseg_ros.errors import RosError
from panoseg_ros.resources import DEFAULT_BUNDLE, find_resource
from panoseg_ros.ros import starting
from panoseg_ros.ros.bench import probe as probes
from panoseg_ros.ros.bench import session as sessions
from panoseg_ros.ros.bench.probe import Probe
from panoseg_ros.ros.bench.search import SearchPlan
from panoseg_ros.ros.bench.session import NodePlan, bench_node, stage_medians
from panoseg_ros.ros.demo.drive import load_drive
from panoseg_ros.ros.joining import in_graph, spinning

HANG_S = 100.0


@pytest.fixture(scope='module')
def drive():
    whole = load_drive(find_resource('street_drive', 'config/demo'))
    return replace(whole, files=whole.files[:3], poses=whole.poses[:3])


class Mapper:
    """A node that answers with an empty costmap, but to the second of every three images."""

    def __init__(self, namespace):
        self.graph = ExitStack()
        node = self.graph.enter_context(
            in_graph(lambda context: Node('mapper', context=context, namespace=namespace))
        )
        self.count = 0
        self.grids = node.create_publisher(OccupancyGrid, 'costmap/combined', 10)
        best_effort = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)
        node.create_subscription(Image, 'image', self.answer, best_effort)
        self.graph.enter_context(spinning(node))

    def answer(self, message):
        self.count += 1
        if self.count % 3 != 2:
            self.grids.publish(OccupancyGrid(header=message.header))


def test_every_result_is_matched_to_its_image(drive, monkeypatch):
    monkeypatch.setattr(probes, '_SETTLE_S', HANG_S)  # the last image is answered
    small = small_pictures(drive)
    mapper = Mapper('/probe_test')
    with (
        mapper.graph,
        Probe(small, 'image', ['road'], True, '/probe_test', '/probe_test/mapper') as probe,
    ):
        probe.wait()
        mapper.count = 0
        run = probe.run(20.0, 1.5)
    assert run.sent == 30 and mapper.count <= 30
    assert run.received == mapper.count - (mapper.count + 1) // 3 >= 15
    assert run.latency_p50_ms > 0.0 and run.sent_hz > 0.0


def test_a_silent_node_is_named_with_its_words(drive, monkeypatch):
    monkeypatch.setattr(starting, 'PATIENCE_S', 0.5)
    with (
        Probe(small_pictures(drive), 'image', [], False, '/silent', '/silent/panoseg') as probe,
        pytest.raises(RosError, match=r'no costmap, and for 0.5 s the node has said: nothing'),
    ):
        probe.wait()


class SmallDrive:
    """Three small pictures at the poses of a drive."""

    def __init__(self, poses):
        self.poses = poses

    def pictures(self):
        for value in (10, 20, 30):
            yield np.full((32, 64, 3), value, np.uint8)


def small_pictures(drive):
    return SmallDrive(drive.poses)


def test_medians_of_the_stages_come_from_the_diagnostics():
    reports = [
        {'state': 'active', 'time: network (ms)': '50.0', 'time: ground (ms)': '3.0'},
        {'state': 'active', 'time: network (ms)': '70.0'},
        {'state': 'active', 'time: network (ms)': '52.0'},
    ]
    assert stage_medians(reports) == {'network': 52.0, 'ground': 3.0}


def test_the_node_itself_is_measured(drive, monkeypatch):
    monkeypatch.setattr(sessions, 'WARM_UP_S', 1.0)
    plan = NodePlan(
        drive=small_pictures(drive),  # small: this process may have joined ROS before
        topic='image',
        classes=('road',),
        clouds=True,
        parameters={
            'model': {'bundle': DEFAULT_BUNDLE, 'threads': 1},
            'rig': {'file': 'equirect'},
            'ground': {'size_m': 20.0},
        },
        rates_hz=[3.0],
        seconds=1.5,
        search_seconds=1.0,
        search=SearchPlan(lowest_hz=0.5, highest_hz=2.0, width_hz=5.0),
    )
    figures = bench_node(plan)
    run, load = figures.fixed[0]
    assert run.wanted_hz == 3.0 and run.sent == 4  # 1.5 s at 3 Hz, rounded
    assert load.peak_memory_mb > 100.0 and load.cores > 0.0
    assert len(figures.search) in (1, 2)
    assert figures.unhurried[0].wanted_hz in (0.25, 0.5, 1.0)
    for run, load in (figures.unhurried, *figures.fixed):
        if run.received:
            assert run.latency_p50_ms > 0.0 and load.cpu_ms_per_result > 0.0


def test_a_node_that_cannot_start_says_why(drive):
    plan = NodePlan(
        drive=small_pictures(drive),
        topic='image',
        classes=(),
        clouds=False,
        parameters={'model': {'bundle': DEFAULT_BUNDLE}, 'rig': {'file': 'no_such_rig'}},
    )
    with pytest.raises(RosError, match='no_such_rig'):
        bench_node(plan)
