"""Poses of the robot over time, interpolated at the stamp of an image."""

import threading
from bisect import bisect_left
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.geometry import rotation_from_quaternion, transform
from panoseg_ros.streams.stamps import JUMP_BACK_NS, NS_PER_S

KEPT = 400
MAX_GAP_NS = NS_PER_S  # two poses further apart say nothing about the time between them
SLACK_M, SLACK_RAD = 0.2, 0.2  # of a step, whatever the time: estimates are corrected, too
JUMPED = (
    'odometry jumped farther than ground.max_speed_mps and ground.max_turn_dps allow: map reset'
)


class Fastest(NamedTuple):
    """How fast a robot can be."""

    speed_mps: float
    turn_dps: float


class PoseBuffer:
    """Keeps the latest poses; one thread adds, another asks.

    Args:
        max_gap_ns: nothing is interpolated between poses that are further apart.
        fastest: a pose that lies farther from the last one than the robot can have moved
            starts over; None lets all pass.
    """

    def __init__(self, max_gap_ns: int = MAX_GAP_NS, fastest: Fastest | None = None) -> None:
        self._max_gap_ns, self._fastest = max_gap_ns, fastest
        self._stamps_ns: deque[int] = deque(maxlen=KEPT)
        self._poses: deque[tuple[NDArray[np.float64], NDArray[np.float64]]] = deque(maxlen=KEPT)
        self._changed = threading.Condition()

    def add(self, stamp_ns: int, position_m: ArrayLike, xyzw: ArrayLike) -> bool:
        """Add a pose: position (3,) and quaternion (4,) of the base in the map frame.

        A jump back in time by more than a second starts over, a smaller one is ignored.

        Returns:
            Whether the pose started over because the robot cannot have moved so far.

        Raises:
            ValueError: if a number is not finite or the quaternion has no length.
        """
        position = np.asarray(position_m, np.float64)
        quaternion = np.asarray(xyzw, np.float64)
        norm = float(np.linalg.norm(quaternion))
        if not np.isfinite(position).all() or not np.isfinite(norm) or norm < 1e-9:
            raise ValueError(f'position {position.tolist()}, orientation {quaternion.tolist()}')
        with self._changed:
            if self._stamps_ns and stamp_ns <= self._stamps_ns[-1]:
                if self._stamps_ns[-1] - stamp_ns <= JUMP_BACK_NS:
                    return False
                self._forget()
            jumped = self._is_jump(stamp_ns, position, quaternion / norm)
            if jumped:
                self._forget()
            self._stamps_ns.append(stamp_ns)
            self._poses.append((position, quaternion / norm))
            self._changed.notify_all()
        return jumped

    def _is_jump(
        self, stamp_ns: int, position: NDArray[np.float64], quaternion: NDArray[np.float64]
    ) -> bool:
        if self._fastest is None or not self._poses:
            return False
        before, before_q = self._poses[-1]
        elapsed_s = (stamp_ns - self._stamps_ns[-1]) / NS_PER_S
        step_m = float(np.linalg.norm(position - before))
        turn_rad = 2.0 * float(np.arccos(min(1.0, abs(float(quaternion @ before_q)))))
        may_step_m = SLACK_M + self._fastest.speed_mps * elapsed_s
        may_turn_rad = SLACK_RAD + float(np.deg2rad(self._fastest.turn_dps)) * elapsed_s
        return step_m > may_step_m or turn_rad > may_turn_rad

    def _forget(self) -> None:
        self._stamps_ns.clear()
        self._poses.clear()

    def at(self, stamp_ns: int, timeout_s: float) -> NDArray[np.float64] | None:
        """Return map_from_base (4, 4) at a time, or None if it is not known.

        Waits up to `timeout_s` for the pose after the stamp; nothing is extrapolated.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: bool(self._stamps_ns) and self._stamps_ns[-1] >= stamp_ns, timeout_s
            )
            after = bisect_left(self._stamps_ns, stamp_ns)
            if after == len(self._stamps_ns):
                return None
            end_ns, (end, end_q) = self._stamps_ns[after], self._poses[after]
            if end_ns == stamp_ns:
                return transform(rotation_from_quaternion(end_q), end)
            if after == 0 or end_ns - self._stamps_ns[after - 1] > self._max_gap_ns:
                return None
            start_ns, (start, start_q) = self._stamps_ns[after - 1], self._poses[after - 1]
        share = (stamp_ns - start_ns) / (end_ns - start_ns)
        rotation = rotation_from_quaternion(slerp(start_q, end_q, share))
        return transform(rotation, start + share * (end - start))


def slerp(
    start: NDArray[np.float64], end: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Return the unit quaternion (4,) at `share` of the shorter arc between two others.

    Source: K. Shoemake, Animating rotation with quaternion curves, SIGGRAPH 1985.
    """
    cosine = float(start @ end)
    if cosine < 0.0:  # q and -q are the same rotation: take the nearer one
        end, cosine = -end, -cosine
    angle = float(np.arccos(min(cosine, 1.0)))
    if angle < 1e-6:
        return start + share * (end - start)
    mixed = np.sin((1.0 - share) * angle) * start + np.sin(share * angle) * end
    return np.asarray(mixed / np.sin(angle))
