"""True and predicted labels of one picture, and everything that is counted of them."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import DatasetError, MetricsError
from panoseg_ros.evaluation.pictures import to_jpeg, to_png
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.metrics.boundaries import boundary_counts
from panoseg_ros.metrics.calibration import calibration_counts
from panoseg_ros.metrics.flicker import FlickerCounts
from panoseg_ros.metrics.zones import ZoneCounts, count_zones

Labels = NDArray[np.uint8]
SMALL_PX = 512  # width of the pictures that reports show


class Pair(NamedTuple):
    """One picture's labels.

    Args:
        name: unique among the pictures.
        scene: pictures of one scene are alike, so that they are resampled together.
        group: such as its weather; empty where nobody says.
        truth: (H, W) class ids, 255 = unlabelled.
        prediction: (H, W) class ids, 255 where no lens sees anything.
        confidence: (H, W), 255 = 1.0, or None.
        image: (h, w, 3) RGB of any size, or None.
        flicker: against the picture before, or None.
        where: what messages name, such as files; the name when empty.
    """

    name: str
    scene: str
    group: str
    truth: Labels
    prediction: Labels
    confidence: Labels | None = None
    image: NDArray[np.uint8] | None = None
    flicker: FlickerCounts | None = None
    where: str = ''


class Small(NamedTuple):
    """A picture, its truth and prediction as small png and jpeg files, to be shown."""

    image: bytes | None
    truth: bytes
    prediction: bytes


class PairCounts(NamedTuple):
    """What was counted of one picture; parts that were not asked for are None."""

    name: str
    scene: str
    group: str
    silent: int  # pixels with truth that have no prediction; they count nowhere else
    zones: ZoneCounts
    outlines: NDArray[np.int64] | None  # (C, 4), see `metrics.boundaries`
    calibration: NDArray[np.int64] | None  # (256, 2)
    flicker: FlickerCounts | None
    small: Small | None


@dataclass(frozen=True)
class Counting:
    """What to count.

    Args:
        num_classes: C.
        elevations_deg: of the upper and lower border of panoramas; None for other pictures.
        outlines: the boundary F-score, too.
        radius_px: its tolerance, 0.75 % of the diagonal when None.
        keep_small: small pictures for a report, too.
    """

    num_classes: int
    elevations_deg: tuple[float, float] | None = (90.0, -90.0)
    outlines: bool = True
    radius_px: float | None = None
    keep_small: bool = False

    def __call__(self, pair: Pair) -> PairCounts:
        """Return the counts of a picture.

        Raises:
            DatasetError: naming the picture whose labels do not fit each other or the classes,
                or the files that they come from.
        """
        try:
            return self._counts(pair)
        except MetricsError as err:
            raise DatasetError(f'{pair.where or pair.name}: {err}') from err

    def _counts(self, pair: Pair) -> PairCounts:
        prediction = pair.prediction
        truth, silent = _where_predicted(pair.truth, prediction)
        geometry = None
        if self.elevations_deg is not None:
            geometry = PanoramaGeometry(truth.shape[0], truth.shape[1], *self.elevations_deg)
        zones = count_zones(truth, prediction, self.num_classes, geometry)
        outlines = None
        if self.outlines:
            wrap = geometry is not None
            outlines = boundary_counts(truth, prediction, self.num_classes, self.radius_px, wrap)
        sure = pair.confidence
        return PairCounts(
            *pair[:3],
            silent,
            zones,
            outlines,
            None if sure is None else calibration_counts(truth, prediction, sure),
            pair.flicker,
            shrunk(pair) if self.keep_small else None,
        )


def _where_predicted(truth: Labels, prediction: Labels) -> tuple[Labels, int]:
    """Return the truth without the pixels that have no prediction, and their number."""
    if truth.shape != prediction.shape:
        return truth, 0
    silent = prediction == UNLABELLED
    count = int((silent & (truth != UNLABELLED)).sum()) if silent.any() else 0
    return (np.where(silent, np.uint8(UNLABELLED), truth) if count else truth), count


class Pairs(Protocol):
    """Pictures that can be read in any order, also by several threads at once."""

    def __len__(self) -> int:
        """Return how many there are."""
        ...

    def __getitem__(self, index: int) -> Pair:
        """Read one."""
        ...


def count_all(pairs: Pairs, counting: Counting, threads: int = 2) -> Iterator[PairCounts]:
    """Yield the counts of all pictures in their order, read and counted by several threads."""

    def one(index: int) -> PairCounts:
        return counting(pairs[index])

    with ThreadPoolExecutor(max(1, threads)) as pool:
        yield from pool.map(one, range(len(pairs)))


def count_each(pairs: Iterable[Pair], counting: Counting) -> Iterator[PairCounts]:
    """Yield the counts of pictures as they come."""
    return map(counting, pairs)


def shrunk(pair: Pair) -> Small:
    """Return a picture small enough for a page; labels are picked, never mixed."""
    height, width = pair.truth.shape
    scale = min(1.0, SMALL_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    labels = [
        to_png(np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_NEAREST_EXACT)))
        for values in (pair.truth, pair.prediction)
    ]
    if pair.image is None:
        return Small(None, *labels)
    small = np.asarray(cv2.resize(pair.image, size, interpolation=cv2.INTER_AREA))
    return Small(to_jpeg(small), *labels)


def at_size_of(truth: Labels, prediction: Labels, name: str) -> Labels:
    """Return a prediction at the size of its truth; values are picked, never mixed.

    Raises:
        DatasetError: if the two have different shapes.
    """
    if truth.shape == prediction.shape:
        return prediction
    height, width = truth.shape
    if abs(prediction.shape[1] * height - width * prediction.shape[0]) > width + height:
        raise DatasetError(
            f'{name}: the prediction is {prediction.shape[1]}x{prediction.shape[0]}, '
            f'its truth {width}x{height}: they must have one shape'
        )
    return np.asarray(
        cv2.resize(prediction, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8
    )
