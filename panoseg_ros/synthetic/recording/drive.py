"""A short drive of a small robot through a rendered street, as a rig of cameras sees it.

Convention: odom has its origin and axes where base_footprint is in the first frame.
Others in the scene move straight on, each with a speed of its own.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig, RigLens
from panoseg_ros.errors import SyntheticError
from panoseg_ros.geometry import rotation_from_rpy_deg, transform
from panoseg_ros.synthetic.assets import people, two_wheelers, vehicles
from panoseg_ros.synthetic.mesh import F32, Mesh, join, moved
from panoseg_ros.synthetic.recording.sensor import auto_exposure, clean_sensor, develop
from panoseg_ros.synthetic.rendering.render import Renderer, lens_rays
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION, catalogue, family_of
from panoseg_ros.synthetic.scenes.world import World, build_world
from panoseg_ros.synthetic.surfaces.materials import Materials


class Mover(NamedTuple):
    """Somebody who goes straight on, in street coordinates."""

    kind: str  # walker, rider, car
    s: float
    d: float
    yaw_deg: float
    speed_mps: float


class DrivePlan(NamedTuple):
    """A drive along an arc that starts at a street point."""

    seed: int  # of a scene of the test families
    s: float
    d: float
    ground_z: float
    yaw_deg: float  # against the street's direction
    speed_mps: float
    turn_radps: float
    rate_hz: float
    frames: int
    movers: tuple[Mover, ...]


DEMO = DrivePlan(
    seed=950127,
    s=15.03,
    d=8.07,
    ground_z=0.17,
    yaw_deg=180.0,
    speed_mps=1.2,
    turn_radps=0.12,
    rate_hz=15.0,
    frames=36,
    movers=(
        Mover('walker', 10.5, 8.9, 0.0, 1.3),
        Mover('walker', 9.0, 7.6, 180.0, 1.0),
        Mover('rider', 12.0, 1.5, 180.0, 3.5),
        Mover('car', 1.0, -1.6, 0.0, 6.0),
    ),
)


class Pose(NamedTuple):
    """Where base_footprint is in odom."""

    x_m: float
    y_m: float
    yaw_rad: float


class DriveFrame(NamedTuple):
    """What the rig's topic carries at one moment, and where the robot is."""

    image: NDArray[np.uint8]  # (H, W, 3) RGB
    pose: Pose


def path(plan: DrivePlan) -> list[Pose]:
    """Return the pose of every frame: an arc at constant speed, from the origin."""
    poses = []
    for index in range(plan.frames):
        t = index / plan.rate_hz
        yaw = plan.turn_radps * t
        chord = plan.speed_mps * t * float(np.sinc(yaw / (2 * np.pi)))
        poses.append(Pose(chord * math.cos(0.5 * yaw), chord * math.sin(0.5 * yaw), yaw))
    return poses


def world_from_base(plan: DrivePlan, world: World, pose: Pose) -> NDArray[np.float64]:
    """Return where base_footprint is in the world, (4, 4)."""
    start = world.bend.pose((plan.s, plan.d, plan.ground_z), (0.0, 0.0, plan.yaw_deg))
    turn = rotation_from_rpy_deg(0.0, 0.0, math.degrees(pose.yaw_rad))
    here: NDArray[np.float64] = start @ transform(turn, [pose.x_m, pose.y_m, 0.0])
    return here


def render_drive(plan: DrivePlan, rig: Rig) -> Iterator[DriveFrame]:
    """Yield every frame as the image of the rig's topic.

    Raises:
        SyntheticError: if the rig's lenses do not share one image.
    """
    if len(rig.topics) != 1:
        raise SyntheticError(f'rig {rig.name}: a drive needs one image topic, got {rig.topics}')
    family = family_of('test', plan.seed)
    world = build_world(plan.seed, family)
    materials = Materials(world.table)
    figures = [
        _figure(mover, plan.seed + k, family, materials) for k, mover in enumerate(plan.movers)
    ]
    table = materials.table()
    grids = [lens_rays(lens.lens, lens.pano_from_lens[:3, :3]) for lens in rig.lenses]
    gain = 0.0
    for index, pose in enumerate(path(plan)):
        t = index / plan.rate_hz
        moving = [
            _placed(figure(t), mover, t, plan, world)
            for figure, mover in zip(figures, plan.movers, strict=True)
        ]
        renderer = Renderer(join([world.mesh, *moving]), table, world.sky)
        world_from_pano = world_from_base(plan, world, pose) @ rig.base_from_pano
        light = [
            renderer.view(grid, world_from_pano @ _shift(lens), index).radiance
            for grid, lens in zip(grids, rig.lenses, strict=True)
        ]
        gain = gain or auto_exposure(np.stack(light))  # fixed, so that nothing flickers
        yield DriveFrame(_develop(light, rig, gain, index), pose)


def _shift(lens: RigLens) -> NDArray[np.float64]:
    return transform(np.eye(3), lens.pano_from_lens[:3, 3])


def _develop(light: list[F32], rig: Rig, gain: float, index: int) -> NDArray[np.uint8]:
    """Return one picture per lens, each at its place in the topic's image."""
    width, height = rig.lenses[0].source_size
    image = np.zeros((height, width, 3), np.uint8)
    rng = np.random.default_rng([int(GENERATOR_VERSION), index])
    for radiance, lens in zip(light, rig.lenses, strict=True):
        x, y, w, h = lens.crop or (0, 0, width, height)
        image[y : y + h, x : x + w] = develop(radiance, clean_sensor(), rng, gain)
    return image


def _figure(mover: Mover, seed: int, family: int, materials: Materials) -> Callable[[float], Mesh]:
    """Return what a mover looks like at a time in seconds, at the origin facing +x."""
    rng, own = np.random.default_rng([int(GENERATOR_VERSION), seed, 9]), catalogue(family)
    if mover.kind == 'walker':
        outfit = people.random_outfit(rng, materials, own.wardrobe)
        height = float(rng.uniform(1.6, 1.85))
        draws = int(rng.integers(1 << 30))

        def walker(t: float) -> Mesh:
            swing = 0.5 * math.sin(2 * math.pi * 0.9 * t + seed)
            return people.person(np.random.default_rng(draws), outfit, height, 'walk', swing)

        return walker
    if mover.kind == 'rider':
        fleet = own.fleet
        mesh = two_wheelers.mounted(
            rng, materials, own.wardrobe, fleet.bicycles, fleet.motorcycles
        )
    elif mover.kind == 'car':
        shape = own.fleet.cars[seed % len(own.fleet.cars)]
        paint = vehicles.car_paint(materials, rng)
        mesh = vehicles.car(shape, vehicles.body_paint(materials, rng), paint)
    else:
        raise SyntheticError(f'unknown mover {mover.kind!r}, expected walker, rider or car')
    return lambda t: mesh


def _placed(figure: Mesh, mover: Mover, t: float, plan: DrivePlan, world: World) -> Mesh:
    way, yaw = mover.speed_mps * t, math.radians(mover.yaw_deg)
    z = 0.0 if abs(mover.d) < world.plan.road_half_m else world.plan.kerb_m
    at = (mover.s + way * math.cos(yaw), mover.d + way * math.sin(yaw), z)
    mesh = moved(figure, at, yaw)
    return mesh._replace(corners=world.bend.points(mesh.corners).astype(np.float32))
