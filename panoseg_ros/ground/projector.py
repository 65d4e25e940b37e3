"""From the labels of a panorama to evidence on flat ground."""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import GroundError
from panoseg_ros.frames import GroundMap, Segmentation
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground.accuracy import range_error_m, trust
from panoseg_ros.ground.board import Box
from panoseg_ros.ground.breadth import TALL_M, Picture, widen_feet
from panoseg_ros.ground.channels import channels_of
from panoseg_ros.ground.clearing import clear_ends
from panoseg_ros.ground.clouds import GroundSight, trimmed
from panoseg_ros.ground.contact import LEAST_SHARE, Stance, settle_feet
from panoseg_ros.ground.evidence import GroundEvidence, map_of
from panoseg_ros.ground.kerbs import reckon_with_kerbs
from panoseg_ros.ground.paint import paint_ground
from panoseg_ros.ground.ranges import ring_of_ranges
from panoseg_ros.ground.rays import RayTable, View, build_rays, place, view_of
from panoseg_ros.ground.room import Room
from panoseg_ros.ground.samples import look_up
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.ground.shapes import shapes_of
from panoseg_ros.ground.stature import draw_in_tall
from panoseg_ros.ground.trace import (
    Feet,
    find_feet,
    forget_ground,
    join_feet,
    neighbours,
    paint_feet,
)
from panoseg_ros.labels import LabelSet

LOWEST_M, HIGHEST_M = 0.02, 100.0  # of a camera above the ground; beyond it a unit is wrong
FARTHEST_M = 1e8  # from the map's origin, more than around the Earth; cells are counted in it


