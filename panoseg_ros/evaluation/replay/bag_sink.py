"""Results as a bag with the topics of the node."""

from pathlib import Path

import numpy as np

from panoseg_ros.bags import LATCHED, BagReader, BagWriter, GridMessage, ImageMessage, TopicQos
from panoseg_ros.evaluation.pictures import overlay
from panoseg_ros.evaluation.replay.outcome import Outcome
from panoseg_ros.frames import UNKNOWN, GroundMap
from panoseg_ros.labels import LabelSet
from panoseg_ros.streams import NS_PER_S

IMAGE_FRAME = 'panorama_optical_frame'
MASK, CONFIDENCE = '/segmentation/mask', '/segmentation/confidence'
OVERLAY, PANORAMA = '/segmentation/overlay', '/panorama/image'


class BagSink:
    """Writes parts beside the bag and puts them together in the end.

    A message is recorded at its own stamp. Where no grid came for `timeout_s`, the grids
    are recorded once as unknown, as the node publishes them.

    Args:
        path: of the bag, ending in .mcap.
        map_frame: frame of the grids.
        slugs: classes with a grid of their own.
        label_set: colours of the overlay.
        alpha: share of the class colour in the overlay; with `pictures`.
        pictures: True records panorama and overlay too.
        timeout_s: time without a grid after which the node is blind.
    """

    def __init__(
        self,
        path: Path,
        map_frame: str,
        slugs: tuple[str, ...],
        label_set: LabelSet,
        *,
        alpha: float = 0.5,
        pictures: bool = False,
        timeout_s: float = 1.0,
    ) -> None:
        self._path, self._frame = path, map_frame
        self._grids = {slug: f'/costmap/{slug}' for slug in ('combined', *slugs)}
        self._palette, self._alpha, self._pictures = label_set.palette(), alpha, pictures
        self._timeout_ns = round(timeout_s * NS_PER_S)
        self._writer: BagWriter | None = None
        self._last_ns = 0  # when the last message was recorded
        self._last: tuple[int, GroundMap, float] | None = None  # when, what, height

    def write(self, outcome: Outcome) -> None:
        """Record masks and grids of one result."""
        result = outcome.result
        assert result is not None
        writer = self._part()
        when_ns = max(outcome.stamp_ns, self._last_ns)  # stamps of a looped bag jump back
        if self._last is not None and when_ns - self._last[0] > self._timeout_ns:
            self._record_unknown(writer, self._last[0] + self._timeout_ns)
        pictures = {MASK: result.segmentation.labels, CONFIDENCE: result.segmentation.confidence}
        if self._pictures:
            image = result.panorama.image
            pictures[PANORAMA] = image
            pictures[OVERLAY] = overlay(image, pictures[MASK], self._palette, self._alpha)
        for topic, pixels in pictures.items():
            encoding = 'mono8' if pixels.ndim == 2 else 'rgb8'
            message = ImageMessage(outcome.stamp_ns, IMAGE_FRAME, pixels, encoding)
            writer.write(topic, when_ns, message)
        if result.ground is not None:
            self._record(writer, when_ns, outcome.stamp_ns, result.ground, outcome.ground_z_m)
            self._last = when_ns, result.ground, outcome.ground_z_m
        self._last_ns = when_ns

    def _record(
        self, writer: BagWriter, when_ns: int, stamp_ns: int, ground: GroundMap, z_m: float
    ) -> None:
        origin = (*ground.origin_xy_m, z_m)
        cells = {'combined': ground.combined, **ground.classes}
        for slug, topic in self._grids.items():
            if slug in cells:
                grid = GridMessage(stamp_ns, self._frame, ground.resolution_m, origin, cells[slug])
                writer.write(topic, when_ns, grid)

    def _record_unknown(self, writer: BagWriter, when_ns: int) -> None:
        assert self._last is not None
        _, ground, z_m = self._last
        unknown = np.full_like(ground.combined, UNKNOWN)
        blind = ground._replace(combined=unknown, classes=dict.fromkeys(ground.classes, unknown))
        self._record(writer, max(when_ns, self._last_ns), when_ns, blind, z_m)
        self._last = None

    def settle(self) -> None:
        """Close the present part."""
        if self._writer is not None:
            self._writer.__exit__(None, None, None)
            self._writer = None

    def finish(self) -> None:
        """Put the parts together."""
        parts = self._parts()
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
        for part in parts:
            part.unlink()

    @property
    def _qos(self) -> dict[str, TopicQos]:
        return dict.fromkeys(self._grids.values(), LATCHED)

    def _parts(self) -> list[Path]:
        return sorted(self._path.parent.glob(f'{self._path.stem}.part[0-9][0-9][0-9][0-9].mcap'))

    def _part(self) -> BagWriter:
        if self._writer is None:
            path = self._path.with_name(f'{self._path.stem}.part{len(self._parts()):04d}.mcap')
            self._writer = BagWriter(path, qos=self._qos)
            self._writer.__enter__()
        return self._writer
