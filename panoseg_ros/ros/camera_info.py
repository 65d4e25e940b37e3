"""Lenses from live CameraInfo messages."""

from typing import Any

from panoseg_ros.cameras import Lens, lens_from_camera_info
from panoseg_ros.cameras.rig_template import LensTemplate


def lens_from_message(message: Any, image_size: tuple[int, int] | None, topic: str) -> Lens:
    """Return the lens that a CameraInfo describes.

    Args:
        message: sensor_msgs/CameraInfo.
        image_size: width and height of the lens' pictures, None where the message says it.
        topic: where the message came from, for errors.

    Raises:
        CameraError: in one line naming topic and field.
    """
    roi = message.roi
    return lens_from_camera_info(
        message.width,
        message.height,
        message.distortion_model,
        message.d,
        message.k,
        (message.binning_x, message.binning_y),
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
        image_size,
        f'camera_info on {topic}',
    )


def fingerprint(message: Any) -> tuple[object, ...]:
    """Return what two CameraInfo messages have in common if they describe the same lens."""
    roi = message.roi
    return (
        message.width,
        message.height,
        message.distortion_model,
        bytes(memoryview(message.d)),  # NaN differs from itself, its bytes do not
        bytes(memoryview(message.k)),
        (message.binning_x, message.binning_y),
        (roi.x_offset, roi.y_offset, roi.width, roi.height),
    )


def info_topic(node: Any, entry: LensTemplate) -> str:
    """Return the full name of the topic with a lens' CameraInfo.

    It is the one that the rig file names, else `camera_info` beside the image where the
    remappings have put that, unless a remapping names `camera_info` itself.
    """
    wanted = node.resolve_topic_name(entry.info_topic)
    if entry.camera_info_topic or wanted != node.resolve_topic_name(
        entry.info_topic, only_expand=True
    ):
        return str(wanted)
    beside = node.resolve_topic_name(entry.topic).rpartition('/')[0]
    return f'{beside}/camera_info'
