"""Finding a start from which a route runs into nothing."""

import math

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic.recording.plan import DrivePlan
from panoseg_ros.synthetic.recording.track import Ground, track_of
from panoseg_ros.synthetic.rendering.casting import Caster
from panoseg_ros.synthetic.scenes.catalogue import GENERATOR_VERSION
from panoseg_ros.synthetic.scenes.world import World, random_spot

_TRIES = 60
_HEIGHTS_M = (0.3, 0.8, 1.4)  # at which nothing may be in the way,
_ROOM_M = 0.5  # this far around,
_BEARINGS = 12
_EVERY_S, _LOOK_S = 0.4, 60.0  # looked at so often over the first minute


def free_start(
    plan: DrivePlan, world: World, ground: Ground
) -> tuple[NDArray[np.float64], float | None]:
    """Return x, y and yaw (3,) of the first start that is free, or the freest of many.

    And the seconds after which something is in the way there, None if nothing is within the
    first minute.
    """
    rng = np.random.default_rng([int(GENERATOR_VERSION), plan.seed, 12])
    caster = Caster(world.mesh)
    best, most = np.zeros(3), -1.0
    for _ in range(_TRIES):
        spot = random_spot(world, rng)
        yaw_deg = float(rng.choice([0.0, 180.0]) + rng.normal(0, 3.0))
        pose = world.bend.pose((spot.s, spot.d, 0.0), (0.0, 0.0, yaw_deg))
        start = np.array([*pose[:2, 3], math.atan2(pose[1, 0], pose[0, 0])])
        share = _free_share(plan, world, ground, caster, start)
        if share > most:
            best, most = start, share
        if share == 1.0:
            break
    return best, None if most == 1.0 else most * min(plan.seconds, _LOOK_S)


def _free_share(
    plan: DrivePlan, world: World, ground: Ground, caster: Caster, start: NDArray[np.float64]
) -> float:
    """Return how much of the route is passed before anything is in the way."""
    seconds = min(plan.seconds, _LOOK_S)
    track = track_of(plan.route, world, ground, seconds, start)
    places = np.array([track.pose(t)[:3, 3] for t in np.arange(0.0, seconds, _EVERY_S)])
    azimuth = np.arange(_BEARINGS) * 2 * np.pi / _BEARINGS
    around = np.column_stack([np.cos(azimuth), np.sin(azimuth), np.zeros(_BEARINGS)])
    starts = places[:, None, None] + np.array([[0, 0, h] for h in _HEIGHTS_M])[:, None]
    starts = np.broadcast_to(starts, (len(places), len(_HEIGHTS_M), _BEARINGS, 3))
    rays = np.broadcast_to(around, starts.shape)
    free = caster.is_free(
        np.ascontiguousarray(starts.reshape(-1, 3), np.float32),
        np.ascontiguousarray(rays.reshape(-1, 3), np.float32),
        _ROOM_M,
    )
    blocked = ~free.reshape(len(places), -1).all(1)
    return float(blocked.argmax() / len(places)) if blocked.any() else 1.0
