"""What happens to an image between its arrival and the mailbox, free of ROS."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from panoseg_ros.ros.meters import LossMeter, RateMeter
from panoseg_ros.ros.pairing import Pairing
from panoseg_ros.ros.stamps import NS_PER_S, StampOrder, Verdict, acquisition_ns
from panoseg_ros.settings import Settings

DEFAULT_TOLERANCE_NS = 50 * 1_000_000  # until the image period is known


class Arrival(NamedTuple):
    """What one message led to: a complete set, a reset, both or neither."""

    stamp_ns: int
    messages: Mapping[str, Any] | None  # topic -> message, None while partners are missing
    jumped_back: bool


class Intake:
    """Orders, counts and pairs the images of all topics; used by one thread."""

    def __init__(self, topics: Sequence[str], settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._orders = {topic: StampOrder() for topic in topics}
        self._losses = {topic: LossMeter() for topic in topics}
        self._pairing: Pairing[Any] = Pairing(topics)
        self.rate = RateMeter()  # of the first topic
        self.first_topic = topics[0]
        self.received = 0
        self.out_of_order = 0
        self.zero_stamps = 0

    @property
    def lost(self) -> int:
        """Return how many images of all topics never arrived."""
        return sum(meter.lost for meter in self._losses.values())

    @property
    def unpaired(self) -> int:
        """Return how many images found no partner."""
        return self._pairing.unpaired

    def add(
        self, topic: str, message: Any, header_ns: int, receive_ns: int, now_s: float
    ) -> Arrival:
        """Take a message in; times as in `stamps.py`, `now_s` from a steady clock."""
        settings = self._settings()
        self.received += 1
        self.zero_stamps += settings.stamp_source == 'header' and header_ns == 0
        if topic == self.first_topic:
            self.rate.tick(now_s)
        stamp_ns = acquisition_ns(
            header_ns, receive_ns, settings.stamp_source, settings.capture_delay_s
        )
        verdict = self._orders[topic].judge(stamp_ns)
        if verdict is Verdict.DROP:
            self.out_of_order += 1
            return Arrival(stamp_ns, None, False)
        if verdict is Verdict.RESET:
            self._restart(topic)
        self._losses[topic].arrive(stamp_ns, settings.input.rate_hz, settings.input_timeout_s)
        found = self._pairing.add(topic, stamp_ns, message, self._tolerance_ns(settings))
        at_ns, messages = found or (stamp_ns, None)
        return Arrival(at_ns, messages, verdict is Verdict.RESET)

    def _tolerance_ns(self, settings: Settings) -> int:
        if settings.input.pairing_tolerance_s > 0.0:
            return round(settings.input.pairing_tolerance_s * NS_PER_S)
        period_ns = self._losses[self.first_topic].period_ns(settings.input.rate_hz)
        return DEFAULT_TOLERANCE_NS if period_ns is None else period_ns // 2

    def _restart(self, topic: str) -> None:
        """Forget all waiting images; the other topics will jump as well, or already did."""
        self._pairing.clear()
        for name, meter in self._losses.items():
            meter.restart()
            if name != topic:
                self._orders[name].reset()
