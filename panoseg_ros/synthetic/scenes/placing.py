"""Things that stand, drive and walk in a street: vehicles, furniture, people.

Convention: street coordinates (see street.py).
"""

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets import furniture, people, vehicles
from panoseg_ros.synthetic.mesh import Mesh, mirrored, moved
from panoseg_ros.synthetic.scenes import street
from panoseg_ros.synthetic.scenes.lots import Stock
from panoseg_ros.synthetic.scenes.street import Plan
from panoseg_ros.synthetic.surfaces import materials as mat

# Classes whose objects are told apart (single things that can be counted).
COUNTED = np.isin(
    np.arange(256),
    [
        ids.POLE,
        ids.LIGHT,
        ids.SIGN,
        ids.PERSON,
        ids.RIDER,
        ids.CAR,
        ids.TRUCK,
        ids.BUS,
        ids.TRAIN,
        ids.MOTORCYCLE,
        ids.BICYCLE,
    ],
)


class Site:
    """What is known about a scene while things are placed in it."""

    def __init__(self, plan: Plan, stock: Stock, rng: np.random.Generator) -> None:
        self.plan, self.stock, self.rng = plan, stock, rng
        self.parts: list[Mesh] = []
        self.taken: list[tuple[float, float, float]] = []
        self.count = 0  # of the objects numbered so far

    def add(self, mesh: Mesh) -> None:
        """Add a mesh that is in its place; its parts of one counted class are one object."""
        numbers = np.zeros(256, np.int32)
        kinds = np.flatnonzero(np.bincount(mesh.labels, minlength=256) * COUNTED)
        numbers[kinds] = self.count + 1 + np.arange(len(kinds))
        self.count += len(kinds)
        self.parts.append(mesh._replace(instances=numbers[mesh.labels]))

    def put(self, mesh: Mesh, s: float, d: float, z: float, yaw: float, radius: float) -> bool:
        """Place a mesh unless something stands there; return whether it was placed."""
        for os, od, other in self.taken:
            if (os - s) ** 2 + (od - d) ** 2 < (other + radius) ** 2:
                return False
        self.taken.append((s, d, radius))
        self.add(moved(mesh, (s, d, z), yaw))
        return True


def put_traffic(site: Site) -> None:
    """Put parked and driving vehicles and riders on the road."""
    plan, rng = site.plan, site.rng
    if plan.lanes == 0:
        return
    lane = street.lane_width(plan)
    hand = -1 if rng.random() < 0.75 else 1  # side of the road that one drives on
    busy, full = rng.uniform(0.0, 0.9), rng.uniform(0.2, 0.95)
    paint = vehicles.car_paint(site.stock.materials, rng)
    for sign in (-1, 1):
        yaw = 0.0 if sign == hand else np.pi
        if plan.side(sign).parking:
            _park_cars(site, sign, yaw, full)
        for index in range(plan.lanes):
            d = sign * (0.5 * plan.median_m + (index + 0.5) * lane)
            s = rng.uniform(-90, -70)
            while s < 90:
                if rng.random() < busy * 0.6:
                    mesh, radius = _vehicle(site, paint)
                    if rng.random() < 0.35:
                        mesh, radius = people.mounted(rng, site.stock.materials), 1.0
                    site.put(
                        mesh, s, d + rng.normal(0, 0.15), 0.0, yaw + rng.normal(0, 0.02), radius
                    )
                s += rng.uniform(7, 22)
    if (plan.median_m > 3.0 and rng.random() < 0.5) or rng.random() < 0.16:
        tram = vehicles.bus(rng, site.stock.materials, paint, tram=True)
        d = 0.0 if plan.median_m > 3.0 else hand * 0.5 * lane
        site.put(tram, rng.uniform(-45, 45), d, 0.05, 0.0, 1.0)


def _vehicle(site: Site, paint: vehicles.CarPaint) -> tuple[Mesh, float]:
    rng, kind = site.rng, site.rng.random()
    if kind < 0.72:
        return site.stock.cars[rng.integers(len(site.stock.cars))], 2.3
    if kind < 0.87:
        return vehicles.truck(rng, site.stock.materials, paint), 4.5
    return vehicles.bus(rng, site.stock.materials, paint), 6.0


def _park_cars(site: Site, sign: int, yaw: float, full: float) -> None:
    rng, plan = site.rng, site.plan
    cut = plan.crossing
    for s in np.arange(-90.0, 90.0, 5.7):
        near = cut is not None and abs(s - cut.s) < cut.half_m + 7.0
        if near or rng.random() > full:
            continue
        way = yaw if rng.random() < 0.9 else yaw + np.pi
        d = sign * (plan.road_half_m - 1.05 + rng.normal(0, 0.06))
        if rng.random() < 0.05:
            paint = vehicles.car_paint(site.stock.materials, rng)
            site.put(vehicles.truck(rng, site.stock.materials, paint), s, d, 0.0, way, 4.0)
        elif rng.random() < 0.08:
            for k in range(3):
                bike = people.motorcycle(site.stock.materials, rng)
                site.put(bike, s + 1.1 * k, d, 0.0, way + np.pi / 2, 0.4)
        else:
            car = site.stock.cars[rng.integers(len(site.stock.cars))]
            site.put(car, s + rng.normal(0, 0.2), d, 0.0, way + rng.normal(0, 0.02), 2.2)


