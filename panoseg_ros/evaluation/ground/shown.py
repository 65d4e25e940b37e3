"""What a moment shows to a camera, as kinds of cells, so that maps are scored kind by kind.

Which figures a cell counts for depends on a dozen yes-or-no questions about the truth, and
most of 160 000 cells answer them alike. A map adds three: marked, free, near a mark. Counting
how often each combination occurs once per map stands in for a mask of cells per figure.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import F64, Facts, Mask, ahead_m
from panoseg_ros.evaluation.ground.methods import moved
from panoseg_ros.evaluation.ground.studio import Moment
from panoseg_ros.metrics.ground_maps import NEAR_M, distance_m, footprint_m
from panoseg_ros.synthetic import ids

THINGS_WITHIN_M = 10.0
CLEARED_FRAMES = 3
BESIDE = 1.5  # cells or pixels: cells that touch at a corner lie 1.41 apart
GROUNDS = ('all', 'flat')
_PLANES = {  # of `Memory`
    'seen': np.bool_,
    'faces': np.bool_,
    'fronts': np.bool_,
    'person': np.bool_,
    'frames': np.int64,
}
Planes = dict[str, NDArray]  # type: ignore[type-arg]


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


class Kinds(NamedTuple):
    """A number per cell, and what is true of the cells of every number."""

    number: NDArray[np.int32]  # (N, N)
    masks: dict[str, Mask]  # (U,) of every question

    @classmethod
    def of(cls, masks: Mapping[str, Mask]) -> 'Kinds':
        """Return the kinds of cells that masks (N, N), at most 31, tell apart."""
        code = np.zeros(next(iter(masks.values())).shape, np.int32)
        for bit, mask in enumerate(masks.values()):
            code |= mask.astype(np.int32) << bit
        codes = np.flatnonzero(np.bincount(code.ravel(), minlength=1 << len(masks)))
        number = np.zeros(1 << len(masks), np.int32)
        number[codes] = np.arange(len(codes))
        questions = {name: (codes >> bit) & 1 == 1 for bit, name in enumerate(masks)}
        return cls(number[code], questions)


class Things(NamedTuple):
    """The cells of single objects, those of an object together."""

    cells: NDArray[np.int64]  # (M,) flat
    first: NDArray[np.int64]  # (T,) index of every object's first cell

    @classmethod
    def of(cls, numbers: NDArray[np.integer]) -> 'Things':
        """Return the objects of a grid of numbers, 0 for none."""
        cells = np.flatnonzero(numbers)
        flat = numbers.ravel()[cells]
        order = np.argsort(flat, kind='stable')
        return cls(cells[order], np.unique(flat[order], return_index=True)[1])


class Shown(NamedTuple):
    """What a moment shows to a camera of some size, and earlier ones have shown."""

    slack_m: F64  # (N, N)
    kinds: Kinds
    things: dict[str, Things]
    close: Mask  # (N, N) where things count
    feet_off: NDArray[np.int64]  # (F,) flat cells of feet in view that do not walk


class Witness:
    """Follows a drive moment by moment, for all ways with one size of panorama."""

    def __init__(self, ruler: Ruler) -> None:
        self.ruler = ruler
        self._memory = Memory()

    def __call__(self, moment: Moment, facts: Facts) -> tuple[Shown, Shown]:
        """Return what ways are judged by that forget at once, and those that remember."""
        truth, origin = moment.truth, moment.origin_cell
        before = self._memory.at(origin, truth.obstacle.shape)
        footprint = footprint_m(facts.range_m, self.ruler.height_m, self.ruler.pixel_rad)
        slack = np.maximum(truth.resolution_m, footprint)
        counts = np.isin(truth.obstacle_class, self.ruler.solid)
        counts &= truth.face_width_rad >= 2 * self.ruler.pixel_rad
        faces, feet = truth.face_visible & counts, facts.feet & counts
        been = before['person'] | (truth.face_visible & (truth.obstacle_class == ids.PERSON))
        gone = truth.free & (facts.to_obstacle_m > slack) & been
        frames = np.where(gone, before['frames'] + 1, 0)
        shadow = truth.occluded & ~truth.obstacle & (facts.behind_m > slack)
        masks = {
            'faces': faces,
            'near': faces & (facts.range_m <= NEAR_M),
            'fronts': facts.fronts & counts,
            'feet': feet,
            'free': truth.free,
            'off': facts.to_obstacle_m > slack,
            'left': frames == CLEARED_FRAMES,
        }
        close = facts.range_m <= THINGS_WITHIN_M
        things = truth.obstacle_instance * (faces & close & facts.open)
        walks = np.isin(truth.obstacle_class, (ids.PERSON, ids.RIDER))
        persons = things * (truth.obstacle_class == ids.PERSON)
        rest = (
            {'things': Things.of(things), 'persons': Things.of(persons)},
            close,
            np.flatnonzero(feet & close & ~walks),
        )
        aside_m = np.maximum(truth.resolution_m, self.ruler.pixel_rad * facts.range_m)
        inner = distance_m(truth.free, truth.resolution_m) > BESIDE * aside_m
        inner &= ahead_m(truth.free, moment) > slack
        alone = {
            'shadow': shadow,
            'hidden': shadow & inner,
            'standing': truth.face_visible,
            'standing_fronts': facts.fronts,
        }
        known = {
            'shadow': shadow & ~before['seen'],
            'hidden': alone['hidden'] & ~before['seen'],
            'standing': truth.face_visible | (before['faces'] & truth.obstacle),
            'standing_fronts': facts.fronts | (before['fronts'] & truth.obstacle),
        }
        self._memory.keep(
            origin,
            seen=before['seen'] | truth.ground_visible,
            faces=known['standing'],
            fronts=known['standing_fronts'],
            person=been,
            frames=frames,
        )
        return (
            Shown(slack, Kinds.of({**masks, **alone}), *rest),
            Shown(slack, Kinds.of({**masks, **known}), *rest),
        )


class Memory:
    """What earlier frames of a drive showed, on the true grid of the last of them."""

    def __init__(self) -> None:
        self._origin = (0, 0)
        self._planes: Planes = {}

    def at(self, origin: tuple[int, int], shape: tuple[int, ...]) -> Planes:
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
