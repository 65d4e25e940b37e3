"""What the demo's viewer hears; it subscribes as any other process would."""

import math
from collections import deque
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from panoseg_ros.ros.conversions import array_from_grid, ns_from_time
from panoseg_ros.ros.demo.pictures import Costs, Snapshot, SnapshotCollector
from panoseg_ros.ros.demo.statistics import Counters, Statistics
from panoseg_ros.ros.starting import Starting

FILM_FRAMES = 90  # about a megabyte each
IMAGES = QoSProfile(depth=2, reliability=ReliabilityPolicy.BEST_EFFORT)
EVENTS = QoSProfile(depth=50)  # small, and none may be missed


class Listener:
    """Subscribes to robot and node and keeps what they say; spun by its executor alone."""

    def __init__(self, node: Node, node_name: str) -> None:
        self.statistics = Statistics()
        self.starting = Starting(node_name)
        self.snapshots: deque[Snapshot] = deque(maxlen=FILM_FRAMES)
        self.taken = 0  # snapshots since the start
        self._node = node
        self._collector = SnapshotCollector()
        self._pictures: list[Any] = []
        node.create_subscription(Odometry, 'odom', self._on_odometry, EVENTS)
        node.create_subscription(OccupancyGrid, 'costmap/combined', self._on_costmap, EVENTS)
        node.create_subscription(
            Image, 'segmentation/mask', lambda m: self._on_image(m, 'mask'), IMAGES
        )
        node.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, EVENTS)

    @property
    def looking(self) -> bool:
        """Whether panorama and overlay are subscribed."""
        return bool(self._pictures)

    def look(self, wanted: bool) -> None:
        """Subscribe to panorama and overlay, or stop that."""
        if wanted and not self._pictures:
            topics = {'panorama': 'panorama/image', 'overlay': 'segmentation/overlay'}
            self._pictures = [
                self._node.create_subscription(
                    Image, topic, lambda m, part=part: self._on_image(m, part), IMAGES
                )
                for part, topic in topics.items()
            ]
        elif not wanted:
            for subscription in self._pictures:
                self._node.destroy_subscription(subscription)
            self._pictures = []

    def _on_odometry(self, message: Any) -> None:
        stamp_ns = ns_from_time(message.header.stamp)
        self.statistics.on_sent(stamp_ns)
        at, turn = message.pose.pose.position, message.pose.pose.orientation
        self._collect(stamp_ns, 'pose', (at.x, at.y, 2.0 * math.atan2(turn.z, turn.w)))

    def _on_costmap(self, message: Any) -> None:
        received_ns = self._node.get_clock().now().nanoseconds
        stamp_ns = ns_from_time(message.header.stamp)
        self.statistics.on_costmap(stamp_ns, received_ns)
        origin = message.info.origin.position
        cells = array_from_grid(message)
        self._collect(
            stamp_ns, 'costs', Costs(cells, message.info.resolution, (origin.x, origin.y))
        )

    def _on_image(self, message: Any, part: str) -> None:
        rows = np.frombuffer(message.data, np.uint8)  # tight, as the node publishes
        shape = (message.height, message.width, 3)[: 2 if part == 'mask' else 3]
        self._collect(ns_from_time(message.header.stamp), part, rows.reshape(shape))

    def _collect(self, stamp_ns: int, part: str, value: Any) -> None:
        snapshot = self._collector.add(stamp_ns, part, value)
        if snapshot is not None:
            self.taken += 1
            self.snapshots.append(snapshot)

    def _on_diagnostics(self, message: Any) -> None:
        if not self.starting.hear(message):
            return
        try:
            counts = [int(self.starting.report[key]) for key in ('received', 'skipped')]
        except (KeyError, ValueError):
            return
        self.statistics.on_counters(Counters(ns_from_time(message.header.stamp), *counts))