class GroundProjector:
    """Projects segmentations of one camera pose; all tables are made once, here.

    Args:
        geometry: directions of the panorama's pixels.
        base_from_pano: (4, 4) pose of the panorama frame in the base frame. The z
            axis of the base frame is taken as vertical.
        label_set: what the labels mean and cost.
        settings: see `GroundSettings`.
        classes: names or slugs of the classes that get a grid of their own.
        base_frame: `frame_id` of what is given in the base frame.
        map_frame: `frame_id` of what is given in the map frame.

    Attributes:
        sight: what the rays of the last frame met; None before the first.

    Raises:
        GroundError: if `base_from_pano` is no finite rigid transform, the camera is below the
            ground, lower than 0.02 m, higher than 100 m or not above the grid, the horizon or
            all ground is outside the panorama, or a class never touches the ground.
        LabelError: if a class is not of the label set.
    """

    def __init__(
        self,
        geometry: PanoramaGeometry,
        base_from_pano: NDArray[np.float64],
        label_set: LabelSet,
        settings: GroundSettings | None = None,
        classes: Sequence[str] = (),
        *,
        base_frame: str = 'base_footprint',
        map_frame: str = 'odom',
    ) -> None:
        self.geometry = geometry
        self.settings = settings or GroundSettings()
        self.channels = channels_of(label_set, classes)
        self.shapes = shapes_of(label_set)
        pose = _mounting(base_from_pano, self.settings)
        self.rays = build_rays(geometry, pose, self.settings)
        self.sight: GroundSight | None = None
        self._room = Room(self.settings.cells, self.channels.count)
        self._base_from_pano = pose
        self._frames = (base_frame, map_frame)

    def set_costs(self, label_set: LabelSet) -> None:
        """Let classes cost what they do in this label set, the one given before otherwise."""
        self.channels = channels_of(label_set, self.channels.slugs)
        self._room = Room(self.settings.cells, self.channels.count)

    def __call__(
        self,
        segmentation: Segmentation,
        valid: NDArray[np.bool_],
        map_from_base: NDArray[np.float64] | None = None,
        level_from_pano: NDArray[np.float64] | None = None,
    ) -> GroundMap:
        """Return the map of this frame alone; see `observe` for arguments and errors."""
        evidence = self.observe(segmentation, valid, map_from_base, level_from_pano)
        return map_of(evidence, self.channels)

    def observe(
        self,
        segmentation: Segmentation,
        valid: NDArray[np.bool_],
        map_from_base: NDArray[np.float64] | None = None,
        level_from_pano: NDArray[np.float64] | None = None,
    ) -> GroundEvidence:
        """Return what a frame says about the ground, in the map frame if a pose is given.

        The cells of the evidence are good until the next frame: they lie in memory that every
        frame uses. `sight` and ranges are the caller's for ever.

        Args:
            segmentation: labels and confidence of shape (H, W).
            valid: (H, W), False where no lens sees anything but the robot itself.
            map_from_base: (4, 4) pose of the base; of its rotation only the yaw counts.
            level_from_pano: (4, 4) pose of an upright panorama in the level frame, for a
                frame whose panorama was turned upright. The level frame has the base's
                origin and heading, and its z axis is vertical.

        Raises:
            GroundError: if the arrays do not have the panorama's shape, a pose is not a
                finite rigid transform, or the camera comes to lie below the ground.
        """
        self._check_images(segmentation, valid)
        rays = self.rays if level_from_pano is None else self._upright_rays(level_from_pano)
        cell, size = self.settings.resolution_m, self.settings.cells
        pose = planar_pose(map_from_base)
        centre = (int(np.floor(pose[0] / cell)), int(np.floor(pose[1] / cell)))
        origin = (centre[0] - size // 2, centre[1] - size // 2)
        line = self._lines(rays, pose, origin)
        self.sight = self._see(segmentation, valid, rays, line, level_from_pano)
        feet, room = self.sight.feet, self._room
        camera = (float(line[0, 0]), float(line[0, 1]))
        trust(camera, cell, rays.height_m, rays.error_rad, room.trust)
        cells = room.weighed(self._box(camera, rays, feet))
        foot_m, blind_m = feet.first * np.float32(cell), feet.blind * np.float32(cell)
        return GroundEvidence(
            segmentation.stamp_ns,
            self._frames[map_from_base is not None],
            cell,
            origin,
            pose,
            *cells,
            ring_of_ranges(foot_m, blind_m, rays.azimuth_rad, self.settings.bearings),
        )

    @cached_property
    def _upright_view(self) -> View:
        return view_of(self.geometry, np.eye(3))

    def _upright_rays(self, level_from_pano: NDArray[np.float64]) -> RayTable:
        pose = np.asarray(level_from_pano, dtype=np.float64)
        if not _is_rigid(pose, 1e-4) or np.abs(pose[2, :3] - (0.0, 0.0, 1.0)).max() > 1e-4:
            raise GroundError(
                'level_from_pano must be the (4, 4) pose of an upright panorama, '
                f'got {pose.tolist()}'
            )
        return place(self._upright_view, self.geometry, pose, self.settings)

    def _see(
        self,
        segmentation: Segmentation,
        valid: NDArray[np.bool_],
        rays: RayTable,
        line: NDArray[np.float64],
        level_from_pano: NDArray[np.float64] | None,
    ) -> GroundSight:
        """Leave the hits of all cells on the board of the room, and return what was met."""
        room, ground = self._room, int(self.channels.bounds[1])
        size, cell = self.settings.cells, self.settings.resolution_m
        codes, certainty, feet = room.cleared(len(rays.pixel), len(rays.middle))
        self._look_up(segmentation, valid, rays, codes, certainty)
        table = (rays.middle, rays.point, rays.start, line)
        paint_ground(codes, certainty, ground, *table, room.board, size)
        depth = self.settings.obstacle_depth_m / cell
        found = find_feet(codes, ground, rays.near, rays.far, depth, feet)
        labels = segmentation.labels.ravel()
        stance = self._stance(feet.sample[:found], labels[_pixels_of(feet, found, rays)], rays)
        picture = self._picture(segmentation, valid)
        upright = (rays.slope, rays.pixel, picture)
        raw = feet.begin[:found].copy()
        draw_in_tall(feet, found, stance, rays.height_m / cell, *upright)
        told = raw - feet.begin[:found]
        settle_feet(feet, found, stance)
        under = (raw - feet.begin[:found]) * stance.wheels
        people = stance.tall > 0.0
        kerb = reckon_with_kerbs(
            feet, found, told, people, codes, rays, picture, self.channels, self.shapes,
            self.settings,
        )  # fmt: skip
        tall = (TALL_M - rays.height_m) / cell
        most = int(widen_feet(feet, found, stance, rays.near, tall, *upright))
        feet = trimmed(feet, most)
        pixel = _pixels_of(feet, most, rays)
        code, sure = self.channels.of_label[labels[pixel]], segmentation.confidence.ravel()[pixel]
        unsure = self._unsure(feet.begin, labels[pixel], rays)
        unsure[:found] += kerb
        pairs = neighbours(feet, found, code, rays.far)
        forget_ground(feet, most, unsure, _extended(under, most), line, room.board, size)
        paint_feet(feet, most, code, sure, line, room.board, size)
        join_feet(feet, pairs, code, sure, line, room.board, size)
        return GroundSight(
            segmentation,
            valid,
            self.geometry,
            self._base_from_pano if level_from_pano is None else level_from_pano,
            rays,
            feet,
            pairs,
            unsure,
            clear_ends(codes, ground, rays.middle),
            self.channels,
            self.settings,
        )

    def _box(self, camera: tuple[float, float], rays: RayTable, feet: Feet) -> Box:
        """Return the cells around a camera, in cells, that hits on its rays can lie in."""
        reach = max(float(rays.far[-1]), float(feet.end.max(initial=0.0)))
        reach *= math.hypot(1.0, 2.0 * math.pi / len(rays.pixel))  # hits lie aside, too
        size, (x, y) = self.settings.cells, camera

        def inside(cell: float) -> int:
            return min(max(0, math.floor(cell)), size)

        return inside(x - reach), inside(x + reach + 2), inside(y - reach), inside(y + reach + 2)

    def _picture(self, segmentation: Segmentation, valid: NDArray[np.bool_]) -> Picture:
        return Picture(
            segmentation.labels.ravel(),
            segmentation.confidence.ravel(),
            valid.ravel(),
            self.shapes.group,
        )

    def _unsure(
        self, begin: NDArray[np.float32], label: NDArray[np.uint8], rays: RayTable
    ) -> NDArray[np.float32]:
        """Return how much ground before each foot (F,) may be taken, in cells."""
        cell = self.settings.resolution_m
        error_m = range_error_m(begin * cell, rays.height_m, rays.error_rad)
        return ((self.shapes.over_m[label] + error_m) / cell).astype(np.float32)

    def _stance(
        self, sample: NDArray[np.int32], label: NDArray[np.uint8], rays: RayTable
    ) -> Stance:
        cell, shapes = np.float32(self.settings.resolution_m), self.shapes
        least = np.where(shapes.wheels, LEAST_SHARE, 0.0)
        nearest = np.maximum(least, 1.0 - shapes.hang_m / np.float32(rays.height_m))
        return Stance(
            shapes.group[label],
            shapes.wheels[label],
            (shapes.reach_m / cell)[label],
            nearest.astype(np.float32)[label],
            (shapes.depth_m / cell)[label],
            (shapes.span_m / cell)[label],
            shapes.through[label],
            (shapes.base_m / cell)[label],
            (shapes.front_m / cell)[label],
            (shapes.tall_m / cell)[label],
            (rays.far - rays.near)[sample],
        )

    def _check_images(self, segmentation: Segmentation, valid: NDArray[np.bool_]) -> None:
        shape = (self.geometry.height, self.geometry.width)
        named = {
            'labels': (segmentation.labels, np.uint8),
            'confidence': (segmentation.confidence, np.uint8),
            'valid': (valid, np.bool_),
        }
        for name, (array, dtype) in named.items():
            if array.shape != shape or array.dtype != dtype:
                raise GroundError(
                    f'{name} must be {np.dtype(dtype).name} of shape {shape} like the panorama, '
                    f'got {array.dtype} of shape {array.shape}'
                )

    def _look_up(
        self,
        segmentation: Segmentation,
        valid: NDArray[np.bool_],
        rays: RayTable,
        codes: NDArray[np.int16],
        certainty: NDArray[np.uint8],
    ) -> None:
        look_up(
            rays.pixel,
            segmentation.labels.ravel(),
            segmentation.confidence.ravel(),
            valid.ravel(),
            self.channels.of_label,
            int(self.channels.bounds[1]),
            self.settings.least_confidence,
            codes,
            certainty,
        )

    def _lines(
        self, rays: RayTable, pose: tuple[float, float, float], origin: tuple[int, int]
    ) -> NDArray[np.float64]:
        """Return start and direction (K, 4) of every ray on the grid, in cells."""
        x, y = rays.camera_xy_m
        cosine, sine = np.cos(pose[2]), np.sin(pose[2])
        camera_m = (pose[0] + cosine * x - sine * y, pose[1] + sine * x + cosine * y)
        azimuth = rays.azimuth_rad + pose[2]
        line = np.empty((len(azimuth), 4))
        line[:, 0] = camera_m[0] / self.settings.resolution_m - origin[0]
        line[:, 1] = camera_m[1] / self.settings.resolution_m - origin[1]
        line[:, 2] = np.cos(azimuth)
        line[:, 3] = np.sin(azimuth)
        return line


def _extended(values: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """Return values (F,) followed by zeros, so many in all."""
    return np.append(values, np.zeros(number - len(values), np.float32))


def _pixels_of(feet: Feet, found: int, rays: RayTable) -> NDArray[np.int32]:
    return rays.pixel[feet.ray[:found], feet.sample[:found]]


def _mounting(
    base_from_pano: NDArray[np.float64], settings: GroundSettings
) -> NDArray[np.float64]:
    """Return the pose; one below the ground is left to `build_rays`."""
    pose = np.asarray(base_from_pano, dtype=np.float64)
    if not _is_rigid(pose, 1e-6):
        raise GroundError(
            f'base_from_pano must be a finite (4, 4) rotation and translation, got {pose.tolist()}'
        )
    x, y, z = pose[:3, 3].tolist()
    height_m = z - settings.ground_z_m
    if 0.0 < height_m < LOWEST_M or height_m > HIGHEST_M:
        raise GroundError(
            f'the camera is {height_m:g} m above ground: base_from_pano has it at z {z:g} m, '
            f'ground_z_m is {settings.ground_z_m:g}; allowed are {LOWEST_M:g} to {HIGHEST_M:g} m'
        )
    if max(abs(x), abs(y)) >= settings.size_m / 2:
        raise GroundError(
            f'the camera is outside the grid: base_from_pano has it at x {x:g} m and y {y:g} m, '
            f'a grid of size_m {settings.size_m:g} ends {settings.size_m / 2:g} m from the base'
        )
    return pose


def _is_rigid(pose: NDArray[np.float64], error: float) -> bool:
    """Return whether this is a finite rotation, up to an error, and a translation."""
    if pose.shape != (4, 4) or not np.isfinite(pose).all():
        return False
    turn, last = pose[:3, :3], np.abs(pose[3] - (0.0, 0.0, 0.0, 1.0)).max()
    if max(last, np.abs(turn).max() - 1.0) > error:  # large ones would overflow below
        return False
    return bool(np.abs(turn @ turn.T - np.eye(3)).max() <= error and np.linalg.det(turn) > 0.0)


def planar_pose(map_from_base: NDArray[np.float64] | None) -> tuple[float, float, float]:
    """Return x and y in metres and yaw in radians of a (4, 4) pose; zeros without one.

    Raises:
        GroundError: if the pose is not a finite rigid transform.
    """
    if map_from_base is None:
        return 0.0, 0.0, 0.0
    pose = np.asarray(map_from_base, dtype=np.float64)
    if not _is_rigid(pose, 1e-4) or np.abs(pose[:2, 3]).max() > FARTHEST_M:
        raise GroundError(
            'map_from_base must be a finite (4, 4) rigid transform, x and y at most '
            f'{FARTHEST_M:g} m, got {pose.tolist()}'
        )
    return float(pose[0, 3]), float(pose[1, 3]), float(np.arctan2(pose[1, 0], pose[0, 0]))


def ground_map(
    segmentation: Segmentation,
    valid: NDArray[np.bool_],
    geometry: PanoramaGeometry,
    base_from_pano: NDArray[np.float64],
    label_set: LabelSet,
    settings: GroundSettings | None = None,
    classes: Sequence[str] = (),
) -> GroundMap:
    """Return one frame's map in the base frame; for many frames keep a `GroundProjector`.

    Raises:
        GroundError: see `GroundProjector`.
        LabelError: see `GroundProjector`.
    """
    projector = GroundProjector(geometry, base_from_pano, label_set, settings, classes)
    return projector(segmentation, valid)
