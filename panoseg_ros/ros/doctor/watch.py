"""Joins the graph for some seconds, listens to topics and publishes nothing."""

import struct
import time
from collections.abc import Callable, Collection
from statistics import median
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import (
    QoSCompatibility,
    QoSDurabilityPolicy,
    QoSProfile,
    QoSReliabilityPolicy,
    qos_check_compatible,
)

from panoseg_ros.ros.doctor.graph import Endpoint, Link, Sight
from panoseg_ros.ros.joining import in_graph
from panoseg_ros.ros.play.offers import message_class

NAME = 'panoseg_doctor'
MOST = 3  # how much longer a look may last while more and more is discovered
WITH_HEADER = frozenset(
    f'{package}/msg/{name}'
    for package, names in {
        'sensor_msgs': ('Image', 'CompressedImage', 'CameraInfo', 'Imu'),
        'nav_msgs': ('Odometry', 'OccupancyGrid'),
    }.items()
    for name in names
)
# What every publisher can serve, and what a node under load sees: the newest, or nothing.
LISTENING = QoSProfile(
    depth=10,
    reliability=QoSReliabilityPolicy.BEST_EFFORT,
    durability=QoSDurabilityPolicy.VOLATILE,
)
_LITTLE_ENDIAN = 1  # second byte of CDR's encapsulation


class Ear:
    """Counts the messages of one topic, undecoded."""

    def __init__(self, msgtype: str) -> None:
        self._has_header = msgtype in WITH_HEADER
        self.times_s: list[float] = []
        self.ages_s: list[float] = []
        self.zero_stamps = self.largest = 0

    def hear(self, data: bytes) -> None:
        """Take one serialized message."""
        now_ns = time.time_ns()
        self.times_s.append(time.monotonic())
        self.largest = max(self.largest, len(data))
        stamp_ns = header_stamp_ns(data) if self._has_header else None
        if stamp_ns == 0:
            self.zero_stamps += 1
        elif stamp_ns is not None:
            self.ages_s.append((now_ns - stamp_ns) * 1e-9)

    @property
    def rate_hz(self) -> float | None:
        """Return messages per second between the first and the last."""
        if len(self.times_s) < 2:
            return None
        return (len(self.times_s) - 1) / max(1e-9, self.times_s[-1] - self.times_s[0])


def header_stamp_ns(data: bytes) -> int | None:
    """Return the stamp of a CDR message that begins with a Header, None if it is too short."""
    if len(data) < 12:
        return None
    order = '<' if data[1] & _LITTLE_ENDIAN else '>'
    seconds, nanoseconds = struct.unpack_from(f'{order}iI', data, 4)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def look_around(choose: Callable[[Sight], Collection[str]], seconds: float) -> Sight:
    """Return what is in this shell's ROS graph.

    Args:
        choose: returns the full names of the topics to listen to, of what is seen so far;
            asked again as more is discovered.
        seconds: how long, from the last discovery on, and at most `MOST` times as long.

    Raises:
        RosError: if the graph cannot be joined.
    """
    ears: dict[str, Ear] = {}
    with in_graph(_quiet_node) as node:
        executor = SingleThreadedExecutor(context=node.context)
        executor.add_node(node)
        try:
            began_s = changed_s = time.monotonic()
            ends = 0
            while (now_s := time.monotonic()) < min(changed_s + seconds, began_s + MOST * seconds):
                sight = _sight(node, ears, seconds)
                if sight.ends != ends:  # discovery goes on
                    ends, changed_s = sight.ends, now_s
                _listen(node, choose(sight), ears)
                _spin(executor, min(seconds, 0.5))
            return _sight(node, ears, seconds)
        finally:
            executor.remove_node(node)
            executor.shutdown()


def _quiet_node(context: rclpy.Context) -> Node:
    return Node(NAME, context=context, enable_rosout=False, start_parameter_services=False)


def _spin(executor: Any, seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while (left_s := end_s - time.monotonic()) > 0.0:
        executor.spin_once(timeout_sec=left_s)


def _listen(node: Node, topics: Collection[str], ears: dict[str, Ear]) -> None:
    """Subscribe to what is published and not yet listened to."""
    for topic in topics:
        found = [] if topic in ears else node.get_publishers_info_by_topic(topic)
        kind = message_class(found[0].topic_type) if found else None
        if kind is not None:
            ears[topic] = Ear(found[0].topic_type)
            node.create_subscription(kind, topic, ears[topic].hear, LISTENING, raw=True)


def _sight(node: Node, ears: dict[str, Ear], seconds: float) -> Sight:
    own = node.get_fully_qualified_name()
    names = (f'{space.rstrip("/")}/{name}' for name, space in node.get_node_names_and_namespaces())
    links = {topic: _link(node, topic, own, ears.get(topic))
             for topic, _ in node.get_topic_names_and_types()}  # fmt: skip
    return Sight(seconds, tuple(sorted(name for name in names if name != own)), links)


def _link(node: Node, topic: str, own: str, ear: Ear | None) -> Link:
    offers = [i for i in node.get_publishers_info_by_topic(topic) if _full_name(i) != own]
    asks = [i for i in node.get_subscriptions_info_by_topic(topic) if _full_name(i) != own]
    mismatches = tuple(dict.fromkeys(words for o in offers for a in asks if (words := _why(o, a))))
    link = Link(topic, tuple(map(_endpoint, offers)), tuple(map(_endpoint, asks)), mismatches)
    if ear is None:
        return link
    return link._replace(
        messages=len(ear.times_s),
        rate_hz=ear.rate_hz,
        message_bytes=ear.largest,
        stamp_age_s=median(ear.ages_s) if ear.ages_s else None,
        zero_stamps=ear.zero_stamps,
    )


def _why(offer: Any, asked: Any) -> str:
    """Return why a publisher does not serve a subscription, empty if it does."""
    verdict, reason = qos_check_compatible(offer.qos_profile, asked.qos_profile)
    if verdict != QoSCompatibility.ERROR:
        return ''
    words = ' '.join(reason.replace('ERROR:', '').split()).rstrip(';')
    return f'{_full_name(offer)} does not serve {_full_name(asked)}: {words}'


def _endpoint(info: Any) -> Endpoint:
    profile = info.qos_profile
    return Endpoint(
        _full_name(info),
        info.topic_type,
        profile.reliability.name.lower(),
        profile.durability.name.lower(),
        profile.depth,
    )


def _full_name(info: Any) -> str:
    return f'{info.node_namespace.rstrip("/")}/{info.node_name}'
