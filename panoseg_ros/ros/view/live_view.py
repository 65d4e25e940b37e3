"""Turns the node's messages into entities of the viewer; computes nothing of its own."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import OccupancyGrid, Odometry
from rclpy.node import Node
from rclpy.qos import (
    QoSDurabilityPolicy,
    QoSProfile,
    QoSReliabilityPolicy,
    qos_profile_sensor_data,
)
from sensor_msgs.msg import Image, PointCloud2

from panoseg_ros.cameras import load_rig_template
from panoseg_ros.errors import PanosegError, RosError
from panoseg_ros.evaluation.viewing import (
    COMBINED,
    Grid,
    RerunLog,
    labelled_cloud,
    places_of,
    planar,
)
from panoseg_ros.frames import UNKNOWN
from panoseg_ros.geometry import rotation_from_quaternion, transform
from panoseg_ros.labels import LabelSet
from panoseg_ros.ros.conversions import (
    array_from_grid,
    array_from_image,
    ns_from_time,
    points_from_cloud,
    pose_from_odometry,
)
from panoseg_ros.ros.faults import FaultLog

NODE = 'panoseg'  # whose stage times are shown
LOOK_S = 1.0  # between two looks for costmaps of classes
PANORAMA, MASK, COSTMAPS = 'panorama/image', 'segmentation/mask', 'costmap/'
STAGE, UNIT = 'time: ', ' (ms)'  # around the name of a stage in the diagnostics
LATCHED = QoSProfile(
    depth=1,
    reliability=QoSReliabilityPolicy.RELIABLE,
    durability=QoSDurabilityPolicy.TRANSIENT_LOCAL,
)
NEWEST = QoSProfile(depth=1, reliability=QoSReliabilityPolicy.BEST_EFFORT)


class LiveView:
    """Subscribes to the outputs of the node in the namespace of `node`, and to `odom`.

    Costmaps of classes and groups are subscribed as they are found. A message that cannot
    be read is passed over with one line. The odometry is shown where it is
    that of the costmap's frame; without, the robot stands in the origin, which is right for a
    costmap in the robot's own frame.

    Args:
        node: served by its executor's thread, which alone calls the log.
        log: where to show it.
    """

    def __init__(self, node: Node, log: RerunLog) -> None:
        self._node, self._log = node, log
        self._prefix = node.resolve_topic_name(f'{COSTMAPS}{COMBINED}').removesuffix(COMBINED)
        self._map_frame = ''
        self._newest_ns = 0  # stamp of the newest costmap
        self._classes: set[str] = set()
        self._faults = FaultLog(node.get_logger().warning)
        subscribe = self._subscribe
        subscribe(Image, PANORAMA, self._on_panorama, NEWEST)
        subscribe(Image, MASK, self._on_mask, NEWEST)
        subscribe(Odometry, 'odom', self._on_odometry, qos_profile_sensor_data)
        subscribe(PointCloud2, 'segmentation/points', self._on_points, NEWEST)
        subscribe(PointCloud2, 'ground/obstacles', self._on_obstacles, NEWEST)
        subscribe(OccupancyGrid, f'{COSTMAPS}{COMBINED}', self._on_combined, LATCHED)
        subscribe(DiagnosticArray, '/diagnostics', self._on_diagnostics, 10)
        node.create_timer(LOOK_S, self._find_classes)

    def _subscribe(
        self, kind: Any, topic: str, take: Callable[[Any], None], qos: QoSProfile | int
    ) -> None:
        def hear(message: Any) -> None:
            try:
                take(message)
            except PanosegError as err:
                self._faults.report(topic, f'{topic}: {err}')

        self._node.create_subscription(kind, topic, hear, qos)

    def _find_classes(self) -> None:
        """Subscribe to costmaps that were not there before."""
        for topic, kinds in self._node.get_topic_names_and_types():
            slug = topic.removeprefix(self._prefix)
            is_grid = topic != slug and kinds == ['nav_msgs/msg/OccupancyGrid']
            if is_grid and '/' not in slug and slug not in self._classes | {COMBINED}:
                self._classes.add(slug)
                self._subscribe(OccupancyGrid, topic, partial(self._on_class, slug), LATCHED)

    def _on_panorama(self, message: Any) -> None:
        self._log.panorama(ns_from_time(message.header.stamp), array_from_image(message))

    def _on_mask(self, message: Any) -> None:
        grey = array_from_image(message)  # (H, W, 3), three times the class id
        self._log.mask(ns_from_time(message.header.stamp), np.ascontiguousarray(grey[..., 0]))

    def _on_odometry(self, message: Any) -> None:
        if message.header.frame_id != self._map_frame:
            return
        place, turn = pose_from_odometry(message)
        try:
            pose = transform(rotation_from_quaternion(turn), place)
        except ValueError:  # a driver that does not know its heading yet
            return
        self._log.pose(ns_from_time(message.header.stamp), planar(pose))

    def _on_combined(self, message: Any) -> None:
        now_ns = self._node.get_clock().now().nanoseconds
        stamp_ns, grid = ns_from_time(message.header.stamp), grid_from_message(message)
        self._map_frame, self._newest_ns = message.header.frame_id, stamp_ns
        self._log.grid(stamp_ns, COMBINED, grid)
        if np.any(grid.cells != UNKNOWN):  # a blind node's costmap has no image
            self._log.latency(stamp_ns, (now_ns - stamp_ns) * 1e-6)

    def _on_points(self, message: Any) -> None:
        cloud = labelled_cloud(points_from_cloud(message))
        self._log.cloud(ns_from_time(message.header.stamp), cloud)

    def _on_obstacles(self, message: Any) -> None:
        feet = places_of(points_from_cloud(message).ravel())
        self._log.feet(ns_from_time(message.header.stamp), feet)

    def _on_class(self, slug: str, message: Any) -> None:
        self._log.grid(ns_from_time(message.header.stamp), slug, grid_from_message(message))

    def _on_diagnostics(self, message: Any) -> None:
        name = f'{self._node.get_namespace().rstrip("/")}/{NODE}'
        for status in message.status:
            if status.name == name:
                stages = stages_of(status)
                # At the time of the images, which may be recorded ones of another day.
                self._log.stages(self._newest_ns or ns_from_time(message.header.stamp), stages)


def open_view(
    node: Node, label_set: LabelSet, rig: str = '', file: Path | None = None
) -> RerunLog:
    """Open the viewer, or a recording, and let it follow a node's topics.

    Args:
        node: see `LiveView`.
        label_set: names and colours of the classes.
        rig: a rig file or a shipped name, to draw the camera; empty leaves it out.
        file: a recording to write instead of opening the viewer.

    Raises:
        CameraError: if there is no such rig.
        SettingsError: if Rerun is missing, or its viewer or the file cannot be opened.
    """
    template = load_rig_template(rig) if rig else None
    log = RerunLog(label_set, file)
    if template is not None:
        log.camera(template.blind().base_from_pano)
    LiveView(node, log)
    return log


def grid_from_message(message: Any) -> Grid:
    """Return an OccupancyGrid as it lies.

    Raises:
        RosError: if it does not hold as many cells as it says.
    """
    info = message.info
    if len(message.data) != info.width * info.height:
        raise RosError(
            f'a costmap of {info.width} x {info.height} cells holds {len(message.data)} values'
        )
    origin = info.origin.position
    return Grid(array_from_grid(message), info.resolution, (origin.x, origin.y), origin.z)


def stages_of(status: Any) -> dict[str, float]:
    """Return the stage times in milliseconds that a DiagnosticStatus of the node tells."""
    return {
        entry.key.removeprefix(STAGE).removesuffix(UNIT): float(entry.value)
        for entry in status.values
        if entry.key.startswith(STAGE) and entry.key.endswith(UNIT)
    }
