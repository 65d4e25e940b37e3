"""Which topics a node with given settings reads and writes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from panoseg_ros.cameras import RigTemplate
    from panoseg_ros.settings import Settings

IMAGES = ('sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage')
OUTPUTS = (
    'segmentation/mask',
    'segmentation/confidence',
    'segmentation/overlay',
    'segmentation/points',
    'segmentation/label_info',
    'panorama/image',
    'costmap/combined',
    'ground/scan',
    'ground/obstacles',
    'ground/free',
)


class Want(NamedTuple):
    """An input: its full name, its type and the reliability that the node asks for."""

    topic: str
    msgtype: str
    reliability: str
    setting: str  # the parameter that decides the reliability


def wanted_inputs(
    settings: 'Settings', template: 'RigTemplate', namespace: str
) -> tuple[Want, ...]:
    """Return what a node reads, without remappings."""
    raw = settings.input.transport == 'raw'
    image_setting = 'video' if settings.input.transport == 'h264' else 'image'
    suffix, kind = ('', IMAGES[0]) if raw else ('/compressed', IMAGES[1])
    rows = [
        (topic + suffix, kind, image_setting)
        for topic in dict.fromkeys(entry.topic for entry in template.lenses)
    ]
    if 'odom' in (settings.pose_source, settings.tilt_source):
        rows.append(('odom', 'nav_msgs/msg/Odometry', 'odom'))
    if settings.tilt_source == 'imu':
        rows.append(('imu', 'sensor_msgs/msg/Imu', 'imu'))
    return tuple(
        Want(
            full_name(name, namespace), kind, getattr(settings.qos, row).reliability, f'qos.{row}'
        )
        for name, kind, row in rows
    )


def full_name(topic: str, namespace: str) -> str:
    """Return a relative or absolute topic name as an absolute one."""
    if topic.startswith('/'):
        return topic
    inside = namespace.strip('/')
    return f'/{inside}/{topic}' if inside else f'/{topic}'


def outputs(namespace: str, topics: Iterable[str]) -> tuple[str, ...]:
    """Return what a node writes, without remappings.

    Args:
        namespace: of the node.
        topics: those of the graph; grids of all classes are found among them.
    """
    ours = tuple(full_name(name, namespace) for name in OUTPUTS)
    grids = full_name('costmap/', namespace)
    return (*ours, *(name for name in topics if name.startswith(grids) and name not in ours))
