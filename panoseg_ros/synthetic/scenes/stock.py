"""What a scene builds from: a family's assets made into meshes and materials.

Every mesh stands on z = 0 at the origin, facing +x, unless its maker says otherwise.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.assets import people, two_wheelers, vehicles
from panoseg_ros.synthetic.assets.vegetation import (
    Greenery,
    TreeShape,
    random_greenery,
    tree,
)
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh
from panoseg_ros.synthetic.scenes.catalogue import Catalogue, catalogue
from panoseg_ros.synthetic.surfaces.materials import Materials

Rng = np.random.Generator


class Stock(NamedTuple):
    """A scene's share of its family."""

    catalogue: Catalogue
    materials: Materials
    trees: tuple[Mesh, ...]
    far_trees: tuple[Mesh, ...]  # the same kinds with fewer, larger leaves
    cars: tuple[Mesh, ...]
    parked_cars: tuple[Mesh, ...]
    greens: tuple[Greenery, ...]
    grounds: tuple[int, ...]
    walks: tuple[int, ...]
    roads: tuple[int, ...]
    walls: tuple[int, ...]
    fences: tuple[int, ...]
    metals: tuple[int, ...]
    paint: vehicles.CarPaint
    rain: bool

    def car(self, rng: Rng, driving: bool = False) -> Mesh:
        """Draw one of the scene's cars; a parked one has its lamps off."""
        return pick(rng, self.cars if driving else self.parked_cars)

    def truck(self, rng: Rng) -> Mesh:
        """Make a lorry."""
        return vehicles.truck(rng, self.materials, self.paint, self.catalogue.fleet.trucks)

    def bus(self, rng: Rng) -> Mesh:
        """Make a bus."""
        return vehicles.bus(rng, self.materials, self.paint, self.catalogue.fleet.buses)

    def tram(self, rng: Rng) -> Mesh:
        """Make a tram."""
        return vehicles.bus(rng, self.materials, self.paint, self.catalogue.fleet.trams)

    def bicycle(self, rng: Rng) -> Mesh:
        """Make a bicycle."""
        shape = pick(rng, self.catalogue.fleet.bicycles)
        return two_wheelers.bicycle(self.materials, rng, shape)

    def motorcycle(self, rng: Rng) -> Mesh:
        """Make a motorcycle or scooter."""
        shape = pick(rng, self.catalogue.fleet.motorcycles)
        return two_wheelers.motorcycle(self.materials, rng, shape)

    def mounted(self, rng: Rng, motorised: float) -> Mesh:
        """Make a rider with a bicycle or, in this share, a motorcycle."""
        own = self.catalogue
        return two_wheelers.mounted(
            rng,
            self.materials,
            own.wardrobe,
            own.fleet.bicycles,
            own.fleet.motorcycles,
            motorised,
        )

    def passer_by(self, rng: Rng) -> Mesh:
        """Make one who walks or stands, sometimes with a child, a pram or a bicycle."""
        own, kind = self.catalogue, rng.random()
        if kind < 0.03:
            return two_wheelers.pushed_bicycle(
                rng, self.materials, own.wardrobe, own.fleet.bicycles
            )
        if kind < 0.05:
            return people.wheelchair_user(rng, self.materials, own.wardrobe)
        return people.passer_by(rng, self.materials, own.wardrobe, self.rain)

    def group(self, rng: Rng, count: int) -> Mesh:
        """Make people who stand together or walk abreast."""
        return people.crowd(rng, self.materials, count, self.catalogue.wardrobe, self.rain)

    def seated(self, rng: Rng) -> Mesh:
        """Make one who sits on a seat 0.45 m high."""
        return people.seated(rng, self.materials, self.catalogue.wardrobe)

    def tree(self, rng: Rng, far: bool = False) -> Mesh:
        """Draw one of the scene's trees, of few triangles where it stands far away."""
        return pick(rng, self.far_trees if far else self.trees)

    def distant(self) -> 'Stock':
        """Return the stock for what no camera comes close to."""
        return self._replace(trees=self.far_trees)

    @property
    def is_distant(self) -> bool:
        """Return whether this is the stock for what no camera comes close to."""
        return self.trees is self.far_trees


def random_stock(rng: Rng, materials: Materials, family: int, rain: bool) -> Stock:
    """Return a scene's choice among the assets of a family."""
    assets = catalogue(family)
    greens = tuple(random_greenery(rng, materials) for _ in range(3))
    paint = vehicles.car_paint(materials, rng)
    cars = vehicles.cars(rng, materials, paint, assets.fleet.cars)
    leafy = [(shape, pick(rng, greens)) for shape in assets.trees]
    trees = tuple(tree(shape, green, rng) for shape, green in leafy)
    far = tuple(tree(_coarse(shape), green, rng) for shape, green in leafy)
    return Stock(
        assets,
        materials,
        trees,
        far,
        cars,
        tuple(vehicles.parked(mesh, paint) for mesh in cars),
        greens,
        tuple(look.add_to(materials) for look in assets.grounds),
        tuple(look.add_to(materials) for look in assets.walks),
        tuple(look.add_to(materials) for look in assets.roads),
        tuple(look.add_to(materials) for look in assets.walls),
        tuple(look.add_to(materials) for look in assets.fences),
        tuple(look.add_to(materials) for look in assets.metals),
        paint,
        rain,
    )


def _coarse(shape: TreeShape) -> TreeShape:
    """Return the shape with a fifth of the leaves, as much larger."""
    return shape._replace(cards=shape.cards // 5, card_m=2.2 * shape.card_m)
