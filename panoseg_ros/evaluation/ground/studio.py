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

VIEWS = ('level', 'pitched', 'swaying', 'grade')
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
    turn: F64  # (4, 4) motion of the whole world


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
        return Stand(t, base, (foot if view == 'grade' else base) @ mount, turn)

    def moment(self, number: int, height_m: float, view: str, rows: tuple[int, ...]) -> Moment:
        """Return labels and truth of one moment; `rows` are the sizes of the panoramas."""
        stand = self.stand(number, height_m, view)
        moving = _turned(self._moving(stand.t_s), stand.turn)
        still = _turned(self.world.mesh, stand.turn)
        renderer = Renderer(join([still, moving]), self._table, self.world.sky)
        labels = {
            r: renderer.truth(panorama_rays(PanoramaGeometry(r, 2 * r)), stand.camera).labels
            for r in rows
        }
        odom_from_base = np.linalg.inv(_upright(self.world_from_odom)) @ stand.base
        origin, world_from_grid = self._grid(odom_from_base, stand.base)
        eye = stand.camera[:3, 3]
        truth = self._scene(view, still)(world_from_grid, eye, moving)
        solid = join([_obstacles(still), _obstacles(moving)])
        contacts = contacts_of(solid, world_from_grid, eye, truth)
        level_from_pano = np.linalg.inv(stand.base) @ stand.camera
        return Moment(stand.t_s, odom_from_base, level_from_pano, labels, origin, truth, contacts)

    def picture(self, number: int, height_m: float, view: str, rows: int) -> NDArray[np.uint8]:
        """Return the panorama (rows, 2 rows, 3) RGB; one exposure for all of a drive."""
        if height_m not in self._gains:
            self._gains[height_m] = auto_exposure(self._light(0, height_m, 'level', 128))
        light = self._light(number, height_m, view, rows)
        rng = np.random.default_rng([int(GENERATOR_VERSION), number])
        return develop(light, clean_sensor(), rng, self._gains[height_m])

    def _light(self, number: int, height_m: float, view: str, rows: int) -> NDArray[np.float32]:
        stand = self.stand(number, height_m, view)
        mesh = _turned(join([self.world.mesh, self._moving(stand.t_s)]), stand.turn)
        renderer = Renderer(mesh, self._table, self.world.sky)
        rays = panorama_rays(PanoramaGeometry(rows, 2 * rows))
        return renderer.view(rays, stand.camera, number).radiance

    def _turn(self, view: str) -> F64:
        """Return the (4, 4) motion of the whole world: up a hill along the first heading."""
        if view != 'grade':
            return np.eye(4)
        here = _upright(self.world_from_odom)
        pitch = rotation_from_rpy_deg(0.0, -float(np.rad2deg(np.arctan(GRADE))), 0.0)
        turn: F64 = here @ transform(pitch, np.zeros(3)) @ np.linalg.inv(here)
        return turn

    def _scene(self, view: str, still: Mesh) -> GroundScene:
        name = 'grade' if view == 'grade' else 'level'
        if name not in self._scenes:
            self._scenes[name] = GroundScene(still, GRID)
        return self._scenes[name]

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
