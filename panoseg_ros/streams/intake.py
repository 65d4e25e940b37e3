"""What happens to an image between its arrival and the mailbox."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from panoseg_ros.streams.meters import LossMeter, RateMeter
from panoseg_ros.streams.moment import Moment
from panoseg_ros.streams.pairing import Limits, Pairing, PictureSet
from panoseg_ros.streams.stamps import NS_PER_S, StampOrder, Verdict, acquisition_ns

DEFAULT_TOLERANCE_NS = 50 * 1_000_000  # until the image period is known
RECENT_SETS = 30


class IntakeRules(NamedTuple):
    """How images are stamped, counted and paired; names as in the table of rules."""

    stamp_source: str  # header or receive
    capture_delay_s: float
    rate_hz: float  # 0.0 learns it from the stamps
    pairing_tolerance_s: float  # 0.0 is half an image period
    input_timeout_s: float
    lens_timeout_s: float


class Arrival(NamedTuple):
    """What one message led to: a set, a reset, both or neither."""

    stamp_ns: int
    messages: Mapping[str, Any] | None  # topic -> message, None where it completes no set
    jumped_back: bool


class Intake:
    """Orders, counts and pairs the images of all topics; used by one thread."""

    def __init__(
        self, topics: Sequence[str], rules: Callable[[], IntakeRules], now: Moment
    ) -> None:
        self._rules = rules
        self._orders = {topic: StampOrder() for topic in topics}
        self._sets = StampOrder()
        self._losses = {topic: LossMeter() for topic in topics}
        self._pairing = Pairing(topics, now)
        self._now = now
        self.rates = {topic: RateMeter() for topic in topics}
        self.first_topic = topics[0]
        self.received = 0
        self.out_of_order = 0
        self.zero_stamps = 0
        self._spreads_ns: deque[int] = deque([0], maxlen=RECENT_SETS)

    @property
    def rate(self) -> RateMeter:
        """Return the rate of the first topic."""
        return self.rates[self.first_topic]

    @property
    def lost(self) -> int:
        """Return how many images of all topics never arrived."""
        return sum(meter.lost for meter in self._losses.values())

    @property
    def unpaired(self) -> int:
        """Return how many images found no partner."""
        return self._pairing.unpaired

    @property
    def spread_ns(self) -> int:
        """Return the most that lies between the pictures of one of the latest sets."""
        return max(self._spreads_ns)

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return the topics that sets do without, because their images do not come or fit."""
        return self._pairing.left_out

    def start(self, now: Moment) -> None:
        """Expect images of all topics from this moment on."""
        self._now = now
        self._pairing.restart(now)

    def add(
        self, topic: str, message: Any, header_ns: int, receive_ns: int, now: Moment
    ) -> Arrival:
        """Take a message in; stamps as in `stamps.py`."""
        rules = self._rules()
        self._keep_up(now)
        self.received += 1
        self.zero_stamps += rules.stamp_source == 'header' and header_ns == 0
        self.rates[topic].tick(now.steady_s)
        stamp_ns = acquisition_ns(header_ns, receive_ns, rules.stamp_source, rules.capture_delay_s)
        verdict = self._orders[topic].judge(stamp_ns)
        if verdict is Verdict.DROP:
            self.out_of_order += 1
            return Arrival(stamp_ns, None, False)
        if verdict is Verdict.RESET:
            self._restart(topic, now)
        self._losses[topic].arrive(stamp_ns, rules.rate_hz, rules.input_timeout_s)
        found = self._pairing.add(topic, stamp_ns, message, self._limits(rules), now)
        return self._arrival(stamp_ns, found, verdict is Verdict.RESET)

    def _arrival(self, stamp_ns: int, found: PictureSet | None, jumped_back: bool) -> Arrival:
        if found is None:
            return Arrival(stamp_ns, None, jumped_back)
        # The topics may disagree about the time, so a set led by another one is judged anew.
        verdict = self._sets.judge(found.stamp_ns)
        if verdict is Verdict.DROP:
            self.out_of_order += 1
            return Arrival(stamp_ns, None, jumped_back)
        self._spreads_ns.append(found.spread_ns)
        return Arrival(found.stamp_ns, found.items, jumped_back or verdict is Verdict.RESET)

    def tolerance_ns(self) -> int:
        """Return how far apart the images of a set may be in time."""
        rules = self._rules()
        if rules.pairing_tolerance_s > 0.0:
            return round(rules.pairing_tolerance_s * NS_PER_S)
        period_ns = self._period_ns(rules)
        return DEFAULT_TOLERANCE_NS if period_ns is None else period_ns // 2

    def _limits(self, rules: IntakeRules) -> Limits:
        tolerance_ns = self.tolerance_ns()
        period_ns = self._period_ns(rules)
        # A whole period off is the neighbour's partner, whatever the tolerance: taken once
        # after a lost image, it would be taken for ever.
        window_ns = tolerance_ns if period_ns is None else min(tolerance_ns, 3 * period_ns // 4)
        return Limits(window_ns, tolerance_ns / NS_PER_S, rules.lens_timeout_s)

    def _period_ns(self, rules: IntakeRules) -> int | None:
        periods = (m.period_ns(rules.rate_hz) for m in self._losses.values())
        return next(filter(None, periods), None)

    def _keep_up(self, now: Moment) -> None:
        if now.watch_s < self._now.watch_s:  # simulated time jumped back
            self._pairing.restart(now)
        self._now = now

    def _restart(self, topic: str, now: Moment) -> None:
        """Forget all waiting images; the other topics will jump as well, or already did."""
        self._pairing.restart(now)
        self._sets.reset()
        for name, meter in self._losses.items():
            meter.restart()
            if name != topic:
                self._orders[name].reset()
