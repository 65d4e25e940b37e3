"""Sends images to a node at any rate and notes when its results come back."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice, pairwise
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image, LaserScan, PointCloud2

from panoseg_ros.errors import RosError
from panoseg_ros.ros.bench.figures import RunFigures, run_figures
from panoseg_ros.ros.conversions import ns_from_time
from panoseg_ros.ros.demo.drive import Drive, there_and_back
from panoseg_ros.ros.demo.robot import Robot, Ticker
from panoseg_ros.ros.joining import in_graph, spinning
from panoseg_ros.ros.publishers import FREE, OBSTACLES, POINTS, SCAN
from panoseg_ros.ros.starting import Starting

RESULT = 'costmap/combined'
CLOUDS = (OBSTACLES, FREE, POINTS)
_GRIDS = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
_IMAGES = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
_SETTLE_S = 1.0  # for the last results of a run


class Probe:
    """A camera and a listener in one process; use it as a context manager.

    Costmaps, scan, mask and confidence are subscribed, as a robot's consumers would, and the
    time of the combined costmap counts.

    Args:
        drive: pictures and poses to send, over and over.
        topic: the rig's image topic.
        classes: slugs of the class grids to receive besides.
        clouds: receive the point clouds, too.
        namespace: of node and topics.
        node_name: full name of the node, as in its diagnostics.

    Raises:
        RosError: if ROS does not start.
    """

    def __init__(
        self,
        drive: Drive,
        topic: str,
        classes: Sequence[str],
        clouds: bool,
        namespace: str,
        node_name: str,
    ) -> None:
        self._graph = ExitStack()
        self._node = self._graph.enter_context(
            in_graph(lambda context: Node('bench', context=context, namespace=namespace))
        )
        self._starting = Starting(node_name)
        self._arrived_ns: dict[int, int] = {}  # stamp -> time of arrival
        self.reports: list[Mapping[str, str]] = []  # the node's diagnostics, one per second
        self._robot = Robot(self._node, drive, 1.0, topic)
        self._steps = pairwise(there_and_back(len(drive.poses)))
        self._subscribe(classes, CLOUDS if clouds else ())
        self._graph.enter_context(spinning(self._node))

    def _subscribe(self, classes: Sequence[str], clouds: Sequence[str]) -> None:
        listen = self._node.create_subscription
        listen(OccupancyGrid, RESULT, self._on_result, _GRIDS)
        for slug in classes:
            listen(OccupancyGrid, f'costmap/{slug}', _ignore, _GRIDS)
        for name in ('mask', 'confidence'):
            listen(Image, f'segmentation/{name}', _ignore, _IMAGES)
        listen(LaserScan, SCAN, _ignore, _IMAGES)
        for name in clouds:
            listen(PointCloud2, name, _ignore, _IMAGES)
        listen(DiagnosticArray, '/diagnostics', self._on_diagnostics, _GRIDS)

    def __enter__(self) -> 'Probe':
        """Return the probe, which listens already."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the graph."""
        self._graph.close()

    def wait(self, obituary: Callable[[], str] = lambda: '') -> None:
        """Send an image now and then until the first costmap of one comes.

        Args:
            obituary: says how the node ended, '' while it runs.

        Raises:
            RosError: if the node ends, cannot start or does not come any further.
        """
        while not self.run(2.0, 1.0).received:
            if ended := obituary():
                raise RosError(ended)
            self._starting.check()

    def run(self, rate_hz: float, seconds: float) -> RunFigures:
        """Send images at a rate for a time and return what came of them."""
        ticker = Ticker(rate_hz, threading.Event())
        sent_ns = []
        for here, following in islice(self._steps, max(3, round(rate_hz * seconds))):
            ticker.wait()
            sent_ns.append(self._robot.publish(here, following))
        self._wait_for(sent_ns[-1])
        return run_figures(rate_hz, sent_ns, self._arrived_ns)

    def _wait_for(self, stamp_ns: int) -> None:
        deadline_s = time.monotonic() + _SETTLE_S
        while stamp_ns not in self._arrived_ns and time.monotonic() < deadline_s:
            time.sleep(0.005)

    def _on_result(self, message: Any) -> None:
        self._arrived_ns[ns_from_time(message.header.stamp)] = time.time_ns()

    def _on_diagnostics(self, message: Any) -> None:
        if self._starting.hear(message):
            self.reports.append(self._starting.report)


def _ignore(_: Any) -> None:
    """Take a message and do nothing with it."""
