"""One run of the demo's viewer: wait for the node, warm up, measure."""

import threading
import time
from collections.abc import Callable
from typing import Any

from panoseg_ros.ros.demo.listener import Listener
from panoseg_ros.ros.demo.screen import REFRESH_S, Screen
from panoseg_ros.ros.demo.statistics import Figures
from panoseg_ros.streams.stamps import NS_PER_S

WARM_UP_S = 5.0
PICTURE_S = 60.0  # until the first picture, on a machine that takes seconds for a frame
LIVE_SPAN_S = 10.0  # the running table is about the last seconds
PICTURE_EVERY_S = 4.0


class Session:
    """Spins a listener through the stations of a run.

    Panorama and overlay, which the node computes only for listeners, are subscribed during
    the warm-up and after that for an image every few seconds.
    """

    def __init__(
        self,
        listener: Listener,
        executor: Any,
        screen: Screen,
        stop: threading.Event,
    ) -> None:
        self._listener, self._executor = listener, executor
        self._screen, self._stop = screen, stop
        self._taken = 0  # snapshots when the present look began
        self._next_look_s = 0.0

    def spin(self, seconds: float, until: Callable[[], object] = lambda: False) -> bool:
        """Serve messages for a time; False if the end was asked for meanwhile."""
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0.0 and not until():
            if self._stop.is_set():
                return False
            self._executor.spin_once(timeout_sec=min(left_s, REFRESH_S))
        return not self._stop.is_set()

    def wait(self) -> bool:
        """Wait for the first costmap; False if the end was asked for.

        Raises:
            RosError: as `Starting.check`.
        """
        listener, said = self._listener, ''
        while not listener.statistics.costmaps:
            words = listener.starting.words or 'starting'
            if words != said:
                self._screen.say(f'node: {words}')
                said = words
            listener.starting.check()
            if not self.spin(REFRESH_S, lambda: listener.statistics.costmaps):
                return False
        return True

    def warm_up(self) -> bool:
        """Record pictures, at least one, while the machine settles; False to end."""
        self._screen.say(f'first costmap, warming up for {WARM_UP_S:.0f} s')
        self._listener.look(True)
        return self.spin(WARM_UP_S) and self.spin(PICTURE_S, lambda: self._listener.taken)

    def measure(self, seconds: float | None) -> Figures:
        """Measure for some seconds, None until the end is asked for, and show the figures."""
        statistics, start_ns, start_s = self._listener.statistics, time.time_ns(), time.monotonic()
        end_s = float('inf') if seconds is None else start_s + seconds
        self._listener.look(False)
        self._next_look_s = start_s + PICTURE_EVERY_S
        while (left_s := end_s - time.monotonic()) > 0.0 and self.spin(min(left_s, REFRESH_S)):
            self._glance()
            now_ns = time.time_ns()
            since_ns = max(start_ns, now_ns - round(LIVE_SPAN_S * NS_PER_S))
            title = f'{time.monotonic() - start_s:6.1f} s'
            self._screen.show(statistics.figures(since_ns, now_ns), title)
        figures = statistics.figures(start_ns, time.time_ns())
        self._listener.look(False)
        return figures

    def _glance(self) -> None:
        """Look when it is time to, and look away again as soon as a picture was taken."""
        listener, now_s = self._listener, time.monotonic()
        if listener.looking and listener.taken > self._taken:
            listener.look(False)
        elif not listener.looking and now_s >= self._next_look_s:
            self._taken, self._next_look_s = listener.taken, now_s + PICTURE_EVERY_S
            listener.look(True)
