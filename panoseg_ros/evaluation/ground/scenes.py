"""Rendered labels and true ground of a drive, kept in files so that it is rendered once.

Convention: odom is level, with origin and heading where the robot is at first. True grids lie
in odom, snapped to whole cells exactly as `GroundEvidence` snaps its own, so that cells of map
and truth are the same squares. The camera stands vertically above base_footprint.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import load_rig
from panoseg_ros.evaluation.ground.drives import BenchDrive
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform
from panoseg_ros.synthetic.mesh import Mesh, join
from panoseg_ros.synthetic.recording.drive import Drive
from panoseg_ros.synthetic.recording.ground_truth import GridSettings, GroundScene, GroundTruth
from panoseg_ros.synthetic.rendering.render import Renderer, panorama_rays
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION

VIEWS = ('level', 'pitched', 'swaying', 'grade')
HEIGHTS_PX = (512, 256)  # rows of the panoramas, twice as many columns
GRID = GridSettings(cells=400, resolution_m=0.1, bearings=2880)
PITCH_DEG = 2.0
GRADE = 0.05
_SWAY_DEG, _SWAY_HZ = (3.0, 3.0), (0.7, 0.5)
_FORMAT = 1  # raised when what is rendered changes

F64 = NDArray[np.float64]


class Moment(NamedTuple):
    """What the camera sees at one moment, and what is true."""

    t_s: float
    odom_from_base: F64  # (4, 4) of a level base_footprint
    level_from_pano: F64  # (4, 4) the camera in the level frame of the base
    labels: dict[int, NDArray[np.uint8]]  # rows -> (rows, 2 rows)
    origin_cell: tuple[int, int]  # x, y of cell (0, 0) in odom
    truth: GroundTruth


def sway(t: float) -> F64:
    """Return how the swaying camera leans at a time: (3, 3) level from panorama."""
    roll, pitch = (
        a * np.sin(2 * np.pi * f * t + p)
        for a, f, p in zip(_SWAY_DEG, _SWAY_HZ, (0, 1), strict=True)
    )
    return rotation_from_rpy_deg(float(roll), float(pitch), 0.0)


def moments(
    drive: BenchDrive, height_m: float, view: str, cache: Path, rows: tuple[int, ...] = HEIGHTS_PX
) -> Iterator[Moment]:
    """Yield the moments of a drive, from the cache or rendered into it.

    Args:
        drive: what is driven.
        height_m: of the camera above the ground under the robot.
        view: one of VIEWS.
        cache: folder for the files.
        rows: which panoramas are wanted.
    """
    key = repr((drive.plan, height_m, view, rows, GRID, GENERATOR_VERSION, _FORMAT))
    mark = hashlib.sha256(key.encode()).hexdigest()[:12]
    folder = cache / f'{drive.name}_{height_m:g}m_{view}_{mark}'
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f'{n:04d}.npz' for n in range(drive.plan.frames)]
    studio = None
    for n, file in enumerate(files):
        if not file.exists():
            studio = studio or _studio(drive)
            _write(file, studio.moment(n, height_m, view, rows))
        yield _read(file)


_kept: dict[BenchDrive, 'Studio'] = {}


def _studio(drive: BenchDrive) -> 'Studio':
    """Return the studio of a drive; the last one is kept, as building a street takes long."""
    if drive not in _kept:
        _kept.clear()
        _kept[drive] = Studio(drive)
    return _kept[drive]


class Studio(Drive):
    """A drive that is asked for labels and true ground only."""

    def __init__(self, drive: BenchDrive) -> None:
        super().__init__(drive.plan, load_rig('equirect'))
        self._scenes: dict[str, GroundScene] = {}

    def moment(self, number: int, height_m: float, view: str, rows: tuple[int, ...]) -> Moment:
        """Return one moment; see `moments`."""
        t = number / self.plan.rate_hz
        turn = self._turn(view)
        level = _upright(self.track.pose(t))
        foot = turn @ level  # of the robot, perpendicular to its ground
        base = _upright(foot)
        lean = {
            'pitched': rotation_from_rpy_deg(0.0, PITCH_DEG, 0.0),
            'swaying': sway(t),
        }.get(view, np.eye(3))
        if view == 'grade':
            camera = foot @ transform(np.eye(3), [0.0, 0.0, height_m])
        else:
            camera = base @ transform(lean, [0.0, 0.0, height_m])
        moving = _turned(self._moving(t), turn)
        renderer = Renderer(
            join([_turned(self.world.mesh, turn), moving]), self._table, self.world.sky
        )
        labels = {
            r: renderer.truth(panorama_rays(PanoramaGeometry(r, 2 * r)), camera).labels
            for r in rows
        }
        odom_from_base = np.linalg.inv(_upright(self.world_from_odom)) @ base
        origin, world_from_grid = self._grid(odom_from_base, base)
        truth = self._scene(view)(world_from_grid, camera[:3, 3], moving)
        return Moment(t, odom_from_base, np.linalg.inv(base) @ camera, labels, origin, truth)

    def _turn(self, view: str) -> F64:
        """Return the (4, 4) motion of the whole world: up a hill along the first heading."""
        if view != 'grade':
            return np.eye(4)
        here = _upright(self.world_from_odom)
        pitch = rotation_from_rpy_deg(0.0, -float(np.rad2deg(np.arctan(GRADE))), 0.0)
        turn: F64 = here @ transform(pitch, np.zeros(3)) @ np.linalg.inv(here)
        return turn

    def _scene(self, view: str) -> GroundScene:
        name = 'grade' if view == 'grade' else 'level'
        if name not in self._scenes:
            self._scenes[name] = GroundScene(_turned(self.world.mesh, self._turn(view)), GRID)
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


def _upright(pose: F64) -> F64:
    yaw_deg = float(np.rad2deg(np.arctan2(pose[1, 0], pose[0, 0])))
    return transform(rotation_from_rpy_deg(0.0, 0.0, yaw_deg), pose[:3, 3])


def _turned(mesh: Mesh, turn: F64) -> Mesh:
    if np.array_equal(turn, np.eye(4)):
        return mesh
    corners = mesh.corners.astype(np.float64) @ turn[:3, :3].T + turn[:3, 3]
    return mesh._replace(corners=corners.astype(np.float32))


def _write(file: Path, moment: Moment) -> None:
    truth: dict[str, Any] = {
        f'truth_{name}': value for name, value in moment.truth._asdict().items()
    }
    labels: dict[str, Any] = {f'labels_{rows}': image for rows, image in moment.labels.items()}
    rest = moment._asdict()
    for name in ('truth', 'labels'):
        del rest[name]
    part = file.with_suffix('.part')
    with part.open('wb') as stream:
        np.savez_compressed(stream, **truth, **labels, **rest)
    part.replace(file)


def _read(file: Path) -> Moment:
    with np.load(file) as data:
        fields = {name: data[name] for name in data.files}
    truth = {k[6:]: v for k, v in fields.items() if k.startswith('truth_')}
    truth['resolution_m'] = float(truth['resolution_m'])
    truth['origin_xy_m'] = tuple(truth['origin_xy_m'].tolist())
    x, y = fields['origin_cell'].tolist()
    return Moment(
        float(fields['t_s']),
        fields['odom_from_base'],
        fields['level_from_pano'],
        {int(k[7:]): v for k, v in fields.items() if k.startswith('labels_')},
        (x, y),
        GroundTruth(**truth),
    )
