"""The topics that the node publishes, and what they say when it is blind."""

import threading
import time
from collections.abc import Set
from importlib.util import find_spec
from typing import Any

import numpy as np
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from rclpy.duration import Duration
from sensor_msgs.msg import Image, LaserScan, PointCloud2

from panoseg_ros.frames import PANORAMA_OPTICAL_FRAME, UNKNOWN, GroundMap
from panoseg_ros.ground import free_cloud, obstacle_cloud
from panoseg_ros.labels import LabelSet
from panoseg_ros.pictures.colouring import overlay
from panoseg_ros.pipeline import Result
from panoseg_ros.ros import qos
from panoseg_ros.ros.conversions import (
    cloud_from_pixels,
    cloud_from_points,
    grid_from_array,
    image_from_array,
    label_info,
    laser_scan,
)
from panoseg_ros.ros.watchdog import Watchdog
from panoseg_ros.settings import Settings
from panoseg_ros.streams import FrameNames

COMBINED = 'combined'
SCAN = 'ground/scan'
OVERLAY, PANORAMA = 'segmentation/overlay', 'panorama/image'
OBSTACLES, FREE, POINTS = 'ground/obstacles', 'ground/free', 'segmentation/points'
LABEL_INFO = 'segmentation/label_info'
ON_DEMAND = (OVERLAY, PANORAMA, OBSTACLES, FREE, POINTS)  # computed only when someone listens


