"""The road of H.264 packets from a subscription to pictures, in a thread of its own."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from panoseg_ros.pictures import Picture, Report, VideoStream
from panoseg_ros.streams.stamps import NS_PER_S

QUEUE = 60  # packets; as deep as the subscription


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
        self._stream = VideoStream(report)
        self._queue: deque[tuple[Any, int]] = deque()
        self._restart = self._closed = False
        self._changed = threading.Condition()
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
        decoder = self._stream.decoder
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
        header = message.header
        stamp_ns = header.stamp.sec * NS_PER_S + header.stamp.nanosec
        for picture in self._stream.decode(message.data, header, stamp_ns, receive_ns, restart):
            if not self._closed:
                self._deliver(self, picture)
