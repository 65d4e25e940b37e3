"""The scores of one model on one labelled split: figures and their intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation import resampling
from panoseg_ros.evaluation.pair_counts import PairCounts
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.people import HEIGHTS_PX, Human
from panoseg_ros.evaluation.resampling import Estimate, Figure, by_scene
from panoseg_ros.labels import LabelSet
from panoseg_ros.metrics import iou, mean_iou, pixel_accuracy

MAIN_CLASSES = ('road', 'sidewalk', 'building', 'vegetation', 'sky', 'car')
MODEL, CEILING, TRIVIAL = 'model', 'ceiling', 'trivial'
YARDSTICKS = (CEILING, TRIVIAL)
MEAN, ACCURACY = 'mean IoU, classes that occur', 'pixel accuracy'


class Scored(NamedTuple):
    """One picture.

    Args:
        counts: of the model; the group of the picture is its weather.
        present: (C,) whether each class occurs.
        yardsticks: `CEILING` or `TRIVIAL` to its matrix (C, C) [truth, prediction].
        humans: the people that are 16 pixels high or more; None where none are numbered.
    """

    counts: PairCounts
    present: NDArray[np.bool_]
    yardsticks: Mapping[str, NDArray[np.int64]]
    humans: tuple[Human, ...] | None


class ClassRow(NamedTuple):
    """One class: in how many images it occurs, its IoU per predictor, the model's again."""

    name: str
    images: int
    ratios: Mapping[str, float]
    model: Estimate


class WeatherRow(NamedTuple):
    """The model in one weather."""

    weather: str
    images: int
    scenes: int
    mean_iou: Estimate
    main_iou: Estimate | None  # None: the label set has none of the main classes


class HumanRow(NamedTuple):
    """How many people of some heights in pixels are found."""

    name: str
    humans: int
    found: Estimate


@dataclass(frozen=True, eq=False)
class Scores:
    """One pooled confusion matrix per predictor, with what is needed to read it.

    Args:
        label_set: names of the classes.
        scored: every picture, at least one.
        facts: what was run on what: model, data, size, hashes.
    """

    label_set: LabelSet
    scored: tuple[Scored, ...]
    facts: dict[str, Any]

    @property
    def images(self) -> int:
        """Return how many images were scored."""
        return len(self.scored)

    @property
    def scenes(self) -> tuple[str, ...]:
        """Return the scene of every image."""
        return tuple(entry.counts.scene for entry in self.scored)

    @cached_property
    def pairs(self) -> PairScores:
        """Return everything else that is known of the model on the same pictures."""
        return PairScores(self.label_set, tuple(entry.counts for entry in self.scored), self.facts)

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the predictors that were scored."""
        return (MODEL, *(name for name in YARDSTICKS if name in self.scored[0].yardsticks))

    @property
    def images_with(self) -> NDArray[np.int64]:
        """Return in how many images each class occurs, (C,)."""
        return np.asarray(np.sum([entry.present for entry in self.scored], 0), np.int64)

    @property
    def confusions(self) -> dict[str, NDArray[np.int64]]:
        """Return the pooled matrix (C, C) of every predictor."""
        return {name: self.matrices(name).sum(0) for name in self.columns}

    def matrices(self, predictor: str) -> NDArray[np.int64]:
        """Return the matrix of every image, (N, C, C)."""
        if predictor == MODEL:
            return self.pairs.matrices
        return np.stack([entry.yardsticks[predictor] for entry in self.scored])

    def main_ids(self) -> list[int]:
        """Return the ids of the classes that a street can hardly be without."""
        return [cls.id for cls in self.label_set.classes if cls.name in MAIN_CLASSES]

    def figures(self) -> dict[str, Figure]:
        """Return the means that sum a run up, by name; see `summary`."""
        figures: dict[str, Figure] = {MEAN: resampling.mean_iou()}
        if self.main_ids():
            figures[self.main_name()] = resampling.mean_iou(self.main_ids())
        return figures | {ACCURACY: resampling.pixel_accuracy}

    def main_name(self) -> str:
        """Return the name of the mean over the main classes."""
        names = [self.label_set.classes[cls].name for cls in self.main_ids()]
        return f'mean IoU of {", ".join(names)}'

    def rows(self) -> list[ClassRow]:
        """Return every class that occurs."""
        by_predictor = {name: iou(matrix) for name, matrix in self.confusions.items()}
        bounds, found = self.pairs.class_ious, self.images_with
        return [
            ClassRow(
                cls.name,
                int(found[cls.id]),
                {name: float(values[cls.id]) for name, values in by_predictor.items()},
                bounds[cls.id],
            )
            for cls in self.label_set.classes
            if found[cls.id]
        ]

    def summary(self) -> dict[str, dict[str, float]]:
        """Return the means per predictor."""
        matrices = self.confusions.items()
        means = {MEAN: {name: mean_iou(m) for name, m in matrices}}
        if self.main_ids():
            main = {name: mean_iou(m, self.main_ids()) for name, m in matrices}
            means[self.main_name()] = main
        return means | {ACCURACY: {name: pixel_accuracy(m) for name, m in matrices}}

    def intervals(self) -> dict[str, Estimate]:
        """Return the means of the model with their intervals over scenes."""
        sums, figures = by_scene(self.matrices(MODEL), self.scenes), self.figures()
        found = resampling.estimates(sums, list(figures.values()))
        return dict(zip(figures, found, strict=True))

    def weather_rows(self) -> list[WeatherRow]:
        """Return the model in every weather, nothing if nobody says what weather it was."""
        rows = []
        for weather in sorted({entry.counts.group for entry in self.scored} - {''}):
            chosen = tuple(entry for entry in self.scored if entry.counts.group == weather)
            part = replace(self, scored=chosen)
            sums = by_scene(part.matrices(MODEL), part.scenes)
            mains = part.main_ids()
            figures = [resampling.mean_iou(), *([resampling.mean_iou(mains)] if mains else [])]
            mean, *main = resampling.estimates(sums, figures)
            row = WeatherRow(weather, part.images, len(sums), mean, main[0] if main else None)
            rows.append(row)
        return rows

    def human_rows(self) -> list[HumanRow]:
        """Return how many people are found, in all and by height; nothing if none are numbered."""
        rows = []
        for low, high in ((HEIGHTS_PX[0][0], HEIGHTS_PX[-1][1]), *HEIGHTS_PX):
            counts = self.human_counts(low, high)
            if counts is not None and counts[:, 1].any():
                above = high == HEIGHTS_PX[-1][1]
                name = f'{low} px high or more' if above else f'{low} to {high - 1} px'
                found = resampling.estimate(by_scene(counts, self.scenes), resampling.share)
                rows.append(HumanRow(name, int(counts[:, 1].sum()), found))
        return rows

    def human_counts(self, low_px: int, high_px: int) -> NDArray[np.int64] | None:
        """Return found and all people of some heights per image (N, 2), None if not numbered."""
        if any(entry.humans is None for entry in self.scored):
            return None
        chosen = [
            [human.found for human in entry.humans or () if low_px <= human.height_px < high_px]
            for entry in self.scored
        ]
        return np.array([[sum(found), len(found)] for found in chosen], np.int64).reshape(-1, 2)

    def caption(self) -> str:
        """Return one line that says what was scored."""
        facts = self.facts
        levelled = ', turned upright first' if facts.get('levelled') else ''
        return (
            f'{facts["bundle"]} on {self.images} images of the {facts["split"]} split, '
            f'{facts["width"]} x {facts["height"]}{levelled}, one pooled confusion matrix'
        )
