"""Ground evidence gathered over time in a rolling grid."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import GroundMap
from panoseg_ros.ground.board import NONE
from panoseg_ros.ground.channels import channels_of, regrouped
from panoseg_ros.ground.evidence import GroundEvidence, framed, legend_of, room_for_map
from panoseg_ros.ground.merge import Scores, merge
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.labels import LabelSet

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

    Attributes:
        state: what was gathered, changed in place by every frame; None in the beginning.
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
        self._caps = _scores((values.static_cap, values.static_cap, values.dynamic_cap))
        self._group_of = self.channels.groups()
        self.state: FusedGround | None = None

    def reset(self) -> None:
        """Forget everything."""
        self.state = None

    def set_costs(self, label_set: LabelSet) -> None:
        """Let classes cost what they do in this label set; what was gathered stays.

        Classes that cost the same are gathered together. Where they no longer do, what was
        gathered of them counts as the dearest until the cell is seen again.

        Args:
            label_set: the one of the constructor with other costs.
        """
        old, self.channels = self.channels, channels_of(label_set, self.channels.slugs)
        self._group_of = self.channels.groups()
        if self.state is not None:
            self.state = _regroup(self.state, regrouped(old, self.channels), self.channels.count)

    def update(self, evidence: GroundEvidence) -> GroundMap:
        """Add one frame and return the fused map on that frame's grid.

        A time that runs backwards, another frame or a step of the pose beyond the
        allowed speed resets the map before the frame is added.

        Args:
            evidence: from `GroundProjector.observe` with a pose.
        """
        state = self.state
        if state is None or self._jumped(state, evidence):
            state = _empty(evidence)
        _leave(state, evidence.origin_cell)
        elapsed_s = (evidence.stamp_ns - state.stamp_ns) * 1e-9
        keep = 0.5 ** (elapsed_s / self._half_lives_s)
        combined, grids = room_for_map(evidence, self.channels)
        merge(
            *state[5:],
            evidence.only,
            evidence.mean,
            evidence.mixed,
            evidence.trust,
            evidence.origin_cell,
            self._group_of,
            _scores(keep),
            self._caps,
            legend_of(self.channels),
            combined,
            grids,
        )
        self.state = FusedGround(*evidence[:5], *state[5:])
        return framed(evidence, self.channels, combined, grids)

    def _jumped(self, before: 'FusedGround', after: GroundEvidence) -> bool:
        elapsed_s = (after.stamp_ns - before.stamp_ns) * 1e-9
        same = (before.frame_id, before.resolution_m, before.only.shape)
        if elapsed_s < 0.0 or same != (after.frame_id, after.resolution_m, after.only.shape):
            return True
        step_m = np.hypot(after.pose[0] - before.pose[0], after.pose[1] - before.pose[1])
        turn_rad = abs(np.angle(np.exp(1j * (after.pose[2] - before.pose[2]))))
        may_turn_rad = JUMP_RAD + np.deg2rad(self.settings.max_turn_dps) * elapsed_s
        may_step_m = JUMP_M + self.settings.max_speed_mps * elapsed_s
        return bool(step_m > may_step_m or turn_rad > may_turn_rad)


def _scores(values: Iterable[float]) -> Scores:
    ground, static, dynamic = map(np.float32, values)
    return ground, static, dynamic


class FusedGround(NamedTuple):
    """The fused grid of N x N cells of the world, kept in place as the map rolls.

    Convention: cell (x, y) of the frame is at row y modulo N and column x modulo N, and the
    map shows the cells from `origin_cell` on, those of the last frame.
    """

    stamp_ns: int  # of the last frame, like all before the arrays; see GroundEvidence
    frame_id: str
    resolution_m: float
    origin_cell: tuple[int, int]
    pose: tuple[float, float, float]
    score: NDArray[np.float32]  # (3, N, N) frames per group
    only: NDArray[np.int32]  # (N, N) as in GroundEvidence, row = N * row + column
    mean: NDArray[np.float32]  # (N, N)
    mixed: NDArray[np.float32]  # (N * N, M)


def _empty(evidence: GroundEvidence) -> FusedGround:
    shape = evidence.only.shape
    return FusedGround(
        *evidence[:5],
        np.zeros((3, *shape), np.float32),
        np.full(shape, NONE, np.int32),
        np.zeros(shape, np.float32),
        np.zeros((shape[0] * shape[1], evidence.mixed.shape[1]), np.float32),
    )


def _regroup(state: FusedGround, channel_of: NDArray[np.int64], count: int) -> FusedGround:
    """Return the state with every channel moved to `channel_of` (M,), of `count` channels."""
    mixed = np.zeros((len(state.mixed), count), np.float32)
    for before, after in enumerate(channel_of):
        mixed[:, after] += state.mixed[:, before]
    only = np.where(state.only >= 0, channel_of[state.only], state.only).astype(np.int32)
    return state._replace(only=only, mixed=mixed)


def _leave(state: FusedGround, origin_cell: tuple[int, int]) -> None:
    """Forget the cells that are not on the grid whose cell (0, 0) is `origin_cell`."""
    size = len(state.only)
    for axis, (old, new) in enumerate(zip(state.origin_cell, origin_cell, strict=True)):
        first, count = min(old, new) % size, min(size, abs(new - old))
        for gone in (slice(first, first + count), slice(0, max(0, first + count - size))):
            at = (slice(None), gone) if axis == 0 else (gone, slice(None))
            state.only[at] = NONE
            state.score[:, at[0], at[1]] = 0.0
