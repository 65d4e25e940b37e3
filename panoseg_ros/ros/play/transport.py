"""Pause, step and stop: asked for by keys, services and signals, obeyed by the player."""

import threading
from collections.abc import Callable

from panoseg_ros.ros.play.pace import Pace

LOOK_S = 0.25  # how often a waiting player looks up


class Transport:
    """Holds the pace; any thread, and a signal handler, may call any method."""

    def __init__(self, pace: Pace, paused: bool = False) -> None:
        self._pace = pace
        self._changed = threading.Condition()  # over an RLock, for the sake of signal handlers
        self._steps = 0
        self.stopped = False
        if paused:
            pace.pause(True)

    @property
    def paused(self) -> bool:
        """Return whether time stands still."""
        return self._pace.paused

    @property
    def bag_ns(self) -> int:
        """Return the present time of the bag."""
        with self._changed:
            return self._pace.bag_ns

    def pause(self, paused: bool) -> None:
        """Stop the time, or let it go on."""
        with self._changed:
            if paused != self._pace.paused:
                self._pace.pause(paused)
                self._steps = 0
                self._changed.notify_all()

    def toggle(self) -> None:
        """Stop the time if it runs, and the other way round."""
        with self._changed:
            self.pause(not self._pace.paused)

    def step(self) -> bool:
        """Let one message go during a pause; False if there is no pause."""
        with self._changed:
            if not self._pace.paused:
                return False
            self._steps += 1
            self._changed.notify_all()
        return True

    def stop(self) -> None:
        """End the play."""
        with self._changed:
            self.stopped = True
            self._changed.notify_all()

    def rewind(self, bag_ns: int) -> None:
        """Begin anew at a time of the bag."""
        with self._changed:
            self._pace.jump(bag_ns)

    def wait_turn(self, stamp_ns: int, look: Callable[[], None] = lambda: None) -> bool:
        """Wait until a message is due; False if the play has ended before.

        Args:
            stamp_ns: when the message was recorded.
            look: called now and then meanwhile.
        """
        with self._changed:
            while not self.stopped:
                if self._steps:
                    self._steps -= 1
                    self._pace.jump(stamp_ns)
                    return True
                left_s = self._pace.due_in_s(stamp_ns)
                if left_s <= 0.0:
                    self._pace.sent(stamp_ns)
                    return True
                self._changed.wait(min(left_s, LOOK_S))
                look()
        return False

    def wait_for(self, happens: Callable[[], bool], look: Callable[[], None]) -> bool:
        """Wait until something happens outside; False if the play has ended before."""
        with self._changed:
            while not self.stopped and not happens():
                self._changed.wait(0.05)
                look()
        return not self.stopped

    def rest(self, seconds: float) -> bool:
        """Let some time pass; False if the play has ended before."""
        with self._changed:
            return not self._changed.wait_for(lambda: self.stopped, seconds)