class Outputs:
    """Publishes results of one epoch; whatever is still computed for an older one is dropped.

    An epoch ends wherever the past must not speak any more: map reset, model change,
    deactivate, cleanup, error. Any thread may call any method, but only one at a time `publish`.
    """

    def __init__(
        self, node: Any, settings: Settings, label_set: LabelSet, frames: FrameNames
    ) -> None:
        """Create the publishers.

        Args:
            node: the rclpy node.
            settings: quality of service, classes and groups that get a grid of their own, and
                the size of a grid before the first result.
            label_set: the classes of the masks.
            frames: that of all grids, and that of the robot for scan and clouds.

        Raises:
            LabelError: if a class that is to get a grid is not of the set.
        """
        self._node = node
        self._frames = frames
        self._lock = threading.Lock()
        self._ground = _blank(settings)
        self._ground_z_m = settings.ground.ground_z_m
        self._threshold = settings.ground.min_confidence
        self._watchdog = Watchdog()
        self._unknown = False  # whether that is what the last grids said
        self._painted: NDArray[np.uint8] | None = None  # (H, W, 3), the last overlay
        self.epoch = 0
        chosen = settings.qos
        image = {
            'segmentation/mask': chosen.mask,
            'segmentation/confidence': chosen.confidence,
            OVERLAY: chosen.overlay,
            PANORAMA: chosen.panorama,
        }
        self._images = {
            name: node.create_publisher(Image, name, qos.profile(topic))
            for name, topic in image.items()
        }
        latched = qos.profile(chosen.costmap, latched=True)
        self._grids = {
            slug: node.create_publisher(OccupancyGrid, f'costmap/{slug}', latched)
            for slug in (COMBINED, *label_set.grids(settings.costmap.wanted))
        }
        self._scan = node.create_publisher(LaserScan, SCAN, qos.profile(chosen.scan))
        clouds = {OBSTACLES: chosen.obstacles, FREE: chosen.free, POINTS: chosen.points}
        self._clouds = {
            name: node.create_publisher(PointCloud2, name, qos.profile(topic))
            for name, topic in clouds.items()
        }
        self._label_info = _label_info_publisher(
            node, qos.profile(chosen.label_info, latched=True)
        )
        self._publishers: tuple[Any, ...] = (
            *self._images.values(),
            *self._grids.values(),
            self._scan,
            *self._clouds.values(),
            *([] if self._label_info is None else [self._label_info]),
        )
        self.describe(label_set)

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the full names of all topics."""
        return tuple(publisher.topic_name for publisher in self._publishers)

    @property
    def classes(self) -> frozenset[str]:
        """Return the slugs of the classes and groups that have a grid."""
        return frozenset(self._grids) - {COMBINED}

    def describe(self, label_set: LabelSet) -> None:
        """Say what the values of the masks mean, where vision_msgs is installed."""
        if self._label_info is not None:
            now_ns = self._node.now_ns()
            self._label_info.publish(
                label_info(label_set, self._threshold, now_ns, PANORAMA_OPTICAL_FRAME)
            )

    def publish(
        self,
        epoch: int,
        result: Result,
        palette: NDArray[np.uint8],
        alpha: float,
        ground_z_m: float,
        now_s: float,
    ) -> bool:
        """Publish everything of one result; False if its epoch is over.

        Args:
            epoch: the epoch in which the images arrived.
            result: what the pipeline made of them.
            palette: RGB colours (256, 3).
            alpha: share of the class colour in the overlay.
            ground_z_m: height of the ground in the map frame.
            now_s: present time for the watchdog.
        """
        with self._lock:
            if epoch != self.epoch:
                return False
            on_demand = self._images | self._clouds
            heard = {name for name in ON_DEMAND if on_demand[name].get_subscription_count()}
        images = self._image_messages(result, palette, alpha, heard)
        grids = self._grid_messages(result.ground, ground_z_m) if result.ground else {}
        scan = laser_scan(result.scan, self._frames.base) if grids and result.scan else None
        clouds = _cloud_messages(result, self._frames.base, heard) if grids else {}
        with self._lock:
            if epoch != self.epoch:
                return False
            if result.ground:
                self._ground, self._ground_z_m = result.ground, ground_z_m
                self._unknown = False
                self._watchdog.feed(now_s)
            for slug, message in grids.items():  # the costmap is what others wait for
                self._grids[slug].publish(message)
            if scan is not None:
                self._scan.publish(scan)
            for name, message in clouds.items():
                self._clouds[name].publish(message)
            for name, message in images.items():
                self._images[name].publish(message)
        return True

    def _image_messages(
        self, result: Result, palette: NDArray[np.uint8], alpha: float, heard: Set[str]
    ) -> dict[str, Any]:
        seen = result.segmentation
        pictures = {'segmentation/mask': seen.labels, 'segmentation/confidence': seen.confidence}
        if OVERLAY in heard:
            picture = result.panorama.image  # if it lies on a device, it is fetched only here
            self._painted = overlay(picture, seen.labels, palette, alpha, self._painted)
            pictures[OVERLAY] = self._painted
        if PANORAMA in heard:
            pictures[PANORAMA] = result.panorama.image
        stamp_ns, frame = result.panorama.stamp_ns, PANORAMA_OPTICAL_FRAME
        return {name: image_from_array(p, stamp_ns, frame) for name, p in pictures.items()}

    def _grid_messages(self, ground: GroundMap, ground_z_m: float) -> dict[str, Any]:
        cells = {COMBINED: ground.combined, **ground.classes}
        return {
            slug: grid_from_array(cells[slug], ground, self._frames.map, ground_z_m=ground_z_m)
            for slug in self._grids
            if slug in cells
        }

    @property
    def blind(self) -> bool:
        """Return True while the last grids said unknown."""
        return self._watchdog.expired

    def start_watch(self, now_s: float) -> None:
        """Expect grids from this time on."""
        with self._lock:
            self._watchdog.feed(now_s)

    def blind_if_late(self, now_s: float, timeout_s: float, stamp_ns: int) -> bool:
        """Publish every grid once as unknown if no new one came in time; True if it did."""
        with self._lock:
            late = self._watchdog.expires(now_s, timeout_s)
            if late:
                self._publish_unknown(stamp_ns)
        return late

    def end_epoch(self, stamp_ns: int, *, again: bool = True) -> None:
        """Drop what is still being computed and publish every grid once as unknown.

        Args:
            stamp_ns: of these grids.
            again: publish them also where the last grids said unknown already.
        """
        with self._lock:
            self.epoch += 1
            if again or not self._unknown:
                self._publish_unknown(stamp_ns)

    def _publish_unknown(self, stamp_ns: int) -> None:
        self._unknown = True
        cells = np.full_like(self._ground.combined, UNKNOWN)
        for publisher in self._grids.values():
            publisher.publish(
                grid_from_array(
                    cells,
                    self._ground,
                    self._frames.map,
                    stamp_ns=stamp_ns,
                    ground_z_m=self._ground_z_m,
                )
            )

    def wait_until_sent(self, timeout_s: float) -> None:
        """Wait until reliable subscribers have confirmed the grids, at most this long in all."""
        deadline_s = time.monotonic() + timeout_s
        moment = Duration(nanoseconds=1_000_000)  # rclpy stops every thread while it waits
        for publisher in self._grids.values():
            while not publisher.wait_for_all_acked(moment) and time.monotonic() < deadline_s:
                time.sleep(0.01)

    def destroy(self) -> None:
        """Remove all publishers, and with them what they had latched."""
        with self._lock:
            self.epoch += 1
            for publisher in self._publishers:
                self._node.destroy_publisher(publisher)
            self._images, self._grids, self._clouds, self._publishers = {}, {}, {}, ()
            self._label_info = None


def _cloud_messages(result: Result, base_frame: str, heard: Set[str]) -> dict[str, Any]:
    sight = result.sight
    if sight is None:
        return {}
    stamp_ns, messages = sight.segmentation.stamp_ns, {}
    if OBSTACLES in heard:
        messages[OBSTACLES] = cloud_from_points(obstacle_cloud(sight), stamp_ns, base_frame)
    if FREE in heard:
        messages[FREE] = cloud_from_points(free_cloud(sight), stamp_ns, base_frame)
    if POINTS in heard:
        messages[POINTS] = cloud_from_pixels(sight, base_frame)
    return messages


def _label_info_publisher(node: Any, profile: Any) -> Any:
    """Return the publisher of LABEL_INFO, or None without vision_msgs, which has no wheel."""
    if find_spec('vision_msgs') is None:
        return None
    from vision_msgs.msg import LabelInfo

    return node.create_publisher(LabelInfo, LABEL_INFO, profile)


def _blank(settings: Settings) -> GroundMap:
    """Return a grid around the origin, for the time before the first result."""
    cells = settings.ground.cells
    half_m = 0.5 * cells * settings.ground.resolution_m
    unknown = np.full((cells, cells), UNKNOWN, np.int8)
    nothing = np.full(settings.ground.bearings, np.nan, np.float32)
    return GroundMap(0, '', settings.ground.resolution_m, (-half_m, -half_m), {}, unknown, nothing)
