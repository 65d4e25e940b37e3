"""The road of H.264 packets from a subscription to pictures, in a thread of its own."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from panoseg_ros.ros.stamps import NS_PER_S
from panoseg_ros.ros.video import H264Decoder, Picture, Report

QUEUE = 60  # packets; as deep as the subscription
JUMP_NS = NS_PER_S  # stamps further apart, in either direction, belong to two streams
# Picture numbers begin anew at key frames, so a loss from one group of pictures to the same
# place in another shows in the stamps alone.
GROUP_SHARE = 0.75


class VideoInput:
    """Decodes every packet of one topic, in order; `put` never waits for the decoder."""

    def __init__(
        self, topic: str, deliver: Callable[['VideoInput', Picture], None], report: Report
    ) -> None:
        """Start the thread.

        Args:
            topic: the rig's name of it.
            deliver: takes every picture, called in the thread with this object.
            report: counts faults and logs them; any thread may call it.
        """
        self.topic = topic
        self._deliver = deliver
        self._report = report
        self._decoder = H264Decoder(report)
        self._queue: deque[tuple[Any, int]] = deque()
        self._restart = self._closed = False
        self._changed = threading.Condition()
        self._last_ns = self._entry_ns = 0
        self._jump_ns = float(JUMP_NS)
        self.overflows = 0
        self.thread = threading.Thread(target=self._run, name='panoseg_video', daemon=True)
        self.thread.start()

    def put(self, message: Any, receive_ns: int) -> None:
        """Queue a CompressedImage; if the queue is full, drop it all and wait for a key frame."""
        with self._changed:
            full = len(self._queue) >= QUEUE
            if full:
                self.overflows += len(self._queue)
                self._queue.clear()
                self._restart = True
            self._queue.append((message, receive_ns))
            self._changed.notify()
        if full:
            self._report(
                'video overflow',
                f'{QUEUE} video packets of {self.topic} were not decoded in time and are '
                'dropped: waiting for a key frame',
            )

    def close(self) -> None:
        """End the thread after its present packet; nothing is delivered afterwards."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify()

    def figures(self) -> Mapping[str, object]:
        """Return what diagnostics say."""
        decoder = self._decoder
        return {
            'state': decoder.state,
            'packets': decoder.packets,
            'pictures': decoder.pictures,
            'packets without a key frame': decoder.dropped,
            'packets overflowed': self.overflows,
            'decode errors': decoder.errors,
            'decode (ms)': f'{decoder.decode_ms:.1f}',
        }

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._queue or self._closed)
                if self._closed:
                    return
                message, receive_ns = self._queue.popleft()
                restart, self._restart = self._restart, False
            try:
                self._decode(message, receive_ns, restart)
            except Exception as err:  # a bug must show, not end the decoding
                self._report('internal error', f'{type(err).__name__}: {err} ({self.topic})')

    def _decode(self, message: Any, receive_ns: int, restart: bool) -> None:
        stamp = message.header.stamp
        stamp_ns = stamp.sec * NS_PER_S + stamp.nanosec
        if restart or (self._last_ns and abs(stamp_ns - self._last_ns) > self._jump_ns):
            self._decoder.restart()
        self._last_ns = stamp_ns
        for picture in self._decoder.decode(message.data, message.header, receive_ns):
            if not self._closed:
                self._deliver(self, picture)
        if self._decoder.at_entry:
            self._measure_group(stamp_ns)

    def _measure_group(self, stamp_ns: int) -> None:
        group_ns = stamp_ns - self._entry_ns
        if self._entry_ns and group_ns > 0:
            self._jump_ns = min(JUMP_NS, GROUP_SHARE * group_ns)
        self._entry_ns = stamp_ns
