"""What the worker thread does with a set of image messages."""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig
from panoseg_ros.errors import CameraError, ImageError, PanosegError
from panoseg_ros.frames import Frame
from panoseg_ros.labels import LabelSet
from panoseg_ros.pipeline import Result
from panoseg_ros.ros.conversions import array_from_image
from panoseg_ros.ros.faults import FaultLog
from panoseg_ros.settings import Settings


class PipelineLike(Protocol):
    """What the node needs of `panoseg_ros.pipeline.Pipeline`."""

    @property
    def rig(self) -> Rig:
        """The lenses whose topics are subscribed."""

    @property
    def label_set(self) -> LabelSet:
        """The classes of the masks."""

    @property
    def runtime(self) -> str:
        """What runs the network at present."""

    @property
    def fault(self) -> str:
        """Why the network does not run where it was loaded, empty if it does."""

    def __call__(
        self,
        frames: list[Frame],
        map_from_base: NDArray[np.float64] | None = None,
        level_from_base: NDArray[np.float64] | None = None,
    ) -> Result:
        """Return everything that one moment says."""

    @property
    def costs(self) -> LabelSet:
        """The classes with their present costs."""

    def set_costs(self, costs: LabelSet) -> None:
        """Let classes cost what they do in `costs` from the next call on; from any thread."""

    def with_rig(self, rig: Rig) -> 'PipelineLike':
        """Return the same work for other lenses, with an empty map."""

    def reset_map(self) -> None:
        """Forget the ground."""


class PoseSource(Protocol):
    """Knows where the robot was."""

    def at(self, stamp_ns: int, timeout_s: float) -> NDArray[np.float64] | None:
        """Return map_from_base (4, 4), or None if it is not known in time."""


class TiltLike(Protocol):
    """Knows how the robot leaned."""

    def at(self, stamp_ns: int) -> NDArray[np.float64] | None:
        """Return level_from_base (3, 3), or None after reporting that it is not known."""


class Job(NamedTuple):
    """One set of images; `epoch` tells whether they still matter when they are done."""

    epoch: int
    stamp_ns: int
    messages: Mapping[str, Any]  # rig topic -> message


class Outcome(NamedTuple):
    """What became of a job."""

    result: Result
    ground_z_m: float  # of the ground in the map frame
    timings_ms: dict[str, float]


class Perception:
    """Decodes, looks up pose and tilt and runs the pipeline; used by the worker thread alone.

    `pipeline` may be replaced from another thread between two jobs.
    """

    def __init__(
        self,
        pipeline: PipelineLike,
        settings: Callable[[], Settings],
        faults: FaultLog,
        poses: PoseSource | None,
        tilt: TiltLike | None = None,
    ) -> None:
        self.pipeline = pipeline
        self._settings = settings
        self._faults = faults
        self._poses = poses
        self._tilt = tilt
        self._epoch = 0

    def run(self, job: Job) -> Outcome | None:
        """Return the outcome of a job, or None after reporting what was wrong with it."""
        began_s = time.perf_counter()
        pipeline = self.pipeline
        if job.epoch != self._epoch:
            self._epoch = job.epoch
            pipeline.reset_map()
        try:
            frames = frames_from_messages(pipeline.rig, job)
            decoded_s = time.perf_counter()
            pose = self._pose(job.stamp_ns)
            tilt = None if self._tilt is None else self._tilt.at(job.stamp_ns)
            posed_s = time.perf_counter()
            result = pipeline(frames, pose, tilt)
        except ImageError as err:
            self._faults.report(f'image {err.kind}', str(err))
            return None
        except CameraError as err:
            self._faults.report('image shape', str(err))
            return None
        except PanosegError as err:
            self._faults.report(type(err).__name__, str(err))
            return None
        if self._poses is not None and pose is None:
            result = result._replace(ground=None)
        own = {'decode': 1e3 * (decoded_s - began_s), 'pose': 1e3 * (posed_s - decoded_s)}
        total = {'total': 1e3 * (time.perf_counter() - began_s)}
        base_z_m = 0.0 if pose is None else float(pose[2, 3])
        ground_z_m = base_z_m + self._settings().ground.ground_z_m
        return Outcome(result, ground_z_m, own | dict(result.timings_ms) | total)

    def _pose(self, stamp_ns: int) -> NDArray[np.float64] | None:
        if self._poses is None:
            return None
        pose = self._poses.at(stamp_ns, self._settings().pose_timeout_s)
        if pose is None:
            self._faults.report(
                'pose missing', f'no pose at image stamp {stamp_ns * 1e-9:.3f}, no costmap for it'
            )
        return pose


def frames_from_messages(rig: Rig, job: Job) -> list[Frame]:
    """Return one frame per lens whose topic the job has.

    Raises:
        ImageError: if a message cannot be read.
        CameraError: if an image does not fit the rig.
    """
    frames = []
    for topic, message in job.messages.items():
        views = rig.split(topic, array_from_image(message))
        frame_id = message.header.frame_id
        frames += [Frame(job.stamp_ns, frame_id, view, lens) for lens, view in views.items()]
    return frames
