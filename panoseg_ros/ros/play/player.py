"""Publishes the messages of a bag in their recorded rhythm."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any

from panoseg_ros.bags import BagReader, RawRecord
from panoseg_ros.errors import BagError, RosError
from panoseg_ros.ros.play.activity import Activity
from panoseg_ros.ros.play.lanes import open_lanes
from panoseg_ros.ros.play.pace import NS_PER_S, Pace
from panoseg_ros.ros.play.plan import PlayPlan
from panoseg_ros.ros.play.readahead import ReadAhead
from panoseg_ros.ros.play.services import Services, SimulatedClock
from panoseg_ros.ros.play.transport import Transport
from panoseg_ros.streams import absolute

DISCOVERY_S = 0.5  # until subscribers that are there already have found a new publisher
GOODBYE_S = 2.0  # at most, for what reliable subscribers have not confirmed


class Player:
    """Plays one bag on a node that somebody else spins.

    Args:
        node: the rclpy node.
        bag: the bag, open.
        plan: what to play, and how.

    Raises:
        BagError: if the plan names a topic that the bag has not.
        RosError: if nothing in the bag can be played.
    """

    def __init__(self, node: Any, bag: BagReader, plan: PlayPlan) -> None:
        self._bag, self._plan = bag, plan
        self.start_ns = bag.start_ns + round(plan.start_s * NS_PER_S)
        end_ns = bag.end_ns
        if plan.stop_s is not None:
            end_ns = min(end_ns, bag.start_ns + round(plan.stop_s * NS_PER_S))
        self.seconds = max(0.0, (end_ns - self.start_ns) / NS_PER_S)
        self._pace = Pace(self.start_ns, plan.rate)
        self.transport = Transport(self._pace, plan.paused)
        own_clock = plan.clock_hz is not None
        self.lanes, self.skipped = open_lanes(node, self._wanted(), plan.remaps, own_clock)
        if not self.lanes:
            why = '; '.join(f'{topic}: {reason}' for topic, reason in self.skipped)
            raise RosError(f'{bag.path}: nothing can be played ({why or "no topics"})')
        self._is_awaited: Callable[[], bool] | None = None
        if plan.wait_active is not None:
            self._is_awaited = Activity(node, absolute(plan.wait_active))
        Services(node, self.transport)
        self._clock: SimulatedClock | None = None
        if plan.clock_hz is not None:
            self._clock = SimulatedClock(node, self.transport, plan.clock_hz)
        self.laps = 0

    @property
    def sent(self) -> int:
        """Return how many messages were published."""
        return sum(lane.sent for lane in self.lanes.values())

    @property
    def slipped_s(self) -> float:
        """Return by how much late messages have lengthened the play."""
        return self._pace.slipped_s

    @property
    def position_s(self) -> float:
        """Return how far into the played part the bag's time is."""
        return (self.transport.bag_ns - self.start_ns) / NS_PER_S

    def run(self, look: Callable[[], None] = lambda: None) -> None:
        """Play until the end of the bag, or until the transport is stopped.

        Args:
            look: called now and then, to show how far it is.

        Raises:
            RosError: if there is no message in the part to play.
        """
        if not self._begin(look):
            return
        while self._lap(look) and self._plan.loop:
            self.transport.rewind(self.start_ns)
            if self._clock is not None:
                self._clock.tick()
        deadline_s = time.monotonic() + GOODBYE_S
        for lane in self.lanes.values():
            lane.wait_until_received(lambda: time.monotonic() < deadline_s)

    def _begin(self, look: Callable[[], None]) -> bool:
        """Let the others find the publishers; False if the play has ended before."""
        if self._is_awaited is not None and not self.transport.wait_for(self._is_awaited, look):
            return False
        if not self.transport.rest(DISCOVERY_S):
            return False
        self.transport.rewind(self.start_ns)  # that took time
        if self._clock is not None:
            self._clock.tick()
        for record in self._latched_before():
            self.lanes[record.topic].send(record.data)
        return True

    def _lap(self, look: Callable[[], None]) -> bool:
        """Play the bag once; False if the play has ended before."""
        self.laps += 1
        plan, found = self._plan, False
        with ReadAhead(self._bag.raw(list(self.lanes), plan.start_s, plan.stop_s)) as records:
            for record in records:
                found = True
                if not self.transport.wait_turn(record.stamp_ns, look):
                    return False
                self.lanes[record.topic].send(record.data)
                look()
        if not found:
            raise RosError(
                f'{self._bag.path}: no message to play after {plan.start_s:g} s, '
                f'it lasts {self._bag.duration_s:.1f} s'
            )
        return True

    def _latched_before(self) -> Iterable[RawRecord]:
        """Return what late subscribers would have got at the start of the played part."""
        latched = {n: lane.offer.depth for n, lane in self.lanes.items()
                   if lane.offer.durability == 'transient_local'}  # fmt: skip
        if not latched or not self._plan.start_s:
            return []
        kept: dict[str, deque[RawRecord]] = defaultdict(deque)
        for record in self._bag.raw(list(latched), 0.0, self._plan.start_s):
            kept[record.topic].append(record)
            if len(kept[record.topic]) > latched[record.topic]:
                kept[record.topic].popleft()
        records = [record for waiting in kept.values() for record in waiting]
        return sorted(records, key=lambda record: record.stamp_ns)

    def _wanted(self) -> dict[str, Any]:
        topics = self._bag.topics
        names = [absolute(name) for name in self._plan.topics] or list(topics)
        for name in [*names, *self._plan.remaps]:
            if name not in topics:
                raise BagError(f'{self._bag.path}: has no topic {name}, only {", ".join(topics)}')
        return {name: topics[name] for name in names}
