"""Where the settings of a node take roll and pitch of the robot from."""

from collections.abc import Callable
from typing import Any

from panoseg_ros.errors import SettingsError
from panoseg_ros.ros.tf_poses import TfPoses, require
from panoseg_ros.ros.tilt_sources import ImuSource, OdometrySource, TfSource, TiltSource
from panoseg_ros.settings import Settings
from panoseg_ros.streams import Tilt


class TopicTilt(Tilt):
    """A tilt whose source listens between start and stop."""

    def __init__(
        self,
        source: TiltSource,
        name: str,
        settings: Callable[[], Settings],
        report: Callable[[str, str], None],
    ) -> None:
        super().__init__(source, name, lambda: settings().tilt_timeout_s, report)
        self._topic = source

    def start(self) -> None:
        """Begin to listen."""
        self._topic.start()

    def stop(self) -> None:
        """Listen no more."""
        self._topic.stop()


def tilt_of(
    node: Any, settings: Callable[[], Settings], base_frame: str, tf_poses: TfPoses | None
) -> TopicTilt | None:
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
    return TopicTilt(source, name, settings, node.faults.report)


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
