"""Quality of service as bags record it."""

from typing import Any, NamedTuple

from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)

_FOREVER = QosTime(9_223_372_036, 854_775_807)  # what rosbag2 writes for no limit


class TopicQos(NamedTuple):
    """What a publisher offered; names as rclpy's policies, in lower case."""

    reliability: str = 'reliable'  # or best_effort, system_default, best_available, unknown
    durability: str = 'volatile'  # or transient_local, ...
    history: str = 'keep_last'  # or keep_all, ...
    depth: int = 10


RELIABLE = TopicQos()
SENSOR = TopicQos(reliability='best_effort', depth=5)
LATCHED = TopicQos(durability='transient_local', depth=1)


def to_rosbags(qos: TopicQos) -> Qos:
    """Return the record of a topic's quality of service."""
    return Qos(
        QosHistory[qos.history.upper()],
        qos.depth,
        QosReliability[qos.reliability.upper()],
        QosDurability[qos.durability.upper()],
        _FOREVER,
        _FOREVER,
        QosLiveliness.AUTOMATIC,
        _FOREVER,
        False,
    )


def from_rosbags(extension: Any) -> tuple[TopicQos, ...]:
    """Return what the publishers of a connection offered; empty where nothing is recorded."""
    if hasattr(extension, 'latching'):  # ROS 1
        return (LATCHED if extension.latching else RELIABLE,)
    return tuple(
        TopicQos(
            q.reliability.name.lower(), q.durability.name.lower(), q.history.name.lower(), q.depth
        )
        for q in extension.offered_qos_profiles
    )
