"""People and vehicles that move while a drive is recorded."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.assets import people, two_wheelers, vehicles
from panoseg_ros.synthetic.assets.people_riding import ride
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, counted, join
from panoseg_ros.synthetic.recording.route import Mover
from panoseg_ros.synthetic.recording.track import Track
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION, Catalogue, catalogue
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces.materials import Materials

ROOM = 8  # numbers of objects that one mover may take
_STEP_M = 0.72  # of one foot
_SWING_RAD = 0.45  # of a leg to the front
_PEDAL_M = 5.0  # way of one turn of the pedals
_UPRIGHT = ('walker', 'runner')
Figure = Callable[[float, float], Mesh]  # way in metres and speed -> mesh facing +x


class Traveller:
    """A mover with its looks and its track."""

    def __init__(
        self, mover: Mover, number: int, first: int, seed: int, family: int, materials: Materials
    ) -> None:
        rng = np.random.default_rng([int(GENERATOR_VERSION), seed, number, 9])
        if mover.kind not in KINDS:
            raise SyntheticError(f'unknown mover {mover.kind!r}, expected {", ".join(KINDS)}')
        self.mover, self._first = mover, first
        self._figure = KINDS[mover.kind](rng, materials, catalogue(family))

    def at(self, track: Track, t: float) -> Mesh:
        """Return the mesh in the world at a time in seconds."""
        figure = self._figure(track.way_m(t), track.speed_mps(t))
        pose = track.pose(t)
        if self.mover.kind in _UPRIGHT:
            yaw = math.atan2(pose[1, 0], pose[0, 0])
            pose[:3, :3] = [
                [math.cos(yaw), -math.sin(yaw), 0.0], [math.sin(yaw), math.cos(yaw), 0.0],
                [0.0, 0.0, 1.0],
            ]  # fmt: skip
        numbers = np.where(figure.instances > 0, figure.instances + self._first - 1, 0)
        return placed(figure, pose)._replace(instances=numbers.astype(np.int32))


def placed(mesh: Mesh, pose: NDArray[np.float64]) -> Mesh:
    """Return a mesh at a pose (4, 4)."""
    turn = pose[:3, :3].T
    corners = mesh.corners @ turn + pose[:3, 3]
    return mesh._replace(
        corners=corners.astype(np.float32), normals=(mesh.normals @ turn).astype(np.float32)
    )


def _walker(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    return _on_foot(rng, materials, assets, 'walk', _STEP_M)


def _runner(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    return _on_foot(rng, materials, assets, 'run', 1.3 * _STEP_M)


def _on_foot(
    rng: np.random.Generator, materials: Materials, assets: Catalogue, gait: str, step_m: float
) -> Figure:
    outfit = people.random_outfit(rng, materials, assets.wardrobe)
    tall, draws = float(rng.uniform(1.55, 1.9)), int(rng.integers(1 << 30))
    phase = float(rng.uniform(0, 2 * np.pi))

    def figure(way_m: float, speed_mps: float) -> Mesh:
        swing = _SWING_RAD * min(1.0, speed_mps / 0.8)  # legs close where one stands
        stride = swing * math.sin(math.pi * way_m / step_m + phase)
        return people.person(np.random.default_rng(draws), outfit, tall, gait, stride)

    return figure


def _rider(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    shape = pick(rng, assets.fleet.bicycles)
    outfit = people.random_outfit(rng, materials, assets.wardrobe)
    machine = counted(two_wheelers.bicycle(materials, rng, shape), 2)
    visor = materials.add(mat.GLASS, [(0.02, 0.02, 0.025)], [0.9])
    draws, helmet = int(rng.integers(1 << 30)), 'helmet' if rng.random() < 0.5 else ''

    def figure(way_m: float, speed_mps: float) -> Mesh:
        contacts = two_wheelers.bicycle_contacts(shape, -2 * math.pi * way_m / _PEDAL_M)
        person = ride(np.random.default_rng(draws), outfit, contacts, helmet, visor)
        return join([counted(person, 1), machine])

    return figure


def _motorcyclist(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    fleet = assets.fleet
    return _rigid(
        two_wheelers.mounted(
            rng, materials, assets.wardrobe, fleet.bicycles, fleet.motorcycles, 1.0
        )
    )


def _car(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    paint = vehicles.car_paint(materials, rng)
    shape = pick(rng, assets.fleet.cars)
    (mesh,) = vehicles.cars(rng, materials, paint, (shape,), 1)
    return _rigid(counted(mesh, 1))


def _truck(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    paint = vehicles.car_paint(materials, rng)
    return _rigid(counted(vehicles.truck(rng, materials, paint, assets.fleet.trucks), 1))


def _bus(rng: np.random.Generator, materials: Materials, assets: Catalogue) -> Figure:
    paint = vehicles.car_paint(materials, rng)
    return _rigid(counted(vehicles.bus(rng, materials, paint, assets.fleet.buses), 1))


def _rigid(mesh: Mesh) -> Figure:
    return lambda way_m, speed_mps: mesh


KINDS: dict[str, Callable[[np.random.Generator, Materials, Catalogue], Figure]] = {
    'walker': _walker,
    'runner': _runner,
    'rider': _rider,
    'motorcyclist': _motorcyclist,
    'car': _car,
    'truck': _truck,
    'bus': _bus,
}
