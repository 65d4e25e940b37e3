"""Roll and pitch of the robot at the stamp of an image."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SettingsError
from panoseg_ros.geometry import without_heading
from panoseg_ros.ros.tf_poses import TfPoses, require
from panoseg_ros.ros.tilt_sources import ImuSource, OdometrySource, TfSource, TiltSource
from panoseg_ros.settings import Settings

MAX_TILT_DEG = 30.0  # a robot that leans more has fallen over, or its sensor is wrong


class Angles(NamedTuple):
    """What became of the tilt at one stamp; NaN where it is not known."""

    roll_deg: float
    pitch_deg: float
    levelled: bool


class Tilt:
    """Looks up the tilt at the stamps of images; the worker thread calls `at`."""

    def __init__(
        self,
        source: TiltSource,
        name: str,
        settings: Callable[[], Settings],
        report: Callable[[str, str], None],
    ) -> None:
        """Take a source.

        Args:
            source: where the tilt comes from.
            name: of the source, for messages.
            settings: returns the present settings.
            report: takes kind and message of a fault.
        """
        self._source, self._name = source, name
        self._settings, self._report = settings, report
        self._last: Angles | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._source.start()

    def stop(self) -> None:
        """Listen no more."""
        self._source.stop()

    def at(self, stamp_ns: int) -> NDArray[np.float64] | None:
        """Return level_from_base (3, 3), roll and pitch only, or None after saying why not."""
        turn = self._source.level_from_base(stamp_ns, self._settings().tilt_timeout_s)
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


def tilt_of(
    node: Any, settings: Callable[[], Settings], base_frame: str, tf_poses: TfPoses | None
) -> Tilt | None:
    """Return the tilt from the source that the settings name, None if they name none.

    Args:
        node: the rclpy node, with `faults`.
        settings: returns the present settings.
        base_frame: frame of the robot, which must tilt with the camera.
        tf_poses: TF, needed where `needs_tf` says so.

    Raises:
        RosError: if TF is needed and is not there.
        SettingsError: if tilt_frame is base_frame.
    """
    present = settings()
    name = present.tilt_source
    source: TiltSource
    if name == 'none':
        return None
    if name == 'odom':
        source = OdometrySource(node, present, base_frame)
    elif name == 'imu':
        source = ImuSource(node, present, base_frame, tf_poses)
    else:
        if present.tilt_frame == base_frame:
            raise SettingsError(
                f'tilt_frame: {base_frame!r} is also base_frame: name a frame with a vertical '
                'z axis, such as odom'
            )
        source = TfSource(require(tf_poses, 'tilt_source: tf'), present.tilt_frame, base_frame)
    return Tilt(source, name, settings, node.faults.report)


def needs_tf(settings: Settings) -> bool:
    """Return whether the tilt needs TF."""
    mounted = settings.tilt_source == 'imu' and settings.imu.mounting == 'tf'
    return mounted or settings.tilt_source == 'tf'


def require_tf(settings: Settings, tf_poses: TfPoses | None) -> None:
    """Refuse settings whose tilt needs TF where there is none.

    Raises:
        RosError: naming the parameter.
    """
    if settings.tilt_source == 'tf':
        require(tf_poses, 'tilt_source: tf', 'set tilt_source to imu, odom or none')
    elif needs_tf(settings):
        require(tf_poses, 'imu.mounting: tf', 'set imu.mounting to rpy')


def roll_pitch_deg(tilt: NDArray[np.float64]) -> tuple[float, float]:
    """Return the two angles of a (3, 3) rotation Ry(pitch) Rx(roll)."""
    roll = np.arctan2(tilt[2, 1], tilt[2, 2])
    pitch = np.arctan2(-tilt[2, 0], np.hypot(tilt[2, 1], tilt[2, 2]))
    return float(np.rad2deg(roll)), float(np.rad2deg(pitch))


def _degrees(angle: float) -> str:
    return f'{angle:.2f}' if np.isfinite(angle) else 'unknown'
