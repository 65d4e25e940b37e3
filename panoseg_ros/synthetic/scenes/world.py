"""A whole street scene from one seed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.mesh import Mesh
from panoseg_ros.synthetic.rendering.sky import Sky, random_sky
from panoseg_ros.synthetic.scenes.backdrop import backdrop
from panoseg_ros.synthetic.scenes.bend import Bend, random_bend
from panoseg_ros.synthetic.scenes.blocks import put_lots
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION
from panoseg_ros.synthetic.scenes.covers import put_covers
from panoseg_ros.synthetic.scenes.crowd import put_people
from panoseg_ros.synthetic.scenes.fittings import put_fittings
from panoseg_ros.synthetic.scenes.ground import ground
from panoseg_ros.synthetic.scenes.looks import dry, random_look
from panoseg_ros.synthetic.scenes.markings import markings
from panoseg_ros.synthetic.scenes.plan import Plan, random_plan
from panoseg_ros.synthetic.scenes.plazas import put_plazas
from panoseg_ros.synthetic.scenes.site import Site
from panoseg_ros.synthetic.scenes.spots import Spot, beside_someone, draw_spot
from panoseg_ros.synthetic.scenes.stock import random_stock
from panoseg_ros.synthetic.scenes.traffic import put_traffic
from panoseg_ros.synthetic.scenes.works import put_works
from panoseg_ros.synthetic.surfaces.materials import Materials, MaterialTable

__all__ = ['Spot', 'World', 'build_world', 'camera_pose', 'random_spot']


class World(NamedTuple):
    """A scene ready to be rendered; `mesh` is in world coordinates."""

    mesh: Mesh
    table: MaterialTable
    sky: Sky
    bend: Bend
    plan: Plan
    weather: str  # one of rendering.sky.WEATHERS
    people: tuple[tuple[float, float, float], ...]  # street points of walkers who are alone


def build_world(seed: int, family: int) -> World:
    """Return the scene of a seed, made from the assets of a family."""
    rng = np.random.default_rng([int(GENERATOR_VERSION), seed, family])
    materials = Materials()
    sky = random_sky(rng)
    stock = random_stock(rng, materials, family, sky.weather == 'rain')
    plan = random_plan(rng)
    stock = dry(rng, stock) if plan.kind == 'dirt' else stock
    bend = random_bend(rng, _sharpest(plan), plan.kind != 'square' or rng.random() < 0.3)
    site = Site(plan, stock, rng)
    _lay_ground(site)
    put_lots(site)
    put_covers(site)
    put_works(site)
    put_traffic(site)
    put_fittings(site)
    put_plazas(site)
    put_people(site)
    far = backdrop(rng, stock, bend, plan)
    mesh = site.mesh(bend, far)
    return World(mesh, materials.table(), sky, bend, plan, sky.weather, tuple(site.people))


def _sharpest(plan: Plan) -> float:
    """Return the largest curvature in 1/m; what lies beside the road must not fold."""
    return 1 / 400 if plan.crossing is not None or plan.plazas else 1 / 125


def _lay_ground(site: Site) -> None:
    look = random_look(site.rng, site.stock, site.plan.kind == 'dirt')
    for part in ground(site.plan, look) + markings(site.plan, look, site.rng):
        site.add(part)


def random_spot(world: World, rng: np.random.Generator) -> Spot:
    """Draw a place where a rover or a car drives, near the middle of what goes on.

    Now and then it is that of a camera in somebody's hand, or close in front of people.
    """
    close = beside_someone(world.people, world.plan, rng)
    return draw_spot(world.plan, rng) if close is None else close


def camera_pose(
    world: World, spot: Spot, height_m: float, rpy_deg: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return world_from_camera (4, 4) of a camera above a spot, on the slope there."""
    return world.bend.pose((spot.s, spot.d, spot.ground_z + height_m), rpy_deg)
