"""Runs every way over every drive, camera height, panorama size and condition."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.conditions import BY_NAME, CONDITIONS, sight_of
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.evaluation.ground.methods import MEMORY, WAYS
from panoseg_ros.evaluation.ground.scenes import GRID, HEIGHTS_PX, moments
from panoseg_ros.evaluation.ground.scores import Judge, Ruler, Tally, facts_of
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground import GroundSettings
from panoseg_ros.labels import load_label_set
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION

HEIGHTS_M = (0.6, 1.8)
WITHIN_M = (10.0, 20.0)
SETTINGS = GroundSettings(
    resolution_m=GRID.resolution_m,
    size_m=GRID.cells * GRID.resolution_m,
    max_range_m=20.0,
    bearings=720,
)


@dataclass(frozen=True)
class Scope:
    """Which rows of the table are made; all of them unless told otherwise.

    Raises:
        MetricsError: naming the value that is not known.
    """

    heights_m: tuple[float, ...] = HEIGHTS_M
    rows: tuple[int, ...] = HEIGHTS_PX
    within_m: tuple[float, ...] = WITHIN_M
    conditions: tuple[str, ...] = tuple(BY_NAME)
    ways: tuple[str, ...] = tuple(WAYS)

    def __post_init__(self) -> None:
        """Refuse unknown values."""
        for name, known in (
            ('heights_m', HEIGHTS_M),
            ('rows', HEIGHTS_PX),
            ('within_m', WITHIN_M),
            ('conditions', tuple(BY_NAME)),
            ('ways', tuple(WAYS)),
        ):
            values: tuple[Any, ...] = getattr(self, name)
            for value in values:
                if value not in known:
                    allowed = ', '.join(map(str, known))
                    raise MetricsError(f'{name} must be of {allowed}, got {value!r}')


Key = tuple[str, str, float, int, float, str]  # condition, kind, height, rows, within, way


def measure(
    drives: Sequence[BenchDrive],
    scope: Scope,
    cache: Path,
    said: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Return all figures of some drives as what JSON can hold.

    Args:
        drives: see `drives_of`.
        scope: which rows.
        cache: folder for rendered labels and truth; what is there is not rendered again.
        said: is told what is being done.
    """
    tallies: dict[Key, Tally] = {}
    frames = 0
    for drive in drives:
        for name in scope.conditions:
            if drive.kind not in BY_NAME[name].kinds:
                continue
            for height_m in scope.heights_m:
                said(f'{drive.name}, {height_m:g} m, {name}')
                frames += drive.plan.frames
                for key, tally in _scored(drive, name, height_m, scope, cache):
                    tallies.setdefault(key, Tally()).join(tally)
    return {
        'generator_version': GENERATOR_VERSION,
        'drives': [drive.name for drive in drives],
        'frames': frames,
        'cell_m': GRID.resolution_m,
        'conditions': {c.name: c.text for c in CONDITIONS if c.name in scope.conditions},
        'results': [_row(key, tally) for key, tally in _with_all(tallies)],
    }


def _scored(
    drive: BenchDrive, condition: str, height_m: float, scope: Scope, cache: Path
) -> Iterator[tuple[Key, Tally]]:
    """Yield the tallies of one drive under one condition."""
    labels = load_label_set('cityscapes19')
    solid = tuple(cls.id for cls in labels.classes if cls.surface == 'obstacle')
    geometry = {rows: PanoramaGeometry(rows, 2 * rows) for rows in scope.rows}
    runs = {
        (rows, way): (
            WAYS[way](geometry[rows], labels, SETTINGS),
            {
                within: Judge(Ruler(height_m, rows, solid), within, way in MEMORY)
                for within in scope.within_m
            },
        )
        for rows in scope.rows
        for way in scope.ways
    }
    noise = {rows: np.random.default_rng(zlib.crc32(drive.name.encode())) for rows in scope.rows}
    for moment in moments(drive, height_m, BY_NAME[condition].view, cache):
        facts = facts_of(moment)
        for rows in scope.rows:
            sight = sight_of(condition, moment, rows, noise[rows])
            for way in scope.ways:
                run, judges = runs[rows, way]
                answer = run(sight)
                for judge in judges.values():
                    judge(answer, moment, facts)
    for (rows, way), (_, judges) in runs.items():
        for within, judge in judges.items():
            yield (condition, drive.kind, height_m, rows, within, way), judge.tally


def _with_all(tallies: dict[Key, Tally]) -> list[tuple[Key, Tally]]:
    """Return the tallies and, for every condition, their sum over the kinds of drives."""
    whole: dict[Key, Tally] = {}
    for key, tally in tallies.items():
        whole.setdefault((key[0], 'all', *key[2:]), Tally()).join(tally)
    return [*whole.items(), *tallies.items()]


def _row(key: Key, tally: Tally) -> dict[str, Any]:
    names = ('condition', 'kind', 'height_m', 'rows', 'within_m', 'way')
    figures = {
        name: None if np.isnan(value) else round(value, 6)
        for name, value in tally.figures().items()
    }
    counts = {**tally.counts._asdict(), **tally.more}
    return {**dict(zip(names, key, strict=True)), 'figures': figures, 'counts': counts}
