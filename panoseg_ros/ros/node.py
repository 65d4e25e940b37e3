"""The lifecycle node: wires parameters, states, services and diagnostics to the work."""

import time
from collections.abc import Callable, Iterable, Set
from functools import partial
from typing import Any

from std_srvs.srv import Trigger

from panoseg_ros.cameras import Rig, RigTemplate, load_rig_template
from panoseg_ros.errors import LabelError, PanosegError, SettingsError, one_line
from panoseg_ros.labels import with_policy
from panoseg_ros.pictures.video import require_pyav
from panoseg_ros.pipeline import warm_up
from panoseg_ros.ros.diagnostics import DiagnosticsPublisher, Health
from panoseg_ros.ros.faults import FaultLog
from panoseg_ros.ros.lifecycle import FAILURE, SUCCESS, ManagedNode
from panoseg_ros.ros.parameters import NodeParameters
from panoseg_ros.ros.perception import PipelineLike
from panoseg_ros.ros.session import Session, resolve_frames, uses_tf
from panoseg_ros.ros.tf_poses import TfPoses, listen, require
from panoseg_ros.ros.tilt import require_tf
from panoseg_ros.settings import Settings
from panoseg_ros.streams import BASE_LINK, FrameNames

Build = Callable[[Settings, Rig], PipelineLike]
NAME = 'panoseg'
POLICY = 'costmap.policy'


