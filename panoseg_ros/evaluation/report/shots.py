"""Frames of a report: input, mask, truth and error side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.pair_counts import Small
from panoseg_ros.evaluation.pair_scores import PairScores
from panoseg_ros.evaluation.pictures import colorize, to_png
from panoseg_ros.evaluation.report.page import Pictures, Section, Shot
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.labels import LabelClass, LabelSet

SHOWN = 3  # frames of each sort
MAPS = 'Maps: white is free, yellow to orange graded cost, red lethal, grey unknown.'
More = Callable[[Sequence[str]], Mapping[str, Sequence[tuple[str, bytes]]]]
RIGHT, WRONG, UNKNOWN = (66, 140, 112), (240, 95, 40), (52, 56, 62)


def worst_and_typical(scores: PairScores, more: More | None = None) -> list[Section]:
    """Return the frames of lowest mean IoU and those next to the median, as far as kept.

    Args:
        scores: of the run.
        more: gives further named picture files of the frames with these names.
    """
    found = scores.picture_ious()
    kept = np.array([picture.small is not None for picture in scores.pictures])
    worst, typical = pick(np.where(kept, found, np.nan))
    if not worst:
        return []
    names = [scores.pictures[index].name for index in (*worst, *typical)]
    further = more(names) if more is not None else {}
    truth = scores.confusion.sum(1)
    sorts = (
        ('Worst frames', 'The lowest mean IoU of a frame by itself.', worst),
        ('Typical frames', 'Mean IoU next to the median frame.', typical),
    )
    return pictures_of(
        sorts,
        lambda index: _shot(scores, index, float(found[index]), further),
        MAPS if further else '',
        legend_of(cls for cls in scores.label_set.classes if truth[cls.id]),
    )


def pictures_of(
    sorts: Iterable[tuple[str, str, Sequence[int]]],
    shot: Callable[[int], Shot],
    note: str = '',
    legend: Sequence[tuple[str, str]] = (),
) -> list[Section]:
    """Return a section for every sort of frames that has any with pictures.

    Args:
        sorts: title, note and indices of each sort.
        shot: makes the frame of an index.
        note: what to add to every note.
        legend: see `Pictures`.
    """
    sections: list[Section] = []
    for title, about, chosen in sorts:
        shots = [made for made in map(shot, chosen) if made.pictures or made.maps]
        if shots:
            sections.append(Pictures(title, f'{about} {note}'.rstrip(), shots, legend))
    return sections


def pick(values: NDArray[np.float64]) -> tuple[list[int], list[int]]:
    """Return the indices of the lowest values (N,) and of those next to the median of all.

    Values that do not exist (NaN) are passed over; no index is in both.
    """
    order = np.argsort(values, kind='stable')
    known: list[int] = order[~np.isnan(values[order])].tolist()
    worst, rest = known[:SHOWN], known[SHOWN:]
    middle = max(0, (len(known) - 1) // 2 - len(worst) - SHOWN // 2)
    return worst, rest[middle : middle + SHOWN]


def legend_of(classes: Iterable[LabelClass]) -> list[tuple[str, str]]:
    """Return names and colours as CSS knows them."""
    return [(cls.name, 'rgb({} {} {})'.format(*cls.color)) for cls in classes]


def _shot(
    scores: PairScores,
    index: int,
    ratio: float,
    further: Mapping[str, Sequence[tuple[str, bytes]]],
) -> Shot:
    picture = scores.pictures[index]
    assert picture.small is not None
    pictures = shown_pictures(picture.small, scores.label_set)
    caption = f'{picture.name}: mean IoU {ratio:.3f}'
    return Shot(caption, pictures, further.get(picture.name, ()))


def shown_pictures(small: Small, label_set: LabelSet) -> Sequence[tuple[str, bytes]]:
    """Return named picture files: input (where there is one), mask, truth, error."""
    truth, prediction = (_decoded(data) for data in (small.truth, small.prediction))
    error = np.full((*truth.shape, 3), WRONG, np.uint8)
    error[truth == prediction] = RIGHT
    error[(truth == UNLABELLED) | (prediction == UNLABELLED)] = UNKNOWN
    drawn = [
        ('mask', to_png(colorize(prediction, label_set))),
        ('truth', to_png(colorize(truth, label_set))),
        ('error: orange is wrong, grey does not count', to_png(error)),
    ]
    return drawn if small.image is None else [('input', small.image), *drawn]


def _decoded(data: bytes) -> NDArray[np.uint8]:
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return np.asarray(values, np.uint8)
