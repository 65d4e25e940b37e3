"""Everything that exists between configure and cleanup: outputs, inputs and the worker."""

import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from nav_msgs.msg import Odometry
from sensor_msgs.msg import CompressedImage, Image

from panoseg_ros import streams
from panoseg_ros.cameras import RigTemplate
from panoseg_ros.labels import with_policy
from panoseg_ros.ros import qos
from panoseg_ros.ros.calibrator import Calibrator
from panoseg_ros.ros.conversions import ns_from_time, pose_from_odometry
from panoseg_ros.ros.faults import FaultLog
from panoseg_ros.ros.lens_report import LensReport, report
from panoseg_ros.ros.perception import Job, Perception, PipelineLike, PoseSource
from panoseg_ros.ros.publishers import Outputs
from panoseg_ros.ros.tf_poses import TfPoses
from panoseg_ros.ros.tilt import needs_tf, tilt_of
from panoseg_ros.ros.video_topics import VideoTopics
from panoseg_ros.ros.worker import Worker
from panoseg_ros.settings import Settings, intake_rules
from panoseg_ros.streams import (
    JUMPED,
    Fastest,
    FrameNames,
    Intake,
    Moment,
    PoseBuffer,
    RateMeter,
)

WATCH_PERIOD_S = 0.05
SEND_TIMEOUT_S = 0.5


def resolve_frames(settings: Settings, default_base: str) -> FrameNames:
    """Return the frames of the robot and of the grids; see `streams.resolve_frames`."""
    return streams.resolve_frames(
        settings.base_frame, settings.map_frame, settings.pose_source, default_base
    )


def uses_tf(settings: Settings, template: RigTemplate) -> bool:
    """Return whether a session needs TF all the time."""
    return settings.pose_source == 'tf' or needs_tf(settings) or bool(template.needs_tf)


