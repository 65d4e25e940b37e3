"""Pose and tilt of the robot from the messages of a bag, by the rules of the node."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bags import ImuMessage, OdometryMessage, TransformsMessage
from panoseg_ros.geometry import rotation_from_rpy_deg
from panoseg_ros.streams import (
    JUMPED,
    NS_PER_S,
    Fastest,
    FrameNames,
    Orientations,
    PoseBuffer,
    StreamRules,
    TfTree,
    Tilt,
)

Report = Callable[[str, str], None]
Matrix = NDArray[np.float64]


class Place(NamedTuple):
    """Where the robot was and how it leaned, None where that is not known or not asked."""

    map_from_base: Matrix | None  # (4, 4)
    level_from_base: Matrix | None  # (3, 3)


class Whereabouts:
    """Takes odometry, IMU and TF in; one thread adds and asks."""

    def __init__(
        self, rules: StreamRules, frames: FrameNames, tree: TfTree, report: Report
    ) -> None:
        """Start with what is known of TF.

        Args:
            rules: which sources count.
            frames: frame of the robot and of the grids.
            tree: TF, to which moving transforms are added.
            report: takes kind and message of a fault.
        """
        self._rules, self._frames, self._tree, self._report = rules, frames, tree, report
        self._odometry = PoseBuffer(fastest=Fastest(rules.max_speed_mps, rules.max_turn_dps))
        self._turns = Orientations()
        self._base_from_imu: Matrix | None = None
        if rules.imu_mounting == 'rpy':
            self._base_from_imu = rotation_from_rpy_deg(*rules.imu_rpy_deg)
        self._tilt = Tilt(self, rules.tilt_source, lambda: 0.0, report)

    @property
    def patience_s(self) -> float:
        """Return how long a frame waits for pose and tilt at most."""
        return max(
            self._rules.pose_timeout_s if self._rules.pose_source != 'none' else 0.0,
            self._rules.tilt_timeout_s if self._rules.tilt_source != 'none' else 0.0,
        )

    def take(self, message: Any) -> bool:
        """Add a message of odometry, of an IMU or of TF; others are ignored.

        Returns:
            Whether odometry jumped, so that what was seen before lies elsewhere.
        """
        if isinstance(message, OdometryMessage):
            return self._take_odometry(message)
        if isinstance(message, ImuMessage):
            self._take_imu(message)
        elif isinstance(message, TransformsMessage):
            take_transforms(self._tree, message, False, self._report)
        return False

    def knows(self, stamp_ns: int) -> bool:
        """Return whether waiting for more messages cannot tell more about a time."""
        posed = self._rules.pose_source == 'none' or self._pose(stamp_ns) is not None
        tilted = self._rules.tilt_source == 'none'
        return posed and (tilted or self.level_from_base(stamp_ns, 0.0) is not None)

    def at(self, stamp_ns: int) -> Place:
        """Return what is known about a time after reporting what is not."""
        pose = self._pose(stamp_ns)
        if pose is None and self._rules.pose_source != 'none':
            self._report(
                'pose missing',
                f'no pose at image stamp {stamp_ns / NS_PER_S:.3f}, no costmap for it',
            )
        tilt = None if self._rules.tilt_source == 'none' else self._tilt.at(stamp_ns)
        return Place(pose, tilt)

    def level_from_base(self, stamp_ns: int, timeout_s: float) -> Matrix | None:
        """Return how the robot was turned (3, 3) at a time; nothing here ever waits."""
        if self._rules.tilt_source == 'tf':
            found = self._tree.look_up(self._rules.tilt_frame, self._frames.base, stamp_ns)
            return None if found is None else found[:3, :3]
        turn = self._turns.at(stamp_ns, 0.0)
        if turn is None or self._rules.tilt_source == 'odom':
            return turn
        return None if self._base_from_imu is None else turn @ self._base_from_imu.T

    def _pose(self, stamp_ns: int) -> Matrix | None:
        if self._rules.pose_source == 'odom':
            return self._odometry.at(stamp_ns, 0.0)
        if self._rules.pose_source == 'tf':
            return self._tree.look_up(self._frames.map, self._frames.base, stamp_ns)
        return None

    def _take_odometry(self, message: OdometryMessage) -> bool:
        frame, child = message.frame_id, message.child_frame_id
        posed = self._rules.pose_source == 'odom'
        if child != self._frames.base:
            self._report(
                'odometry child frame',
                f'odometry of frame {child!r} is refused, base_frame is {self._frames.base!r}',
            )
            return False
        jumped = False
        try:
            if self._rules.tilt_source == 'odom':
                self._turns.add(message.stamp_ns, message.orientation)
            if posed and frame == self._frames.map:
                place = message.position_m, message.orientation
                jumped = self._odometry.add(message.stamp_ns, *place)
        except ValueError as err:
            self._report('odometry value', f'odometry is not a pose, ignored: {err}')
        if posed and frame != self._frames.map:
            self._report(
                'odometry frame',
                f'odometry in frame {frame!r} is refused, map_frame is {self._frames.map!r}',
            )
        if jumped:
            self._report('odometry jump', JUMPED)
        return jumped

    def _take_imu(self, message: ImuMessage) -> None:
        if message.orientation is None:
            self._report(
                'imu without orientation',
                'imu says that it has no orientation (orientation_covariance[0] is -1), '
                'ignored: use an IMU filter',
            )
            return
        if self._base_from_imu is None:
            found = self._tree.look_up(self._frames.base, message.frame_id, message.stamp_ns)
            if found is None:
                self._report(
                    'imu mounting',
                    f'TF does not know {message.frame_id!r}, the frame of the IMU, in '
                    f'{self._frames.base!r}',
                )
                return
            self._base_from_imu = found[:3, :3]
        try:
            self._turns.add(message.stamp_ns, message.orientation)
        except ValueError as err:
            self._report('tilt value', f'imu is no rotation, ignored: {err}')


def take_transforms(
    tree: TfTree, message: TransformsMessage, static: bool, report: Report
) -> None:
    """Add the transforms of a message to a tree, reporting those that are none."""
    for entry in message.transforms:
        parent, child = entry.frame_id.lstrip('/'), entry.child_frame_id.lstrip('/')
        try:
            tree.add(entry.stamp_ns, parent, child, entry.translation_m, entry.rotation, static)
        except ValueError as err:
            report('tf value', f'transform of {child!r} is no pose, ignored: {err}')
