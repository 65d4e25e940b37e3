"""Clouds of one frame: feet that mark, ground that clears, pixels with a place on the ground.

They are made of a `GroundSight` when somebody wants them, by whichever thread that is.

Convention: all points are in the base frame as it leans, counted by its own axes. Those of
obstacles and of free ground are lifted above the ground by `marking_height_m`.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import Segmentation
from panoseg_ros.geometry import PanoramaGeometry
from panoseg_ros.ground.channels import Channels
from panoseg_ros.ground.clearing import bearings, clear_ends, clear_reach
from panoseg_ros.ground.ranges import BLIND_SLACK_M
from panoseg_ros.ground.rays import LATTICE_STEP, RayTable
from panoseg_ros.ground.settings import GroundSettings
from panoseg_ros.ground.trace import Feet, look_up

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
    """What the rays of one frame met; nothing of it changes afterwards."""

    segmentation: Segmentation
    valid: NDArray[np.bool_]  # (H, W)
    geometry: PanoramaGeometry
    level_from_pano: NDArray[np.float64]  # (4, 4) pose of the panorama in the level frame
    rays: RayTable  # in the level frame
    feet: Feet  # settled, see `trimmed`
    unsure: NDArray[np.float32]  # (F,) how much ground before each foot it may take, cells
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

    They cover what each foot marks: as wide as its pixel, as deep as the thing is taken to
    be, a hidden foot from the edge of the blind stretch on.
    """
    feet, rays = sight.feet, sight.rays
    spread_rad = 2.0 * np.pi / len(rays.azimuth_rad)
    length = feet.end - feet.begin
    steps = _lattice_steps(length)
    foot, n = _spread(steps)
    reach = feet.begin[foot] + length[foot] * n / steps[foot]
    across = _lattice_steps(reach * spread_rad)
    mark, i = _spread(across)
    foot, reach = foot[mark], reach[mark]
    offset_rad = spread_rad * ((i + 0.5) / across[mark] - 0.5)
    azimuth_rad = rays.azimuth_rad[feet.ray[foot]] + offset_rad
    pixel = rays.pixel[feet.ray[foot], feet.sample[foot]]
    points = np.zeros(len(foot), POINT)
    points['label'] = sight.segmentation.labels.ravel()[pixel]
    points['confidence'] = sight.segmentation.confidence.ravel()[pixel]
    x, y = _around_camera(sight, reach, azimuth_rad)
    return _write(points, _in_base(sight, x, y, sight.settings.marking_height_m))


def free_cloud(sight: GroundSight) -> NDArray[np.void]:
    """Return where sight over free ground ends, as points (P,) of dtype `PLACE`.

    One point per bearing around the origin of the base frame, a cell or less apart: whoever
    clears the straight line from that origin to the point clears ground that was seen without
    a gap and surely lies in front of the first foot, and the place of the robot itself, which
    few cameras see. A bearing on which none was seen has no point.
    """
    settings, rays = sight.settings, sight.rays
    cell = settings.resolution_m
    clear = clear_ends(_codes(sight), int(sight.channels.bounds[1]), rays.middle)
    feet, blind = sight.feet, sight.feet.blind
    before = feet.begin - np.maximum(sight.unsure, np.float32(1.0))
    np.minimum.at(clear, feet.ray, before)
    seen = blind[np.isfinite(blind)]
    own = np.median(seen) + BLIND_SLACK_M / cell if len(seen) else 0.0
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
    points = np.zeros(shape, POINT) if out is None else out
    places = points.view(np.float32).reshape(*shape, 4)
    _place_pixels(
        segmentation.labels,
        segmentation.confidence,
        sight.valid,
        sight.geometry.rays(),
        _is_ground(sight.channels),
        sight.settings.least_confidence,
        sight.base_from_level @ sight.level_from_pano[:3, :3],
        sight.base_from_level @ (*rays.camera_xy_m, sight.settings.ground_z_m + rays.height_m),
        sight.level_from_pano[2, :3].copy(),
        rays.height_m,
        float(rays.far[-1]) * sight.settings.resolution_m,
        places,
        points.view(np.uint8).reshape(*shape, 16),
    )
    x, y = _around_camera(sight, feet.begin, rays.azimuth_rad[feet.ray])
    pixel = rays.pixel[feet.ray, feet.sample]
    places.reshape(-1, 4)[pixel, :3] = _in_base(sight, x, y, 0.0)
    return points


def _lattice_steps(length: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return how many points a lattice step or less apart cover each length, in cells."""
    return np.maximum(1, np.ceil(length / LATTICE_STEP)).astype(np.int64)


def _spread(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the index of every entry as often as it counts, and 0, 1, ... within each."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)


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


def _codes(sight: GroundSight) -> NDArray[np.int16]:
    """Return the channels (K, R) of the samples, as the ground map has them."""
    rays, segmentation = sight.rays, sight.segmentation
    codes = np.empty((len(rays.pixel), len(rays.middle)), np.int16)
    look_up(
        rays.pixel,
        segmentation.labels.ravel(),
        segmentation.confidence.ravel(),
        sight.valid.ravel(),
        sight.channels.of_label,
        sight.settings.least_confidence,
        codes,
        np.empty(codes.shape, np.uint8),
    )
    return codes


def _is_ground(channels: Channels) -> NDArray[np.bool_]:
    """Return which labels (256,) are ground."""
    return np.asarray((channels.of_label >= 0) & (channels.of_label < channels.bounds[1]))


@njit(cache=True, nogil=True)
def _place_pixels(
    labels: NDArray[np.uint8],
    confidence: NDArray[np.uint8],
    valid: NDArray[np.bool_],
    directions: NDArray[np.float32],
    is_ground: NDArray[np.bool_],
    least: int,
    turn: NDArray[np.float64],
    camera_m: NDArray[np.float64],
    up: NDArray[np.float64],
    height_m: float,
    most_m: float,
    places: NDArray[np.float32],
    raw: NDArray[np.uint8],
) -> None:
    """Fill x, y, z of ground pixels within a range, NaN of the others, label and confidence.

    Args:
        labels: (H, W).
        confidence: (H, W).
        valid: (H, W).
        directions: (H, W, 3) unit rays of the pixels.
        is_ground: (256,) by label.
        least: confidence below this says nothing.
        turn: (3, 3) from the frame of the directions to that of the points.
        camera_m: (3,) in the frame of the points.
        up: (3,) vertical in the frame of the directions.
        height_m: of the camera above the ground.
        most_m: horizontal range beyond which ground is left out.
        places: (H, W, 4) the points as floats.
        raw: (H, W, 16) the points as bytes.
    """
    height, width = labels.shape
    lowest = -height_m / np.hypot(height_m, most_m)  # sine of the elevation at that range
    for v in range(height):
        for u in range(width):
            raw[v, u, 12] = labels[v, u]
            raw[v, u, 13] = confidence[v, u]
            x, y, z = directions[v, u]
            rise = x * up[0] + y * up[1] + z * up[2]
            if (
                rise < lowest
                and is_ground[labels[v, u]]
                and confidence[v, u] >= least
                and valid[v, u]
            ):
                length_m = -height_m / rise
                for i in range(3):
                    along = turn[i, 0] * x + turn[i, 1] * y + turn[i, 2] * z
                    places[v, u, i] = camera_m[i] + length_m * along
            else:
                for i in range(3):
                    places[v, u, i] = np.nan
