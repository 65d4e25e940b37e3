"""Where cameras stand in a room."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.synthetic.indoor import Interior, RoomRenderer, ids
from panoseg_ros.synthetic.indoor.plan import area_of
from panoseg_ros.synthetic.recording.views import TILT_DEG, Stand
from panoseg_ros.synthetic.rendering.render import panorama_rays
from panoseg_ros.synthetic.scenes.world import Spot

HEIGHTS_M = (0.3, 1.8)
LOWEST_TOP_M = 2.0  # in the lowest room a camera may stand so high
_PROBE = PanoramaGeometry(32, 64)
_TRIES = 60
_FURNITURE = (ids.CHAIR, ids.SOFA, ids.TABLE)
_CLEAR_M = 0.3  # nothing is nearer to the camera, but the floor under a low one
_HEADROOM_M = 0.3
_POLE_ROWS = 3  # of the probe: 17 degrees about straight down and straight up


def random_indoor_pose(
    world: Interior, renderer: RoomRenderer, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the pose (4, 4) of a random stand in a room."""
    return stand_pose(random_room_stand(world, renderer, rng))


def random_room_stand(
    world: Interior,
    renderer: RoomRenderer,
    rng: np.random.Generator,
    heights_m: tuple[float, float] = HEIGHTS_M,
) -> Stand:
    """Draw a stand in the main room, tilted up to 4 degrees about two axes, any yaw.

    Below the camera is floor, above it no furniture, and nothing but floor is nearer than
    0.3 m; of 60 places without that luck the one with the most room around is taken. In half
    of the cases the one of four places with the most chairs, sofas and tables in view is
    taken.
    """
    grid = panorama_rays(_PROBE)
    best, best_gap = _drawn(world, rng, heights_m), -1.0
    found: list[tuple[int, Stand]] = []
    wanted = 4 if rng.random() < 0.5 else 1
    for _ in range(_TRIES):
        stand = _drawn(world, rng, heights_m)
        labels, depth, _ = renderer.truth(grid, stand_pose(stand))
        below = bool((labels[-_POLE_ROWS:] == ids.FLOOR).all())
        below &= not np.isin(labels[:_POLE_ROWS], _FURNITURE).any()  # nor under a table
        gap = float(np.where(labels == ids.FLOOR, np.inf, depth).min())
        if below and gap > _CLEAR_M:
            found.append((int(np.isin(labels, _FURNITURE).sum()), stand))
            if len(found) == wanted:
                break
        elif below and gap > best_gap:
            best, best_gap = stand, gap
    return max(found, key=lambda one: one[0])[1] if found else best


def _drawn(world: Interior, rng: np.random.Generator, heights_m: tuple[float, float]) -> Stand:
    rects = world.plan.room.rects
    areas = np.array([area_of(r) for r in rects])
    x0, y0, x1, y1 = rects[int(rng.choice(len(rects), p=areas / areas.sum()))]
    margin = min(0.35, 0.3 * (x1 - x0), 0.3 * (y1 - y0))
    x, y = rng.uniform(x0 + margin, x1 - margin), rng.uniform(y0 + margin, y1 - margin)
    roll, pitch = np.clip(rng.normal(0, 1.5, 2), -TILT_DEG, TILT_DEG)
    top = min(heights_m[1], world.plan.room.roof.height - _HEADROOM_M)
    height = float(rng.uniform(min(heights_m[0], top), top))
    angles = (float(roll), float(pitch), float(rng.uniform(-180, 180)))
    return Stand(Spot(float(x), float(y), 0.0), height, angles)


def stand_pose(stand: Stand) -> NDArray[np.float64]:
    """Return world_from_camera (4, 4); a spot's s and d are x and y of the room."""
    spot = stand.spot
    return _pose((spot.s, spot.d, spot.ground_z + stand.height_m), stand.rpy_deg)


def _pose(
    xyz: tuple[float, float, float], rpy_deg: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Return a pose from a place and roll, pitch, yaw (REP-103, fixed axes x, y, z).

    `geometry.rotation_from_rpy_deg` rounds differently in the last bit: the published rooms
    are seen through this product.
    """
    r, p, y = np.deg2rad(rpy_deg)
    about_x = np.array([[1, 0, 0], [0, np.cos(r), -np.sin(r)], [0, np.sin(r), np.cos(r)]])
    about_y = np.array([[np.cos(p), 0, np.sin(p)], [0, 1, 0], [-np.sin(p), 0, np.cos(p)]])
    about_z = np.array([[np.cos(y), -np.sin(y), 0], [np.sin(y), np.cos(y), 0], [0, 0, 1]])
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = about_z @ about_y @ about_x, xyz
    return pose
