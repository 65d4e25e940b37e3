"""What was seen of a ROS graph, as plain tuples."""

from typing import NamedTuple


class Endpoint(NamedTuple):
    """A publisher or subscription; `node` is a full name."""

    node: str
    msgtype: str
    reliability: str  # as rclpy's policies, in lower case
    durability: str
    depth: int


class Link(NamedTuple):
    """One topic: its two ends, and what was heard on it."""

    topic: str
    publishers: tuple[Endpoint, ...]
    subscriptions: tuple[Endpoint, ...]
    mismatches: tuple[str, ...] = ()  # pairs that do not connect, in words
    messages: int | None = None  # None: it was not listened to
    rate_hz: float | None = None  # None: fewer than two messages came
    message_bytes: int = 0  # the largest
    stamp_age_s: float | None = None  # median of arrival minus header stamp
    zero_stamps: int = 0


class Sight(NamedTuple):
    """What was seen in one look."""

    seconds: float
    nodes: tuple[str, ...]  # full names
    links: dict[str, Link]

    @property
    def ends(self) -> int:
        """Return the number of publishers and subscriptions."""
        return sum(len(k.publishers) + len(k.subscriptions) for k in self.links.values())

    @property
    def simulated(self) -> bool:
        """Return whether somebody publishes a simulated time."""
        clock = self.links.get('/clock')
        return clock is not None and bool(clock.publishers)
