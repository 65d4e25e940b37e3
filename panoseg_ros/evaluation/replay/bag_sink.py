"""Results as a bag with the topics of the node."""

from pathlib import Path

import numpy as np

from panoseg_ros.bags import (
    LATCHED,
    SENSOR,
    BagReader,
    BagWriter,
    CloudMessage,
    GridMessage,
    ImageMessage,
    LabelInfoMessage,
    ScanMessage,
    TopicQos,
)
from panoseg_ros.evaluation.replay.outcome import Outcome
from panoseg_ros.evaluation.replay.parts import Parts
from panoseg_ros.frames import PANORAMA_OPTICAL_FRAME, UNKNOWN, GroundMap
from panoseg_ros.ground import (
    GroundScan,
    GroundSight,
    free_cloud,
    obstacle_cloud,
    pixel_cloud,
)
from panoseg_ros.labels import LabelSet
from panoseg_ros.pictures.colouring import overlay
from panoseg_ros.streams import NS_PER_S, FrameNames

MASK, CONFIDENCE = '/segmentation/mask', '/segmentation/confidence'
COMBINED = 'combined'
LABEL_INFO = '/segmentation/label_info'
SCAN = '/ground/scan'
OBSTACLES, FREE, POINTS = '/ground/obstacles', '/ground/free', '/segmentation/points'
OVERLAY, PANORAMA = '/segmentation/overlay', '/panorama/image'


