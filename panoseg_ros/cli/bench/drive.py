"""The pipeline going through a recorded drive, around one backend or another."""

from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import Bundle
from panoseg_ros.cameras import load_rig
from panoseg_ros.cli.bench.pipeline import Plan
from panoseg_ros.cli.bench.plain import load_plain
from panoseg_ros.cli.demo import DRIVE, topic_of
from panoseg_ros.frames import Frame
from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.ground import GroundSettings
from panoseg_ros.inference import Backend, load_backend
from panoseg_ros.pipeline import Pipeline, Result
from panoseg_ros.resources import find_resource

PICTURES = 12  # of the drive that are kept decoded: 5.5 MB each
STEP_NS = 66_000_000  # between pictures
CELL_M = 0.1


class Drive:
    """Goes through a drive there and back, for ever; one picture with every call.

    Args:
        plan: which drive, and what is made of it.
        backend: of the network.
        bundle: the one that the backend runs.

    Attributes:
        stages: wall milliseconds of the pipeline's stages, one entry per call.

    Raises:
        PanosegError: if bundle, rig and pictures do not fit each other.
    """

    def __init__(self, plan: Plan, backend: Backend, bundle: Bundle) -> None:
        from panoseg_ros.ros.demo.drive import load_drive, there_and_back

        source = Path(plan.images) if plan.images else find_resource(DRIVE, 'config/demo')
        drive, rig = load_drive(source), load_rig(plan.rig)
        topic = topic_of(plan.rig, source)
        pictures = islice(drive.pictures(), PICTURES)
        self._views = [rig.split(topic, picture) for picture in pictures]
        self._poses = [_matrix(*pose) for pose in drive.poses]
        self._turns = there_and_back(len(self._views))
        self._stamp_ns = 0
        self.stages: list[dict[str, float]] = []
        self.pipeline = Pipeline(
            bundle,
            rig,
            backend=backend,
            ground=GroundSettings(size_m=plan.cells * CELL_M),
            classes=plan.classes,
        )

    def __call__(self) -> Result:
        """Return what the next picture gives."""
        index = next(self._turns)
        self._stamp_ns += STEP_NS
        views = self._views[index].items()
        frames = [Frame(self._stamp_ns, '', view, lens) for lens, view in views]
        result = self.pipeline(frames, self._poses[index])
        self.stages.append(result.timings_ms)
        return result


def _matrix(x_m: float, y_m: float, yaw_rad: float) -> NDArray[np.float64]:
    turn = rotation_from_rpy_deg(0.0, 0.0, float(np.rad2deg(yaw_rad)))
    return transform(turn, [x_m, y_m, 0.0])


def load_road(kind: str, bundle: Bundle, threads: int) -> Backend:
    """Load a bundle: `panoseg` the way `auto` does on the CPU, `plain` into the baseline.

    Raises:
        BackendError: if it cannot run, such as a plain one without weights.
    """
    if kind == 'panoseg':
        return load_backend(bundle, 'auto', threads, 'cpu')
    return load_plain(bundle, threads)
