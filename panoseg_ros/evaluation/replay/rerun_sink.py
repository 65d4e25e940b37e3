"""Results as a recording for the Rerun viewer; needs rerun-sdk."""

from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.bundles import load_bundle
from panoseg_ros.cameras import load_rig_template
from panoseg_ros.errors import ReplayError
from panoseg_ros.evaluation.replay.job import ReplayJob
from panoseg_ros.evaluation.replay.outcome import Outcome
from panoseg_ros.evaluation.viewing import (
    COMBINED,
    Cloud,
    Grid,
    RerunLog,
    labelled_cloud,
    places_of,
    planar,
    require_rerun,
    standing_cloud,
)
from panoseg_ros.ground import GroundSight, obstacle_cloud, pixel_cloud
from panoseg_ros.labels import LabelSet, load_label_set


class RerunSink:
    """Logs panorama, mask, costmaps, points, pose and times of every result.

    Args:
        path: of the recording, ending in .rrd; written anew from the first result on, so that
            a replay that is refused leaves an older one alone.
        label_set: names and colours of the classes.
        base_from_pano: (4, 4) pose of the camera.
        recording_id: recordings of the same id are shown as one.

    Raises:
        SettingsError: without rerun-sdk; by `write`, if the file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        label_set: LabelSet,
        base_from_pano: NDArray[np.float64],
        recording_id: str | None = None,
    ) -> None:
        require_rerun(str(path))
        self._path, self._label_set, self._id = path, label_set, recording_id
        self._base_from_pano = base_from_pano
        self._log: RerunLog | None = None

    def write(self, outcome: Outcome) -> None:
        """Log one result."""
        result, stamp_ns, log = outcome.result, outcome.stamp_ns, self._opened()
        assert result is not None
        pose = planar(outcome.map_from_base)
        log.pose(stamp_ns, pose)
        log.panorama(stamp_ns, result.panorama.image)
        log.mask(stamp_ns, result.segmentation.labels)
        log.stages(stamp_ns, outcome.timings_ms)
        if outcome.latency_ms is not None:
            log.latency(stamp_ns, outcome.latency_ms)
        if (ground := result.ground) is None:
            return
        for slug, cells in {COMBINED: ground.combined, **ground.classes}.items():
            grid = Grid(cells, ground.resolution_m, ground.origin_xy_m, outcome.ground_z_m)
            log.grid(stamp_ns, slug, grid)
        assert result.sight is not None
        level = result.sight._replace(base_from_level=np.eye(3))  # as the pose is planar
        log.cloud(stamp_ns, _cloud(level))
        log.feet(stamp_ns, places_of(obstacle_cloud(level)))

    def settle(self) -> None:
        """Write out what was logged so far."""
        if self._log is not None:
            self._log.flush()

    def finish(self) -> None:
        """Close the recording."""
        if self._log is not None:
            self._log.close()

    def _opened(self) -> RerunLog:
        if self._log is None:
            self._log = RerunLog(self._label_set, self._path, self._id)
            self._log.camera(self._base_from_pano)
        return self._log


def sink_for(job: ReplayJob, path: Path) -> RerunSink:
    """Return the sink of a replay.

    A replay that is resumed goes on in a file of its own; both have the id of the replay's
    folder, so that the viewer shows them as one.

    Raises:
        ReplayError: if a replay is resumed into a file that exists.
        SettingsError: without rerun-sdk.
        PanosegError: if bundle or rig cannot be read.
    """
    if job.resume and path.exists():
        raise ReplayError(f'{path}: exists: with --resume name another file, and open both')
    bundle = load_bundle(job.bundle)
    return RerunSink(
        path,
        load_label_set(bundle.label_set),
        load_rig_template(job.rig).blind().base_from_pano,
        sha256(str(job.out.resolve()).encode()).hexdigest()[:16],
    )


def _cloud(sight: GroundSight) -> Cloud:
    """Return ground and feet, and what stands on the feet."""
    points = pixel_cloud(sight)
    low, high = labelled_cloud(points), standing_cloud(sight, points)
    return Cloud(
        np.concatenate([low.points_m, high.points_m]),
        np.concatenate([low.class_ids, high.class_ids]),
    )
