"""The cells of one map against the truth.

Definitions; f is the footprint of one pixel, and the slack is max(1 cell, f):

- face cells: cells with a face, 5 cm to 2 m above the ground, that the camera sees, of an
  obstacle whose class the label set holds and whose visible part is 2 pixels wide or more.
- feet: face cells where the camera sees the obstacle touch the ground.
- fronts: feet, and visible faces that a bearing meets first. A bonnet or a table top behind
  its edge is a face cell, but no front.
- false free: fronts reported free without a marked cell within the slack; `of the very cell`
  allows nothing; `of feet` and `of all faces` are of those; `within 3 m` of all faces there.
- recall: fronts with a marked cell within the slack; `of the very cell` asks for the cell
  itself; `of feet` and `of all faces` are of those, with the slack.
- coverage: cells whose ground the camera sees and that hold no obstacle, reported free.
- false occupied: marked cells farther than the slack from any face, seen or not.
- smear: marked cells per cell of a front or of another visible face that is marked: a bonnet may
  be marked, but only then adds to the area. For a map that remembers, faces of earlier frames
  that still stand count as well; `over all faces` divides by all visible faces, marked or not.
- occluded reported free: ground that the camera does not see, farther than the slack behind
  the first obstacle of its bearing, from faces and from ground that is seen. `edges too` leaves
  the last two out. A map that remembers is not charged for what an earlier frame showed.
- persons missed, things missed: per frame, single objects within 10 m that bearings meet first
  over half of their visible width or more, so that nothing else hides where they stand, and no
  marked cell within 0.3 m of their visible faces. Objects that stand partly on flat ground
  count on all ground only.
- displacement: distances of marked cells to the nearest face, and of feet in view that do not
  walk to the nearest marked cell, within 10 m.
- not cleared: cells that a person left, farther than the slack from any obstacle, that were
  seen as ground in three frames and are not free then.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import F64, Facts, Mask
from panoseg_ros.evaluation.ground.feet import add_feet
from panoseg_ros.evaluation.ground.methods import LETHAL, Answer, moved
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.metrics.ground_maps import (
    TrueGround,
    Verdict,
    compare,
    count_cells,
    footprint_m,
    missed_things,
)
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.recording.ground_truth import GroundTruth

THINGS_WITHIN_M = 10.0
CLEARED_FRAMES = 3
GROUNDS = ('all', 'flat')
_PLANES = {  # of `Memory`
    'seen': np.bool_,
    'faces': np.bool_,
    'fronts': np.bool_,
    'person': np.bool_,
    'frames': np.int64,
}


class Ruler(NamedTuple):
    """What does not depend on the map: camera, size of pixels, and the classes that count."""

    height_m: float
    rows: int
    solid: tuple[int, ...]

    @property
    def pixel_rad(self) -> float:
        """Return the angle that one pixel covers."""
        return float(np.pi / self.rows)


class Region(NamedTuple):
    """Which cells and feet count: up to a distance from the camera, on which ground."""

    within_m: float
    ground: str  # one of GROUNDS

    def cells(self, facts: Facts) -> Mask:
        """Return which cells (N, N) count."""
        near = facts.range_m <= self.within_m
        return near & facts.flat if self.ground == 'flat' else near


class _Shown(NamedTuple):
    """What a moment shows to a camera of this size, and earlier ones have shown; (N, N) each."""

    slack_m: F64
    faces: Mask
    fronts: Mask
    feet: Mask
    shadow: Mask  # ground behind what is met first, not seen
    standing: Mask  # visible faces of any width or class
    standing_fronts: Mask
    left: Mask  # seen as ground for the third time since a person left


class Judge:
    """Scores the maps of one way along one drive, to be called frame by frame.

    Args:
        ruler: see `Ruler`.
        regions: what is scored apart.
        remembers: whether the way keeps what earlier frames showed.
    """

    def __init__(self, ruler: Ruler, regions: tuple[Region, ...], remembers: bool) -> None:
        self.ruler, self.remembers = ruler, remembers
        self.tallies = {region: Tally() for region in regions}
        self._memory = Memory()

    def __call__(self, answer: Answer, moment: Moment, facts: Facts) -> None:
        """Add one map."""
        costs = moved(answer.costs, answer.origin_cell, moment.origin_cell, -1)
        shown = self._shown(moment, facts)
        verdict = _verdict(costs, moment.truth, facts, shown)
        sums, samples, things = _judged(costs, verdict, moment.truth, facts, shown)
        camera = (self.ruler.height_m, self.ruler.pixel_rad, moment.truth.resolution_m)
        for region, tally in self.tallies.items():
            counted = region.cells(facts)
            tally.count(count_cells(verdict, counted))
            for name, mask in sums.items():
                tally.add(name, (mask & counted).sum())
            for name, (mask, values) in samples.items():
                tally.extend(name, values[mask & counted])
            for name, numbers in things.items():
                within = ~np.isin(numbers, numbers[~counted]) * numbers
                every, missed = missed_things(within, verdict.to_marked_m)
                tally.add(name, every)
                tally.add(f'{name}_missed', missed)
            add_feet(tally, answer, facts, region.within_m, region.ground == 'flat', camera)

    def _shown(self, moment: Moment, facts: Facts) -> _Shown:
        truth, origin = moment.truth, moment.origin_cell
        before = self._memory.at(origin, truth.obstacle.shape)
        footprint = footprint_m(facts.range_m, self.ruler.height_m, self.ruler.pixel_rad)
        slack = np.maximum(truth.resolution_m, footprint)
        counts = np.isin(truth.obstacle_class, self.ruler.solid)
        counts &= truth.face_width_rad >= 2 * self.ruler.pixel_rad
        shadow = truth.occluded & ~truth.obstacle & (facts.behind_m > slack)
        standing, fronts = truth.face_visible, facts.fronts
        if self.remembers:
            shadow &= ~before['seen']
            standing = standing | (before['faces'] & truth.obstacle)
            fronts = fronts | (before['fronts'] & truth.obstacle)
        been = before['person'] | (truth.face_visible & (truth.obstacle_class == ids.PERSON))
        gone = truth.free & (facts.to_obstacle_m > slack) & been
        frames = np.where(gone, before['frames'] + 1, 0)
        self._memory.keep(
            origin,
            seen=before['seen'] | truth.ground_visible,
            faces=standing,
            fronts=fronts,
            person=been,
            frames=frames,
        )
        masks = (truth.face_visible & counts, facts.fronts & counts, facts.feet & counts)
        return _Shown(slack, *masks, shadow, standing, fronts, frames == CLEARED_FRAMES)


def _verdict(costs: NDArray[np.int8], truth: GroundTruth, facts: Facts, shown: _Shown) -> Verdict:
    true = TrueGround(
        truth.free,
        shown.shadow,
        shown.faces,
        truth.obstacle,
        truth.obstacle_instance,
        facts.range_m,
        shown.slack_m,
    )
    return compare(costs, true, truth.resolution_m)


def _judged(
    costs: NDArray[np.int8], verdict: Verdict, truth: GroundTruth, facts: Facts, shown: _Shown
) -> tuple[dict[str, Mask], dict[str, tuple[Mask, F64]], dict[str, NDArray[np.int32]]]:
    """Return cells to count, cells with values to gather, and numbers of single objects."""
    marked, free = costs >= LETHAL, (costs >= 0) & (costs < LETHAL)
    found = verdict.to_marked_m <= shown.slack_m
    sums = {
        'marked': marked,
        'faces': shown.faces,
        'faces_found': shown.faces & found,
        'faces_standing': shown.standing,
        'fronts': shown.fronts,
        'fronts_found': shown.fronts & found,
        'fronts_marked': shown.fronts & marked,
        'fronts_free': shown.fronts & free,
        'fronts_lost': shown.fronts & free & ~found,
        'area': shown.standing_fronts | (shown.standing & marked),
        'feet': shown.feet,
        'feet_found': shown.feet & found,
        'feet_lost': shown.feet & free & ~found,
        'shadow': shown.shadow,
        'shadow_free': shown.shadow & free,
        'left': shown.left,
        'left_not_free': shown.left & ~free,
    }
    close = facts.range_m <= THINGS_WITHIN_M
    walks = np.isin(truth.obstacle_class, (ids.PERSON, ids.RIDER))
    samples = {
        'marks_off_m': (marked & close, facts.to_obstacle_m),
        'feet_off_m': (shown.feet & close & ~walks, verdict.to_marked_m),
    }
    things = truth.obstacle_instance * (shown.faces & close & facts.open)
    persons = things * (truth.obstacle_class == ids.PERSON)
    return sums, samples, {'things': things, 'persons': persons}


class Memory:
    """What earlier frames of a drive showed, on the true grid of the last of them."""

    def __init__(self) -> None:
        self._origin = (0, 0)
        self._planes: dict[str, NDArray] = {}  # type: ignore[type-arg]

    def at(self, origin: tuple[int, int], shape: tuple[int, ...]) -> dict[str, NDArray]:  # type: ignore[type-arg]
        """Return all planes (N, N) on the grid whose cell (0, 0) is `origin`, 0 at first."""
        return {
            name: moved(self._planes[name], self._origin, origin, 0)
            if name in self._planes
            else np.zeros(shape, kind)
            for name, kind in _PLANES.items()
        }

    def keep(self, origin: tuple[int, int], **planes: NDArray) -> None:  # type: ignore[type-arg]
        """Exchange all planes."""
        self._origin, self._planes = origin, planes
