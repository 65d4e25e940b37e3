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

KNOWN = 0.5  # a group with a score below half a frame says nothing any more
BLEND = 0.3  # how far one frame moves the class shares of a cell that keeps its state
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
        self._caps = np.array([values.static_cap, values.static_cap, values.dynamic_cap])
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
        combined = np.empty(evidence.weight.shape[:2], np.int8)
        kinds = (self.channels.group, self.channels.cost)
        _fuse(state.score, state.share, evidence.weight, kinds, keep, self._caps, combined)
        self._state = state._replace(evidence=evidence)
        return assemble(evidence, self.channels, combined, state.share)

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


@njit(cache=True, nogil=True)
def _kind(score: NDArray[np.float32]) -> int:
    """Return 2 for an obstacle, 1 for ground and 0 for unknown."""
    if score[STATIC] >= KNOWN or score[DYNAMIC] >= KNOWN:
        return 2
    return 1 if score[GROUND] >= KNOWN else 0


@njit(cache=True, nogil=True)
def _count(
    score: NDArray[np.float32],
    seen: NDArray[np.float64],
    keep: NDArray[np.float64],
    caps: NDArray[np.float64],
) -> None:
    """Count one frame for one cell, in place; `seen` (3,) is the frame's weight per group."""
    obstacle = seen[STATIC] + seen[DYNAMIC]
    if obstacle > 0.0:
        score[GROUND] = 0.0
        for g in (STATIC, DYNAMIC):
            if seen[g] > 0.0:
                score[g] = min(caps[g], score[g] + seen[g] / obstacle)
            else:
                score[g] *= keep[g]
    elif seen[GROUND] > 0.0:
        for g in (STATIC, DYNAMIC):
            score[g] = score[g] - 1.0 if score[g] - 1.0 >= KNOWN else 0.0
        if _kind(score) != 2:
            score[GROUND] = min(caps[GROUND], score[GROUND] + 1.0)
    else:
        for g in range(3):
            score[g] *= keep[g]


@njit(cache=True, nogil=True)
def _blend(
    share: NDArray[np.float32],
    weight: NDArray[np.float32],
    score: NDArray[np.float32],
    group: NDArray[np.int8],
    rate: float,
) -> None:
    """Move the class shares of one cell towards the frame's, without what is forgotten."""
    total = 0.0
    for m in range(len(share)):
        share[m] += rate * (weight[m] - share[m])
        if score[group[m]] < KNOWN:
            share[m] = 0.0
        total += share[m]
    for m in range(len(share)):
        if share[m] < 0.05 * total:
            share[m] = 0.0


@njit(cache=True, nogil=True)
def _fuse(
    score: NDArray[np.float32],
    share: NDArray[np.float32],
    weight: NDArray[np.float32],
    channels: tuple[NDArray[np.int8], NDArray[np.int8]],
    keep: NDArray[np.float64],
    caps: NDArray[np.float64],
    combined: NDArray[np.int8],
) -> None:
    group, cost = channels
    seen = np.zeros(3)
    for y in range(combined.shape[0]):
        for x in range(combined.shape[1]):
            seen[:] = 0.0
            for m in range(len(group)):
                seen[group[m]] += weight[y, x, m]
            before = _kind(score[y, x])
            _count(score[y, x], seen, keep, caps)
            after = _kind(score[y, x])
            if after == 0:
                combined[y, x] = UNKNOWN
                continue
            frame = 2 if seen[STATIC] + seen[DYNAMIC] > 0.0 else (1 if seen[GROUND] > 0.0 else 0)
            rate = 0.0
            if frame == after:
                rate = BLEND if before == after else 1.0
            _blend(share[y, x], weight[y, x], score[y, x], group, rate)
            combined[y, x] = cell_cost(share[y, x], group, cost)
