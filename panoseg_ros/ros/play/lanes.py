"""One publisher per topic of the bag."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rclpy.duration import Duration
from rclpy.exceptions import InvalidTopicNameException
from rclpy.serialization import deserialize_message

from panoseg_ros.bags import BagTopic
from panoseg_ros.errors import RosError
from panoseg_ros.ros.play.offers import merged, message_class, profile

CLOCK = '/clock'
_MOMENT = Duration(nanoseconds=1_000_000)  # rclpy stops every thread while it waits


class Skipped(NamedTuple):
    """A topic that is not played, and why."""

    topic: str
    reason: str


class Lane:
    """Publishes the messages of one topic of the bag as they were serialized."""

    def __init__(self, node: Any, topic: BagTopic, name: str) -> None:
        """Create the publisher.

        Args:
            node: the rclpy node.
            topic: the topic of the bag.
            name: what to publish it on.

        Raises:
            RosError: if the type is not installed, or the name or type cannot be used.
        """
        self._kind = message_class(topic.msgtype)
        if self._kind is None:
            raise RosError(f'type {topic.msgtype} is not installed')
        self.topic, self.name, self.msgtype = topic.name, name, topic.msgtype
        self.offer = merged(topic)
        self.sent = self.damaged = 0
        try:
            self.publisher = node.create_publisher(self._kind, name, profile(self.offer))
        except InvalidTopicNameException as err:
            raise RosError(f'{name} is not a topic name') from err
        except Exception as err:  # a type without compiled support, or two types on one name
            raise RosError(f'cannot be published: {" ".join(str(err).split())}') from err

    def send(self, data: bytes) -> None:
        """Publish one message.

        The first one is decoded before: a bag may hold an older layout of the type.
        """
        try:
            message = None if self.sent else deserialize_message(data, self._kind)
        except Exception:  # rclpy raises what its C++ happened to raise
            self.damaged += 1
            return
        try:
            self.publisher.publish(data)
        except TypeError:  # an rclpy that takes no bytes
            self.publisher.publish(message or deserialize_message(data, self._kind))
        self.sent += 1

    def wait_until_received(self, goes_on: Any) -> None:
        """Wait while reliable subscribers have not confirmed everything and `goes_on()`."""
        while goes_on() and not self.publisher.wait_for_all_acked(_MOMENT):
            pass


def open_lanes(
    node: Any, topics: Mapping[str, BagTopic], remaps: Mapping[str, str], own_clock: bool
) -> tuple[dict[str, Lane], list[Skipped]]:
    """Return a lane per topic of the bag, and those that are left out.

    Args:
        node: the rclpy node.
        topics: what to play.
        remaps: name in the bag -> name to use.
        own_clock: whether the player publishes /clock, so the recorded one would disturb.
    """
    lanes: dict[str, Lane] = {}
    skipped: list[Skipped] = []
    for topic in topics.values():
        name = remaps.get(topic.name, topic.name)
        try:
            if own_clock and name == CLOCK:
                raise RosError('--clock publishes it')
            lanes[topic.name] = Lane(node, topic, name)
        except RosError as err:
            skipped.append(Skipped(topic.name, str(err)))
    return lanes, skipped
