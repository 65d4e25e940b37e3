"""The true ground map around a robot: what costmaps are judged by.

Convention: the grid lies in a level frame at base_footprint (z against gravity, x towards
the robot's heading), indexed [y, x] with row 0 at the smallest y, as `frames.GroundMap`.
Bearings are counter-clockwise from -pi, seen from the point below the camera.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SyntheticError
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import transform
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import EMPTY, F32, Mesh, join
from panoseg_ros.synthetic.recording.faces import Faces, cut_faces, groups_of, widths_of
from panoseg_ros.synthetic.rendering.casting import MISS, Caster

InView = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
GROUND = (ids.ROAD, ids.SIDEWALK, ids.TERRAIN)
_LIFT_M = 0.02  # from where above the ground a camera is looked for: layers of paint rise 13 mm
_OFF_FACE_M = 0.01  # likewise from an obstacle, towards the camera
_STEEPEST = 0.12  # ground rises at most so much per metre; roofs beyond are no ground
_FOOT_M = 0.1  # what is so near to the lowest face of a cell is its lower end
_BEHIND_M = 1e4  # sorts hidden faces behind visible ones


@dataclass(frozen=True)
class GridSettings:
    """Size and fineness of a true ground map.

    `samples` x `samples` rays go down through every cell, and from there to the camera.
    Obstacles count between `low_m` and `high_m` above the ground of their cell.
    """

    cells: int = 400  # along each side
    resolution_m: float = 0.1
    samples: int = 2
    low_m: float = 0.05
    high_m: float = 2.0
    bearings: int = 720
    ground: tuple[int, ...] = GROUND  # class ids that one can drive on

    def __post_init__(self) -> None:
        """Refuse impossible values."""
        if not 2 <= self.cells <= 4000:
            raise SyntheticError(f'cells must be 2 to 4000, got {self.cells}')
        if not 0.01 <= self.resolution_m <= 10.0:
            raise SyntheticError(f'resolution_m must be 0.01 to 10, got {self.resolution_m}')
        if not 1 <= self.samples <= 8:
            raise SyntheticError(f'samples must be 1 to 8, got {self.samples}')
        if not 0.0 <= self.low_m < self.high_m:
            raise SyntheticError(f'need 0 <= low_m < high_m, got {self.low_m} and {self.high_m}')
        if self.bearings < 4:
            raise SyntheticError(f'bearings must be 4 or more, got {self.bearings}')

    @property
    def origin_xy_m(self) -> tuple[float, float]:
        """The outer corner of cell (0, 0)."""
        half = 0.5 * self.cells * self.resolution_m
        return -half, -half


class Sight(NamedTuple):
    """A camera, what stands around it and where it looks."""

    camera_m: NDArray[np.float64]  # (3,) in the world
    casters: list[Caster]
    in_view: InView | None

    def reaches(self, points: F32) -> NDArray[np.bool_]:
        """Return whether the camera sees points (N, 3): in view, and nothing in between."""
        rays = np.ascontiguousarray(self.camera_m.astype(np.float32) - points)  # 1 = the camera
        free: NDArray[np.bool_] = np.ones(len(points), np.bool_)
        for caster in self.casters:
            free[free] = caster.is_free(
                np.ascontiguousarray(points[free]), np.ascontiguousarray(rays[free]), 1.0
            )
        if self.in_view is not None:
            free[free] = self.in_view(points[free].astype(np.float64))
        return free


class GroundTruth(NamedTuple):
    """What is on the ground around the robot and what the camera can see of it."""

    resolution_m: float
    origin_xy_m: tuple[float, float]
    ground: NDArray[np.uint8]  # (N, N) class of the ground, 255 = none
    ground_z_m: F32  # (N, N) its height in the level frame, NaN = none
    ground_visible: NDArray[np.bool_]  # (N, N) the camera sees some of the cell's ground
    obstacle: NDArray[np.bool_]  # (N, N) the cell holds faces of obstacles
    obstacle_class: NDArray[np.uint8]  # (N, N) of the nearest visible face, 255 = none or other
    obstacle_instance: NDArray[np.int32]  # (N, N) likewise, 0 = none
    face_visible: NDArray[np.bool_]  # (N, N) the camera sees some face in the cell
    foot_visible: NDArray[np.bool_]  # (N, N) it sees the lower end of some face in the cell
    face_width_rad: F32  # (N, N) how wide the visible part of that object looks, 0 = unseen
    ranges_m: F32  # (A,) to the first obstacle, +inf = none within `reach_m`
    reach_m: float  # how far from the camera the grid holds every bearing

    @property
    def free(self) -> NDArray[np.bool_]:
        """Cells (N, N) whose ground the camera sees and that hold no obstacle."""
        return self.ground_visible & ~self.obstacle

    @property
    def occluded(self) -> NDArray[np.bool_]:
        """Cells (N, N) with ground of which the camera sees nothing."""
        return (self.ground != UNLABELLED) & ~self.ground_visible


class GroundScene:
    """A scene whose ground can be asked for from any place.

    Args:
        mesh: everything that does not move, in world coordinates, z up.
        settings: of the grid.
    """

    def __init__(self, mesh: Mesh, settings: GridSettings | None = None) -> None:
        self.settings = settings or GridSettings()
        is_ground = np.isin(mesh.labels, self.settings.ground)
        self._ground = _only(mesh, is_ground)
        self._obstacles = _only(mesh, ~is_ground)
        self._below = Caster(self._ground) if is_ground.any() else None
        self._all = Caster(mesh)

    def __call__(
        self,
        world_from_base: NDArray[np.float64],
        camera_m: NDArray[np.float64],
        moving: Mesh = EMPTY,
        in_view: InView | None = None,
    ) -> GroundTruth:
        """Return the ground map around a robot.

        Args:
            world_from_base: (4, 4) pose of base_footprint; only its heading and place count.
            camera_m: (3,) the camera in the world.
            moving: obstacles that are only there at this moment.
            in_view: tells which world points (N, 3) the camera looks at, nothing being in the
                way; all if None.
        """
        settings = self.settings
        casters = [self._all, *([Caster(moving)] if len(moving.labels) else [])]
        world_from_level = _level(world_from_base)
        eye = (np.linalg.inv(world_from_level) @ [*camera_m, 1.0])[:3]
        sight = Sight(camera_m, casters, in_view)
        ground, height, seen = self._look_down(world_from_level, sight)
        obstacles = self._near(join([self._obstacles, moving]), world_from_level)
        ranges = np.full(settings.bearings, np.inf)
        faces = cut_faces(
            obstacles.corners.astype(np.float64),
            np.where(np.isfinite(height), height, np.float32(0.0)),
            settings.origin_xy_m,
            settings.resolution_m,
            (settings.low_m, settings.high_m),
            (float(eye[0]), float(eye[1])),
            ranges,
        )
        visible = _visible(faces, eye, world_from_level, sight)
        half = 0.5 * settings.cells * settings.resolution_m
        reach = max(0.0, half - float(np.abs(eye[:2]).max()))
        ranges[ranges > reach] = np.inf  # beyond the circle some bearings have cells, some none
        maps = _paint(faces, visible, eye, obstacles, (settings.cells, settings.cells))
        return GroundTruth(
            settings.resolution_m,
            settings.origin_xy_m,
            ground,
            height,
            seen,
            *maps,
            ranges.astype(np.float32),
            reach,
        )

    def _look_down(
        self, world_from_level: NDArray[np.float64], sight: Sight
    ) -> tuple[NDArray[np.uint8], F32, NDArray[np.bool_]]:
        """Return class, height and visibility of the ground of every cell."""
        settings, n = self.settings, self.settings.samples
        side = settings.cells * n
        if self._below is None:
            shape = (settings.cells, settings.cells)
            none = np.full(shape, UNLABELLED, np.uint8)
            return none, np.full(shape, np.nan, np.float32), np.zeros(shape, np.bool_)
        along = settings.origin_xy_m[0] + (np.arange(side) + 0.5) * settings.resolution_m / n
        x, y = (a.ravel() for a in np.meshgrid(along, along))
        top = settings.high_m + 1.0 + _STEEPEST * np.hypot(x, y)
        starts = _moved(np.stack([x, y, top], 1), world_from_level)
        down = np.zeros_like(starts)
        down[:, 2] = -1.0
        hits = self._below.first_hits(starts, down)
        found = hits != MISS
        points = starts.copy()
        points[:, 2] = _height_at(self._ground.corners[hits], starts)
        found &= points[:, 2] > world_from_level[2, 3] - 1.0 - _STEEPEST * np.hypot(x, y)
        lit = found.copy()
        lifted = points[found]
        lifted[:, 2] += _LIFT_M
        lit[found] = sight.reaches(lifted)
        level_z = np.where(found, points[:, 2] - world_from_level[2, 3], np.nan)
        cells = (settings.cells, n, settings.cells, n)
        labels = np.where(found, self._ground.labels[hits], UNLABELLED).reshape(cells)
        return (
            _most(labels, settings.ground),
            _mean(level_z.reshape(cells)),
            lit.reshape(cells).any((1, 3)),
        )

    def _near(self, mesh: Mesh, world_from_level: NDArray[np.float64]) -> Mesh:
        """Return the obstacles that may reach into the grid, in the level frame."""
        half = 0.5 * self.settings.cells * self.settings.resolution_m
        level_from_world = np.linalg.inv(world_from_level)
        low, high = mesh.corners.min(1), mesh.corners.max(1)
        reach = half * np.sqrt(2.0)
        middle = world_from_level[:3, 3]
        beside = (low[:, :2] < middle[:2] + reach).all(1)
        beside &= (high[:, :2] > middle[:2] - reach).all(1)
        slack = _STEEPEST * reach
        level = low[:, 2] < middle[2] + self.settings.high_m + slack
        level &= high[:, 2] > middle[2] - slack
        near = _only(mesh, beside & level)
        corners = near.corners.astype(np.float64) @ level_from_world[:3, :3].T
        return near._replace(corners=corners + level_from_world[:3, 3])


def ground_truth(
    mesh: Mesh,
    world_from_base: NDArray[np.float64],
    camera_m: NDArray[np.float64],
    settings: GridSettings | None = None,
    moving: Mesh = EMPTY,
) -> GroundTruth:
    """Return the true ground map around a robot; see `GroundScene` for many of one scene."""
    return GroundScene(mesh, settings)(world_from_base, camera_m, moving)


def _only(mesh: Mesh, which: NDArray[np.bool_]) -> Mesh:
    return Mesh._make(column[which] for column in mesh)


def _level(world_from_base: NDArray[np.float64]) -> NDArray[np.float64]:
    ahead = world_from_base[:2, 0] / np.linalg.norm(world_from_base[:2, 0])
    turn = np.array([[ahead[0], -ahead[1], 0.0], [ahead[1], ahead[0], 0.0], [0.0, 0.0, 1.0]])
    return transform(turn, world_from_base[:3, 3])


def _moved(points: NDArray[np.float64], matrix: NDArray[np.float64]) -> F32:
    moved = points @ matrix[:3, :3].T + matrix[:3, 3]
    return np.ascontiguousarray(moved, np.float32)


def _height_at(corners: F32, at: F32) -> F32:
    """Return z (N,) of the planes of triangles (N, 3, 3) at x and y of points (N, 3)."""
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    nx = ab[:, 1] * ac[:, 2] - ab[:, 2] * ac[:, 1]
    ny = ab[:, 2] * ac[:, 0] - ab[:, 0] * ac[:, 2]
    nz = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    nz = np.where(np.abs(nz) < 1e-12, np.float32(1e-12), nz)
    rise = nx * (at[:, 0] - a[:, 0]) + ny * (at[:, 1] - a[:, 1])
    return np.asarray(a[:, 2] - rise / nz, np.float32)


def _most(labels: NDArray[np.int64], classes: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the class that most samples (N, n, M, n) of a cell have, 255 where none has one."""
    counts = np.stack([(labels == cls).sum((1, 3)) for cls in classes])
    best = np.asarray(classes, np.uint8)[counts.argmax(0)]
    return np.where(counts.any(0), best, np.uint8(UNLABELLED))


