"""Everything on wheels with a cabin: a family's fleet, and the meshes of its vehicles.

Convention: a vehicle stands on z = 0, centred on the origin, facing +x, with its lamps on
(see `parked`); its mesh has the number 1 (`Mesh.instances`).
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.assets.two_wheelers import (
    BicycleShape,
    MotorcycleShape,
    random_bicycle,
    random_motorcycle,
)
from panoseg_ros.synthetic.assets.vehicles_buses import (
    BusShape,
    coachwork,
    random_bus,
    random_tram,
)
from panoseg_ros.synthetic.assets.vehicles_cars import CarShape, car, random_car_shape
from panoseg_ros.synthetic.assets.vehicles_parts import CarPaint, body_paint, car_paint, parked
from panoseg_ros.synthetic.assets.vehicles_trucks import TruckShape, lorry, random_truck
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, repainted
from panoseg_ros.synthetic.surfaces.materials import Materials

__all__ = [
    'BusShape',
    'CarPaint',
    'CarShape',
    'Fleet',
    'TruckShape',
    'body_paint',
    'bus',
    'car',
    'car_paint',
    'cars',
    'parked',
    'random_bus',
    'random_car_shape',
    'random_fleet',
    'random_tram',
    'random_truck',
    'truck',
]


class Fleet(NamedTuple):
    """The shapes of a family's vehicles."""

    cars: tuple[CarShape, ...]
    trucks: tuple[TruckShape, ...]
    buses: tuple[BusShape, ...]
    trams: tuple[BusShape, ...]
    motorcycles: tuple[MotorcycleShape, ...]
    bicycles: tuple[BicycleShape, ...]


def random_fleet(rng: np.random.Generator) -> Fleet:
    """Draw the vehicles of a family."""
    return Fleet(
        tuple(random_car_shape(rng) for _ in range(8)),
        tuple(random_truck(rng) for _ in range(4)),
        tuple(random_bus(rng) for _ in range(3)),
        tuple(random_tram(rng) for _ in range(2)),
        tuple(random_motorcycle(rng) for _ in range(4)),
        tuple(random_bicycle(rng) for _ in range(5)),
    )


def cars(
    rng: np.random.Generator,
    materials: Materials,
    paint: CarPaint,
    shapes: tuple[CarShape, ...],
    paints: int = 3,
) -> tuple[Mesh, ...]:
    """Return every shape in so many colours; a shape is built once."""
    meshes = []
    for shape in shapes:
        body = body_paint(materials, rng)
        mesh = car(shape, body, paint)
        meshes.append(mesh)
        for _ in range(paints - 1):
            meshes.append(repainted(mesh, body, body_paint(materials, rng)))
    return tuple(meshes)


def truck(
    rng: np.random.Generator,
    materials: Materials,
    paint: CarPaint,
    shapes: tuple[TruckShape, ...],
) -> Mesh:
    """Return a lorry of one of the shapes."""
    return lorry(rng, materials, paint, pick(rng, shapes))


def bus(
    rng: np.random.Generator,
    materials: Materials,
    paint: CarPaint,
    shapes: tuple[BusShape, ...],
) -> Mesh:
    """Return a bus or a tram of one of the shapes."""
    return coachwork(rng, materials, paint, pick(rng, shapes))
