"""Images of several topics that were taken together."""

from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar('Item')
BUFFER = 5  # images kept per topic while their partners are on the way


class Pairing(Generic[Item]):
    """Finds one image of every topic within a tolerance of the first topic's stamp."""

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = tuple(topics)
        self._buffers: dict[str, deque[tuple[int, Item]]] = {}
        self.unpaired = 0  # images that went without a partner
        self.clear()

    def clear(self) -> None:
        """Forget all waiting images."""
        self._buffers = {topic: deque() for topic in self._topics}

    def add(
        self, topic: str, stamp_ns: int, item: Item, tolerance_ns: int
    ) -> tuple[int, dict[str, Item]] | None:
        """Add an image and return the newest complete set, stamped by the first topic.

        Waiting images up to the returned ones are dropped, because outputs never go
        back in time.
        """
        buffer = self._buffers[topic]
        if len(buffer) == BUFFER:
            buffer.popleft()
            self.unpaired += 1
        buffer.append((stamp_ns, item))
        for reference_ns, _ in reversed(self._buffers[self._topics[0]]):
            chosen = {name: self._nearest(name, reference_ns) for name in self._topics}
            if all(abs(at_ns - reference_ns) <= tolerance_ns for at_ns, _ in chosen.values()):
                self._drop_through({name: at_ns for name, (at_ns, _) in chosen.items()})
                return reference_ns, {name: found for name, (_, found) in chosen.items()}
        return None

    def _nearest(self, topic: str, stamp_ns: int) -> tuple[int, Item]:
        waiting = self._buffers[topic]
        if not waiting:
            return _NEVER_NS, None  # type: ignore[return-value]
        return min(waiting, key=lambda entry: abs(entry[0] - stamp_ns))

    def _drop_through(self, stamps_ns: dict[str, int]) -> None:
        for topic, stamp_ns in stamps_ns.items():
            buffer = self._buffers[topic]
            while buffer and buffer[0][0] <= stamp_ns:
                self.unpaired += buffer.popleft()[0] < stamp_ns


_NEVER_NS = -(1 << 62)  # further than any tolerance from every stamp
