"""Runs on the same pictures compared with each other, scene paired with scene."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.datasets.reading import read_json
from panoseg_ros.errors import DatasetError
from panoseg_ros.evaluation import resampling
from panoseg_ros.evaluation.pair_report import number
from panoseg_ros.evaluation.people import HEIGHTS_PX
from panoseg_ros.evaluation.resampling import Estimate, Figure, by_scene
from panoseg_ros.evaluation.scores import ACCURACY, MAIN_CLASSES, MEAN, MODEL, Scores


class Run(NamedTuple):
    """What a comparison needs of one run.

    Args:
        name: for messages.
        classes: names of the classes.
        pictures: names of the pictures.
        scenes: the scene of every picture.
        confusions: of the model per picture, (N, C, C).
        people: found and all people per picture, (N, 2); None where none are numbered.
    """

    name: str
    classes: tuple[str, ...]
    pictures: tuple[str, ...]
    scenes: tuple[str, ...]
    confusions: NDArray[np.int64]
    people: NDArray[np.int64] | None


class Gain(NamedTuple):
    """One figure of two runs, or its mean over two groups of runs, and second minus first."""

    name: str
    first: float
    second: float
    gain: Estimate


def run_of(scores: Scores) -> Run:
    """Return what a comparison needs of scores."""
    return Run(
        scores.caption(),
        tuple(cls.name for cls in scores.label_set.classes),
        tuple(entry.counts.name for entry in scores.scored),
        scores.scenes,
        scores.matrices(MODEL),
        scores.human_counts(HEIGHTS_PX[0][0], HEIGHTS_PX[-1][1]),
    )


def read_run(path: Path) -> Run:
    """Read the JSON report of a run, see `score_report.as_json`.

    Raises:
        DatasetError: if it cannot be read or is no such report.
    """
    report = read_json(path)
    try:
        pictures = report['pictures']
        people = [entry['people'] for entry in pictures]
        run = Run(
            str(path),
            tuple(map(str, report['names of classes'])),
            tuple(str(entry['image']) for entry in pictures),
            tuple(str(entry['scene']) for entry in pictures),
            np.array([entry['confusion'] for entry in pictures], np.int64),
            None if None in people else np.array(people, np.int64).reshape(-1, 2),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as err:
        raise DatasetError(f'{path}: is no report of panoseg evaluate: {err}') from err
    count = len(run.classes)
    if run.confusions.shape != (len(run.pictures), count, count) or not run.pictures:
        raise DatasetError(f'{path}: is no report of panoseg evaluate: matrices do not fit')
    return run


def compare(first: Sequence[Run], second: Sequence[Run], by_class: bool = False) -> list[Gain]:
    """Return the means of two groups of runs and their differences with intervals.

    Args:
        first: runs of one kind, such as one network trained with several seeds.
        second: runs of the other kind.
        by_class: the IoU of every class that occurs, too.

    Raises:
        DatasetError: if there is no run, or two are not of the same pictures and classes.
    """
    runs = [*first, *second]
    if not first or not second:
        raise DatasetError('a comparison needs at least one run on either side')
    for run in runs:
        if (run.pictures, run.classes) != (runs[0].pictures, runs[0].classes):
            raise DatasetError(
                f'the runs cannot be paired: {runs[0].name} and {run.name} are not of the same '
                f'list of images and the same classes'
            )
    classes, scenes = runs[0].classes, runs[0].scenes
    main = [index for index, name in enumerate(classes) if name in MAIN_CLASSES]
    figures: dict[str, Figure] = {MEAN: resampling.mean_iou()}
    if main:
        named = ', '.join(classes[index] for index in main)
        figures[f'mean IoU of {named}'] = resampling.mean_iou(main)
    figures[ACCURACY] = resampling.pixel_accuracy
    if by_class:
        occurs = runs[0].confusions.sum((0, 2)) > 0
        chosen = [(i, name) for i, name in enumerate(classes) if occurs[i]]
        figures |= {name: resampling.class_iou(index) for index, name in chosen}
    sides = [[by_scene(run.confusions, scenes) for run in side] for side in (first, second)]
    gains = _gains(figures, *sides)
    people = [
        [by_scene(run.people, scenes) for run in side if run.people is not None]
        for side in (first, second)
    ]
    counted = [len(side) for side in people] == [len(first), len(second)]
    if counted and all(counts[:, 1].any() for side in people for counts in side):
        gains += _gains({'people found': resampling.share}, *people)
    return gains


def _gains(
    figures: Mapping[str, Figure],
    first: Sequence[NDArray[np.int64]],
    second: Sequence[NDArray[np.int64]],
) -> list[Gain]:
    found = resampling.estimate_gains(first, second, list(figures.values()))
    return [
        Gain(name, _mean(figure, first), _mean(figure, second), gain)
        for (name, figure), gain in zip(figures.items(), found, strict=True)
    ]


def _mean(figure: Figure, runs: Sequence[NDArray[np.int64]]) -> float:
    """Return the mean of a figure over runs."""
    return float(np.mean([figure(counts.sum(0).astype(np.float64)) for counts in runs]))


def gains_as_json(gains: Sequence[Gain]) -> list[dict[str, Any]]:
    """Return a comparison as plain values; figures that do not exist are None."""
    return [
        {
            'figure': row.name,
            'first': number(row.first),
            'second': number(row.second),
            'gain': number(row.gain.value),
            'interval': [number(row.gain.low), number(row.gain.high)],
        }
        for row in gains
    ]


def markdown_of_gains(gains: Sequence[Gain]) -> str:
    """Return a comparison as a table."""
    lines = ['| figure | first | second | second - first | 95 % |', '|---' * 5 + '|']
    for row in gains:
        cells = f'{row.first:.4f} | {row.second:.4f} | {row.gain.value:+.4f}'
        lines.append(f'| {row.name} | {cells} | {row.gain.span("+.4f")} |')
    return '\n'.join(lines)
