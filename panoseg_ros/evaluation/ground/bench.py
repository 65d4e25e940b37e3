"""Runs every way over every drive, camera height, panorama size and condition."""

import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from panoseg_ros.bundles import Bundle, load_bundle
from panoseg_ros.errors import MetricsError
from panoseg_ros.evaluation.ground.conditions import BY_NAME, CONDITIONS
from panoseg_ros.evaluation.ground.desk import Desk, Scene
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.evaluation.ground.kept import Part, joined, write_tallies
from panoseg_ros.evaluation.ground.looks import (
    Look,
    PredictedLook,
    TrueLook,
    check_geometry,
    solid_classes,
)
from panoseg_ros.evaluation.ground.scenes import ROWS, moments
from panoseg_ros.evaluation.ground.shown import GROUNDS, Region
from panoseg_ros.evaluation.ground.studio import GRID, WORLD_OF
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.evaluation.ground.unseen import check_unseen
from panoseg_ros.evaluation.ground.ways import ORACLES, WAYS
from panoseg_ros.evaluation.watching import Watch, unwatched
from panoseg_ros.ground import GroundSettings
from panoseg_ros.processes import end_with_parent
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION

HEIGHTS_M = (0.6, 1.8)
WITHIN_M = (10.0, 20.0)
FULL = ('level', 'plane')  # conditions that the bars are for, and that oracles are asked in
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

    def ways_under(self, condition: str) -> tuple[str, ...]:
        """Return the ways that are scored under a condition."""
        return tuple(way for way in self.ways if condition in FULL or way not in ORACLES)


class Key(NamedTuple):
    """What a row of the results is of."""

    condition: str
    kind: str
    height_m: float
    rows: int
    within_m: float
    ground: str
    way: str


class _Labels(NamedTuple):
    """Where labels come from, as told to processes: a bundle's folder, or the truth."""

    folder: Path | None
    sizes: tuple[int, ...]  # rows of the panoramas
    mark: str  # changes when the labels do

    def looks(self) -> list[Look]:
        """Return what labels the panoramas."""
        if self.folder is None:
            return [TrueLook(rows) for rows in self.sizes]
        return [PredictedLook(load_bundle(self.folder, verify=False))]


