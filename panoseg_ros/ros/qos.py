"""Quality of service of the node's topics."""

from rclpy.qos import (
    QoSDurabilityPolicy,
    QoSHistoryPolicy,
    QoSProfile,
    QoSReliabilityPolicy,
)

from panoseg_ros.settings import TopicQos

DEPTH, PAIRED_DEPTH = 1, 5  # paired images wait for each other, single ones never do
_RELIABILITY = {
    'reliable': QoSReliabilityPolicy.RELIABLE,
    'best_effort': QoSReliabilityPolicy.BEST_EFFORT,
}


def profile(topic: TopicQos, *, latched: bool = False, paired: bool = False) -> QoSProfile:
    """Return the profile of a topic.

    Args:
        topic: its settings; depth 0 takes the default of its kind.
        latched: True keeps the last message for subscribers that come later.
        paired: True for images that wait for those of another topic.
    """
    durable, volatile = QoSDurabilityPolicy.TRANSIENT_LOCAL, QoSDurabilityPolicy.VOLATILE
    return QoSProfile(
        history=QoSHistoryPolicy.KEEP_LAST,
        depth=topic.depth or (PAIRED_DEPTH if paired else DEPTH),
        reliability=_RELIABILITY[topic.reliability],
        durability=durable if latched else volatile,
    )
