"""Images of several topics that were taken together.

A set leaves with an arrival or not at all, so nothing here needs a timer: a picture that
was waited for too long is never sent later. The first topic of the rig leads: a set has
its stamp, and goes out within the tolerance of its arrival.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from panoseg_ros.streams.moment import Moment
from panoseg_ros.streams.stamps import JUMP_BACK_NS

BUFFER = 5  # images kept per topic while their partners are on the way


class Limits(NamedTuple):
    """How patient pairing is, in nanoseconds of stamps and seconds of waiting."""

    window_ns: int  # a partner's stamp differs from the leader's by at most this
    wait_s: float  # the leader waits for its partners at most this long
    timeout_s: float  # a topic without a partner for longer is left out


class PictureSet(NamedTuple):
    """Pictures taken together; `spread_ns` lies between the first and the last of them."""

    stamp_ns: int
    items: dict[str, Any]  # topic -> item, in the order of the topics
    spread_ns: int


@dataclass(frozen=True)
class _Waiting:
    """A picture that nobody has used."""

    stamp_ns: int
    item: Any
    arrived: Moment


class Pairing:
    """Finds sets of pictures, of all topics or of those that still send what fits.

    A topic that kept a set waiting for `timeout_s` is left out until two of its pictures
    within that time fitted into a set again; one picture would let a lens that is slower
    than the timeout come and go for ever.
    """

    def __init__(self, topics: Sequence[str], now: Moment) -> None:
        self._topics = tuple(topics)
        self.unpaired = 0  # pictures that went without partners
        self.restart(now)

    def restart(self, now: Moment) -> None:
        """Forget all pictures and expect every topic again."""
        self._buffers: dict[str, deque[_Waiting]] = {topic: deque() for topic in self._topics}
        self._heard = dict.fromkeys(self._topics, now)
        self._fitted: dict[str, Moment] = {}  # when a picture of a topic left out last fitted
        self._required = frozenset(self._topics)
        self._last: PictureSet | None = None
        self._released = now

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the topics that sets do without."""
        return tuple(topic for topic in self._topics if topic not in self._required)

    def add(
        self, topic: str, stamp_ns: int, item: Any, limits: Limits, now: Moment
    ) -> PictureSet | None:
        """Add a picture and return the newest set that it completes.

        Waiting pictures up to the returned ones are dropped, because outputs never go
        back in time.
        """
        self._heard[topic] = now
        if self._missed_the_last(topic, stamp_ns, limits, now):
            self.unpaired += 1
            self._fits(topic, limits, now)
            return None
        buffer = self._buffers[topic]
        if len(buffer) == BUFFER:
            buffer.popleft()
            self.unpaired += 1
        buffer.append(_Waiting(stamp_ns, item, now))
        found = self._find(limits, now)
        if found is None and self._leave_out(topic, limits, now):
            found = self._find(limits, now)
        return None if found is None else self._release(found, limits, now)

    def _find(self, limits: Limits, now: Moment) -> dict[str, _Waiting] | None:
        leader = next(topic for topic in self._topics if topic in self._required)
        for picture in reversed(self._buffers[leader]):
            if now.since(picture.arrived) > limits.wait_s:
                return None  # and the older ones have waited longer
            found: dict[str, _Waiting] = {}
            for topic in self._topics:
                partner = picture if topic == leader else self._partner(topic, picture, limits)
                if partner is not None and (found or self._may_lead(partner, limits, now)):
                    found[topic] = partner
            if found and found.keys() >= self._required:
                return found
        return None

    def _partner(self, topic: str, picture: _Waiting, limits: Limits) -> _Waiting | None:
        waiting = self._buffers[topic]
        if not waiting:
            return None
        nearest = min(waiting, key=lambda other: abs(other.stamp_ns - picture.stamp_ns))
        near = abs(nearest.stamp_ns - picture.stamp_ns) <= limits.window_ns
        return nearest if near else None

    def _may_lead(self, picture: _Waiting, limits: Limits, now: Moment) -> bool:
        if now.since(picture.arrived) > limits.wait_s:
            return False
        last_ns = self._last.stamp_ns if self._last else None
        return last_ns is None or not 0 <= last_ns - picture.stamp_ns <= JUMP_BACK_NS

    def _release(self, found: dict[str, _Waiting], limits: Limits, now: Moment) -> PictureSet:
        for topic, picture in found.items():
            buffer = self._buffers[topic]
            while buffer and buffer[0].stamp_ns <= picture.stamp_ns:
                self.unpaired += buffer.popleft() is not picture
            if topic not in self._required:
                self._fits(topic, limits, now)
        stamps_ns = [picture.stamp_ns for picture in found.values()]
        items = {topic: picture.item for topic, picture in found.items()}
        self._last = PictureSet(stamps_ns[0], items, max(stamps_ns) - min(stamps_ns))
        self._released = now
        return self._last

    def _missed_the_last(self, topic: str, stamp_ns: int, limits: Limits, now: Moment) -> bool:
        """Return True if a topic left out would have been in the last set, had it waited."""
        last = self._last
        if last is None or topic in self._required or topic in last.items:
            return False
        leads = self._topics.index(topic) < self._topics.index(next(iter(last.items)))
        in_time = leads or now.since(self._released) <= limits.wait_s
        return in_time and abs(stamp_ns - last.stamp_ns) <= limits.window_ns

    def _fits(self, topic: str, limits: Limits, now: Moment) -> None:
        before = self._fitted.get(topic)
        self._fitted[topic] = now
        if before is not None and now.watch_s - before.watch_s <= limits.timeout_s:
            del self._fitted[topic]
            self._required |= {topic}

    def _leave_out(self, topic: str, limits: Limits, now: Moment) -> bool:
        """Let sets do without the topics that held them up; True if that changes anything.

        One waiting picture proves nothing: its partners may be on the way.
        """
        late = now.watch_s - self._released.watch_s > limits.timeout_s
        if not late or len(self._buffers[topic]) < 2:
            return False
        heard = [
            name
            for name in self._topics
            if now.watch_s - self._heard[name].watch_s <= limits.timeout_s
        ]
        kept = [name for name in heard if name in self._required]
        before, self._required = self._required, frozenset(kept or heard)
        if kept:
            self._required -= self._never_in_time(kept, limits, now)
        return self._required != before

    def _never_in_time(self, topics: list[str], limits: Limits, now: Moment) -> set[str]:
        """Return the topics without a partner for the leader's newest picture that is over."""
        leader, others = topics[0], topics[1:]
        over = [p for p in self._buffers[leader] if now.since(p.arrived) > limits.wait_s]
        if not over:
            return set()
        partners = {name: self._partner(name, over[-1], limits) for name in others}
        return {
            name
            for name, partner in partners.items()
            if partner is None or partner.arrived.since(over[-1].arrived) > limits.wait_s
        }
