"""The topics that the node publishes, and what they say when it is blind."""

import threading
import time
from collections.abc import Iterable, Set
from typing import Any

import numpy as np
from nav_msgs.msg import OccupancyGrid
from numpy.typing import NDArray
from rclpy.duration import Duration
from sensor_msgs.msg import Image, LaserScan

from panoseg_ros.evaluation.pictures import overlay
from panoseg_ros.frames import PANORAMA_OPTICAL_FRAME, UNKNOWN, GroundMap
from panoseg_ros.pipeline import Result
from panoseg_ros.ros import qos
from panoseg_ros.ros.conversions import grid_from_array, image_from_array, laser_scan
from panoseg_ros.ros.watchdog import Watchdog
from panoseg_ros.settings import Settings
from panoseg_ros.streams import FrameNames

COMBINED = 'combined'
SCAN = 'ground/scan'
OVERLAY, PANORAMA = 'segmentation/overlay', 'panorama/image'
ON_DEMAND = (OVERLAY, PANORAMA)  # computed only when someone listens


class Outputs:
    """Publishes results of one epoch; whatever is still computed for an older one is dropped.

    An epoch ends wherever the past must not speak any more: map reset, model change,
    deactivate, cleanup, error. Any thread may call any method.
    """

    def __init__(
        self, node: Any, settings: Settings, slugs: Iterable[str], frames: FrameNames
    ) -> None:
        """Create the publishers.

        Args:
            node: the rclpy node.
            settings: quality of service, and the size of a grid before the first result.
            slugs: classes that get a grid of their own.
            frames: that of all grids, and that of the robot for the scan.
        """
        self._node = node
        self._frames = frames
        self._lock = threading.Lock()
        self._ground = _blank(settings)
        self._ground_z_m = settings.ground.ground_z_m
        self._watchdog = Watchdog()
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
            for slug in (COMBINED, *slugs)
        }
        self._scan = node.create_publisher(LaserScan, SCAN, qos.profile(chosen.scan))
        self._publishers: tuple[Any, ...] = (
            *self._images.values(),
            *self._grids.values(),
            self._scan,
        )

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the full names of all topics."""
        return tuple(publisher.topic_name for publisher in self._publishers)

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
            heard = {name for name in ON_DEMAND if self._images[name].get_subscription_count()}
        images = _image_messages(result, palette, alpha, heard)
        grids = self._grid_messages(result.ground, ground_z_m) if result.ground else {}
        scan = laser_scan(result.scan, self._frames.base) if grids and result.scan else None
        with self._lock:
            if epoch != self.epoch:
                return False
            if result.ground:
                self._ground, self._ground_z_m = result.ground, ground_z_m
                self._watchdog.feed(now_s)
            for slug, message in grids.items():  # the costmap is what others wait for
                self._grids[slug].publish(message)
            if scan is not None:
                self._scan.publish(scan)
            for name, message in images.items():
                self._images[name].publish(message)
        return True

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

    def end_epoch(self, stamp_ns: int) -> None:
        """Drop what is still being computed and publish every grid once as unknown."""
        with self._lock:
            self.epoch += 1
            self._publish_unknown(stamp_ns)

    def _publish_unknown(self, stamp_ns: int) -> None:
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
            self._images, self._grids, self._publishers = {}, {}, ()


def _image_messages(
    result: Result, palette: NDArray[np.uint8], alpha: float, heard: Set[str]
) -> dict[str, Any]:
    seen, panorama = result.segmentation, result.panorama.image
    pictures = {'segmentation/mask': seen.labels, 'segmentation/confidence': seen.confidence}
    if OVERLAY in heard:
        pictures[OVERLAY] = overlay(panorama, seen.labels, palette, alpha)
    if PANORAMA in heard:
        pictures[PANORAMA] = panorama
    stamp_ns = result.panorama.stamp_ns
    return {n: image_from_array(p, stamp_ns, PANORAMA_OPTICAL_FRAME) for n, p in pictures.items()}


def _blank(settings: Settings) -> GroundMap:
    """Return a grid around the origin, for the time before the first result."""
    cells = settings.ground.cells
    half_m = 0.5 * cells * settings.ground.resolution_m
    unknown = np.full((cells, cells), UNKNOWN, np.int8)
    nothing = np.full(settings.ground.bearings, np.nan, np.float32)
    return GroundMap(0, '', settings.ground.resolution_m, (-half_m, -half_m), {}, unknown, nothing)