class _Task(NamedTuple):
    """Parts that one process renders and scores: one drive from one height."""

    drive: BenchDrive
    height_m: float
    parts: tuple[Part, ...]


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
        cache: folder for what is rendered and scored; what is there is not done again.
        bundle: whose labels are used in the place of the true ones.
        jobs: processes at a time.
        watch: shows progress.

    Raises:
        MetricsError: if the cache cannot be used, or a drive's street was learnt from.
        BackendError: if the bundle cannot run.
    """
    learnt = {} if bundle is None else check_unseen(bundle, [one.plan.seed for one in drives])
    labels = _labels(scope, bundle)
    parts = list(_parts(drives, scope, labels))
    files = {part: part.file(cache, repr((scope.ways, scope.regions, labels))) for part in parts}
    tasks = list(_tasks(part for part in parts if not files[part].exists()))
    work = partial(_score, scope=scope, labels=labels, cache=cache, files=files)
    for _ in watch(_spread(work, tasks, jobs), 'ground bench', len(tasks)):
        pass
    return {
        'generator_version': GENERATOR_VERSION,
        'labels': 'true' if bundle is None else bundle.name,
        'learnt_from': learnt,
        'drives': [drive.name for drive in drives],
        'maps': sum(part.drive.plan.frames for part in parts) // len(labels.sizes),
        'cell_m': GRID.resolution_m,
        'conditions': {c.name: c.text for c in CONDITIONS if c.name in scope.conditions},
        'results': sorted(_rows(scope, files), key=_place),
    }


def _labels(scope: Scope, bundle: Bundle | None) -> _Labels:
    if bundle is None:
        return _Labels(None, scope.rows, repr(TrueLook(scope.rows[0]).label_set))
    return _Labels(bundle.path, (check_geometry(bundle).height,), repr(bundle.card))


def _parts(drives: Sequence[BenchDrive], scope: Scope, labels: _Labels) -> Iterator[Part]:
    for drive in drives:
        for height_m in scope.heights_m:
            for name in scope.conditions:
                if drive.kind in BY_NAME[name].kinds:
                    for rows in labels.sizes:
                        yield Part(drive, height_m, name, rows)


def _tasks(parts: Iterable[Part]) -> Iterator[_Task]:
    gathered: dict[tuple[BenchDrive, float], list[Part]] = {}
    for part in parts:
        gathered.setdefault((part.drive, part.height_m), []).append(part)
    for (drive, height_m), some in gathered.items():
        yield _Task(drive, height_m, tuple(some))


def _spread(work: 'partial[None]', tasks: Sequence[_Task], jobs: int) -> Iterable[None]:
    if jobs <= 1 or len(tasks) <= 1:
        yield from map(work, tasks)
        return
    context = multiprocessing.get_context('spawn')  # runtimes do not survive a fork
    with context.Pool(min(jobs, len(tasks)), _begin) as pool:
        yield from pool.imap_unordered(work, tasks, chunksize=1)


def _begin() -> None:
    end_with_parent()
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pool ends its processes itself


def _score(
    task: _Task, scope: Scope, labels: _Labels, cache: Path, files: Mapping[Part, Path]
) -> None:
    """Score the parts of a task and keep their sums."""
    solid, ways = solid_classes(), {name: scope.ways_under(name) for name in scope.conditions}
    desks = [
        Desk(
            look,
            [part for part in task.parts if part.rows == look.geometry.height],
            SETTINGS,
            scope.regions,
            ways,
            solid,
        )
        for look in labels.looks()
    ]
    views = tuple(dict.fromkeys(BY_NAME[part.condition].view for part in task.parts))
    pictures = 0 if labels.folder is None else labels.sizes[0]
    for found in moments(task.drive, task.height_m, views, cache, pictures):
        worlds = {WORLD_OF[view]: moment for view, moment in found.items()}
        scenes = {name: Scene(one, solid, scope.regions) for name, one in worlds.items()}
        for desk in desks:
            desk.score(found, scenes)
    for desk in desks:
        for part, tallies in desk.tallies():
            write_tallies(files[part], tallies)


def _rows(scope: Scope, files: Mapping[Part, Path]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the results; sums of few parts are in memory at a time."""
    for condition, height_m, rows in dict.fromkeys(
        (part.condition, part.height_m, part.rows) for part in files
    ):
        every: dict[str, Tally] = {}
        for kind in BY_NAME[condition].kinds:
            some = joined(
                file
                for part, file in files.items()
                if part[1:] == (height_m, condition, rows) and part.drive.kind == kind
            )
            for way, tally in some.items():
                every.setdefault(way, Tally(tally.regions)).join(tally)
            yield from _of_kind(Key(condition, kind, height_m, rows, 0.0, '', ''), scope, some)
        yield from _of_kind(Key(condition, 'all', height_m, rows, 0.0, '', ''), scope, every)


def _of_kind(place: Key, scope: Scope, tallies: Mapping[str, Tally]) -> Iterator[dict[str, Any]]:
    for way, tally in tallies.items():
        for number, region in enumerate(scope.regions):
            key = place._replace(within_m=region.within_m, ground=region.ground, way=way)
            yield {**key._asdict(), **_sums(tally, number)}


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what rows of the results are ordered by: the largest panoramas first."""
    return (-row['height_m'], -row['rows'], *(row[name] for name in Key._fields))


def _sums(tally: Tally, region: int) -> dict[str, Any]:
    figures = {
        name: None if np.isnan(value) else round(value, 6)
        for name, value in tally.figures(region).items()
    }
    counts = {name: tally.count(name, region) for name in tally.counts}
    samples = {f'{name}_samples': len(tally.values(name, region)) for name in tally.samples}
    return {'figures': figures, 'counts': {**counts, **samples}}