def _mean(values: NDArray[np.float64]) -> F32:
    """Return the mean of the finite samples (N, n, M, n) of a cell, NaN where none is."""
    finite = np.isfinite(values)
    count = finite.sum((1, 3))
    total = np.where(finite, values, 0.0).sum((1, 3))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _visible(
    faces: Faces,
    eye: NDArray[np.float64],
    world_from_level: NDArray[np.float64],
    sight: Sight,
) -> NDArray[np.bool_]:
    """Return which of the points (F, 3) of every face the camera sees."""
    points = faces.points.reshape(-1, 3).astype(np.float64)
    way = eye - points
    away = np.linalg.norm(way, axis=1, keepdims=True)
    points += way * (_OFF_FACE_M / np.maximum(away, _OFF_FACE_M))
    return sight.reaches(_moved(points, world_from_level)).reshape(-1, 3)


def _paint(
    faces: Faces,
    visible: NDArray[np.bool_],
    eye: NDArray[np.float64],
    obstacles: Mesh,
    shape: tuple[int, int],
) -> tuple[NDArray[np.bool_], NDArray[np.uint8], NDArray[np.int32], NDArray[np.bool_],
           NDArray[np.bool_], F32]:  # fmt: skip
    """Return obstacle, its class and instance, face and foot visible, width of every cell."""
    seen: NDArray[np.bool_] = np.asarray(visible.any(1))
    away = np.hypot(faces.points[:, 1, 0] - eye[0], faces.points[:, 1, 1] - eye[1])
    order = np.argsort(np.where(seen, away, away + _BEHIND_M))[::-1]  # the nearest seen is last
    cells, triangles = faces.cells[order], faces.triangles[order]
    count = shape[0] * shape[1]
    obstacle, label = np.zeros(count, np.bool_), np.full(count, UNLABELLED, np.uint8)
    instance, width = np.zeros(count, np.int32), np.zeros(count, np.float32)
    obstacle[cells] = True
    label[cells], instance[cells] = obstacles.labels[triangles], obstacles.instances[triangles]
    face, foot = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    low = np.full(count, np.inf, np.float32)
    np.minimum.at(low, faces.cells, faces.points[:, 0, 2])
    at_foot = visible[:, 0] & (faces.points[:, 0, 2] < low[faces.cells] + _FOOT_M)
    face[faces.cells[seen]], foot[faces.cells[at_foot]] = True, True
    which = order[seen[order]]
    at, tri = faces.cells[which], faces.triangles[which]
    rows, columns = np.divmod(at, np.int32(shape[1]))
    groups = groups_of(rows, columns, obstacles.labels[tri], obstacles.instances[tri], shape)
    width[at] = widths_of(faces.azimuths[which], groups)
    return (
        obstacle.reshape(shape),
        label.reshape(shape),
        instance.reshape(shape),
        face.reshape(shape),
        foot.reshape(shape),
        width.reshape(shape),
    )
