"""The figures of one map, and their sums over the maps of many drives.

Definitions, in the words of the requirement; f is the footprint of one pixel, cells are told
apart by the range of their centre from the point below the camera.

- face cells: cells with a face of an obstacle that the camera sees, of a class that the label
  set holds, where the visible part of that object is 2 pixels wide or more.
- front cells: face cells with no obstacle one cell nearer to the camera. A bonnet or a table
  top behind its edge is a face cell that no foot can tell of; it must not be called free, but
  it need not be marked.
- recall, false free, coverage, false occupied, occluded reported free: as in
  `metrics.ground_figures`. A map that remembers is not charged for ground that is occluded
  and was visible in an earlier frame of the drive.
- recall of the very cell, false free of the very cell: the same without any tolerance.
- front recall, front recall of the very cell, front false free: of front cells only.
- smear: marked area / true visible face area. Of all visible faces, thin ones too; for a map
  that remembers, faces that were visible in an earlier frame and still stand count as well.
- foot range error: of every bearing with an obstacle within reach and a reported range, the
  difference to the true range, nearest within one pixel to either side: at an edge either side
  of it is right. `allowed` is the error over what is allowed at the true range.
- level foot range error: the same where the ground at the foot is within 3 cm of the height
  under the robot; elsewhere flat ground is the wrong model, whatever the foot.
- feet missed: bearings where all of that window holds an obstacle and the map says +inf.
- feet invented: ranges reported within reach where no bearing of the window has an obstacle.
- persons missed: persons with a visible face cell, within 10 m at most, without a marked cell
  within 0.3 m, counted per person and frame.
- things missed: the same for everything with an instance, without the bound of 10 m.
- displacement: distances of marked cells to the nearest face cell of an obstacle that is there,
  and of face cells to the nearest marked cell, within 10 m.
- not cleared: cells that a person left, seen as ground for 3 frames, and still not free.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.methods import LETHAL, Answer, moved
from panoseg_ros.evaluation.ground.scenes import Moment
from panoseg_ros.metrics.ground_maps import (
    PERSON_REACH_M,
    GroundCounts,
    TrueGround,
    ground_counts,
    ground_figures,
)
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth

PERSON = 11
PERSONS_WITHIN_M = 10.0
LEVEL_M = 0.03
CLEARED_FRAMES = 3
SLACK = 1e-6

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Ruler(NamedTuple):
    """What does not depend on the map: camera, size of pixels, and the classes that count."""

    height_m: float
    rows: int
    obstacle_classes: tuple[int, ...]

    def footprint_m(self, range_m: F64) -> F64:
        """Return the length of level ground that one pixel shows at a range."""
        pixel = np.pi / self.rows
        return np.asarray(pixel * (self.height_m**2 + range_m**2) / self.height_m)

    def allowed_m(self, range_m: F64, cells: float, share: float, footprints: float) -> F64:
        """Return the largest of so many cells, a share of the range, so many footprints."""
        steps = np.maximum(cells, share * range_m)
        return np.asarray(np.maximum(steps, footprints * self.footprint_m(range_m)))


@dataclass
class Tally:
    """Sums over maps; `figures` turns them into numbers."""

    counts: GroundCounts = field(default_factory=GroundCounts)
    more: dict[str, int] = field(default_factory=dict)
    lists: dict[str, list[F64]] = field(default_factory=dict)

    def add(self, name: str, value: int | np.integer) -> None:
        """Add to a count."""
        self.more[name] = self.more.get(name, 0) + int(value)

    def extend(self, name: str, values: F64) -> None:
        """Add samples to a list."""
        self.lists.setdefault(name, []).append(np.asarray(values, np.float32))

    def join(self, other: 'Tally') -> None:
        """Add another tally."""
        self.counts = GroundCounts._make(
            a + b for a, b in zip(self.counts, other.counts, strict=True)
        )
        for name, value in other.more.items():
            self.add(name, value)
        for name, values in other.lists.items():
            self.lists.setdefault(name, []).extend(values)

    def figures(self) -> dict[str, float]:
        """Return all figures; NaN where there was nothing to divide by."""
        m = self.more
        found = ground_figures(self.counts)
        found['smear'] = _ratio(m.get('marked', 0), m.get('faces_all', 0))
        for name, part, whole in _RATIOS:
            found[name] = _ratio(m.get(part, 0), m.get(whole, 0))
        for name, source, quantile in _QUANTILES:
            values = np.concatenate(self.lists.get(source, [np.zeros(0)]))
            found[name] = (
                float(np.quantile(values, quantile, method='nearest'))
                if len(values)
                else float('nan')
            )
        found['persons'] = float(m.get('persons', 0))
        found['cells left'] = float(m.get('left', 0))
        return found


_RATIOS = (
    ('recall of the very cell', 'faces_marked', 'faces'),
    ('false free of the very cell', 'faces_free', 'faces'),
    ('front recall', 'front_found', 'front'),
    ('front recall of the very cell', 'front_marked', 'front'),
    ('front false free', 'front_free', 'front'),
    ('feet missed', 'feet_missed', 'feet_there'),
    ('feet invented', 'feet_invented', 'feet_told'),
    ('persons missed', 'persons_missed', 'persons'),
    ('not cleared', 'left_not_free', 'left'),
)
_QUANTILES = (
    ('foot error median m', 'foot_m', 0.5),
    ('foot error p95 m', 'foot_m', 0.95),
    ('foot error median / allowed', 'foot_of_median', 0.5),
    ('foot error p95 / allowed', 'foot_of_p95', 0.95),
    ('level foot error median / allowed', 'level_of_median', 0.5),
    ('level foot error p95 / allowed', 'level_of_p95', 0.95),
    ('displacement of marks m', 'marks_off_m', 0.5),
    ('displacement of faces m', 'faces_off_m', 0.5),
)


class Facts(NamedTuple):
    """What every map of a moment is held against, worked out once."""

    range_m: F64  # (N, N) of every cell's centre from the point below the camera
    to_obstacle_m: F64  # (N, N)
    fronted: Mask  # (N, N) an obstacle is one cell nearer to the camera


def facts_of(moment: Moment) -> Facts:
    """Return the facts of a moment."""
    truth = moment.truth
    return Facts(
        cell_ranges(moment),
        distance_m(truth.obstacle, truth.resolution_m),
        nearer(truth.obstacle, moment),
    )


class Memory:
    """What earlier frames of a drive showed, on the true grid of the last of them."""

    def __init__(self) -> None:
        self._origin: tuple[int, int] | None = None
        self._planes: dict[str, NDArray[np.int16]] = {}

    def at(self, origin: tuple[int, int], name: str, shape: tuple[int, ...]) -> NDArray[np.int16]:
        """Return a plane (N, N) on the grid whose cell (0, 0) is `origin`, 0 at first."""
        plane = self._planes.get(name)
        if plane is None or self._origin is None:
            return np.zeros(shape, np.int16)
        return moved(plane, self._origin, origin, 0)

    def keep(self, origin: tuple[int, int], **planes: NDArray[np.integer] | Mask) -> None:
        """Exchange all planes."""
        self._origin = origin
        self._planes = {name: plane.astype(np.int16) for name, plane in planes.items()}


class Judge:
    """Scores the maps of one way along one drive.

    Args:
        ruler: see `Ruler`.
        within_m: cells and feet farther from the camera do not count.
        remembers: whether the way keeps what earlier frames showed.
    """

    def __init__(self, ruler: Ruler, within_m: float, remembers: bool) -> None:
        self.ruler, self.within_m, self.remembers = ruler, within_m, remembers
        self.tally = Tally()
        self._memory = Memory()

    def __call__(self, answer: Answer, moment: Moment, facts: Facts | None = None) -> None:
        """Add one map; to be called frame by frame."""
        facts = facts or facts_of(moment)
        truth, step = moment.truth, moment.truth.resolution_m
        costs = moved(answer.costs, answer.origin_cell, moment.origin_cell, -1)
        shape = costs.shape
        before = {
            name: self._memory.at(moment.origin_cell, name, shape)
            for name in ('seen', 'faces', 'person', 'ground')
        }
        range_m = facts.range_m
        footprint = self.ruler.footprint_m(range_m)
        near, slack = range_m <= self.within_m, np.maximum(step, footprint)
        named = np.isin(truth.obstacle_class, self.ruler.obstacle_classes)
        wide = truth.face_width_rad >= 2 * (np.pi / self.ruler.rows)
        faces = truth.face_visible & named & wide
        occluded = truth.occluded
        standing = truth.face_visible
        if self.remembers:
            occluded = occluded & (before['seen'] == 0)
            standing = standing | ((before['faces'] > 0) & truth.obstacle)
        true = TrueGround(
            truth.free,
            occluded,
            faces,
            truth.obstacle,
            truth.obstacle_instance,
            range_m,
            footprint,
        )
        counts = ground_counts(costs, true, step, self.within_m)
        tally = self.tally
        tally.counts = GroundCounts._make(a + b for a, b in zip(tally.counts, counts, strict=True))
        marked, free = costs >= LETHAL, (costs >= 0) & (costs < LETHAL)
        tally.add('marked', (marked & near).sum())
        tally.add('faces_all', (standing & near).sum())
        tally.add('faces', (faces & near).sum())
        tally.add('faces_marked', (faces & near & marked).sum())
        tally.add('faces_free', (faces & near & free).sum())
        to_marked = distance_m(marked, step)
        front = faces & near & ~facts.fronted
        tally.add('front', front.sum())
        tally.add('front_marked', (front & marked).sum())
        tally.add('front_found', (front & (to_marked <= slack)).sum())
        tally.add('front_free', (front & free & (to_marked > slack)).sum())
        self._persons(
            truth.obstacle_class, truth.obstacle_instance, faces & near, range_m, to_marked
        )
        close = range_m <= min(PERSONS_WITHIN_M, self.within_m)
        still = ~np.isin(truth.obstacle_class, (PERSON, PERSON + 1))
        tally.extend('marks_off_m', facts.to_obstacle_m[marked & close])
        tally.extend('faces_off_m', to_marked[faces & close & still])
        self._feet(answer, moment)
        ground = self._left(before, truth, near & free, near, facts.to_obstacle_m > slack)
        self._memory.keep(
            moment.origin_cell,
            seen=(before['seen'] > 0) | truth.ground_visible,
            faces=standing,
            person=ground[0],
            ground=ground[1],
        )

    def _persons(
        self,
        classes: NDArray[np.uint8],
        instances: NDArray[np.int32],
        faces: Mask,
        range_m: F64,
        to_marked: F64,
    ) -> None:
        mine = faces & (classes == PERSON) & (instances > 0) & (range_m <= PERSONS_WITHIN_M)
        names, which = np.unique(instances[mine], return_inverse=True)
        nearest = np.full(len(names), np.inf)
        np.minimum.at(nearest, which.reshape(-1), to_marked[mine])
        self.tally.add('persons', len(names))
        self.tally.add('persons_missed', (nearest > PERSON_REACH_M).sum())

    def _left(
        self,
        before: dict[str, NDArray[np.int16]],
        truth: GroundTruth,
        free: Mask,
        near: Mask,
        clear: Mask,
    ) -> tuple[Mask, NDArray[np.int16]]:
        """Count cells that persons left; return where they were and for how long it is ground."""
        person = truth.face_visible & (truth.obstacle_class == PERSON)
        been = (before['person'] > 0) | person
        frames = np.where(truth.free & clear & been, before['ground'] + 1, 0)
        now = (frames == CLEARED_FRAMES) & near
        self.tally.add('left', now.sum())
        self.tally.add('left_not_free', (now & ~free).sum())
        return been, frames.astype(np.int16)

    def _feet(self, answer: Answer, moment: Moment) -> None:
        truth, tally = moment.truth, self.tally
        away = range_window(truth.ranges_m, answer.azimuth_rad, 2 * np.pi / (2 * self.ruler.rows))
        middle = away[:, away.shape[1] // 2]
        told = answer.ranges_m
        there = (away <= self.within_m).all(1)
        tally.add('feet_there', there.sum())
        tally.add('feet_missed', (there & np.isposinf(told)).sum())
        inside = np.isfinite(told) & (told <= self.within_m)
        tally.add('feet_told', inside.sum())
        tally.add('feet_invented', (inside & ~np.isfinite(away).any(1)).sum())
        judged = np.isfinite(told) & (middle <= self.within_m)
        off = np.abs(away[judged] - told[judged, None])
        best = off.argmin(1)
        error = off[np.arange(len(off)), best]
        true = away[judged][np.arange(len(off)), best]
        step = truth.resolution_m
        of_median = error / self.ruler.allowed_m(true, step, 0.03, 0.6)
        of_p95 = error / self.ruler.allowed_m(true, 3 * step, 0.08, 1.2)
        tally.extend('foot_m', error)
        tally.extend('foot_of_median', of_median)
        tally.extend('foot_of_p95', of_p95)
        level = self._level(moment, answer.azimuth_rad[judged], true)
        tally.extend('level_of_median', of_median[level])
        tally.extend('level_of_p95', of_p95[level])

    def _level(self, moment: Moment, azimuth: F64, away: F64) -> Mask:
        """Return at which feet the ground in front is as high as under the robot."""
        truth, step = moment.truth, moment.truth.resolution_m
        camera = camera_xy_m(moment)
        x = camera[0] + (away - step) * np.cos(azimuth)
        y = camera[1] + (away - step) * np.sin(azimuth)
        size = len(truth.ground)
        column = np.clip(np.floor(x / step).astype(int) - moment.origin_cell[0], 0, size - 1)
        row = np.clip(np.floor(y / step).astype(int) - moment.origin_cell[1], 0, size - 1)
        return np.asarray(np.abs(truth.ground_z_m[row, column]) < LEVEL_M)


def range_window(ranges_m: NDArray[np.floating], azimuth_rad: F64, half_rad: float) -> F64:
    """Return the true ranges (A, odd) at bearings within `half_rad` of azimuths (A,)."""
    count = len(ranges_m)
    per_rad = count / (2 * np.pi)
    most = int(np.ceil(half_rad * per_rad))
    index = np.rint((np.asarray(azimuth_rad) + np.pi) * per_rad).astype(int)
    return np.asarray(ranges_m[(index[:, None] + np.arange(-most, most + 1)) % count], np.float64)


def camera_xy_m(moment: Moment) -> F64:
    """Return x, y (2,) of the camera in odom."""
    return np.asarray((moment.odom_from_base @ moment.level_from_pano[:, 3])[:2], np.float64)


def cell_ranges(moment: Moment) -> F64:
    """Return the distance (N, N) of every cell's centre from the point below the camera."""
    step = moment.truth.resolution_m
    camera, along = camera_xy_m(moment), np.arange(len(moment.truth.ground)) + 0.5
    x = (moment.origin_cell[0] + along) * step - camera[0]
    y = (moment.origin_cell[1] + along) * step - camera[1]
    return np.asarray(np.hypot(y[:, None], x[None, :]))


def nearer(cells: Mask, moment: Moment) -> Mask:
    """Return whether the cell (N, N) one step nearer to the camera is among some cells."""
    step, size = moment.truth.resolution_m, len(cells)
    camera = camera_xy_m(moment) / step - moment.origin_cell
    y, x = np.mgrid[:size, :size]
    dx, dy = camera[0] - (x + 0.5), camera[1] - (y + 0.5)
    most = np.maximum(np.maximum(np.abs(dx), np.abs(dy)), 1e-9)
    column = np.clip(np.rint(x + dx / most).astype(int), 0, size - 1)
    row = np.clip(np.rint(y + dy / most).astype(int), 0, size - 1)
    return np.asarray(cells[row, column])


def distance_m(cells: Mask, step: float) -> F64:
    """Return every cell's distance (N, N) to the nearest of some cells, inf without any."""
    if not cells.any():
        return np.full(cells.shape, np.inf)
    away = cv2.distanceTransform((~cells).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.maximum(np.asarray(away, np.float64) * step - SLACK, 0.0)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float('nan')
