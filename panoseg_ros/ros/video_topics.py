"""The H.264 streams of all topics of a node, handed over in the executor's thread."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from panoseg_ros.pictures.video import Picture, Report
from panoseg_ros.ros.video_input import VideoInput

Take = Callable[[str, Picture, int], None]


class VideoTopics:
    """One `VideoInput` per topic between start and stop."""

    def __init__(self, node: Any, take: Take, report: Report) -> None:
        """Prepare.

        Args:
            node: the rclpy node, with `now_ns()` and `remember_thread()`.
            take: gets topic, picture and time of arrival, in the executor's thread.
            report: counts faults and logs them.
        """
        self._node = node
        self._take = take
        self._report = report
        self._inputs: dict[str, VideoInput] = {}
        self._ready: deque[tuple[VideoInput, Picture]] = deque()

    def start(self, topics: Sequence[str]) -> None:
        """Begin to wait for key frames."""
        for topic in topics:
            self._inputs[topic] = VideoInput(topic, self._hand_over, self._report)
            self._node.remember_thread(self._inputs[topic].thread)

    def stop(self) -> None:
        """Forget all packets and pictures that are under way."""
        while self._inputs:
            self._inputs.popitem()[1].close()

    def put(self, topic: str, message: Any) -> None:
        """Queue a packet; never waits."""
        self._inputs[topic].put(message, self._node.now_ns())

    def figures(self) -> dict[str, object]:
        """Return what diagnostics say, with the topic in every key."""
        found: dict[str, object] = {}
        for topic, video in self._inputs.items():
            found |= {f'video: {topic} {name}': value for name, value in video.figures().items()}
        return found

    def _hand_over(self, video: VideoInput, picture: Picture) -> None:
        self._ready.append((video, picture))
        executor = self._node.executor
        if executor is not None:
            executor.create_task(self._deliver_next)

    def _deliver_next(self) -> None:
        """Deliver the oldest picture; rclpy may run tasks in another order than they came."""
        video, picture = self._ready.popleft()
        if self._inputs.get(video.topic) is video:  # not one from before a stop
            self._take(video.topic, picture, picture.receive_ns)
