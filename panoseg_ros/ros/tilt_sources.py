"""Where the tilt of the robot comes from: the topic of an IMU or of odometry, or TF."""

from typing import Any, Protocol

from nav_msgs.msg import Odometry
from sensor_msgs.msg import Imu

from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.ros import qos
from panoseg_ros.ros.conversions import ns_from_time
from panoseg_ros.ros.tf_poses import TfPoses
from panoseg_ros.settings import Settings
from panoseg_ros.streams import Orientations, Rotation, TiltLookup

NO_ORIENTATION = -1.0  # first element of the covariance, see sensor_msgs/Imu


class TiltSource(TiltLookup, Protocol):
    """A source that listens between start and stop."""

    def start(self) -> None:
        """Begin to listen."""

    def stop(self) -> None:
        """Listen no more."""


class OdometrySource:
    """Takes the orientation of the topic `odom`, whose frame must have a vertical z axis."""

    def __init__(self, node: Any, settings: Settings, base_frame: str) -> None:
        self._node, self._qos, self._base = node, settings.qos.odom, base_frame
        self._orientations = Orientations()
        self._subscription: Any = None

    def start(self) -> None:
        """Subscribe."""
        self._subscription = self._node.create_subscription(
            Odometry, 'odom', self._take, qos.profile(self._qos)
        )

    def stop(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def level_from_base(self, stamp_ns: int, timeout_s: float) -> Rotation | None:
        """Return how the robot was turned at a time."""
        return self._orientations.at(stamp_ns, timeout_s)

    def _take(self, message: Odometry) -> None:
        if message.child_frame_id != self._base:
            self._node.faults.report(
                'tilt frame',
                f'tilt of frame {message.child_frame_id!r} is refused, base_frame is '
                f'{self._base!r}',
            )
            return
        _add(self._node, self._orientations, message, message.pose.pose.orientation, 'odom')


class ImuSource:
    """Takes the orientation of the topic `imu`, turned by how the IMU is mounted."""

    def __init__(
        self, node: Any, settings: Settings, base_frame: str, tf_poses: TfPoses | None
    ) -> None:
        self._node, self._qos, self._base = node, settings.qos.imu, base_frame
        self._tf_poses = tf_poses
        self._orientations = Orientations()
        self._subscription: Any = None
        mounting = settings.imu
        self._base_from_imu: Rotation | None = None  # until TF says
        if mounting.mounting == 'rpy':
            angles = mounting.roll_deg, mounting.pitch_deg, mounting.yaw_deg
            self._base_from_imu = rotation_from_rpy_deg(*angles)

    def start(self) -> None:
        """Subscribe."""
        self._subscription = self._node.create_subscription(
            Imu, 'imu', self._take, qos.profile(self._qos)
        )

    def stop(self) -> None:
        """Unsubscribe."""
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None

    def level_from_base(self, stamp_ns: int, timeout_s: float) -> Rotation | None:
        """Return how the robot was turned at a time."""
        level_from_imu = self._orientations.at(stamp_ns, timeout_s)
        if level_from_imu is None or self._base_from_imu is None:
            return None
        return level_from_imu @ self._base_from_imu.T

    def _take(self, message: Imu) -> None:
        if message.orientation_covariance[0] == NO_ORIENTATION:
            self._node.faults.report(
                'imu without orientation',
                f'{self._node.resolve_topic_name("imu")} says that it has no orientation '
                '(orientation_covariance[0] is -1), ignored: use an IMU filter',
            )
        elif self._mounted(message.header.frame_id):
            _add(self._node, self._orientations, message, message.orientation, 'imu')

    def _mounted(self, frame: str) -> bool:
        if self._base_from_imu is None and self._tf_poses is not None:
            found = self._tf_poses.latest(self._base, frame)
            if found is not None:
                self._base_from_imu = found[:3, :3]
                return True
            self._node.faults.report(
                'imu mounting',
                f'TF does not know {frame!r}, the frame of the IMU, in {self._base!r}',
            )
        return self._base_from_imu is not None


class TfSource:
    """Looks up a frame with a vertical z axis to the robot in TF."""

    def __init__(self, tf_poses: TfPoses, level_frame: str, base_frame: str) -> None:
        self._tf_poses, self._level, self._base = tf_poses, level_frame, base_frame

    def start(self) -> None:
        """Do nothing: TF is listened to from configure to cleanup."""

    def stop(self) -> None:
        """Do nothing."""

    def level_from_base(self, stamp_ns: int, timeout_s: float) -> Rotation | None:
        """Return how the robot was turned at a time."""
        found = self._tf_poses.look_up(self._level, self._base, stamp_ns, timeout_s)
        return None if found is None else found[:3, :3]


def _add(
    node: Any, orientations: Orientations, message: Any, orientation: Any, topic: str
) -> None:
    q = orientation
    try:
        orientations.add(ns_from_time(message.header.stamp), (q.x, q.y, q.z, q.w))
    except ValueError:
        node.faults.report(
            'tilt value',
            f'orientation {q.x:g} {q.y:g} {q.z:g} {q.w:g} on {node.resolve_topic_name(topic)} '
            'is no rotation, ignored',
        )
