"""The oracle: the true foot of every bearing, painted and fused by our own means.

Feet farther out that the camera sees are marked, too, and the ground that it sees is free.
What this way gets wrong, no labels can mend: it is the price of cells, of the painter, of
memory, and of marking where things touch the ground and not what of them hangs over it.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import Facts, camera_xy_m
from panoseg_ros.evaluation.ground.methods import Answer, Observer, Oracle, Sight, answer_of, moved
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.ground import GroundEvidence, GroundFusion
from panoseg_ros.ground.board import NONE
from panoseg_ros.ground.projector import planar_pose
from panoseg_ros.ground.room import Room
from panoseg_ros.ground.trace import Feet, join_feet, neighbours, paint_feet

SURE = 255


class TrueFeet:
    """Paints the true range of every bearing, and the ground that is truly seen."""

    def __init__(self, observe: Observer) -> None:
        self._channels, self._settings = observe.channels, observe.settings
        self._fusion = GroundFusion(observe.labels, observe.settings)
        self._room = Room(observe.settings.cells, observe.channels.count)
        self._room.trust[:] = 1.0

    def __call__(self, sight: Sight) -> Answer:
        """Return the map after this sight."""
        assert sight.oracle is not None  # the bench tells it to every way
        foot_m = sight.oracle.facts.foot_m
        fused = answer_of(self._fusion.update(self._evidence(sight, sight.oracle)), sight)
        return fused._replace(azimuth_rad=_azimuths(len(foot_m)), ranges_m=foot_m)

    def _evidence(self, sight: Sight, oracle: Oracle) -> GroundEvidence:
        moment, facts = oracle
        cell, size = self._settings.resolution_m, self._settings.cells
        pose = planar_pose(sight.odom_from_base)
        x, y = (int(np.floor(place / cell)) - size // 2 for place in pose[:2])
        self._room.cleared(len(facts.foot_m), 1)
        self._paint_feet(facts, camera_xy_m(moment) / cell - [x, y])
        feet = self._room.weighed((0, size, 0, size))
        truth = moment.truth
        seen = np.where(truth.free, truth.ground, np.uint8(UNLABELLED))
        seen = np.where(facts.feet, truth.obstacle_class, seen)
        channel = self._channels.of_label[moved(seen, moment.origin_cell, (x, y), UNLABELLED)]
        other = (feet.only == NONE) & (channel >= 0)
        return GroundEvidence(
            sight.stamp_ns,
            'odom',
            cell,
            (x, y),
            pose,
            np.where(other, channel, feet.only),
            np.where(other, np.float32(1.0), feet.mean),
            feet.mixed,
            feet.trust,
            np.zeros(0, np.float32),
        )

    def _paint_feet(self, facts: Facts, camera: NDArray[np.float64]) -> None:
        """Paint the feet of all bearings (A,) from a camera at x, y (2,) of the grid in cells."""
        cell, count = self._settings.resolution_m, len(facts.foot_m)
        codes = self._channels.of_label[facts.first_class]
        ray = np.flatnonzero((facts.foot_m <= self._settings.max_range_m) & (codes >= 0))
        begin = (facts.foot_m[ray] / cell).astype(np.float32)
        unused = np.zeros(count, np.float32)
        feet = Feet(
            ray.astype(np.int32),
            np.zeros(len(ray), np.int32),
            begin,
            begin + np.float32(self._settings.obstacle_depth_m / cell),
            np.zeros(len(ray), np.bool_),
            unused,
            unused,
        )
        azimuth = _azimuths(count)
        places = np.broadcast_to(camera[:, None], (2, count))
        line = np.stack([*places, np.cos(azimuth), np.sin(azimuth)], 1)
        sure, codes = np.full(len(ray), SURE, np.uint8), codes[ray]
        pairs = neighbours(feet, len(ray), codes, unused[:1])
        paint_feet(feet, len(ray), codes, sure, line, self._room.board, self._settings.cells)
        join_feet(feet, pairs, codes, sure, line, self._room.board, self._settings.cells)


def _azimuths(count: int) -> NDArray[np.float64]:
    return np.arange(count) * 2 * np.pi / count - np.pi
