"""Clouds of one frame: feet that mark, ground that clears, pixels with a place on the ground.

They are made of a `GroundSight` when somebody wants them, by whichever thread that is.

Convention: all points are in the base frame as it leans, counted by its own axes. Those of
obstacles and of free ground are lifted above the ground by `marking_height_m`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground.channels import Channels
from panoseg_ros.ground.clearing import bearings, clear_reach
from panoseg_ros.ground.points import mark_points, pixel_points
from panoseg_ros.ground.ranges import BLIND_SLACK_M, usual_blind
from panoseg_ros.ground.rays import RayTable
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.ground.trace import Feet

# One point as it travels in a message. A labelled point takes 16 bytes, as in PCL.
PLACE = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4')])
POINT = np.dtype(
    {
        'names': ['x', 'y', 'z', 'label', 'confidence'],
        'formats': ['<f4', '<f4', '<f4', 'u1', 'u1'],
        'offsets': [0, 4, 8, 12, 13],
        'itemsize': 16,
    }
)


_LEVEL: NDArray[np.float64] = np.eye(3)
_LEVEL.setflags(write=False)


class GroundSight(NamedTuple):
    """What the rays of one frame met; nothing of it changes afterwards, from any thread."""

    segmentation: Segmentation
    valid: NDArray[np.bool_]  # (H, W)
    geometry: PanoramaGeometry
    level_from_pano: NDArray[np.float64]  # (4, 4) pose of the panorama in the level frame
    rays: RayTable  # in the level frame
    feet: Feet  # settled, see `trimmed`
    pairs: NDArray[np.int32]  # (J, 2) feet that are joined, see `neighbours`
    unsure: NDArray[np.float32]  # (F,) how much ground before each foot it may take, cells
    clear: NDArray[np.float32]  # (K,) up to where each ray sees ground without a gap, cells
    channels: Channels
    settings: GroundSettings
    base_from_level: NDArray[np.float64] = _LEVEL  # the two frames share their origin


def trimmed(feet: Feet, found: int) -> Feet:
    """Return copies of what is known about the first `found` feet, and about the rays."""
    return Feet(
        feet.ray[:found].copy(),
        feet.sample[:found].copy(),
        feet.begin[:found].copy(),
        feet.end[:found].copy(),
        feet.hidden[:found].copy(),
        feet.first.copy(),
        feet.blind.copy(),
    )


def obstacle_cloud(sight: GroundSight) -> NDArray[np.void]:
    """Return the feet of obstacles as points (P,) of dtype `POINT`, a cell or less apart.

    They cover what the map of the frame marks: as wide as a foot's pixel, as deep as the thing
    is taken to be, a hidden foot from the edge of the blind stretch on, and what lies between
    neighbouring feet of one kind.
    """
    feet, rays = sight.feet, sight.rays
    pixel = rays.pixel[feet.ray, feet.sample]
    labels = sight.segmentation.labels.ravel()[pixel].astype(np.int32)
    confidence = sight.segmentation.confidence.ravel()[pixel].astype(np.int32)
    points = mark_points(
        feet,
        sight.pairs,
        labels | confidence << 8,
        np.stack([np.cos(rays.azimuth_rad), np.sin(rays.azimuth_rad)], -1),
        sight.settings.resolution_m,
        sight.base_from_level,
        np.array([*rays.camera_xy_m, sight.settings.ground_z_m + sight.settings.marking_height_m]),
    )
    cloud = points.view(POINT).reshape(-1)
    cloud.setflags(write=False)
    return cloud


def free_cloud(sight: GroundSight) -> NDArray[np.void]:
    """Return where sight over free ground ends, as points (P,) of dtype `PLACE`.

    One point per bearing around the origin of the base frame, a cell or less apart: whoever
    clears the straight line from that origin to the point clears ground that was seen without
    a gap and surely lies in front of the first foot, and the place of the robot itself, which
    few cameras see. A bearing on which none was seen has no point.
    """
    settings, rays = sight.settings, sight.rays
    cell = settings.resolution_m
    feet, blind, clear = sight.feet, sight.feet.blind, sight.clear.copy()
    before = feet.begin - np.maximum(sight.unsure, np.float32(1.0))
    np.minimum.at(clear, feet.ray, before)
    own = usual_blind(blind) + BLIND_SLACK_M / cell
    camera = rays.camera_xy_m / cell
    most = float(rays.far[-1])
    azimuth_rad = bearings(min(most, float(settings.cells)))
    reach_m = cell * clear_reach(
        clear, feet.first, blind, azimuth_rad, rays.azimuth_rad, camera, own, most
    )
    azimuth_rad, reach_m = azimuth_rad[reach_m > 0.0], reach_m[reach_m > 0.0]
    x, y = reach_m * np.cos(azimuth_rad), reach_m * np.sin(azimuth_rad)
    lift_m = settings.marking_height_m
    return _write(np.empty(len(reach_m), PLACE), _in_base(sight, x, y, lift_m))


def pixel_cloud(sight: GroundSight, out: NDArray[np.void] | None = None) -> NDArray[np.void]:
    """Return where every pixel lies, (H, W) of dtype `POINT`, aligned to the mask.

    A ground pixel lies where its ray meets the ground, the lowest pixel of an obstacle at its
    foot; x, y and z of all others are NaN. Label and confidence are those of the mask.

    Args:
        sight: of the frame.
        out: is filled and returned, if given.
    """
    segmentation, rays, feet = sight.segmentation, sight.rays, sight.feet
    shape = segmentation.labels.shape
    points = np.empty(shape, POINT) if out is None else out
    places = points.view(np.float32).reshape(*shape, 4)
    up, elevation_rad = sight.level_from_pano[2, :3], sight.geometry.elevation_rad()
    most_m = float(rays.far[-1]) * sight.settings.resolution_m
    lowest = -rays.height_m / np.hypot(rays.height_m, most_m)  # as a sine
    dips = np.sin(elevation_rad) * up[2] - np.cos(elevation_rad) * np.hypot(up[0], up[1])
    camera_m = (*rays.camera_xy_m, sight.settings.ground_z_m + rays.height_m)
    pixel_points(
        segmentation.labels,
        segmentation.confidence,
        sight.valid,
        sight.geometry.rays(),
        dips < lowest,
        sight.channels.is_ground,
        sight.settings.least_confidence,
        (sight.base_from_level @ sight.level_from_pano[:3, :3]).astype(np.float32),
        _triple(sight.base_from_level @ camera_m),
        _triple(up),
        np.float32(rays.height_m),
        np.float32(lowest),
        places,
    )
    x, y = _around_camera(sight, feet.begin, rays.azimuth_rad[feet.ray])
    pixel = rays.pixel[feet.ray, feet.sample]
    places.reshape(-1, 4)[pixel, :3] = _in_base(sight, x, y, 0.0)
    return points


def _around_camera(
    sight: GroundSight, reach: NDArray[np.floating], azimuth_rad: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y in the level frame, metres, of ranges in cells."""
    reach_m = reach * np.float64(sight.settings.resolution_m)
    x, y = sight.rays.camera_xy_m
    return x + reach_m * np.cos(azimuth_rad), y + reach_m * np.sin(azimuth_rad)


def _in_base(
    sight: GroundSight, x: NDArray[np.float64], y: NDArray[np.float64], lift_m: float
) -> NDArray[np.float64]:
    """Return points (P, 3) this high above the ground in the base frame."""
    at = np.stack([x, y, np.full(len(x), sight.settings.ground_z_m + lift_m)], -1)
    return np.asarray(at @ sight.base_from_level.T)


def _write(points: NDArray[np.void], places: NDArray[np.float64]) -> NDArray[np.void]:
    points['x'], points['y'], points['z'] = places.T
    points.setflags(write=False)
    return points


def _triple(values: NDArray[np.float64]) -> tuple[np.float32, np.float32, np.float32]:
    x, y, z = values.astype(np.float32)
    return x, y, z
