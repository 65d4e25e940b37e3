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
  the first obstacle of its bearing, and farther than the slack before ground that is seen
  again on it; beside seen ground, one cell or pixel is left out. `edges too` leaves out only
  the slack behind the obstacle. A map that remembers is not charged for what an earlier
  frame showed.
- persons missed, things missed: per frame, single objects within 10 m that bearings meet first
  over half of their visible width or more, so that nothing else hides where they stand, and no
  marked cell within 0.3 m of their visible faces. Objects that stand partly on flat ground
  count on all ground only.
- displacement: distances of marked cells to the nearest face, and of feet in view that do not
  walk to the nearest marked cell, within 10 m.
- not cleared: cells that a person left, farther than the slack from any obstacle, that were
  seen as ground in three frames and are not free then.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import F64, Facts, Mask
from panoseg_ros.evaluation.ground.feet import judged_feet
from panoseg_ros.evaluation.ground.methods import LETHAL, Answer, moved
from panoseg_ros.evaluation.ground.shown import Region, Ruler, Shown, Things
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.metrics.ground_maps import PERSON_REACH_M, distance_m

_STATES = np.arange(8)
MARKED, FREE, FOUND = (_STATES & bit > 0 for bit in (1, 2, 4))  # of a cell of a map


class Judge:
    """Scores the maps of one way along one drive, to be called frame by frame.

    Args:
        ruler: see `Ruler`.
        regions: what is scored apart.
    """

    def __init__(self, ruler: Ruler, regions: tuple[Region, ...]) -> None:
        self.ruler, self.regions = ruler, regions
        self.tally = Tally(len(regions))

    def __call__(
        self, answer: Answer, moment: Moment, facts: Facts, shown: Shown, zones: 'Zones'
    ) -> None:
        """Add one map.

        Args:
            answer: the map.
            moment: what is true.
            facts: of the moment, for ways that are told what this one is.
            shown: of the moment, for ways that remember as this one does.
            zones: of the facts.
        """
        costs = moved(answer.costs, answer.origin_cell, moment.origin_cell, -1)
        marked, free = costs >= LETHAL, (costs >= 0) & (costs < LETHAL)
        to_marked_m = distance_m(marked, moment.truth.resolution_m)
        found = to_marked_m <= shown.slack_m
        self._count(marked, free, found, shown, zones)
        for name, things in shown.things.items():
            self._count_things(name, things, to_marked_m, zones)
        close = np.flatnonzero(marked & shown.close)
        self.tally.extend(
            'marks_off_m', facts.to_obstacle_m.ravel()[close], zones.bits.ravel()[close]
        )
        self.tally.extend(
            'feet_off_m', to_marked_m.ravel()[shown.feet_off], zones.bits.ravel()[shown.feet_off]
        )
        camera = (self.ruler.height_m, self.ruler.pixel_rad, moment.truth.resolution_m)
        self.tally.join(judged_feet(answer, facts, self.regions, camera))

    def _count(self, marked: Mask, free: Mask, found: Mask, shown: Shown, zones: 'Zones') -> None:
        kinds = len(next(iter(shown.kinds.masks.values())))
        code = zones.bits * np.int32(kinds) + shown.kinds.number
        code = code * 8 + (marked + 2 * free.astype(np.int32) + 4 * found.astype(np.int32))
        shape = (1 << len(self.regions), kinds, 8)
        cells = np.bincount(code.ravel(), minlength=int(np.prod(shape))).reshape(shape)
        each = np.stack([cells[zones.held(r)].sum(0) for r in range(len(self.regions))])
        for name, counts in _counted(shown.kinds.masks):
            self.tally.add(name, (each * counts).sum((1, 2)))

    def _count_things(self, name: str, things: Things, to_marked_m: F64, zones: 'Zones') -> None:
        if not len(things.first):
            return
        whole = np.bitwise_and.reduceat(zones.bits.ravel()[things.cells], things.first)
        nearest = np.minimum.reduceat(to_marked_m.ravel()[things.cells], things.first)
        for word, which in (('', nearest >= 0.0), ('_missed', nearest > PERSON_REACH_M)):
            bits = whole[which]
            each = [(bits >> r & 1).sum() for r in range(len(self.regions))]
            self.tally.add(f'{name}{word}', np.array(each))


class Zones:
    """Which regions every cell counts for."""

    def __init__(self, regions: tuple[Region, ...], facts: Facts) -> None:
        self.bits = np.zeros(facts.range_m.shape, np.int32)  # (N, N) bit r for region r
        for r, region in enumerate(regions):
            self.bits |= region.cells(facts).astype(np.int32) << r
        self._every = np.arange(1 << len(regions))

    def held(self, region: int) -> Mask:
        """Return which combinations of regions (2^R,) hold a region."""
        return (self._every >> region & 1).astype(np.bool_)


def _counted(masks: dict[str, Mask]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield which cells every count is of: (U, 8) by kind of cell and state in the map."""
    kind = {name: mask[:, None] for name, mask in masks.items()}
    lost = FREE & ~FOUND
    every = np.ones((len(next(iter(masks.values()))), 8), np.bool_)
    for name in ('faces', 'fronts', 'feet', 'free', 'shadow', 'left'):
        yield name, kind[name] & every
    yield 'marked', MARKED & every
    yield 'faces_marked', kind['faces'] & FOUND
    yield 'faces_free', kind['faces'] & lost
    yield 'near_faces', kind['near'] & every
    yield 'near_faces_free', kind['near'] & lost
    yield 'free_found', kind['free'] & FREE
    yield 'marked_off_faces', kind['off'] & MARKED
    yield 'occluded', kind['hidden'] & every
    yield 'occluded_free', kind['hidden'] & FREE
    yield 'faces_standing', kind['standing'] & every
    yield 'area', kind['standing_fronts'] | (kind['standing'] & MARKED)
    yield 'fronts_found', kind['fronts'] & FOUND
    yield 'fronts_marked', kind['fronts'] & MARKED
    yield 'fronts_free', kind['fronts'] & FREE
    yield 'fronts_lost', kind['fronts'] & lost
    yield 'feet_found', kind['feet'] & FOUND
    yield 'feet_lost', kind['feet'] & lost
    yield 'shadow_free', kind['shadow'] & FREE
    yield 'left_not_free', kind['left'] & ~FREE
