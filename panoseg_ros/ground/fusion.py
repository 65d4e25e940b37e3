"""Ground evidence gathered over time in a rolling grid."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import GroundMap
from panoseg_ros.ground.channels import DYNAMIC, GROUND, STATIC, channels_of
from panoseg_ros.ground.evidence import GroundEvidence, assemble
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.labels import LabelSet

KNOWN = np.float32(0.5)  # a group with a score below half a frame says nothing any more
BLEND = np.float32(0.3)  # how far one frame moves the class shares of a cell that keeps its state
FAINT = np.float32(0.02)  # a share that frames no longer confirm is dropped below this
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
        _fuse(
            state.score.reshape(3, -1),
            state.share.reshape(self.channels.count, -1),
            evidence.weight.reshape(self.channels.count, -1),
            self.channels.bounds,
            keep.astype(np.float32),
            self._caps,
        )
        self._state = state._replace(evidence=evidence)
        return assemble(evidence, self.channels, state.share)

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
    score: NDArray[np.float32]  # (3, N, N) frames per group
    share: NDArray[np.float32]  # (M, N, N) class shares of what the cell is held to be


def _empty(evidence: GroundEvidence) -> _State:
    score = np.zeros((3, *evidence.weight.shape[1:]), np.float32)
    return _State(evidence, score, np.zeros_like(evidence.weight))


def _roll(state: _State, evidence: GroundEvidence) -> _State:
    """Return the state moved by whole cells onto the grid of `evidence`."""
    old, new = state.evidence.origin_cell, evidence.origin_cell
    if old == new:
        return state
    size = state.score.shape[-1]
    by = (new[1] - old[1], new[0] - old[0])  # rows, columns
    source = tuple(slice(max(0, d), max(0, size + min(0, d))) for d in by)
    target = tuple(slice(max(0, -d), max(0, size - max(0, d))) for d in by)
    rolled = _empty(evidence)
    for into, out_of in ((rolled.score, state.score), (rolled.share, state.share)):
        into[:, target[0], target[1]] = out_of[:, source[0], source[1]]
    return rolled._replace(evidence=state.evidence)


@njit(cache=True, nogil=True, inline='always')
def _kind(ground: np.float32, static: np.float32, dynamic: np.float32) -> int:
    """Return 2 for an obstacle, 1 for ground and 0 for unknown."""
    if static >= KNOWN or dynamic >= KNOWN:
        return 2
    return 1 if ground >= KNOWN else 0


@njit(cache=True, nogil=True, error_model='numpy')
def _count(
    score: NDArray[np.float32],
    seen: NDArray[np.float32],
    keep: NDArray[np.float32],
    caps: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Count one frame; `score` and `seen`, the frame's weights per group, are (3, cells).

    The scores of a cell are held in scalars: indexed by group in this loop they
    cost thirty times as much.

    Returns:
        How far each cell's class shares move towards the frame's: not at all where
        the frame is outvoted, fully where it changes what the cell is held to be.
    """
    one, none = np.float32(1.0), np.float32(0.0)
    rate = np.zeros(score.shape[1], np.float32)
    for at in range(score.shape[1]):
        ground, static, dynamic = score[GROUND, at], score[STATIC, at], score[DYNAMIC, at]
        before = _kind(ground, static, dynamic)
        obstacle = seen[STATIC, at] + seen[DYNAMIC, at]
        frame = 2 if obstacle > none else (1 if seen[GROUND, at] > none else 0)
        if frame == 2:
            part = seen[STATIC, at] / obstacle
            ground = none
            static = min(caps[STATIC], static + part) if part > none else static * keep[STATIC]
            part = seen[DYNAMIC, at] / obstacle
            dynamic = (
                min(caps[DYNAMIC], dynamic + part) if part > none else dynamic * keep[DYNAMIC]
            )
        elif frame == 1:
            static = static - one if static - one >= KNOWN else none
            dynamic = dynamic - one if dynamic - one >= KNOWN else none
            if static == none and dynamic == none:
                ground = min(caps[GROUND], ground + one)
        else:
            ground *= keep[GROUND]
            static *= keep[STATIC]
            dynamic *= keep[DYNAMIC]
        after = _kind(ground, static, dynamic)
        if frame == after:
            rate[at] = BLEND if before == after else one
        score[GROUND, at], score[STATIC, at], score[DYNAMIC, at] = ground, static, dynamic
    return rate


@njit(cache=True, nogil=True, inline='always')
def _blend(
    share: NDArray[np.float32],
    weight: NDArray[np.float32],
    rate: NDArray[np.float32],
    score: NDArray[np.float32],
) -> None:
    """Move one channel's shares towards the frame's, without what is forgotten; all (cells,)."""
    for at in range(len(share)):
        part = share[at] + rate[at] * (weight[at] - share[at])
        faded = rate[at] > 0.0 and weight[at] == 0.0 and part < FAINT
        share[at] = part if score[at] >= KNOWN and not faded else np.float32(0.0)


@njit(cache=True, nogil=True)
def _fuse(
    score: NDArray[np.float32],
    share: NDArray[np.float32],
    weight: NDArray[np.float32],
    bounds: NDArray[np.int64],
    keep: NDArray[np.float32],
    caps: NDArray[np.float32],
) -> None:
    """Add the weights (M, cells) of one frame to scores (3, cells) and shares (M, cells)."""
    cells = score.shape[1]
    seen = np.zeros((3, cells), np.float32)
    for g in range(3):
        for m in range(bounds[g], bounds[g + 1]):
            for at in range(cells):
                seen[g, at] += weight[m, at]
    rate = _count(score, seen, keep, caps)
    for g in range(3):
        for m in range(bounds[g], bounds[g + 1]):
            _blend(share[m], weight[m], rate, score[g])
