"""The figures of many labelled pictures, from what was counted of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation import resampling
from panoseg_ros.evaluation.pair_counts import PairCounts
from panoseg_ros.evaluation.resampling import Estimate, by_scene
from panoseg_ros.labels import LabelSet
from panoseg_ros.metrics import mean_boundary_f, mean_iou, pixel_accuracy
from panoseg_ros.metrics.calibration import Reliability, reliability
from panoseg_ros.metrics.flicker import FlickerCounts
from panoseg_ros.metrics.zones import BANDS

NAN = float('nan')


class ClassFigures(NamedTuple):
    """One class: its share of the labelled pixels and how well it is found."""

    name: str
    share: float
    iou: Estimate
    accuracy: float  # share of its true pixels that are found
    precision: float  # share of pixels called so that are
    spherical_iou: float
    boundary_f: float


class PartFigures(NamedTuple):
    """A part of the pictures, or of each of them."""

    name: str
    pictures: int
    pixels: int
    mean_iou: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class PairScores:
    """The counts of every picture and the figures that follow.

    Args:
        label_set: names of the classes.
        pictures: at least one.
        facts: what was scored.

    Raises:
        DatasetError: if there is no picture.
    """

    label_set: LabelSet
    pictures: tuple[PairCounts, ...]
    facts: dict[str, Any]

    def __post_init__(self) -> None:
        """Refuse to score nothing."""
        if not self.pictures:
            raise DatasetError('there is no picture to score')

    @cached_property
    def matrices(self) -> NDArray[np.int64]:
        """Return the confusion of every picture, (N, C, C)."""
        return np.stack([picture.zones.confusion for picture in self.pictures])

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Return the pooled matrix (C, C)."""
        return np.asarray(self.matrices.sum(0), np.int64)

    @property
    def zones(self) -> NDArray[np.int64]:
        """Return the pooled matrices (bands, 2, C, C) by elevation and nearness to the seam."""
        return np.asarray(sum(picture.zones.zones for picture in self.pictures), np.int64)

    @property
    def spherical(self) -> NDArray[np.float64]:
        """Return the pooled matrix (C, C) in which pixels count by their solid angle."""
        return np.asarray(sum(p.zones.spherical for p in self.pictures), np.float64)

    @property
    def boundary(self) -> NDArray[np.float64]:
        """Return the boundary F-score of every class that occurs (C,), NaN for all others."""
        outlines = [p.outlines for p in self.pictures if p.outlines is not None]
        if not outlines:
            return np.full(len(self.label_set), NAN)
        occurs = self.confusion.sum(1) > 0
        return np.where(occurs, mean_boundary_f(np.stack(outlines)), NAN)

    @property
    def reliability(self) -> Reliability | None:
        """Return the reliability curve, None without confidences."""
        counts = [p.calibration for p in self.pictures if p.calibration is not None]
        return reliability(np.sum(counts, axis=0)) if counts else None

    @property
    def flicker(self) -> FlickerCounts | None:
        """Return what changes without need, None where no pictures follow each other."""
        counts = [p.flicker for p in self.pictures if p.flicker is not None]
        return FlickerCounts(*np.sum(counts, axis=0).tolist()) if counts else None

    @property
    def silent_share(self) -> float:
        """Return the share of the labelled pixels that has no prediction, NaN where all have."""
        silent = sum(picture.silent for picture in self.pictures)
        return silent / (silent + int(self.confusion.sum())) if silent else NAN

    @property
    def mean_iou(self) -> Estimate:
        """Return the mean IoU over the classes that occur, with its interval over scenes."""
        return self._estimates[-1]

    @property
    def class_ious(self) -> Sequence[Estimate]:
        """Return the IoU of every class (C) with its interval, NaN for those without pixels."""
        return self._estimates[:-1]

    @cached_property
    def _estimates(self) -> Sequence[Estimate]:
        """Return the IoU of every class and, last, their mean."""
        sums = by_scene(self.matrices, [p.scene for p in self.pictures])
        classes = [resampling.class_iou(cls.id) for cls in self.label_set.classes]
        return resampling.estimates(sums, [*classes, resampling.mean_iou()])

    def picture_ious(self) -> NDArray[np.float64]:
        """Return the mean IoU of every picture by itself, (N,)."""
        return np.array([mean_iou(matrix) for matrix in self.matrices])

    def summary(self) -> dict[str, float]:
        """Return the figures of the whole, by name; NaN where one does not exist."""
        confusion, zones = self.confusion, self.zones
        truth = confusion.sum(1)
        recalls = np.diag(confusion)[truth > 0] / truth[truth > 0]
        edges = self.boundary
        curve, changes = self.reliability, self.flicker
        return {
            'mean IoU': mean_iou(confusion),
            'mean IoU by solid angle': float(resampling.mean_iou()(self.spherical)),
            'pixel accuracy': pixel_accuracy(confusion),
            'mean class accuracy': float(recalls.mean()) if recalls.size else NAN,
            'boundary F-score': float(np.nanmean(edges)) if np.isfinite(edges).any() else NAN,
            'mean IoU near the seam': mean_iou(zones[:, 1].sum(0)),
            'mean IoU away from it': mean_iou(zones[:, 0].sum(0)),
            'expected calibration error': curve.ece if curve else NAN,
            'flicker': changes.share if changes else NAN,
            'labelled but not predicted': self.silent_share,
        }

    def classes(self) -> list[ClassFigures]:
        """Return every class that occurs."""
        confusion, edges = self.confusion, self.boundary
        round_ious = resampling.iou(self.spherical)
        truth, found = confusion.sum(1), confusion.sum(0)
        return [
            ClassFigures(
                cls.name,
                float(truth[cls.id] / truth.sum()),
                self.class_ious[cls.id],
                float(confusion[cls.id, cls.id] / truth[cls.id]),
                float(confusion[cls.id, cls.id] / found[cls.id]) if found[cls.id] else NAN,
                float(round_ious[cls.id]),
                float(edges[cls.id]),
            )
            for cls in self.label_set.classes
            if truth[cls.id]
        ]

    def bands(self) -> list[PartFigures]:
        """Return the bands of elevation that hold labelled pixels, highest first."""
        zones, count = self.zones.sum(1), len(self.pictures)
        return [
            _part(f'{low:+.0f} to {high:+.0f} degrees', count, zones[index])
            for index, (low, high) in enumerate(BANDS)
            if zones[index].any()
        ]

    def groups(self) -> list[PartFigures]:
        """Return the groups of pictures, such as weathers; nothing if none has a name."""
        names, matrices = np.array([p.group for p in self.pictures]), self.matrices
        return [
            _part(name, int((names == name).sum()), matrices[names == name].sum(0))
            for name in sorted(set(names.tolist()) - {''})
        ]


def _part(name: str, pictures: int, matrix: NDArray[np.int64]) -> PartFigures:
    return PartFigures(name, pictures, int(matrix.sum()), mean_iou(matrix), pixel_accuracy(matrix))