class PanosegNode(ManagedNode):
    """Turns images into masks and costmaps; owns no image maths.

    Raises:
        SettingsError: at construction, one line about the first wrong parameter.
    """

    def __init__(self, build: Build, name: str = NAME, **kwargs: Any) -> None:
        """Declare parameters and services.

        Args:
            build: makes the pipeline of some settings and a rig; runs in a thread of its own.
            name: node name.
            **kwargs: for `rclpy.node.Node`.
        """
        super().__init__(name, **kwargs)
        self._session: Session | None = None
        try:
            self.parameters = NodeParameters(
                self, lambda: self.state == 'unconfigured', self._apply
            )
        except PanosegError:
            self.destroy_node()
            raise
        self._build = build
        self._model = ''
        self._error = ''
        self._doing = ''  # said in diagnostics; written by the thread that loads
        self._loading = False
        self._reported: dict[str, int] = {}
        self.faults = FaultLog(self.get_logger().warning)
        self.create_service(
            Trigger, '~/load_model', self._serve_load_model, callback_group=self.aside
        )
        self.create_service(Trigger, '~/reset_map', self._serve_reset_map)
        DiagnosticsPublisher(self, self.parameters.settings.qos.diagnostics, self._measure)
        if self.parameters.settings.autostart:
            self.start_by_itself()

    def now_ns(self) -> int:
        """Return the present time of the node's clock."""
        return int(self.get_clock().now().nanoseconds)

    def watch_s(self) -> float:
        """Return the time by which timeouts run: simulated time if used, else steady."""
        clock = self.get_clock()
        return self.now_ns() * 1e-9 if clock.ros_time_is_active else time.monotonic()

    async def enter_configure(self) -> Any:
        """Load and warm the model in a thread, then create the publishers."""
        settings = self.parameters.settings
        tf_poses, listening = listen(self), False
        try:
            pipeline, frames, template = await self.in_thread(
                lambda: self._prepare(settings, tf_poses)
            )
            self._keep_costs(pipeline, settings)
            self._session = Session(
                self, lambda: self.parameters.settings, pipeline, frames, tf_poses, template
            )
            listening = uses_tf(settings, template)
        except PanosegError as err:
            self._error = one_line(err)
            self.get_logger().error(f'configure failed: {self._error}')
            return FAILURE
        finally:
            self._doing = ''
            if tf_poses is not None and not listening:
                tf_poses.close()
        self._model, self._error = settings.model.bundle, ''
        self.get_logger().info(f'configured: model {self._model}, rig {pipeline.rig.name}')
        return SUCCESS

    def _prepare(
        self, settings: Settings, tf_poses: TfPoses | None
    ) -> tuple[PipelineLike, FrameNames, RigTemplate]:
        self._doing = f'reading rig {settings.rig.file}'
        template = load_rig_template(settings.rig.file)
        for lens in template.needs_tf:
            what = f'rig {template.name}: lens {lens}: pano_from_lens: frame_id'
            require(tf_poses, what, 'give translation_m and rpy_deg in the rig file')
        if settings.pose_source == 'tf':
            require(tf_poses)
        require_tf(settings, tf_poses)
        if settings.input.transport == 'h264':
            require_pyav()
        looks = tf_poses is not None and not settings.base_frame
        base = tf_poses.find_base() if tf_poses is not None and looks else BASE_LINK
        frames = resolve_frames(settings, base)
        return self._load(settings, template.blind()), frames, template

    def _load(
        self, settings: Settings, rig: Rig, published: Set[str] | None = None
    ) -> PipelineLike:
        self._doing = f'loading model {settings.model.bundle}'
        pipeline = self._build(settings, rig)
        grids = pipeline.label_set.grids(settings.costmap.wanted)
        if published is not None and set(grids) != published:
            raise SettingsError(
                f'label set {pipeline.label_set.name} has grids of {_listed(grids)}, but those of '
                f'{_listed(published)} are published: configure again, or name costmap.classes'
            )
        self._doing = 'warming up; the first start ever compiles for a while'
        warm_up(pipeline, settings.pose_source != 'none', settings.tilt_source != 'none')
        return pipeline

    def _keep_costs(self, pipeline: PipelineLike, settings: Settings) -> None:
        """Give a pipeline the policy that was set since it began to load."""
        policy = self.parameters.settings.costmap.policy
        if policy != settings.costmap.policy:
            try:
                pipeline.set_costs(with_policy(pipeline.label_set, policy))
            except LabelError as err:
                raise SettingsError(f'{POLICY}: {err}') from err

    def failed(self, err: Exception) -> None:
        """Say in diagnostics what nobody has foreseen."""
        self._error = one_line(err)

    async def enter_activate(self) -> Any:
        """Subscribe."""
        if self._session is not None:
            self._session.start()
        return SUCCESS

    async def enter_deactivate(self) -> Any:
        """Unsubscribe; the grids become unknown."""
        if self._session is not None:
            self._session.stop()
        return SUCCESS

    async def enter_cleanup(self) -> Any:
        """Drop the model and the publishers; the grids become unknown before."""
        session, self._session = self._session, None
        if session is not None:
            session.stop()
            await self.in_thread(session.flush)
            session.close()
        return SUCCESS

    enter_shutdown = enter_error = enter_cleanup

    def _apply(self, settings: Settings, changed: Set[str]) -> None:
        if POLICY in changed and self._session is not None:
            try:
                self._session.set_policy(settings.costmap.policy)
            except LabelError as err:
                raise SettingsError(f'{POLICY}: {err}') from err

    async def _serve_load_model(self, _: Any, response: Any) -> Any:
        session, settings = self._session, self.parameters.settings
        bundle = settings.model.bundle
        if session is None or self._loading:
            why = 'a model is being loaded' if self._loading else 'the node is not configured'
            response.success, response.message = False, f'{bundle} is not loaded: {why}'
            return response
        self._loading = True
        try:
            rig = session.perception.pipeline.rig
            published = session.outputs.classes
            pipeline = await self.in_thread(lambda: self._load(settings, rig, published))
            while (rig := session.perception.pipeline.rig) is not pipeline.rig:  # recalibrated
                pipeline = await self.in_thread(partial(pipeline.with_rig, rig))
            self._keep_costs(pipeline, settings)
        except Exception as err:  # whatever is wrong with it, the model that runs is not
            response.message = f'{one_line(err)}; {self._model} keeps running'
            self.get_logger().error(f'load_model: {response.message}')
            return response
        finally:
            self._loading, self._doing = False, ''
        if self._session is not session:
            response.message = f'{bundle} is not loaded: the node was cleaned up meanwhile'
            return response
        session.replace(pipeline)
        self._model = bundle
        response.success, response.message = True, f'{bundle} runs'
        self.get_logger().info(f'load_model: {bundle} runs')
        return response

    def _serve_reset_map(self, _: Any, response: Any) -> Any:
        response.success = self._session is not None
        response.message = 'map reset' if self._session else 'the node is not configured'
        if self._session is not None:
            self._session.forget()
        return response

    def _measure(self) -> Health:
        counts = self.faults.counts()
        fresh = [kind for kind, n in counts.items() if n > self._reported.get(kind, 0)]
        self._reported = counts
        clock = self.get_clock()
        values: dict[str, object] = {
            'model': self._model or 'none',
            'clock': 'simulated' if clock.ros_time_is_active else 'system',
            'stamp source': self.parameters.settings.stamp_source,
        }
        session = self._session
        faults = {f'faults: {kind}': count for kind, count in counts.items()}
        if session is None:
            return Health(
                self.state, self._doing, self._error, new_faults=fresh, values=values | faults
            )
        lenses, calibrator = session.lenses(), session.calibrator
        return Health(
            state=self.state,
            doing=self._doing,
            error=self._error,
            blind=session.outputs.blind,
            degraded=session.perception.pipeline.fault,
            waiting_for=session.waiting_for,
            refused=calibrator.error,
            uncalibrated=', '.join(calibrator.live.missing),
            lens_warnings=lenses.warnings,
            foreign_topics=self._shared(session.outputs.topics),
            rival_inputs=self._shared(session.inputs),
            new_faults=fresh,
            image_age_s=session.image_age_s,
            simulated=clock.ros_time_is_active,
            values=values | session.figures() | lenses.figures | faults,
        )

    def _shared(self, topics: Iterable[str]) -> list[str]:
        return [topic for topic in topics if self.count_publishers(topic) > 1]


def _listed(slugs: Iterable[str]) -> str:
    return ', '.join(sorted(slugs)) or 'no class'
