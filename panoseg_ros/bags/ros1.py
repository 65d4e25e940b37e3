"""Messages of ROS 1 as ROS 2 would have sent them."""

from typing import Any

from rosbags.convert.converter import STATIC_MSGTYPE_RENAMES, is_same_wireformat, migrate_bytes
from rosbags.typesys import Stores, get_types_from_msg, get_typestore


class Ros2Form:
    """Turns serialized messages of ROS 1 into CDR of ROS 2 Jazzy.

    Fields that Jazzy's type has under another name, or does not have, are moved or left out,
    and those that only it has are 0. Types that Jazzy lacks keep the bag's definition.

    Args:
        store: the types of the bag, of ROS 1.
    """

    def __init__(self, store: Any) -> None:
        self._source = store
        self._target: Any = get_typestore(Stores.ROS2_JAZZY)
        self._same: dict[str, bool] = {}  # whether the bytes need no other order
        self._plans: dict[str, Any] = {}

    def __call__(self, msgtype: str, data: bytes | memoryview) -> bytes:
        """Return the CDR of a message of type `ros2_name(msgtype)`.

        Whatever a converter meets in damaged bytes is raised as it is.
        """
        name = ros2_name(msgtype)
        if msgtype not in self._same:
            self._learn(msgtype, name)
            same = is_same_wireformat(self._source, self._target, msgtype, name)
            self._same[msgtype] = same
        if self._same[msgtype]:
            return bytes(self._target.ros1_to_cdr(data, name))
        return bytes(
            migrate_bytes(
                self._source, self._target, msgtype, name, self._plans, data,
                src_is2=False, dst_is2=True,
            )
        )  # fmt: skip

    def _learn(self, msgtype: str, name: str) -> None:
        known = self._target.fielddefs
        if name not in known:
            text, _ = self._source.generate_msgdef(msgtype, ros_version=2)
            types = get_types_from_msg(text, name)
            self._target.register({n: t for n, t in types.items() if n not in known})


def ros2_name(msgtype: str) -> str:
    """Return what a type of ROS 1 is called in ROS 2."""
    return str(STATIC_MSGTYPE_RENAMES.get(msgtype, msgtype))
