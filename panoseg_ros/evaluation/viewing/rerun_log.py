"""Logs what the node sees to Rerun, live or into a file; needs rerun-sdk."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SettingsError
from panoseg_ros.evaluation.pictures import (
    FREE_COLOR,
    ROBOT_COLOR,
    UNKNOWN_COLOR,
    cost_palette,
    draw_legend,
)
from panoseg_ros.evaluation.viewing import layout
from panoseg_ros.evaluation.viewing.scene import Cloud, Grid, from_above, pixel_from_above
from panoseg_ros.frames import UNKNOWN
from panoseg_ros.labels import LETHAL, LabelSet

APPLICATION = 'panoseg'
COMBINED = 'combined'
JPEG_QUALITY = 90
LEGEND_PX = 1000
MASK_OPACITY = 0.55
UNKNOWN_ID = UNKNOWN % 256
POINT_PX = -2.0  # Rerun reads a negative radius as pixels of the screen
AXIS_M = 0.6
LIFT_M = np.array([0.0, 0.0, 0.02], np.float32)  # keeps points apart from the plane below
FOOT_COLOR = (0, 220, 255)  # no class has it


def require_rerun(what: str) -> None:
    """Refuse to go on without Rerun, which `what` needs.

    Raises:
        SettingsError: naming the extra that brings it.
    """
    if find_spec('rerun') is None:
        raise SettingsError(
            f'{what} needs Rerun, which is not installed: pip install "panoseg_ros[view]"'
        )


class RerunLog:
    """One recording. Every method logs one thing at the time of its image, in any order.

    Args:
        label_set: names and colours of the classes.
        file: where to write the recording; None opens the viewer.
        recording_id: recordings of the same id are shown as one.

    Raises:
        SettingsError: if Rerun is missing, or its viewer or the file cannot be opened.
    """

    def __init__(
        self, label_set: LabelSet, file: Path | None = None, recording_id: str | None = None
    ) -> None:
        require_rerun('a viewer' if file is None else str(file))
        import rerun

        self._rerun, self._label_set = rerun, label_set
        self._stream = rerun.RecordingStream(APPLICATION, recording_id=recording_id)
        self._slugs: list[str] = []
        self._robot = (0.0, 0.0, 0.0)  # x, y in metres and yaw in radians, in the map
        try:
            if file is None:
                self._stream.spawn()
            else:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._stream.save(str(file))
        except (RuntimeError, OSError) as err:
            what = 'the viewer' if file is None else str(file)
            raise SettingsError(f'Rerun cannot open {what}: {" ".join(str(err).split())}') from err
        self._log_once()
        self._arrange()

    def _log_once(self) -> None:
        rerun, classes = self._rerun, self._label_set.classes
        names = [(cls.id, cls.name, cls.color) for cls in classes]
        self._static('/', rerun.AnnotationContext(names))
        self._static(layout.WORLD, rerun.ViewCoordinates.RIGHT_HAND_Z_UP)
        ids = [cls.id for cls in classes]
        legend = draw_legend(self._label_set, ids, LEGEND_PX)
        self._static(layout.LEGEND, rerun.Image(legend))
        axes = rerun.Arrows3D(
            vectors=np.eye(3) * AXIS_M, colors=[(220, 40, 40), (40, 180, 40), (40, 80, 220)]
        )
        self._static(f'{layout.WORLD}/base/axes', axes)

    def _arrange(self) -> None:
        self._stream.send_blueprint(layout.blueprint(self._slugs))

    def _static(self, path: str, what: Any) -> None:
        self._stream.log(path, what, static=True)

    def _log(self, stamp_ns: int, path: str, what: Any) -> None:
        self._stream.set_time(layout.TIMELINE, timestamp=np.datetime64(stamp_ns, 'ns'))
        self._stream.log(path, what)

    def camera(self, base_from_pano: NDArray[np.float64]) -> None:
        """Log once where the camera is mounted; (4, 4)."""
        rerun, path = self._rerun, f'{layout.WORLD}/base/camera'
        self._static(path, self._transform(base_from_pano))
        self._static(path, rerun.Points3D([(0.0, 0.0, 0.0)], radii=0.08, labels=['camera']))

    def panorama(self, stamp_ns: int, image: NDArray[np.uint8]) -> None:
        """Log a panorama (H, W, 3) RGB."""
        picture = self._rerun.Image(image).compress(jpeg_quality=JPEG_QUALITY)
        self._log(stamp_ns, layout.PANORAMA, picture)

    def mask(self, stamp_ns: int, labels: NDArray[np.uint8]) -> None:
        """Log class ids (H, W); 255 is unlabelled."""
        picture = self._rerun.SegmentationImage(labels, opacity=MASK_OPACITY)
        self._log(stamp_ns, layout.MASK, picture)

    def pose(self, stamp_ns: int, map_from_base: NDArray[np.float64]) -> None:
        """Log where the robot is; (4, 4)."""
        heading_rad = float(np.arctan2(map_from_base[1, 0], map_from_base[0, 0]))
        self._robot = (float(map_from_base[0, 3]), float(map_from_base[1, 3]), heading_rad)
        self._log(stamp_ns, f'{layout.WORLD}/base', self._transform(map_from_base))

    def _transform(self, pose: NDArray[np.float64]) -> Any:
        return self._rerun.Transform3D(translation=pose[:3, 3], mat3x3=pose[:3, :3])

    def grid(self, stamp_ns: int, slug: str, grid: Grid) -> None:
        """Log a costmap: the combined one, or the evidence of the class of this slug.

        A slug that is new gets a tab of its own.
        """
        if slug not in self._slugs:
            self._slugs.append(slug)
            self._static(f'{layout.COSTMAP}/{slug}', self._cell_names(slug))
            self._arrange()
        picture = self._rerun.SegmentationImage(from_above(grid.cells))
        self._log(stamp_ns, f'{layout.COSTMAP}/{slug}', picture)
        if slug == COMBINED:
            self._log(stamp_ns, f'{layout.COSTMAP}/robot', self._robot_mark(grid))
            self._log(stamp_ns, f'{layout.WORLD}/ground', self._ground(grid))

    def _cell_names(self, slug: str) -> Any:
        """Return colours and words of the values -1..100, by value modulo 256."""
        if slug == COMBINED:
            palette = cost_palette()
            words = ['free', *(f'cost {cost}' for cost in range(1, LETHAL)), 'lethal']
        else:
            palette = _evidence_palette(self._color_of(slug))
            words = [f'{slug} {percent} %' for percent in range(LETHAL + 1)]
        names = [(value, word, tuple(palette[value])) for value, word in enumerate(words)]
        names.append((UNKNOWN_ID, 'unknown', UNKNOWN_COLOR))
        return self._rerun.AnnotationContext(names)

    def _color_of(self, slug: str) -> tuple[int, int, int]:
        colors = {cls.slug: cls.color for cls in self._label_set.classes}
        return colors.get(slug, ROBOT_COLOR)

    def _robot_mark(self, grid: Grid) -> Any:
        x, y, heading_rad = self._robot
        length = grid.cells.shape[1] / 12.0
        ahead = (-length * np.sin(heading_rad), -length * np.cos(heading_rad))
        return self._rerun.Arrows2D(
            origins=[pixel_from_above(grid, (x, y))],
            vectors=[ahead],
            radii=[length / 10.0],
            colors=[ROBOT_COLOR],
        )

    def _ground(self, grid: Grid) -> Any:
        """Return the costmap as a plane in space; what is unknown is transparent."""
        rerun, (rows, columns) = self._rerun, grid.cells.shape
        palette = np.full((256, 4), 255, np.uint8)
        palette[:, :3] = cost_palette()
        palette[UNKNOWN_ID, 3] = 0
        picture = palette[grid.cells[::-1].view(np.uint8)]  # row 0 of a picture is its top
        layout_of = rerun.components.ImageFormat(
            width=columns, height=rows, color_model='RGBA', channel_datatype='U8'
        )
        return rerun.GridMap(
            data=picture.tobytes(),
            format=layout_of,
            cell_size=grid.resolution_m,
            translation=[*grid.origin_xy_m, grid.ground_z_m],
        )

    def cloud(self, stamp_ns: int, cloud: Cloud) -> None:
        """Log labelled points, in the base frame."""
        lifted = cloud.points_m + LIFT_M
        points = self._rerun.Points3D(lifted, class_ids=cloud.class_ids, radii=POINT_PX)
        self._log(stamp_ns, f'{layout.WORLD}/base/points', points)

    def feet(self, stamp_ns: int, points_m: NDArray[np.float32]) -> None:
        """Log where obstacles stand: (P, 3), in the base frame."""
        lifted = points_m + 2.0 * LIFT_M
        points = self._rerun.Points3D(lifted, colors=[FOOT_COLOR], radii=POINT_PX)
        self._log(stamp_ns, f'{layout.WORLD}/base/feet', points)

    def stages(self, stamp_ns: int, timings_ms: Mapping[str, float]) -> None:
        """Log what the stages took."""
        for stage, spent_ms in timings_ms.items():
            path = f'{layout.STAGES}/{stage.replace(" ", "_")}'
            self._log(stamp_ns, path, self._rerun.Scalars(spent_ms))

    def latency(self, stamp_ns: int, latency_ms: float) -> None:
        """Log the time from a picture to its result."""
        self._log(stamp_ns, layout.LATENCY, self._rerun.Scalars(latency_ms))

    def flush(self) -> None:
        """Write out what was logged so far."""
        self._stream.flush()

    def close(self) -> None:
        """Write everything out; nothing can be logged afterwards."""
        self._stream.disconnect()


def _evidence_palette(color: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Return colours (256, 3) from free to the class colour for 0..100 percent."""
    palette = np.full((256, 3), UNKNOWN_COLOR, np.uint8)
    share = np.linspace(0.0, 1.0, LETHAL + 1)[:, None]
    palette[: LETHAL + 1] = (1.0 - share) * np.array(FREE_COLOR) + share * np.array(color)
    return palette
