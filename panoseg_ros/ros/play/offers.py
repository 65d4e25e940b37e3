"""Message types and quality of service as the bag recorded them."""

import re
from importlib import import_module
from typing import Any

from rclpy.qos import (
    QoSDurabilityPolicy,
    QoSHistoryPolicy,
    QoSProfile,
    QoSReliabilityPolicy,
)

from panoseg_ros.bags import RELIABLE, BagTopic, TopicQos

MOST_TRANSFORMS = 1000
_NAME = re.compile(r'([a-z][a-z0-9_]*)/msg/([A-Z][A-Za-z0-9]*)')


def message_class(msgtype: str) -> Any:
    """Return the class of a type such as sensor_msgs/msg/Image, None if it is not installed."""
    match = _NAME.fullmatch(msgtype)
    if match is None:
        return None
    try:
        return getattr(import_module(f'{match[1]}.msg'), match[2], None)
    except ImportError:
        return None


def merged(topic: BagTopic) -> TopicQos:
    """Return one offer that serves everyone whom the recorded publishers served.

    Reliable serves best-effort subscribers too, and transient local volatile ones, so the
    strongest of each counts. One publisher speaks for all that were recorded: the static
    transforms that each of several left behind have to fit into its depth.
    """
    offers = topic.qos or (RELIABLE,)
    reliable = any(offer.reliability != 'best_effort' for offer in offers)
    keep_all = any(offer.history == 'keep_all' for offer in offers)
    depth = max(offer.depth for offer in offers)
    if topic.latched and topic.msgtype == 'tf2_msgs/msg/TFMessage':
        depth = max(depth, min(topic.message_count, MOST_TRANSFORMS))
    return TopicQos(
        'reliable' if reliable else 'best_effort',
        'transient_local' if topic.latched else 'volatile',
        'keep_all' if keep_all else 'keep_last',
        depth if depth > 0 else RELIABLE.depth,
    )


def profile(offer: TopicQos) -> QoSProfile:
    """Return the profile of a merged offer."""
    return QoSProfile(
        history=QoSHistoryPolicy[offer.history.upper()],
        depth=offer.depth,
        reliability=QoSReliabilityPolicy[offer.reliability.upper()],
        durability=QoSDurabilityPolicy[offer.durability.upper()],
    )
