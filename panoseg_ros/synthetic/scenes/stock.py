"""What a scene builds from: a family's assets made into meshes and materials.

Every mesh stands on z = 0 at the origin, facing +x, unless its maker says otherwise.
"""

from typing import NamedTuple

import numpy as np

from panoseg_ros.synthetic.assets import people, vehicles
from panoseg_ros.synthetic.assets.two_wheelers import pushed_bicycle
from panoseg_ros.synthetic.assets.vegetation import Greenery, random_greenery, tree
from panoseg_ros.synthetic.mesh import Mesh, repainted
from panoseg_ros.synthetic.scenes.catalogue import Catalogue, catalogue
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials

Rng = np.random.Generator


class Stock(NamedTuple):
    """A scene's share of its family."""

    catalogue: Catalogue
    materials: Materials
    trees: tuple[Mesh, ...]
    cars: tuple[Mesh, ...]
    greens: tuple[Greenery, ...]
    grounds: tuple[int, ...]
    walks: tuple[int, ...]
    roads: tuple[int, ...]
    walls: tuple[int, ...]
    fences: tuple[int, ...]
    metals: tuple[int, ...]
    paint: vehicles.CarPaint
    rain: bool

    def car(self, rng: Rng) -> Mesh:
        """Draw one of the scene's cars."""
        return self.cars[rng.integers(len(self.cars))]

    def truck(self, rng: Rng) -> Mesh:
        """Make a lorry."""
        return vehicles.truck(rng, self.materials, self.paint)

    def bus(self, rng: Rng) -> Mesh:
        """Make a bus."""
        return vehicles.bus(rng, self.materials, self.paint)

    def tram(self, rng: Rng) -> Mesh:
        """Make a tram."""
        return vehicles.bus(rng, self.materials, self.paint, tram=True)

    def bicycle(self, rng: Rng) -> Mesh:
        """Make a bicycle."""
        shapes = self.catalogue.bicycles
        return people.bicycle(self.materials, rng, shapes[rng.integers(len(shapes))])

    def motorcycle(self, rng: Rng) -> Mesh:
        """Make a motorcycle or scooter."""
        shapes = self.catalogue.motorcycles
        return people.motorcycle(self.materials, rng, shapes[rng.integers(len(shapes))])

    def mounted(self, rng: Rng, motorised: float) -> Mesh:
        """Make a rider with a bicycle or, in this share, a motorcycle."""
        own = self.catalogue
        return people.mounted(
            rng, self.materials, own.wardrobe, own.bicycles, own.motorcycles, motorised
        )

    def passer_by(self, rng: Rng) -> Mesh:
        """Make one who walks or stands, sometimes with a child, a pram or a bicycle."""
        own, kind = self.catalogue, rng.random()
        if kind < 0.03:
            return pushed_bicycle(rng, self.materials, own.wardrobe, own.bicycles)
        if kind < 0.05:
            return people.wheelchair_user(rng, self.materials, own.wardrobe)
        return people.passer_by(rng, self.materials, own.wardrobe, self.rain)

    def group(self, rng: Rng, count: int) -> Mesh:
        """Make people who stand together or walk abreast."""
        return people.crowd(rng, self.materials, count, self.catalogue.wardrobe, self.rain)

    def seated(self, rng: Rng) -> Mesh:
        """Make one who sits on a seat 0.45 m high."""
        return people.seated(rng, self.materials, self.catalogue.wardrobe)

    def tree(self, rng: Rng) -> Mesh:
        """Draw one of the scene's trees."""
        return self.trees[rng.integers(len(self.trees))]


def random_stock(rng: Rng, materials: Materials, family: int, rain: bool) -> Stock:
    """Return a scene's choice among the assets of a family."""
    assets = catalogue(family)
    greens = tuple(random_greenery(rng, materials) for _ in range(3))
    paint = vehicles.car_paint(materials, rng)
    trees = tuple(tree(shape, greens[rng.integers(len(greens))], rng) for shape in assets.trees)
    return Stock(
        assets,
        materials,
        trees,
        _cars(rng, materials, assets, paint),
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


def _cars(
    rng: Rng, materials: Materials, assets: Catalogue, paint: vehicles.CarPaint
) -> tuple[Mesh, ...]:
    cars = []
    for shape in assets.cars:
        body = materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.2, 0.6)])
        mesh = vehicles.car(shape, body, paint)
        cars.append(mesh)
        for _ in range(2):
            other = materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.2, 0.6)])
            cars.append(repainted(mesh, body, other))
    return tuple(cars)