def put_street_furniture(site: Site) -> None:
    """Put lamps, trees, signs, signals and the like between road and pavement."""
    plan, rng, materials = site.plan, site.rng, site.stock.materials
    metals = [look.add_to(materials) for look in site.stock.catalogue.metals]
    glow = materials.add(mat.EMIT, [(0.8, 0.78, 0.7)], [0.3])
    trunk_row = rng.random() < 0.6
    for sign in (-1, 1):
        side = plan.side(sign)
        if side.walk_m + side.verge_m < 0.9:
            continue
        d = sign * (plan.road_half_m + (0.5 * side.verge_m if side.verge_m > 0.8 else 0.45))
        if plan.road_half_m == 0.0:
            d = sign * side.walk_m * rng.uniform(0.3, 0.7)
        inward = -np.pi / 2 if sign > 0 else np.pi / 2  # +x of a thing turned to the road
        z, along = plan.kerb_m, 0.0 if sign > 0 else np.pi
        pitch = rng.uniform(16, 34)
        for s in np.arange(-90 + rng.uniform(0, pitch), 90, pitch):
            tall = (
                furniture.street_lamp(rng, metals[0], glow)
                if rng.random() < 0.8
                else (furniture.mast(rng, metals[1]))
            )
            site.put(tall, s, d, z, along, 0.3)
        for _ in range(int(rng.integers(2, 9))):
            post = (
                furniture.sign_post(rng, materials, metals[0])
                if rng.random() < 0.85
                else (furniture.gantry_sign(rng, materials, metals[1]))
            )
            site.put(
                post,
                rng.uniform(-60, 60),
                d,
                z,
                float(rng.choice([0.0, np.pi])) + rng.normal(0, 0.25),
                0.4,
            )
        if rng.random() < 0.25:
            for s in np.arange(-40, 40, rng.uniform(1.4, 3.0)):
                site.put(
                    furniture.bollard(rng, metals[2]),
                    s,
                    sign * (plan.road_half_m + 0.3),
                    z,
                    0,
                    0.1,
                )
        for _ in range(int(rng.integers(0, 9))):
            bike = (
                people.bicycle(materials, rng)
                if rng.random() < 0.7
                else (people.motorcycle(materials, rng))
            )
            site.put(bike, rng.uniform(-50, 50), d, z, inward + rng.normal(0, 0.8), 0.7)
        for _ in range(int(rng.integers(0, 6))):
            far = sign * (plan.lots_d(sign) - 0.5)
            site.put(
                furniture.clutter(rng, materials),
                rng.uniform(-50, 50),
                far if rng.random() < 0.5 else d,
                z,
                inward + np.pi * rng.integers(2),
                0.6,
            )
        if side.verge_m > 0.8 or (trunk_row and side.walk_m > 2.4):
            gap = rng.uniform(5, 13)
            for s in np.arange(-90 + rng.uniform(0, gap), 90, gap):
                mesh = site.stock.trees[rng.integers(len(site.stock.trees))]
                grown = moved(mesh, yaw=rng.uniform(0, 6.28), scale=rng.uniform(0.55, 1.0))
                site.put(grown, s, d, z, 0.0, 0.5)
    _signals(site, metals[0])


def _signals(site: Site, metal: int) -> None:
    plan, rng, cut = site.plan, site.rng, site.plan.crossing
    if plan.lanes == 0 or rng.random() < 0.12:
        return
    s, room = (cut.s, cut.half_m + 0.9) if cut else (rng.uniform(-25, 25), 2.5)
    for hand in (-1, 1):
        for sign in (-1, 1):
            mesh = furniture.traffic_light(rng, site.stock.materials, metal)
            if sign < 0:
                mesh = mirrored(mesh)
            turn = np.pi if hand > 0 else 0.0
            if (hand > 0) == (sign > 0):
                mesh = mirrored(mesh)
            site.put(
                mesh,
                s + hand * room,
                sign * (plan.road_half_m + 0.5),
                plan.kerb_m,
                turn + (np.pi if rng.random() < 0.5 else 0.0),
                0.3,
            )


def put_people(site: Site) -> None:
    """Put walkers, groups and riders on pavements and now and then on the road."""
    plan, rng, materials = site.plan, site.rng, site.stock.materials
    for _ in range(int(rng.integers(6, 40))):
        sign = int(rng.choice([-1, 1]))
        side = plan.side(sign)
        on_road = rng.random() < 0.15 and plan.road_half_m > 0
        d = (
            rng.uniform(-1, 1) * plan.road_half_m
            if on_road
            else sign
            * (plan.road_half_m + side.verge_m + rng.uniform(0.3, max(0.5, side.walk_m - 0.3)))
        )
        yaw = rng.choice([0.0, np.pi]) + rng.normal(0, 0.25)
        if on_road:
            yaw += np.pi / 2
        s, z = rng.uniform(-45, 45), 0.0 if on_road else plan.kerb_m
        kind = rng.random()
        if kind < 0.62:
            pose = 'walk' if rng.random() < 0.75 else 'stand'
            tall = (
                float(np.clip(rng.normal(1.70, 0.11), 1.1, 2.0))
                if rng.random() < 0.9
                else (rng.uniform(0.95, 1.4))
            )
            figure = people.person(rng, people.random_outfit(rng, materials), tall, pose)
            site.put(figure, s, d, z, yaw, 0.35)
        elif kind < 0.8:
            site.put(people.crowd(rng, materials, int(rng.integers(2, 5))), s, d, z, yaw, 0.9)
        else:
            site.put(people.mounted(rng, materials), s, d, z, yaw, 0.9)
