"""Where an odometry in a bag says that the robot was."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bags import BagReader, OdometryMessage
from panoseg_ros.errors import DatasetError
from panoseg_ros.geometry import rotation_from_quaternion


class Pose(NamedTuple):
    """The robot in the frame of the odometry: rotation (3, 3) and position (3,) in metres."""

    rotation: NDArray[np.float64]
    position_m: NDArray[np.float64]


class Poses(NamedTuple):
    """All poses of an odometry, by their stamps (N,); N is at least 1."""

    frame_id: str
    child_frame_id: str
    stamps_ns: NDArray[np.int64]
    rotations: NDArray[np.float64]  # (N, 3, 3)
    positions_m: NDArray[np.float64]  # (N, 3)

    def at(self, stamp_ns: int) -> Pose:
        """Return the pose of the nearest stamp."""
        index = int(np.abs(self.stamps_ns - stamp_ns).argmin())
        return Pose(self.rotations[index], self.positions_m[index])


def read_poses(path: Path, topic: str) -> Poses:
    """Read an odometry.

    Raises:
        BagError: if the bag cannot be opened.
        DatasetError: if it has no such topic, or that holds no odometry.
    """
    stamps, rotations, positions, frames = [], [], [], ('', '')
    with BagReader(path) as bag:
        check_topic(bag, path, topic)
        for record in bag.messages([topic]):
            found = record.message
            if not isinstance(found, OdometryMessage):
                raise DatasetError(f'{path}: {topic} holds no odometry')
            try:
                rotations.append(rotation_from_quaternion(found.orientation))
            except ValueError as err:
                raise DatasetError(f'{path}: {topic}: {err}') from err
            stamps.append(found.stamp_ns)
            positions.append(found.position_m)
            frames = (found.frame_id, found.child_frame_id)
    if not stamps:
        raise DatasetError(f'{path}: {topic} is empty')
    times = np.array(stamps, np.int64)
    return Poses(*frames, times, np.stack(rotations), np.array(positions, np.float64))


def check_topic(bag: BagReader, path: Path, name: str) -> None:
    """Refuse a topic that a bag has not.

    Raises:
        DatasetError: naming bag and topic and those that exist.
    """
    if name not in bag.topics:
        known = ', '.join(sorted(bag.topics)) or 'none'
        raise DatasetError(f'{path}: has no topic {name}, it has {known}')