class Session:
    """Wires topics to the worker; the executor's thread calls every method but `_work`."""

    def __init__(
        self,
        node: Any,
        settings: Callable[[], Settings],
        pipeline: PipelineLike,
        frames: FrameNames,
        tf_poses: TfPoses | None,
        template: RigTemplate,
    ) -> None:
        """Create publishers and the worker.

        Args:
            node: the rclpy node, with `faults` and `watch_s()`.
            settings: returns the present settings.
            pipeline: the work, warmed up.
            frames: frames of robot and grids.
            tf_poses: TF, closed with the session if `uses_tf` says that it is needed.
            template: the rig file, whose open ends the session closes.
        """
        self._node = node
        self._settings = settings
        self.frames = frames
        self._faults: FaultLog = node.faults
        present = settings()
        fastest = Fastest(present.ground.max_speed_mps, present.ground.max_turn_dps)
        self._odometry = PoseBuffer(fastest=fastest) if present.pose_source == 'odom' else None
        self._tf_poses = tf_poses if uses_tf(present, template) else None
        poses: PoseSource | None = self._odometry
        if present.pose_source == 'tf' and tf_poses is not None:
            tf_poses.map_frame, tf_poses.base_frame = frames.map, frames.base
            poses = tf_poses
        self._palette = pipeline.label_set.palette()
        self._tilt = tilt_of(node, settings, frames.base, self._tf_poses)
        self.perception = Perception(pipeline, settings, self._faults, poses, self._tilt)
        self.calibrator = Calibrator(
            node, template, frames.base, self._tf_poses, self._pipeline, self._remount
        )
        self.intake = Intake(pipeline.rig.topics, lambda: intake_rules(settings()), self._moment())
        self.output_rate = RateMeter()
        self.timings_ms: dict[str, float] = {}
        self.skipped = 0
        self.image_age_s: float | None = None
        self._lacking = ''  # what the last image lacked to become a costmap
        self._video: VideoTopics | None = None
        if present.input.transport == 'h264':
            self._video = VideoTopics(node, self._on_image, self._faults.report)
        self._active = False
        self._subscriptions: list[Any] = []
        self._watch: Any = None
        # After all that may refuse the settings: publishers would stay behind.
        self.outputs = Outputs(node, present, pipeline.label_set, frames)
        self._worker: Worker[Job] = Worker(self._work, self._on_bug)
        node.remember_thread(self._worker.thread)

    @property
    def topics(self) -> tuple[str, ...]:
        """Return the full names of the image topics."""
        suffix = '' if self._settings().input.transport == 'raw' else '/compressed'
        names = self.perception.pipeline.rig.topics
        return tuple(self._node.resolve_topic_name(name) + suffix for name in names)

    @property
    def waiting_for(self) -> str:
        """Return what has to come before there is a costmap."""
        if self.calibrator.waiting_for:
            return self.calibrator.waiting_for
        topics, now_s = ', '.join(self.topics), time.monotonic()
        ages_s = [rate.age_s(now_s) for rate in self.intake.rates.values()]
        if all(age is None or age > self._settings().input_timeout_s for age in ages_s):
            return topics
        return self._lacking or f'the result of images on {topics}'

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the full names of the topics that one publisher alone should serve."""
        return tuple(subscription.topic_name for subscription in self._subscriptions)

    def start(self) -> None:
        """Subscribe and begin to watch the time."""
        present = self._settings()
        kind = Image if present.input.transport == 'raw' else CompressedImage
        names = self.perception.pipeline.rig.topics
        image_qos = qos.profile(present.qos.image, paired=len(names) > 1)
        take: Callable[[str, Any], None] = self._on_image
        if self._video is not None:
            self._video.start(names)
            take, image_qos = self._video.put, qos.profile(present.qos.video)
        create = self._node.create_subscription
        for name, topic in zip(names, self.topics, strict=True):
            self._subscriptions.append(create(kind, topic, partial(take, name), image_qos))
        if self._odometry is not None:
            odom_qos = qos.profile(present.qos.odom)
            self._subscriptions.append(create(Odometry, 'odom', self._on_odometry, odom_qos))
        if self._tilt is not None:
            self._tilt.start()
        self.calibrator.start()
        self._active = True
        self.intake.start(self._moment())
        self.outputs.start_watch(self._node.watch_s())
        self._watch = self._node.create_timer(
            WATCH_PERIOD_S, self._on_watch, clock=self._node.steady_clock
        )
        waiting = ', '.join(self.topics)
        self._node.get_logger().info(f'active, waiting for {kind.__name__} on {waiting}')

    def stop(self) -> None:
        """Unsubscribe and publish the grids as unknown."""
        self._active = False
        if self._watch is not None:
            self._node.destroy_timer(self._watch)
            self._watch = None
        while self._subscriptions:
            self._node.destroy_subscription(self._subscriptions.pop())
        if self._tilt is not None:
            self._tilt.stop()
        if self._video is not None:
            self._video.stop()
        self.calibrator.stop()
        self.forget()

    def forget(self) -> None:
        """Reset the map: drop waiting and unfinished images, publish the grids as unknown."""
        self._forget(again=True)

    def _forget(self, *, again: bool) -> None:
        self._worker.clear()
        self.outputs.end_epoch(self._node.now_ns(), again=again)

    def replace(self, pipeline: PipelineLike) -> None:
        """Let another model do the work from the next image on; its map starts empty."""
        self._palette = pipeline.label_set.palette()
        self.outputs.describe(pipeline.label_set)
        self.perception.pipeline = pipeline
        self.forget()

    def _remount(self, pipeline: PipelineLike) -> None:
        """Go on with the same model for other lenses; its costs may have changed meanwhile."""
        pipeline.set_costs(self.perception.pipeline.costs)
        self.replace(pipeline)

    def set_policy(self, policy: str) -> None:
        """Let classes cost what a policy says from the next frame on.

        Raises:
            LabelError: naming what is wrong with it; nothing has changed.
        """
        pipeline = self.perception.pipeline
        pipeline.set_costs(with_policy(pipeline.label_set, policy))

    def flush(self) -> None:
        """Wait until the grids have reached their subscribers; run it in a thread."""
        self.outputs.wait_until_sent(SEND_TIMEOUT_S)

    def close(self) -> None:
        """Remove everything; the worker ends after its present image."""
        self._worker.close()
        self.outputs.destroy()
        if self._tf_poses is not None:
            self._tf_poses.close()

    def lenses(self) -> LensReport:
        """Return what diagnostics say about every lens."""
        rig = self.perception.pipeline.rig
        return report(
            rig,
            self.intake,
            dict(zip(rig.topics, self.topics, strict=True)),
            self.calibrator.live.sources(),
            time.monotonic(),
            self._settings().lens_timeout_s,
        )

    def figures(self) -> dict[str, object]:
        """Return what diagnostics say about a configured node."""
        now_s, intake = time.monotonic(), self.intake
        rig = self.perception.pipeline.rig
        costmap_age_s = self.output_rate.age_s(now_s)
        stages = {f'time: {name} (ms)': f'{ms:.1f}' for name, ms in self.timings_ms.items()}
        return {
            'runtime': self.perception.pipeline.runtime,
            'calibration': f'{rig.name}, {len(rig.lenses)} lens(es) on {", ".join(self.topics)}',
            'frames': f'base {self.frames.base}, map {self.frames.map}',
            'image rate (Hz)': f'{intake.rate.rate_hz(now_s):.2f}',
            'output rate (Hz)': f'{self.output_rate.rate_hz(now_s):.2f}',
            'image age (s)': _seconds(self.image_age_s),
            'output age (s)': _seconds(costmap_age_s),
            'received': intake.received,
            'lost': intake.lost,
            'skipped': self.skipped,
            'out of order': intake.out_of_order,
            'unpaired': intake.unpaired,
            'zero stamps': intake.zero_stamps,
            **({} if self._video is None else self._video.figures()),
            **({} if self._tilt is None else self._tilt.figures()),
            **stages,
        }

    def _pipeline(self) -> PipelineLike:
        return self.perception.pipeline

    def _moment(self) -> Moment:
        return Moment(time.monotonic(), self._node.watch_s())

    def _on_image(self, topic: str, message: Any, receive_ns: int | None = None) -> None:
        header_ns = ns_from_time(message.header.stamp)
        now_ns = self._node.now_ns() if receive_ns is None else receive_ns
        before = self.intake.out_of_order
        arrival = self.intake.add(topic, message, header_ns, now_ns, self._moment())
        self.image_age_s = (now_ns - arrival.stamp_ns) * 1e-9
        if self.intake.zero_stamps == 1 and header_ns == 0:
            self._node.get_logger().warning(
                f'image on {topic} has a zero stamp: such images get the time of arrival'
            )
        if self.intake.out_of_order > before:
            self._faults.report(
                'image out of order', f'image on {topic} is not newer than the last one: dropped'
            )
        if arrival.jumped_back:
            self._faults.report(
                'image jump back',
                f'image stamps on {topic} jumped back by more than 1 s: map reset',
            )
            self.forget()
            self.outputs.start_watch(self._node.watch_s())
        if arrival.messages is not None and self.calibrator.ready:
            job = Job(self.outputs.epoch, arrival.stamp_ns, arrival.messages)
            self.skipped += self._worker.submit(job)

    def _on_odometry(self, message: Any) -> None:
        frame, child = message.header.frame_id, message.child_frame_id
        if child != self.frames.base:
            self._faults.report(
                'odometry child frame',
                f'odometry of frame {child!r} is refused, base_frame is {self.frames.base!r}',
            )
        elif frame != self.frames.map:
            self._faults.report(
                'odometry frame',
                f'odometry in frame {frame!r} is refused, map_frame is {self.frames.map!r}',
            )
        elif self._odometry is not None:
            position, turn = pose_from_odometry(message)
            try:
                jumped = self._odometry.add(ns_from_time(message.header.stamp), position, turn)
            except ValueError as err:
                self._faults.report('odometry value', f'odometry is not a pose, ignored: {err}')
                return
            if jumped:
                self._faults.report('odometry jump', JUMPED)
                self._forget(again=False)  # a robot that is too fast jumps with every message

    def _on_watch(self) -> None:
        timeout_s = self._settings().input_timeout_s
        node = self._node
        if self.outputs.blind_if_late(node.watch_s(), timeout_s, node.now_ns()):
            node.get_logger().warning(
                f'no costmap for {timeout_s:g} s, waiting for {self.waiting_for}: '
                'costmaps are unknown'
            )

    def _work(self, job: Job) -> None:
        outcome = self.perception.run(job)
        if outcome is None:
            self._lacking = f'images on {", ".join(self.topics)} that can be used'
            return
        result = outcome.result
        was_blind = self.outputs.blind
        self._lacking = (
            '' if result.ground else f'poses (pose_source: {self._settings().pose_source})'
        )
        began_s = time.perf_counter()
        alpha, now_s = self._settings().overlay_alpha, self._node.watch_s()
        published = self.outputs.publish(
            job.epoch, result, self._palette, alpha, outcome.ground_z_m, now_s
        )
        if published:
            publish_ms = 1e3 * (time.perf_counter() - began_s)
            self.timings_ms = outcome.timings_ms | {'publish': publish_ms}
            self.output_rate.tick(time.monotonic())
            if was_blind and result.ground:
                self._node.get_logger().info('no longer blind: costmaps come')

    def _on_bug(self, error: Exception) -> None:
        where = traceback.extract_tb(error.__traceback__)[-1]
        self._faults.report(
            'internal error',
            f'{type(error).__name__}: {error} ({where.filename}:{where.lineno})',
        )


def _seconds(value: float | None) -> str:
    return 'none yet' if value is None else f'{value:.3f}'
