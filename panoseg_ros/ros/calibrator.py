"""Keeps the rig of a running node complete, while images wait for it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sensor_msgs.msg import CameraInfo

from panoseg_ros.cameras import RigTemplate
from panoseg_ros.errors import one_line
from panoseg_ros.ros import qos
from panoseg_ros.ros.camera_info import info_topic
from panoseg_ros.ros.live_rig import LiveRig
from panoseg_ros.ros.perception import PipelineLike
from panoseg_ros.ros.tf_poses import TfPoses
from panoseg_ros.settings import TopicQos

LOOK_PERIOD_S = 0.1


class Calibrator:
    """Subscribes to what a rig file leaves open, and mounts each new rig off the executor.

    `ready` is False while the present images cannot be used: something has not come, is
    refused, or its tables are being built.
    """

    def __init__(
        self,
        node: Any,
        template: RigTemplate,
        base_frame: str,
        tf_poses: TfPoses | None,
        pipeline: Callable[[], PipelineLike],
        replace: Callable[[PipelineLike], None],
    ) -> None:
        """Prepare.

        Args:
            node: the rclpy node, with `faults` and `in_thread`.
            template: the rig file.
            base_frame: frame of the robot, in which TF poses are asked for.
            tf_poses: TF, None where no lens needs it.
            pipeline: returns the present pipeline.
            replace: puts another one in its place, with an empty map.
        """
        self._node, self._tf_poses = node, tf_poses
        self._pipeline, self._replace = pipeline, replace
        topics = {e.name: info_topic(node, e) for e in template.lenses if e.lens is None}
        self.live = LiveRig(template, topics, base_frame)
        self._base_frame = base_frame
        self.ready = not self.live.missing
        self.error = ''  # why the last CameraInfo was refused
        self._building = False
        self._subscriptions: list[Any] = []
        self._timer: Any = None

    @property
    def waiting_for(self) -> str:
        """Return what images wait for, empty if for nothing."""
        refused = f'another calibration, refused: {self.error}' if self.error else ''
        return ', '.join(self.live.missing) or refused

    def start(self) -> None:
        """Subscribe, and look for poses until all are found."""
        profile = qos.profile(TopicQos('best_effort'))
        for lens, topic in self.live.info_topics.items():
            take = partial(self._on_info, lens)
            subscribe = self._node.create_subscription
            self._subscriptions.append(subscribe(CameraInfo, topic, take, profile))
        if self.live.unposed:
            self._timer = self._node.create_timer(
                LOOK_PERIOD_S, self._look, clock=self._node.steady_clock
            )
        if self.live.missing:
            self._node.get_logger().info(f'waiting for {self.waiting_for}')

    def stop(self) -> None:
        """Unsubscribe; what is known stays."""
        self._stop_looking()
        while self._subscriptions:
            self._node.destroy_subscription(self._subscriptions.pop())

    def _stop_looking(self) -> None:
        if self._timer is not None:
            self._node.destroy_timer(self._timer)
            self._timer = None

    def _on_info(self, lens: str, message: Any) -> None:
        if self.live.take_info(lens, message):
            self._renew()

    def _look(self) -> None:
        if self._tf_poses is None:
            return
        for lens in self.live.unposed:
            frame_id = self.live.template.needs_tf[lens]
            pose = self._tf_poses.latest(self._base_frame, frame_id)
            if pose is not None:
                self.live.take_pose(lens, pose)
        if not self.live.unposed:
            self._stop_looking()
            self._renew()

    def _renew(self) -> None:
        self.ready, self.error = False, ''
        if not (self.live.missing or self._building):
            self._building = True
            self._node.executor.create_task(self._rebuild)

    async def _rebuild(self) -> None:
        try:
            while not (self.ready or self.error):
                await self._mount()
        finally:
            self._building = False

    async def _mount(self) -> None:
        """Mount the rig as it is known; if it changes meanwhile, nothing has happened."""
        version, old = self.live.version, self._pipeline()
        try:
            new = await self._node.in_thread(lambda: old.with_rig(self.live.rig()))
        except Exception as err:  # the node must stay alive and say what happened
            if version == self.live.version:
                self._refuse(one_line(err), old)
            return
        if version == self.live.version and self._pipeline() is old:
            self._replace(new)
            self.ready = True
            sources = ', '.join(f'{n}: {s}' for n, s in self.live.sources().items())
            self._node.get_logger().info(f'calibrated, map reset: {sources}')

    def _refuse(self, why: str, pipeline: PipelineLike) -> None:
        self.error = why
        self._node.faults.report('calibration refused', why)
        self._replace(pipeline)  # grids made with the lens as it was speak no more
