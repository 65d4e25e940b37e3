"""Poses from TF, where tf2_ros is installed.

tf2_ros comes with every ROS 2 distribution and not as a wheel. Without it the node takes
base_link as its default base frame and refuses `pose_source: tf` and rigs with TF frames.
"""

import re
import time
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import RosError
from panoseg_ros.geometry import rotation_from_quaternion, transform
from panoseg_ros.streams import BASE_FOOTPRINT, BASE_LINK

IN_TF = re.compile(rf"^{BASE_FOOTPRINT}:|^ +parent: '{BASE_FOOTPRINT}'", re.MULTILINE)
LOOK_AROUND_S = 1.0  # static transforms are latched, so they arrive well within this time


class TfPoses:
    """Looks up map_from_base in a TF buffer; `listen` must have made it."""

    def __init__(self, node: Any, buffer: Any, listener: Any) -> None:
        self._node, self._buffer = node, buffer
        self._listener = listener  # keeps the subscriptions alive
        self.map_frame = self.base_frame = ''

    def at(self, stamp_ns: int, timeout_s: float) -> NDArray[np.float64] | None:
        """Return map_from_base (4, 4) at a time, or None if TF does not know it in time."""
        return self.look_up(self.map_frame, self.base_frame, stamp_ns, timeout_s)

    def latest(self, target: str, source: str) -> NDArray[np.float64] | None:
        """Return target_from_source (4, 4) as TF knows it last, or None if it does not."""
        return self.look_up(target, source, 0, 0.0)  # time 0 asks for the latest

    def look_up(
        self, target: str, source: str, stamp_ns: int, timeout_s: float
    ) -> NDArray[np.float64] | None:
        """Return target_from_source (4, 4) at a time, or None if TF does not know it in time."""
        import tf2_ros
        from rclpy.duration import Duration
        from rclpy.time import Time

        try:
            found = self._buffer.lookup_transform(
                target, source, Time(nanoseconds=stamp_ns), Duration(seconds=timeout_s)
            ).transform
        except tf2_ros.TransformException:
            return None
        move, turn = found.translation, found.rotation
        rotation = rotation_from_quaternion((turn.x, turn.y, turn.z, turn.w))
        return transform(rotation, (move.x, move.y, move.z))

    def find_base(self) -> str:
        """Return base_footprint if TF has it within a second, else base_link."""
        deadline_s = time.monotonic() + LOOK_AROUND_S
        while True:
            # Only frames that have a parent get an entry; the root of the tree is named by others.
            if IN_TF.search(self._buffer.all_frames_as_yaml()):
                return BASE_FOOTPRINT
            if time.monotonic() >= deadline_s:
                return BASE_LINK
            time.sleep(0.05)  # TF tells nobody when a frame appears

    def close(self) -> None:
        """Stop listening, and serve the frames no more: a buffer is not made for that."""
        self._listener.unregister()
        if (service := getattr(self._buffer, 'srv', None)) is not None:
            self._node.destroy_service(service)
        if (jumps := getattr(self._buffer, 'jump_handle', None)) is not None:
            jumps.unregister()


def listen(node: Any) -> TfPoses | None:
    """Return poses fed by /tf and /tf_static, or None without tf2_ros."""
    if find_spec('tf2_ros') is None:
        return None
    import tf2_ros

    buffer = tf2_ros.Buffer(node=node)
    return TfPoses(node, buffer, tf2_ros.TransformListener(buffer, node, spin_thread=False))


def require(
    poses: TfPoses | None,
    what: str = 'pose_source: tf',
    instead: str = 'set pose_source to odom or none',
) -> TfPoses:
    """Return the poses; `what` needs them, `instead` says what does without.

    Raises:
        RosError: if there are none because tf2_ros is missing.
    """
    if poses is None:
        raise RosError(
            f'{what} needs tf2_ros, which comes with a ROS 2 installation: '
            f'source one, or {instead}'
        )
    return poses
