"""The figures of a run on marked points, as rows with intervals, and how they are written."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.points import GROUP_NAMES, PointRun, Scored, prior_verdicts
from panoseg_ros.metrics.points import (
    GROUPS,
    Figure,
    Tally,
    accuracy,
    balanced,
    chance,
    interval,
    recall,
    tally,
    value,
)

CLASS_NAMES = tuple(name for names in GROUPS.values() for name in names)
STATED_PRIOR = 'elsewhere, elevation alone was found to score 0.46 on outdoor panoramas'
RULE = (
    'Points with nothing accepted (void, unsure, other) and points where the calibration of their '
    'lens ends are left out. A group is right if it is that of an accepted label. Random points '
    'only, except where all are named. Intervals: '
    'the middle 95 % of 10,000 resamplings of the images. Prior: the most frequent group of each '
    '15 degrees of elevation, from the outdoor panoramas of the other places of this half. '
    'Chance: guessing as often as each group or class occurs.'
)


class Row(NamedTuple):
    """One figure beside what needs no picture; NaN where it does not exist."""

    name: str
    points: int
    images: int
    value: float
    low: float
    high: float
    prior: float
    chance: float


class ImageRow(NamedTuple):
    """The random points of one photograph; placed ones are not in it."""

    image: str
    place: str
    kind: str
    points: int
    group: float
    cls: float
    prior: float
    how: str


def figure_rows(run: PointRun) -> list[Row]:
    """Return the figures of a run, the headline ones first."""
    table = _Table(run)
    random, outdoor = table.random, table.outdoor
    scenes = outdoor & table.panorama
    rows = [
        table.by_group('group accuracy, outdoor', random & outdoor, accuracy),
        table.by_group('group accuracy balanced over groups, outdoor', random & outdoor, balanced),
        table.by_group('group accuracy, outdoor panoramas', random & scenes, accuracy),
        table.by_group('the same balanced over groups', random & scenes, balanced),
        table.by_class('class accuracy, outdoor', random & outdoor, accuracy),
        table.by_class(
            'class accuracy balanced over classes, outdoor', random & outdoor, balanced
        ),
        table.by_group('group accuracy, indoor', random & ~outdoor, accuracy),
    ]
    everything = np.ones(len(random), np.bool_)
    for which, chosen in (('all points', everything), ('random, outdoor', random & outdoor)):
        rows += [
            table.by_group(f'{name} found as a group, {which}', chosen, recall(index))
            for index, name in enumerate(GROUP_NAMES)
        ]
    rows += [
        table.by_class(f'class {name}, all points', everything, recall(index))
        for index, name in enumerate(CLASS_NAMES)
    ]
    return [row for row in rows if row.points]


def image_rows(run: PointRun) -> list[ImageRow]:
    """Return one row per photograph."""
    verdicts = prior_verdicts(run)
    rows = []
    for image, how in run.how.items():
        own = [
            (entry, bool(prior))
            for entry, prior in zip(run.scored, verdicts, strict=True)
            if entry.image == image and not entry.point.placed
        ]
        if own:
            rows.append(
                ImageRow(
                    image,
                    own[0][0].place,
                    own[0][0].kind,
                    len(own),
                    _mean([entry.group_right for entry, _ in own]),
                    _mean([entry.class_right for entry, _ in own]),
                    _mean([prior for _, prior in own]),
                    how,
                )
            )
    return rows


class _Table:
    """The points of a run as columns (N,)."""

    def __init__(self, run: PointRun) -> None:
        scored = run.scored
        images = list(run.how)
        self.images = len(images)
        self.image = _column(scored, lambda entry: images.index(entry.image))
        self.group = _column(scored, lambda entry: GROUP_NAMES.index(entry.point.group))
        self.cls = _column(scored, lambda entry: CLASS_NAMES.index(_label(entry)))
        self.group_right = _column(scored, lambda entry: entry.group_right).astype(np.bool_)
        self.class_right = _column(scored, lambda entry: entry.class_right).astype(np.bool_)
        self.prior_right = prior_verdicts(run)
        self.random = _column(scored, lambda entry: not entry.point.placed).astype(np.bool_)
        self.outdoor = _column(scored, lambda entry: entry.kind != 'indoor').astype(np.bool_)
        self.panorama = _column(scored, lambda e: e.kind == 'outdoor panorama').astype(np.bool_)

    def by_group(self, name: str, chosen: NDArray[np.bool_], figure: Figure) -> Row:
        found = self._tally(chosen, self.group, self.group_right, len(GROUP_NAMES))
        prior = self._tally(chosen, self.group, self.prior_right, len(GROUP_NAMES))
        return _row(name, found, figure, value(prior, figure))

    def by_class(self, name: str, chosen: NDArray[np.bool_], figure: Figure) -> Row:
        found = self._tally(chosen, self.cls, self.class_right, len(CLASS_NAMES))
        return _row(name, found, figure, float('nan'))

    def _tally(
        self,
        chosen: NDArray[np.bool_],
        kinds: NDArray[np.int64],
        right: NDArray[np.bool_],
        count: int,
    ) -> Tally:
        return tally(self.image[chosen], kinds[chosen], right[chosen], self.images, count)


def _row(name: str, found: Tally, figure: Figure, prior: float) -> Row:
    counted = found
    if figure not in (accuracy, balanced):  # of one kind: the others do not count
        alone = ~np.isnan(figure(np.eye(found.total.shape[1]), np.eye(found.total.shape[1])))
        counted = Tally(found.right * alone, found.total * alone)
    guessed = chance(found)
    if figure is balanced:
        guessed = 1.0 / max(1, int((found.total.sum(0) > 0).sum()))
    elif figure is not accuracy:
        guessed = float(counted.total.sum() / max(1, found.total.sum()))
    return Row(
        name,
        int(counted.total.sum()),
        int((counted.total.sum(1) > 0).sum()),
        value(counted, figure),
        *interval(counted, figure),
        prior,
        guessed,
    )


def _column(scored: Sequence[Scored], what: Callable[[Scored], int]) -> NDArray[np.int64]:
    return np.array([what(entry) for entry in scored], np.int64)


def _label(entry: Scored) -> str:
    """Return the class that a point counts for: its own, else the first one accepted."""
    own = entry.point.label
    return own if own in entry.point.accept else entry.point.accept[0]


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else float('nan')


def caption(run: PointRun) -> str:
    """Return one line that says what was scored."""
    facts = run.facts
    return (
        f'{facts["bundle"]} at {facts["width"]} x {facts["height"]} on {len(run.how)} photographs '
        f'of the {facts["half"]} half, {len(run.scored)} points'
    )


def as_json(run: PointRun) -> dict[str, Any]:
    """Return facts, figures, images and every point as plain values; NaN is None."""
    return {
        **run.facts,
        'rule': RULE,
        'prior elsewhere': STATED_PRIOR,
        'figures': [_plain(row) for row in figure_rows(run)],
        'images': [_plain(row) for row in image_rows(run)],
        'left out': dict(run.left_out),
        'points': [
            {
                'image': entry.image,
                'x': entry.point.x,
                'y': entry.point.y,
                'truth': entry.point.label,
                'found': entry.label,
                'class right': entry.class_right,
                'group right': entry.group_right,
            }
            for entry in run.scored
        ],
    }


def write_report(run: PointRun, folder: Path) -> Path:
    """Write `<bundle>-points-<half>.json` into the folder and return its path.

    The name of a report at another size than the bundle's ends in `-<height>x<width>`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = run.facts
    sized = f'-{facts["height"]}x{facts["width"]}' if facts.get('resized') else ''
    path = folder / f'{facts["bundle"]}-points-{facts["half"]}{sized}.json'
    path.write_text(json.dumps(as_json(run)) + '\n', encoding='utf-8')
    return path


def _plain(row: Row | ImageRow) -> dict[str, Any]:
    return {
        key: None
        if isinstance(found, float) and math.isnan(found)
        else round(found, 4)
        if isinstance(found, float)
        else found
        for key, found in row._asdict().items()
    }
