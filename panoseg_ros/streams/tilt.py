"""Roll and pitch of the robot at the stamp of an image.

Convention: `level_from_base` gives a (3, 3) rotation of any heading into a frame whose z axis
is vertical, or None where it is not known in time.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.geometry import without_heading
from panoseg_ros.streams.poses import PoseBuffer
from panoseg_ros.streams.stamps import NS_PER_S

MAX_GAP_NS = NS_PER_S // 4  # the robot may rock between two orientations further apart
MAX_TILT_DEG = 30.0  # a robot that leans more has fallen over, or its sensor is wrong
Rotation = NDArray[np.float64]


class TiltLookup(Protocol):
    """Knows how the robot was turned."""

    def level_from_base(self, stamp_ns: int, timeout_s: float) -> Rotation | None:
        """Return how the robot was turned at a time."""


class Orientations:
    """Keeps the latest orientations of a topic; one thread adds, another asks."""

    def __init__(self) -> None:
        self._poses = PoseBuffer(MAX_GAP_NS)
        self._heard = 0
        self._heard_at_miss = -1

    def add(self, stamp_ns: int, xyzw: ArrayLike) -> None:
        """Add a quaternion (4,).

        Raises:
            ValueError: if it is no rotation.
        """
        self._poses.add(stamp_ns, (0.0, 0.0, 0.0), xyzw)
        self._heard += 1

    def at(self, stamp_ns: int, timeout_s: float) -> Rotation | None:
        """Return the rotation (3, 3) between two orientations, or None.

        Waits for the one after the stamp, but not for a topic that has fallen silent.
        """
        silent = self._heard == self._heard_at_miss
        found = self._poses.at(stamp_ns, 0.0 if silent else timeout_s)
        if found is None:
            self._heard_at_miss = self._heard
            return None
        return found[:3, :3]


class Angles(NamedTuple):
    """What became of the tilt at one stamp; NaN where it is not known."""

    roll_deg: float
    pitch_deg: float
    levelled: bool


class Tilt:
    """Looks up the tilt at the stamps of images; the worker thread calls `at`."""

    def __init__(
        self,
        source: TiltLookup,
        name: str,
        timeout_s: Callable[[], float],
        report: Callable[[str, str], None],
    ) -> None:
        """Take a source.

        Args:
            source: where the tilt comes from.
            name: of the source, for messages.
            timeout_s: returns how long a frame waits for the tilt at its stamp.
            report: takes kind and message of a fault.
        """
        self._source, self._name = source, name
        self._timeout_s, self._report = timeout_s, report
        self._last: Angles | None = None

    def at(self, stamp_ns: int) -> NDArray[np.float64] | None:
        """Return level_from_base (3, 3), roll and pitch only, or None after saying why not."""
        turn = self._source.level_from_base(stamp_ns, self._timeout_s())
        if turn is None:
            self._last = Angles(np.nan, np.nan, False)
            self._report(
                'tilt missing',
                f'no orientation from {self._name} at image stamp {stamp_ns * 1e-9:.3f}: '
                'the panorama is not levelled',
            )
            return None
        tilt = without_heading(turn)
        lean_deg = float(np.rad2deg(np.arccos(np.clip(tilt[2, 2], -1.0, 1.0))))
        self._last = Angles(*roll_pitch_deg(tilt), lean_deg <= MAX_TILT_DEG)
        if self._last.levelled:
            return tilt
        self._report(
            'tilt too large',
            f'the robot leans by {lean_deg:.0f} degrees according to {self._name}, up to '
            f'{MAX_TILT_DEG:g} are allowed: the panorama is not levelled',
        )
        return None

    def figures(self) -> dict[str, object]:
        """Return what diagnostics say about the last frame."""
        last = self._last
        if last is None:
            return {'levelled': 'none yet'}
        return {
            'levelled': 'yes' if last.levelled else 'no',
            'tilt roll (deg)': _degrees(last.roll_deg),
            'tilt pitch (deg)': _degrees(last.pitch_deg),
        }


def roll_pitch_deg(tilt: NDArray[np.float64]) -> tuple[float, float]:
    """Return the two angles of a (3, 3) rotation Ry(pitch) Rx(roll)."""
    roll = np.arctan2(tilt[2, 1], tilt[2, 2])
    pitch = np.arctan2(-tilt[2, 0], np.hypot(tilt[2, 1], tilt[2, 2]))
    return float(np.rad2deg(roll)), float(np.rad2deg(pitch))


def _degrees(angle: float) -> str:
    return f'{angle:.2f}' if np.isfinite(angle) else 'unknown'
