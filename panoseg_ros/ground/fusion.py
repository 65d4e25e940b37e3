"""Ground evidence gathered over time in a rolling grid."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import UNKNOWN, GroundMap
from panoseg_ros.ground.channels import DYNAMIC, GROUND, STATIC, channels_of
from panoseg_ros.ground.evidence import GroundEvidence, assemble, cell_cost
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.labels import LabelSet

KNOWN = np.float32(0.5)  # a group with a score below half a frame says nothing any more
BLEND = np.float32(0.3)  # how far one frame moves the class shares of a cell that keeps its state
FAINT = np.float32(0.05)  # a smaller part of a cell's shares is dropped
JUMP_M = 0.5  # how far a pose may step beyond the allowed speed, whatever the time
JUMP_RAD = 0.35


class GroundFusion:
    """Fuses the evidence of successive frames; the grid rolls, it is never resampled.

    Every cell keeps one score per group (ground, static obstacle, dynamic obstacle),
    counted in frames. Seen as an obstacle, the group's score rises by the frame up
    to its cap and the ground score is dropped. Seen as ground, the obstacle scores
    fall by one frame, and once none is left the ground score rises. Unseen, a score
    halves with its group's half-life. A cell with an obstacle score is occupied,
    otherwise one with a ground score is free, otherwise it is unknown: what is
    forgotten becomes unknown, and nothing but ground seen there makes a cell free.

    Args:
        label_set: the one the projector was given.
        settings: the ones the projector was given.
        classes: the ones the projector was given.
    """

    def __init__(
        self,
        label_set: LabelSet,
        settings: GroundSettings | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        self.settings = settings or GroundSettings()
        self.channels = channels_of(label_set, classes)
        values = self.settings
        static_s, dynamic_s = values.static_half_life_s, values.dynamic_half_life_s
        self._half_lives_s = np.array([static_s, static_s, dynamic_s])  # by group
        self._caps = np.array(
            [values.static_cap, values.static_cap, values.dynamic_cap], np.float32
        )
        self._state: _State | None = None

    def reset(self) -> None:
        """Forget everything."""
        self._state = None

    def update(self, evidence: GroundEvidence) -> GroundMap:
        """Add one frame and return the fused map on that frame's grid.

        A time that runs backwards, another frame or a step of the pose beyond the
        allowed speed resets the map before the frame is added.

        Args:
            evidence: from `GroundProjector.observe` with a pose.
        """
        state = self._state
        if state is None or self._jumped(state.evidence, evidence):
            state = _empty(evidence)
        state = _roll(state, evidence)
        elapsed_s = (evidence.stamp_ns - state.evidence.stamp_ns) * 1e-9
        keep = 0.5 ** (elapsed_s / self._half_lives_s)
        cells, count = evidence.weight.shape[0] ** 2, self.channels.count
        share = state.share.reshape(cells, count)
        combined = np.empty(cells, np.int8)
        _fuse(
            state.score.reshape(cells, 3),
            share,
            evidence.weight.reshape(cells, count),
            self.channels.group,
            self.channels.cost,
            keep.astype(np.float32),
            self._caps,
            combined,
        )
        self._state = state._replace(evidence=evidence)
        return assemble(evidence, self.channels, combined, share)

    def _jumped(self, before: GroundEvidence, after: GroundEvidence) -> bool:
        elapsed_s = (after.stamp_ns - before.stamp_ns) * 1e-9
        same = (before.frame_id, before.resolution_m, before.weight.shape)
        if elapsed_s < 0.0 or same != (after.frame_id, after.resolution_m, after.weight.shape):
            return True
        step_m = np.hypot(after.pose[0] - before.pose[0], after.pose[1] - before.pose[1])
        turn_rad = abs(np.angle(np.exp(1j * (after.pose[2] - before.pose[2]))))
        may_turn_rad = JUMP_RAD + np.deg2rad(self.settings.max_turn_dps) * elapsed_s
        may_step_m = JUMP_M + self.settings.max_speed_mps * elapsed_s
        return bool(step_m > may_step_m or turn_rad > may_turn_rad)


class _State(NamedTuple):
    """The fused grid; its arrays lie on the grid of `evidence`, the last frame."""

    evidence: GroundEvidence
    score: NDArray[np.float32]  # (N, N, 3) frames per group
    share: NDArray[np.float32]  # (N, N, M) class shares of what the cell is held to be


def _empty(evidence: GroundEvidence) -> _State:
    size = evidence.weight.shape[0]
    score = np.zeros((size, size, 3), np.float32)
    return _State(evidence, score, np.zeros_like(evidence.weight))


def _roll(state: _State, evidence: GroundEvidence) -> _State:
    """Return the state moved by whole cells onto the grid of `evidence`."""
    old, new = state.evidence.origin_cell, evidence.origin_cell
    if old == new:
        return state
    size = state.score.shape[0]
    by = (new[1] - old[1], new[0] - old[0])  # rows, columns
    source = tuple(slice(max(0, d), max(0, size + min(0, d))) for d in by)
    target = tuple(slice(max(0, -d), max(0, size - max(0, d))) for d in by)
    rolled = _empty(evidence)
    rolled.score[target] = state.score[source]
    rolled.share[target] = state.share[source]
    return rolled._replace(evidence=state.evidence)


@njit(cache=True, nogil=True, inline='always')
def _kind(score: NDArray[np.float32], at: int) -> int:
    """Return 2 for an obstacle, 1 for ground and 0 for unknown."""
    if score[at, STATIC] >= KNOWN or score[at, DYNAMIC] >= KNOWN:
        return 2
    return 1 if score[at, GROUND] >= KNOWN else 0


@njit(cache=True, nogil=True, inline='always')
def _count(
    score: NDArray[np.float32],
    at: int,
    seen: NDArray[np.float32],
    keep: NDArray[np.float32],
    caps: NDArray[np.float32],
) -> int:
    """Count one frame for one cell; `seen` (3,) is the frame's weight per group.

    Returns:
        What the frame says about the cell, as in `_kind`.
    """
    obstacle = seen[STATIC] + seen[DYNAMIC]
    if obstacle > 0.0:
        score[at, GROUND] = 0.0
        for g in (STATIC, DYNAMIC):
            if seen[g] > 0.0:
                score[at, g] = min(caps[g], score[at, g] + seen[g] / obstacle)
            else:
                score[at, g] *= keep[g]
        return 2
    if seen[GROUND] > 0.0:
        for g in (STATIC, DYNAMIC):
            left = score[at, g] - np.float32(1.0)
            score[at, g] = left if left >= KNOWN else np.float32(0.0)
        if _kind(score, at) != 2:
            score[at, GROUND] = min(caps[GROUND], score[at, GROUND] + np.float32(1.0))
        return 1
    for g in range(3):
        score[at, g] *= keep[g]
    return 0


@njit(cache=True, nogil=True, inline='always')
def _blend(
    share: NDArray[np.float32],
    weight: NDArray[np.float32],
    at: int,
    score: NDArray[np.float32],
    group: NDArray[np.int8],
    rate: np.float32,
) -> None:
    """Move the class shares of one cell towards the frame's, without what is forgotten."""
    total = np.float32(0.0)
    for m in range(len(group)):
        share[at, m] += rate * (weight[at, m] - share[at, m])
        if score[at, group[m]] < KNOWN:
            share[at, m] = 0.0
        total += share[at, m]
    for m in range(len(group)):
        if share[at, m] < FAINT * total:
            share[at, m] = 0.0


@njit(cache=True, nogil=True)
def _fuse(
    score: NDArray[np.float32],
    share: NDArray[np.float32],
    weight: NDArray[np.float32],
    group: NDArray[np.int8],
    cost: NDArray[np.int8],
    keep: NDArray[np.float32],
    caps: NDArray[np.float32],
    combined: NDArray[np.int8],
) -> None:
    """Add the weights of one frame (N * N, M) to the state, and fill the costs (N * N,)."""
    seen = np.zeros(3, np.float32)
    for at in range(len(combined)):
        seen[:] = 0.0
        for m in range(len(group)):
            seen[group[m]] += weight[at, m]
        before = _kind(score, at)
        frame = _count(score, at, seen, keep, caps)
        after = _kind(score, at)
        combined[at] = UNKNOWN
        if after != 0:
            rate = np.float32(0.0)
            if frame == after:
                rate = BLEND if before == after else np.float32(1.0)
            _blend(share, weight, at, score, group, rate)
            combined[at] = cell_cost(share, at, group, cost)
