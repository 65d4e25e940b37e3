"""Runs every way over every drive, camera height, panorama size and condition."""

import multiprocessing
import signal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from panoseg_ros.bundles import Bundle, load_bundle
from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.conditions import BY_NAME, CONDITIONS, shown, sight_of
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.evaluation.ground.facts import facts_of, on_plane
from panoseg_ros.evaluation.ground.looks import (
    Look,
    PredictedLook,
    TrueLook,
    check_geometry,
    solid_classes,
)
from panoseg_ros.evaluation.ground.methods import MEMORY, WAYS
from panoseg_ros.evaluation.ground.planes import fit_plane
from panoseg_ros.evaluation.ground.scenes import ROWS, moments
from panoseg_ros.evaluation.ground.scores import GROUNDS, Judge, Region, Ruler
from panoseg_ros.evaluation.ground.studio import GRID
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.evaluation.ground.unseen import check_unseen
from panoseg_ros.evaluation.watching import Watch, unwatched
from panoseg_ros.ground import GroundSettings
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
    rows: tuple[int, ...] = ROWS
    within_m: tuple[float, ...] = WITHIN_M
    conditions: tuple[str, ...] = tuple(BY_NAME)
    ways: tuple[str, ...] = tuple(WAYS)

    def __post_init__(self) -> None:
        """Refuse unknown values."""
        for entry in fields(self):
            known: Any = entry.default
            for value in getattr(self, entry.name):
                if value not in known:
                    allowed = ', '.join(map(str, known))
                    raise MetricsError(f'{entry.name} must be of {allowed}, got {value!r}')

    @property
    def regions(self) -> tuple[Region, ...]:
        """Return what is scored apart."""
        return tuple(Region(within, ground) for within in self.within_m for ground in GROUNDS)


class Key(NamedTuple):
    """What a row of the results is of."""

    condition: str
    kind: str
    height_m: float
    rows: int
    within_m: float
    ground: str
    way: str


class _Task(NamedTuple):
    """Moments that one process renders and scores."""

    drive: BenchDrive
    height_m: float
    view: str
    conditions: tuple[str, ...]


def measure(
    drives: Sequence[BenchDrive],
    scope: Scope,
    cache: Path,
    bundle: Bundle | None = None,
    jobs: int = 1,
    watch: Watch = unwatched,
) -> dict[str, Any]:
    """Return all figures of some drives as what JSON can hold.

    Args:
        drives: see `drives_of`.
        scope: which rows; with a bundle, its `rows` are those of the bundle.
        cache: folder for what is rendered; what is there is not rendered again.
        bundle: whose labels are used in the place of the true ones.
        jobs: processes at a time.
        watch: shows progress.

    Raises:
        MetricsError: if the cache cannot be used, or a drive's street was learnt from.
        BackendError: if the bundle cannot run.
    """
    learnt = {} if bundle is None else check_unseen(bundle, [one.plan.seed for one in drives])
    if bundle is not None:
        check_geometry(bundle)
    tasks = list(_tasks(drives, scope))
    tallies: dict[Key, Tally] = {}
    folder = None if bundle is None else bundle.path
    work = partial(_scored, scope=scope, cache=cache, folder=folder)
    for found in watch(_spread(work, tasks, jobs), 'ground bench', len(tasks)):
        for key, tally in found.items():
            for whole in (key, key._replace(kind='all')):
                tallies.setdefault(whole, Tally()).join(tally)
    return {
        'generator_version': GENERATOR_VERSION,
        'labels': 'true' if bundle is None else bundle.name,
        'learnt_from': learnt,
        'drives': [drive.name for drive in drives],
        'maps': sum(task.drive.plan.frames * len(task.conditions) for task in tasks),
        'cell_m': GRID.resolution_m,
        'conditions': {c.name: c.text for c in CONDITIONS if c.name in scope.conditions},
        'results': [_row(key, tallies[key]) for key in sorted(tallies, key=_place)],
    }


def _tasks(drives: Sequence[BenchDrive], scope: Scope) -> Iterator[_Task]:
    for drive in drives:
        wanted = [BY_NAME[name] for name in scope.conditions if drive.kind in BY_NAME[name].kinds]
        for height_m in scope.heights_m:
            for view in dict.fromkeys(condition.view for condition in wanted):
                names = tuple(one.name for one in wanted if one.view == view)
                yield _Task(drive, height_m, view, names)


def _spread(
    work: 'partial[dict[Key, Tally]]', tasks: Sequence[_Task], jobs: int
) -> Iterable[dict[Key, Tally]]:
    if jobs <= 1 or len(tasks) <= 1:
        yield from map(work, tasks)
        return
    context = multiprocessing.get_context('spawn')  # runtimes do not survive a fork
    with context.Pool(min(jobs, len(tasks)), _begin) as pool:
        yield from pool.imap_unordered(work, tasks, chunksize=1)


def _begin() -> None:
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pool ends its processes itself


def _scored(task: _Task, scope: Scope, cache: Path, folder: Path | None) -> dict[Key, Tally]:
    """Return the tallies of one drive from one height under the conditions of a view."""
    looks: list[Look] = (
        [TrueLook(rows) for rows in scope.rows]
        if folder is None
        else [PredictedLook(load_bundle(folder, verify=False))]
    )
    solid = solid_classes()
    runs = [
        _Runs(condition, look, task, scope, solid)
        for condition in task.conditions
        for look in looks
    ]
    pictures = 0 if folder is None else looks[0].geometry.height
    for moment in moments(task.drive, task.height_m, task.view, cache, pictures):
        level = facts_of(moment, solid)
        for run in runs:
            given = run.condition == 'plane'
            facts = on_plane(level, moment, fit_plane(moment)) if given else level
            sight = sight_of(run.condition, moment, run.look, run.noise)
            seen = shown(run.condition, moment, facts.range_m)
            for way, judge in run.judged:
                judge(way(sight), seen, facts)
    return {key: tally for run in runs for key, tally in run.tallies()}


class _Runs:
    """All ways under one condition with labels of one size."""

    def __init__(
        self, condition: str, look: Look, task: _Task, scope: Scope, solid: tuple[int, ...]
    ) -> None:
        self.condition, self.look = condition, look
        self.noise = np.random.default_rng(zlib.crc32(task.drive.name.encode()))
        self._task, self._names = task, scope.ways
        rows = look.geometry.height
        self.judged = [
            (
                WAYS[name](look.geometry, look.label_set, SETTINGS),
                Judge(Ruler(task.height_m, rows, solid), scope.regions, name in MEMORY),
            )
            for name in scope.ways
        ]

    def tallies(self) -> Iterator[tuple[Key, Tally]]:
        """Yield the sums of every way and region."""
        rows, task = self.look.geometry.height, self._task
        for name, (_, judge) in zip(self._names, self.judged, strict=True):
            for region, tally in judge.tallies.items():
                yield (
                    Key(self.condition, task.drive.kind, task.height_m, rows, *region, name),
                    tally,
                )


def _place(key: Key) -> tuple[Any, ...]:
    """Return what rows of the results are ordered by: the largest panoramas first."""
    return (-key.height_m, -key.rows, *key)


def _row(key: Key, tally: Tally) -> dict[str, Any]:
    figures = {
        name: None if np.isnan(value) else round(value, 6)
        for name, value in tally.figures().items()
    }
    counts = {**tally.counts._asdict(), **tally.more}
    samples = {f'{name}_samples': sum(map(len, v)) for name, v in tally.samples.items()}
    return {**key._asdict(), 'figures': figures, 'counts': {**counts, **samples}}
