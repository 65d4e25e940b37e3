"""Renders a drive's labels, pictures, true ground and true feet, moment by moment."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import load_rig
from panoseg_ros.evaluation.ground.contacts import Contacts, contacts_of
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.synthetic.mesh import Mesh, join
from panoseg_ros.synthetic.recording.drive import Drive
from panoseg_ros.synthetic.recording.ground_truth import GridSettings, GroundScene, GroundTruth
from panoseg_ros.synthetic.recording.sensor import auto_exposure, clean_sensor, develop
from panoseg_ros.synthetic.rendering.render import Renderer, panorama_rays
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION

WORLD_OF = {'level': 'level', 'pitched': 'level', 'swaying': 'level', 'grade': 'grade'}
VIEWS = tuple(WORLD_OF)  # how the camera leans, and whether the world does
GRID = GridSettings(cells=400, resolution_m=0.1, bearings=2880)
PITCH_DEG = 2.0
GRADE = 0.05
_SWAY_DEG, _SWAY_HZ = (3.0, 3.0), (0.7, 0.5)

F64 = NDArray[np.float64]


class Stand(NamedTuple):
    """Where robot and camera are at one moment."""

    t_s: float
    base: F64  # (4, 4) world from level base_footprint
    camera: F64  # (4, 4) world from panorama


class Place(NamedTuple):
    """What is truly there at one moment, and what of it a camera could see."""

    t_s: float
    odom_from_base: F64  # (4, 4) of a level base_footprint
    origin_cell: tuple[int, int]  # x, y of cell (0, 0) in odom
    truth: GroundTruth
    contacts: Contacts


class Sighting(NamedTuple):
    """What the camera truly sees from there."""

    level_from_pano: F64  # (4, 4)
    labels: dict[int, NDArray[np.uint8]]  # rows -> (rows, 2 rows)


class Moment(NamedTuple):
    """What the camera truly sees at one moment, and what is truly there."""

    t_s: float
    odom_from_base: F64  # (4, 4) of a level base_footprint
    level_from_pano: F64  # (4, 4)
    labels: dict[int, NDArray[np.uint8]]  # rows -> (rows, 2 rows)
    origin_cell: tuple[int, int]  # x, y of cell (0, 0) in odom
    truth: GroundTruth
    contacts: Contacts
    picture: NDArray[np.uint8] | None = None  # (H, W, 3) RGB


class Studio(Drive):
    """A drive that is asked for single moments from any camera.

    Convention: odom is level, with origin and heading where the robot is at first. True grids
    lie in odom, snapped to whole cells exactly as `GroundEvidence` snaps its own, so that cells
    of map and truth are the same squares. The camera stands vertically above base_footprint.
    """

    def __init__(self, drive: BenchDrive) -> None:
        super().__init__(drive.plan, load_rig('equirect'))
        self._scenes: dict[str, GroundScene] = {}
        self._still_of: dict[str, Mesh] = {}
        self._last_renderer: tuple[tuple[int, str], Renderer] | None = None
        self._gains: dict[float, float] = {}

    def stand(self, number: int, height_m: float, view: str) -> Stand:
        """Return where robot and camera are; `view` is one of VIEWS."""
        t = number / self.plan.rate_hz
        turn = self._turn(view)
        foot = turn @ _upright(self.track.pose(t))  # of the robot, perpendicular to its ground
        base = _upright(foot)
        lean = {
            'pitched': rotation_from_rpy_deg(0.0, PITCH_DEG, 0.0),
            'swaying': sway(t),
        }.get(view, np.eye(3))
        mount = transform(lean, [0.0, 0.0, height_m])
        return Stand(t, base, (foot if view == 'grade' else base) @ mount)

    def place(self, number: int, height_m: float, world: str) -> Place:
        """Return the truth of one moment in a world of WORLD_OF.

        It does not depend on how the camera leans, so views of one world share it.
        """
        stand = self.stand(number, height_m, world)
        moving, still = self._scenery(number, world)
        odom_from_base = np.linalg.inv(_upright(self.world_from_odom)) @ stand.base
        origin, world_from_grid = self._grid(odom_from_base, stand.base)
        eye = stand.camera[:3, 3]
        truth = self._scene(world, still)(world_from_grid, eye, moving)
        solid = join([_obstacles(still), _obstacles(moving)])
        contacts = contacts_of(solid, world_from_grid, eye, truth)
        return Place(stand.t_s, odom_from_base, origin, truth, contacts)

    def sighting(self, number: int, height_m: float, view: str, rows: tuple[int, ...]) -> Sighting:
        """Return the labels of one moment; `rows` are the sizes of the panoramas."""
        stand = self.stand(number, height_m, view)
        renderer = self._renderer_of(number, WORLD_OF[view])
        labels = {
            r: renderer.truth(panorama_rays(PanoramaGeometry(r, 2 * r)), stand.camera).labels
            for r in rows
        }
        return Sighting(np.linalg.inv(stand.base) @ stand.camera, labels)

    def picture(self, number: int, height_m: float, view: str, rows: int) -> NDArray[np.uint8]:
        """Return the panorama (rows, 2 rows, 3) RGB; one exposure for all of a drive."""
        if height_m not in self._gains:
            self._gains[height_m] = auto_exposure(self._light(0, height_m, 'level', 128))
        light = self._light(number, height_m, view, rows)
        rng = np.random.default_rng([int(GENERATOR_VERSION), number])
        return develop(light, clean_sensor(), rng, self._gains[height_m])

    def _light(self, number: int, height_m: float, view: str, rows: int) -> NDArray[np.float32]:
        renderer = self._renderer_of(number, WORLD_OF[view])
        rays = panorama_rays(PanoramaGeometry(rows, 2 * rows))
        return renderer.view(rays, self.stand(number, height_m, view).camera, number).radiance

    def _scenery(self, number: int, world: str) -> tuple[Mesh, Mesh]:
        """Return what moves at one moment, and what never does."""
        turn = self._turn(world)
        if world not in self._still_of:
            self._still_of[world] = _turned(self.world.mesh, turn)
        moving = _turned(self._moving(number / self.plan.rate_hz), turn)
        return moving, self._still_of[world]

    def _renderer_of(self, number: int, world: str) -> Renderer:
        """Return the renderer of one moment; the last is kept, as views share it."""
        if self._last_renderer is None or self._last_renderer[0] != (number, world):
            moving, still = self._scenery(number, world)
            renderer = Renderer(join([still, moving]), self._table, self.world.sky)
            self._last_renderer = ((number, world), renderer)
        return self._last_renderer[1]

    def _turn(self, view: str) -> F64:
        """Return the (4, 4) motion of the whole world: up a hill along the first heading."""
        if WORLD_OF[view] != 'grade':
            return np.eye(4)
        here = _upright(self.world_from_odom)
        pitch = rotation_from_rpy_deg(0.0, -float(np.rad2deg(np.arctan(GRADE))), 0.0)
        turn: F64 = here @ transform(pitch, np.zeros(3)) @ np.linalg.inv(here)
        return turn

    def _scene(self, world: str, still: Mesh) -> GroundScene:
        if world not in self._scenes:
            self._scenes[world] = GroundScene(still, GRID)
        return self._scenes[world]

    def _grid(self, odom_from_base: F64, base: F64) -> tuple[tuple[int, int], F64]:
        """Return the cell (0, 0) and the pose of the true grid, which lies along odom."""
        step = GRID.resolution_m
        cell = np.floor(odom_from_base[:2, 3] / step).astype(int)
        odom = _upright(self.world_from_odom)
        place = odom[:3, :3] @ [*(cell * step), 0.0] + odom[:3, 3]
        place[2] = base[2, 3]
        half = GRID.cells // 2
        return (int(cell[0]) - half, int(cell[1]) - half), transform(odom[:3, :3], place)


def sway(t: float) -> F64:
    """Return how the swaying camera leans at a time: (3, 3) level from panorama."""
    roll, pitch = (
        a * np.sin(2 * np.pi * f * t + p)
        for a, f, p in zip(_SWAY_DEG, _SWAY_HZ, (0, 1), strict=True)
    )
    return rotation_from_rpy_deg(float(roll), float(pitch), 0.0)


def _upright(pose: F64) -> F64:
    yaw_deg = float(np.rad2deg(np.arctan2(pose[1, 0], pose[0, 0])))
    return transform(rotation_from_rpy_deg(0.0, 0.0, yaw_deg), pose[:3, 3])


def _turned(mesh: Mesh, turn: F64) -> Mesh:
    if np.array_equal(turn, np.eye(4)):
        return mesh
    corners = mesh.corners.astype(np.float64) @ turn[:3, :3].T + turn[:3, 3]
    return mesh._replace(corners=corners.astype(np.float32))


def _obstacles(mesh: Mesh) -> Mesh:
    which = ~np.isin(mesh.labels, GRID.ground)
    return Mesh._make(column[which] for column in mesh)