class BagSink:
    """Writes parts beside the bag and puts them together in the end.

    A message is recorded at its own stamp. Where no grid came for `timeout_s`, the grids
    are recorded once as unknown, as the node publishes them.

    Args:
        path: of the bag, ending in .mcap.
        frames: that of the grids, and that of the robot for scans and clouds.
        slugs: classes and groups with a grid of their own.
        label_set: names of the classes, and colours of the overlay.
        min_confidence: below which pixels of the ground say nothing, 0 to 1.
        alpha: share of the class colour in the overlay; with `pictures`.
        pictures: True records panorama, overlay and the places of pixels too.
        timeout_s: time without a grid after which the node is blind.
        done: frames that a run before has done; it is gone on behind these.

    Raises:
        BagError: if a part of the run before cannot be read.
        ReplayError: if the bag exists though nothing is done.
    """

    def __init__(
        self,
        path: Path,
        frames: FrameNames,
        slugs: tuple[str, ...],
        label_set: LabelSet,
        *,
        min_confidence: float = 0.0,
        alpha: float = 0.5,
        pictures: bool = False,
        timeout_s: float = 1.0,
        done: int = 0,
    ) -> None:
        self._path, self._frames = path, frames
        self._grids = {slug: f'/costmap/{slug}' for slug in (COMBINED, *slugs)}
        self._label_set, self._threshold = label_set, min_confidence
        self._palette, self._alpha, self._pictures = label_set.palette(), alpha, pictures
        self._timeout_ns = round(timeout_s * NS_PER_S)
        self._writer: BagWriter | None = None
        self._last_ns = 0  # when the last message was recorded
        self._last: tuple[int, GridMessage] | None = None  # when the last map was, and its costs
        self._parts = Parts(path, done)
        self._recall(path)

    def write(self, outcome: Outcome) -> None:
        """Record masks and grids of one result."""
        result = outcome.result
        assert result is not None
        writer = self._part(outcome.number)
        when_ns = max(outcome.stamp_ns, self._last_ns)  # stamps of a looped bag jump back
        if self._last is not None and when_ns - self._last[0] > self._timeout_ns:
            self._record_unknown(writer, self._last[0] + self._timeout_ns)
        if not self._last_ns:
            writer.write(LABEL_INFO, when_ns, self._names(outcome.stamp_ns))
        pictures = {MASK: result.segmentation.labels, CONFIDENCE: result.segmentation.confidence}
        if self._pictures:
            image = result.panorama.image
            pictures[PANORAMA] = image
            pictures[OVERLAY] = overlay(image, pictures[MASK], self._palette, self._alpha)
        for topic, pixels in pictures.items():
            encoding = 'mono8' if pixels.ndim == 2 else 'rgb8'
            message = ImageMessage(outcome.stamp_ns, PANORAMA_OPTICAL_FRAME, pixels, encoding)
            writer.write(topic, when_ns, message)
        if result.ground is not None:
            self._record(writer, when_ns, outcome.stamp_ns, result.ground, outcome.ground_z_m)
            if result.scan is not None:
                scan = _scan_message(result.scan, outcome.stamp_ns, self._frames.base)
                writer.write(SCAN, when_ns, scan)
            if result.sight is not None:
                self._record_clouds(writer, when_ns, outcome.stamp_ns, result.sight)
        self._last_ns = when_ns

    def _record(
        self, writer: BagWriter, when_ns: int, stamp_ns: int, ground: GroundMap, z_m: float
    ) -> None:
        origin = (*ground.origin_xy_m, z_m)
        costs = GridMessage(
            stamp_ns, self._frames.map, ground.resolution_m, origin, ground.combined
        )
        for slug, topic in self._grids.items():
            cells = ground.combined if slug == COMBINED else ground.classes[slug]
            writer.write(topic, when_ns, costs._replace(cells=cells))
        self._last = when_ns, costs

    def _record_clouds(
        self, writer: BagWriter, when_ns: int, stamp_ns: int, sight: GroundSight
    ) -> None:
        frame_id = self._frames.base
        for topic, points in ((OBSTACLES, obstacle_cloud(sight)), (FREE, free_cloud(sight))):
            writer.write(topic, when_ns, CloudMessage(stamp_ns, frame_id, points))
        if self._pictures:
            pixels = CloudMessage(stamp_ns, frame_id, pixel_cloud(sight), dense=False)
            writer.write(POINTS, when_ns, pixels)

    def _names(self, stamp_ns: int) -> LabelInfoMessage:
        names = {cls.id: cls.name for cls in self._label_set.classes}
        return LabelInfoMessage(stamp_ns, PANORAMA_OPTICAL_FRAME, names, self._threshold)

    def _record_unknown(self, writer: BagWriter, when_ns: int) -> None:
        assert self._last is not None
        unknown = np.full_like(self._last[1].cells, UNKNOWN)
        blind = self._last[1]._replace(stamp_ns=when_ns, cells=unknown)
        for topic in self._grids.values():
            writer.write(topic, max(when_ns, self._last_ns), blind)
        self._last = None

    def _recall(self, path: Path) -> None:
        """Find the last map of the run before, if any."""
        before = [path] if path.exists() else self._parts.paths()[-1:]
        topic = self._grids[COMBINED]
        for part in before:
            with BagReader(part) as bag:
                self._last_ns = bag.end_ns
                for record in bag.messages([topic] if topic in bag.topics else []):
                    if isinstance(record.message, GridMessage):
                        self._last = record.stamp_ns, record.message

    def settle(self) -> None:
        """Close the present part."""
        if self._writer is not None:
            self._writer.__exit__(None, None, None)
            self._writer = None

    def finish(self) -> None:
        """Put the parts together."""
        parts = self._parts.paths()
        if len(parts) == 1:
            parts[0].replace(self._path)
            return
        if not parts:
            return
        with BagWriter(self._path, qos=self._qos) as whole:
            for part in parts:
                with BagReader(part) as bag:
                    for record in bag.raw():
                        whole.write_raw(*record)
        self._parts.drop()

    @property
    def _qos(self) -> dict[str, TopicQos]:
        return dict.fromkeys([LABEL_INFO, *self._grids.values()], LATCHED) | {SCAN: SENSOR}

    def _part(self, number: int) -> BagWriter:
        if self._writer is None:
            self._writer = BagWriter(self._parts.begin(number), qos=self._qos)
            self._writer.__enter__()
        return self._writer


def _scan_message(scan: GroundScan, stamp_ns: int, frame_id: str) -> ScanMessage:
    step_rad = 2.0 * np.pi / len(scan.ranges_m)
    span_m = (scan.range_min_m, scan.range_max_m)
    return ScanMessage(stamp_ns, frame_id, -np.pi, step_rad, span_m, scan.ranges_m)
