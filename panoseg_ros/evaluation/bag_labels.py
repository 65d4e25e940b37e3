"""Predicted and true labels on two topics of bags, paired by stamp."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bags import BagReader, CompressedImageMessage, ImageMessage
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation.bag_poses import check_topic, read_poses
from panoseg_ros.evaluation.pair_counts import Labels, Pair, at_size_of
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.metrics.flicker import FlickerCounts, flicker

TRUTH, MASK, CONFIDENCE = (
    '/truth/panorama/labels',
    '/segmentation/mask',
    '/segmentation/confidence',
)
BLOCK_NS = 10_000_000_000  # pictures so near in time are alike: they are resampled together
MOST_WAITING = 64  # messages without a counterpart that are kept


class BagLabels:
    """Masks of one bag with the true labels of the same or another bag, stamp by stamp.

    Args:
        prediction: the bag with the masks, such as the one that a replay writes.
        truth: the bag with the true labels; the same one when None.
        mask_topic: of the masks, Image or CompressedImage, mono8.
        truth_topic: of the true labels, likewise.
        confidence_topic: of confidences; left out where the bag has none.
        image_topic: of pictures for the report in the bag with the masks; none when empty.
        odom_topic: Odometry in the bag of the truth, whose rotation between two frames is
            that of the panorama; without one, the camera is taken not to turn.
        elevations_deg: of the upper and lower border of the panoramas.
        reset_s: gaps longer than this are not compared for flicker.

    Raises:
        BagError: if a bag cannot be opened.
    """

    def __init__(
        self,
        prediction: Path,
        truth: Path | None = None,
        *,
        mask_topic: str = MASK,
        truth_topic: str = TRUTH,
        confidence_topic: str = CONFIDENCE,
        image_topic: str = '',
        odom_topic: str = '',
        elevations_deg: tuple[float, float] = (90.0, -90.0),
        reset_s: float = 1.0,
    ) -> None:
        self._prediction, self._truth = prediction, truth or prediction
        self._mask, self._true = mask_topic, truth_topic
        self._sure, self._image = confidence_topic, image_topic
        self._elevations, self._reset_ns = elevations_deg, round(1e9 * reset_s)
        self._poses = read_poses(self._truth, odom_topic) if odom_topic else None

    def __iter__(self) -> Iterator[Pair]:
        """Yield the pairs in the order of their stamps.

        Raises:
            DatasetError: if a topic is missing, a message holds no labels, or no two stamps
                are equal.
        """
        last: tuple[int, Labels, Labels] | None = None
        found = False
        with BagReader(self._truth) as bag:
            check_topic(bag, self._truth, self._true)
            here = f'{self._truth}: {self._true}'
            true = (
                (m.stamp_ns, _labels(m, here))
                for m in (record.message for record in bag.messages([self._true]))
            )
            for stamp_ns, truth, found_mask, found_sure, image in self._joined(true):
                found = True
                where = f'{self._prediction}: {self._mask} at {stamp_ns}'
                mask = at_size_of(truth, found_mask, where)
                sure = None if found_sure is None else at_size_of(truth, found_sure, where)
                changes = self._changes(last, stamp_ns, truth, mask)
                last = (stamp_ns, truth, mask)
                where = f'{where} against {here}'
                block = f'{stamp_ns // BLOCK_NS}'
                yield Pair(str(stamp_ns), block, '', truth, mask, sure, image, changes, where)
        if not found:
            raise DatasetError(
                f'{self._prediction}: no stamp of {self._mask} is one of {self._true} '
                f'in {self._truth}'
            )

    def _changes(
        self, last: tuple[int, Labels, Labels] | None, stamp_ns: int, truth: Labels, mask: Labels
    ) -> FlickerCounts | None:
        """Return the flicker against the pair before, None if they cannot be compared."""
        if last is None or not 0 < stamp_ns - last[0] <= self._reset_ns:
            return None
        if truth.shape != last[1].shape:
            return None
        geometry = PanoramaGeometry(truth.shape[0], truth.shape[1], *self._elevations)
        turn = self._turn(last[0], stamp_ns)
        return flicker(last[2], mask, geometry, turn, (last[1], truth))

    def _joined(
        self, true: Iterator[tuple[int, Labels]]
    ) -> Iterator[tuple[int, Labels, Labels, Labels | None, NDArray[np.uint8] | None]]:
        wanted = [topic for topic in (self._mask, self._sure, self._image) if topic]
        waiting: dict[int, dict[str, NDArray[np.uint8]]] = {}
        with BagReader(self._prediction) as bag:
            for topic in (self._mask, self._image):
                if topic:
                    check_topic(bag, self._prediction, topic)
            present = [topic for topic in wanted if topic in bag.topics]
            records = bag.messages(present)
            for stamp_ns, truth in true:
                while set(waiting.get(stamp_ns, ())) != set(present):
                    record = next(records, None)
                    if record is None:
                        break
                    if record.message.stamp_ns < stamp_ns:
                        continue  # has no counterpart, or would have met it by now
                    picture = _picture(record.message, f'{self._prediction}: {record.topic}')
                    waiting.setdefault(record.message.stamp_ns, {})[record.topic] = picture
                    if max(waiting) > stamp_ns + self._reset_ns or len(waiting) > MOST_WAITING:
                        break
                got = waiting.get(stamp_ns, {})
                if self._mask in got:
                    mask = _flat(got[self._mask], f'{self._prediction}: {self._mask}')
                    sure = got.get(self._sure)
                    if sure is not None:
                        sure = _flat(sure, f'{self._prediction}: {self._sure}')
                    yield stamp_ns, truth, mask, sure, got.get(self._image)
                waiting = {at: value for at, value in waiting.items() if at > stamp_ns}

    def _turn(self, earlier_ns: int, later_ns: int) -> NDArray[np.float64] | None:
        if self._poses is None:
            return None
        before, after = (self._poses.at(stamp).rotation for stamp in (earlier_ns, later_ns))
        return np.asarray(after.T @ before, np.float64)


def _picture(message: object, where: str) -> NDArray[np.uint8]:
    if isinstance(message, ImageMessage):
        picture = message.image
    elif isinstance(message, CompressedImageMessage):
        picture = message.decoded()
    else:
        raise DatasetError(f'{where}: holds {type(message).__name__}, expected pictures')
    if picture.dtype != np.uint8:
        raise DatasetError(f'{where}: holds {picture.dtype} values, expected 8 bits')
    return np.asarray(picture, np.uint8)


def _labels(message: object, where: str) -> Labels:
    return _flat(_picture(message, where), where)


def _flat(picture: NDArray[np.uint8], where: str) -> Labels:
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    if picture.ndim != 2:
        raise DatasetError(f'{where}: holds pictures {picture.shape}, expected labels (H, W)')
    return np.ascontiguousarray(picture)
