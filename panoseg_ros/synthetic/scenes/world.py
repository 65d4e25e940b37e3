"""A whole street scene from one seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.assets import vehicles
from panoseg_ros.synthetic.assets.vegetation import random_greenery, tree
from panoseg_ros.synthetic.mesh import Mesh, join, moved, repainted
from panoseg_ros.synthetic.rendering.sky import Sky, random_sky
from panoseg_ros.synthetic.scenes import lots, street
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION, catalogue
from panoseg_ros.synthetic.scenes.lots import Stock
from panoseg_ros.synthetic.scenes.placing import (
    Site,
    put_people,
    put_street_furniture,
    put_traffic,
)
from panoseg_ros.synthetic.scenes.street import Bend, Crossing, GroundLook, Plan, Side
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette
from panoseg_ros.synthetic.surfaces.materials import Materials, MaterialTable


class Spot(NamedTuple):
    """A place where a camera can stand, in street coordinates."""

    s: float
    d: float
    ground_z: float


class World(NamedTuple):
    """A scene ready to be rendered; `mesh` is in world coordinates."""

    mesh: Mesh
    table: MaterialTable
    sky: Sky
    bend: Bend
    plan: Plan
    weather: str


def build_world(seed: int, family: int) -> World:
    """Return the scene of a seed, made from the assets of a family."""
    rng = np.random.default_rng([int(GENERATOR_VERSION), seed, family])
    materials = Materials()
    stock = _stock(rng, materials, family)
    district = str(rng.choice(list(lots.DISTRICTS), p=[0.3, 0.27, 0.18, 0.1, 0.15]))
    plan = _plan(rng, district)
    bend = Bend(_curvature(rng, plan))
    site = Site(plan, stock, rng)
    site.parts += street.ground(plan, _ground_look(rng, stock), rng)
    _lots(site, district)
    put_traffic(site)
    put_street_furniture(site)
    put_people(site)
    bent = join(site.parts)
    bent = bent._replace(corners=bend.points(bent.corners).astype(np.float32))
    mesh = join([bent, *lots.backdrop(rng, stock)])
    sky = random_sky(rng)
    return World(mesh, materials.table(), sky, bend, plan, str(getattr(sky, 'weather', 'clear')))


def _curvature(rng: np.random.Generator, plan: Plan) -> float:
    if rng.random() < 0.4:
        return 0.0
    limit = 1 / 400 if plan.crossing is not None else 1 / 110
    return float(rng.uniform(-limit, limit))


def _plan(rng: np.random.Generator, district: str) -> Plan:
    pedestrian = district in ('town', 'business') and rng.random() < 0.12
    lanes = int(rng.choice([1, 2], p=[0.78, 0.22]))
    median = rng.uniform(1.5, 6.0) if lanes == 2 and rng.random() < 0.6 else 0.0

    def side() -> Side:
        parking = bool(rng.random() < 0.5)
        verge = (
            rng.uniform(0.8, 3.5) if rng.random() < (0.45 if district != 'town' else 0.15) else 0.0
        )
        walk = rng.uniform(1.4, 5.0) if rng.random() < 0.93 or district == 'town' else 0.0
        return Side(parking, float(verge), float(walk))

    left, right = side(), side()
    half = 0.5 * median + lanes * rng.uniform(2.6, 3.6) + 2.1 * max(left.parking, right.parking)
    if pedestrian:
        half, median, lanes = 0.0, 0.0, 0
        wide = rng.uniform(4.0, 13.0)
        left = right = Side(False, 0.0, float(wide))
    cross = None
    if rng.random() < 0.55 and not pedestrian:
        cross = Crossing(
            float(rng.uniform(-30, 30)),
            float(rng.uniform(3.0, 6.0)),
            float(rng.uniform(1.5, 3.5)),
            int(rng.choice([-1, 0, 0, 1])),
        )
    kerb = float(rng.choice([0.0, 0.04, 0.09, 0.13, 0.17]))
    return Plan(float(half), max(kerb, 0.01), float(median), lanes, left, right, cross)


def _stock(rng: np.random.Generator, materials: Materials, family: int) -> Stock:
    assets = catalogue(family)
    greens = tuple(random_greenery(rng, materials) for _ in range(3))
    paint = vehicles.car_paint(materials, rng)
    cars = []
    for shape in assets.cars:
        body = materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.2, 0.6)])
        mesh = vehicles.car(shape, body, paint)
        cars.append(mesh)
        for _ in range(2):
            other = materials.add(mat.GLOSS, [palette.coat(rng)], [rng.uniform(0.2, 0.6)])
            cars.append(repainted(mesh, body, other))
    trees = tuple(tree(shape, greens[rng.integers(len(greens))], rng) for shape in assets.trees)
    return Stock(
        assets,
        materials,
        trees,
        tuple(cars),
        greens,
        tuple(look.add_to(materials) for look in assets.grounds),
        tuple(look.add_to(materials) for look in assets.walks),
        assets.roads[0].add_to(materials),
        tuple(look.add_to(materials) for look in assets.walls),
        tuple(look.add_to(materials) for look in assets.fences),
    )


def _ground_look(rng: np.random.Generator, stock: Stock) -> GroundLook:
    materials, roads = stock.materials, stock.catalogue.roads
    patch = materials.add(
        mat.ASPHALT, [palette.near(rng, roads[0].colors[0], 0.35)], [0.4, 0.0, 0.0]
    )
    kerb = materials.add(
        mat.PAVING,
        [palette.stone(rng), palette.stone(rng), (0.05, 0.05, 0.05)],
        [0.8, 5.0, 0.0, 0.012, 0.3],
    )
    tone = (0.75, 0.75, 0.72) if rng.random() < 0.8 else (0.75, 0.5, 0.06)
    paint = materials.add(
        mat.PAINT, [palette.near(rng, tone, 0.08), roads[0].colors[0]], [rng.uniform(0.42, 0.9)]
    )
    cross = roads[-1].add_to(materials) if rng.random() < 0.4 else stock.road
    return GroundLook(
        stock.road,
        cross,
        patch,
        stock.walks[rng.integers(3)],
        kerb,
        stock.grounds[rng.integers(3)],
        paint,
    )


def _turned(mesh: Mesh, origin: tuple[float, float], yaw: float) -> Mesh:
    return moved(mesh, (*origin, 0.0), yaw)


def _free_of_corner(plan: Plan, block: tuple[float, float]) -> tuple[float, float]:
    """Return a block without the pavement of the cross street at its end."""
    start, end = block
    walk = plan.crossing.walk_m if plan.crossing is not None else 0.0
    return (
        start + walk if start > -street.REACH_M else start,
        end - walk if end < street.REACH_M else end,
    )


def _lots(site: Site, district: str) -> None:
    """Line both sides of the street, and of the cross street, with lots."""
    plan, rng, cut = site.plan, site.rng, site.plan.crossing
    for sign in (-1, 1):
        edge = plan.lots_d(sign)
        for block in plan.blocks(sign):
            start, end = _free_of_corner(plan, block)
            row = lots.frontage(rng, site.stock, district, end - start, 40.0, plan.kerb_m)
            for part in row:
                piece = part if sign > 0 else moved(part, yaw=np.pi)
                shift = (start, edge) if sign > 0 else (end, -edge)
                site.add(moved(piece, (*shift, 0.0)))
        if cut is None or cut.side not in (0, sign):
            continue
        for hand in (-1, 1):
            begin, length = edge + 16.0, 45.0
            s = cut.s + hand * (cut.half_m + cut.walk_m)
            row = lots.frontage(rng, site.stock, district, length, 14.0, plan.kerb_m)
            flip = sign * hand > 0
            for part in row:
                # lots beyond +s face -s, so their frontage runs along -d, and the reverse
                yaw = -np.pi / 2 if hand > 0 else np.pi / 2
                foot = sign * (begin + length) if flip else sign * begin
                site.add(_turned(part, (s, foot), yaw))


def random_spot(world: World, rng: np.random.Generator) -> Spot:
    """Draw a place on a pavement, on the road or beside it."""
    plan, kind = world.plan, rng.random()
    sign = int(rng.choice([-1, 1]))
    side = plan.side(sign)
    s = float(rng.uniform(-45, 45))
    if plan.crossing is not None and rng.random() < 0.5:
        s = plan.crossing.s + float(rng.normal(0, 11))
    if kind < 0.4 and plan.road_half_m > 0:
        return Spot(s, float(rng.uniform(-0.8, 0.8) * plan.road_half_m), 0.0)
    near = plan.road_half_m + side.verge_m
    reach = side.walk_m + (2.0 if kind > 0.93 else 0.0)
    return Spot(s, float(sign * (near + rng.uniform(0.35, max(0.5, reach - 0.35)))), plan.kerb_m)


def camera_pose(
    world: World, spot: Spot, height_m: float, rpy_deg: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return world_from_camera (4, 4) of a camera above a spot."""
    return world.bend.pose((spot.s, spot.d, spot.ground_z + height_m), rpy_deg)
