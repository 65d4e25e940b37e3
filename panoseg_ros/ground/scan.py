"""The ring of foot ranges as a scan around the base frame.

The ring is measured around the point below the camera. A scan is read around the origin of
its frame, and every robot has a transform of its base frame, so the ring is carried there.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.frames import GroundMap
from panoseg_ros.ground.projector import GroundProjector
from panoseg_ros.ground.ranges import BLIND_SLACK_M

STEP_M = 0.1  # between the points that a bearing is looked at, where camera and base differ
SAME_M = 0.005  # a camera this close to the base's origin is above it


class GroundScan(NamedTuple):
    """First obstacle feet around the origin of the base frame, on the ground.

    Convention: as `GroundMap.ranges_m`, in the base frame with a vertical z axis: index 0 at
    azimuth -pi, counter-clockwise, +inf where ground is seen without a gap out to
    `range_max_m`, NaN where a bearing is occluded or unseen before anything stands on it.
    `range_min_m` is the edge of the blind disc around the robot, or the nearest foot if that
    is nearer, and never below 0.
    """

    stamp_ns: int
    frame_id: str
    ranges_m: NDArray[np.float32]  # (A,)
    range_min_m: float
    range_max_m: float


class GroundScanner:
    """Makes scans of the maps of one projector.

    Args:
        projector: the one that the maps, or the evidence in them, are from.
        valid: (H, W), False where no lens sees anything but the robot itself.
        base_frame: `frame_id` of the scans.
    """

    def __init__(
        self, projector: GroundProjector, valid: NDArray[np.bool_], base_frame: str
    ) -> None:
        rays, cell = projector.rays, projector.settings.resolution_m
        pixel = rays.pixel[:, : len(rays.near)]
        seen = ((pixel >= 0) & valid.ravel()[pixel]).any(0)
        self._blind_m = float(rays.near[seen.argmax()]) * cell
        self._reach_m = float(rays.far[-1]) * cell
        self._camera_xy_m = rays.camera_xy_m
        self._frame = base_frame

    def __call__(
        self, ground: GroundMap, level_from_pano: NDArray[np.float64] | None = None
    ) -> GroundScan:
        """Return the scan of a map.

        Args:
            ground: whose ranges belong to the present frame.
            level_from_pano: the one that the map was made with.
        """
        camera = self._camera_xy_m if level_from_pano is None else level_from_pano[:2, 3]
        offset_m = float(np.hypot(*camera))
        if offset_m < SAME_M:
            ranges_m, far_m = ground.ranges_m, self._reach_m
        else:
            far_m = max(STEP_M, self._reach_m - offset_m)
            ranges_m = carried(ground.ranges_m, (float(camera[0]), float(camera[1])), far_m)
        nearest_m = float(np.nanmin(np.append(ranges_m, np.inf)))
        near_m = min(max(0.0, self._blind_m - offset_m), nearest_m)
        return GroundScan(ground.stamp_ns, self._frame, ranges_m, near_m, far_m)


def carried(
    ranges_m: NDArray[np.float32], camera_xy_m: tuple[float, float], far_m: float
) -> NDArray[np.float32]:
    """Return a ring (A,) as seen from the origin instead of from the camera, read-only.

    A bearing is followed outwards over ground that the ring says is free. It ends at the
    first foot on it; where it enters what the ring does not see sideways, it is unseen. What
    is unseen around the origin itself, where the robot stands, belongs to the blind disc.

    Args:
        ranges_m: (A,) the ring around the camera, see `GroundMap.ranges_m`.
        camera_xy_m: point below the camera, from the origin.
        far_m: how far to look; feet beyond are none.
    """
    number = len(ranges_m)
    stop_m, through_m = _stops(ranges_m, *camera_xy_m, far_m)
    ends = np.isfinite(stop_m)
    stop_m = np.where(ends, stop_m, np.float32(far_m))
    foot_m = _feet(ranges_m, camera_xy_m)
    slack_m = np.maximum(2.0 * STEP_M, stop_m * (2.0 * np.pi / number))
    carried_m = np.where(ends, np.float32(np.nan), np.float32(np.inf))
    carried_m = np.where(ends & (through_m <= 1.5 * STEP_M), stop_m, carried_m)
    carried_m = np.where(foot_m <= np.minimum(stop_m + slack_m, far_m), foot_m, carried_m)
    carried_m = carried_m.astype(np.float32)
    carried_m.setflags(write=False)
    return carried_m


@compiled()
def _stops(
    ranges_m: NDArray[np.float32], x_m: float, y_m: float, far_m: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return how far (A,) bearings from the origin go over ground that the ring says is free.

    An unseen stretch that begins at the origin and is short is the robot's own place.

    Returns:
        Where bearings end, +inf where they do not, and how deep they are behind the foot that
        they met, NaN where they met what is unseen.
    """
    number = len(ranges_m)
    stops = np.full(number, np.inf, np.float32)
    through = np.full(number, np.nan, np.float32)
    own_m = np.hypot(x_m, y_m) + BLIND_SLACK_M
    turn = number / (2.0 * np.pi)
    for i in range(number):
        azimuth = -np.pi + i / turn
        ahead_x, ahead_y = np.cos(azimuth), np.sin(azimuth)
        own, step_m = True, 0.5 * STEP_M
        while step_m < far_m and not (own and step_m > own_m):
            x, y = step_m * ahead_x - x_m, step_m * ahead_y - y_m
            turned = (np.arctan2(np.float32(y), np.float32(x)) + np.pi) * turn
            limit_m = ranges_m[int(np.rint(turned)) % number]
            distance_m = np.sqrt(x * x + y * y)
            own = own and np.isnan(limit_m)
            if not own and not distance_m < limit_m:
                stops[i], through[i] = step_m, distance_m - limit_m
                break
            step_m += STEP_M
        if own:
            stops[i] = 0.5 * STEP_M
    return stops, through


def _feet(ranges_m: NDArray[np.float32], camera_xy_m: tuple[float, float]) -> NDArray[np.float32]:
    """Return the distance (A,) of the nearest foot on every bearing from the origin, or inf.

    A foot is as wide as the bearing on which the camera sees it.
    """
    number = len(ranges_m)
    found = np.flatnonzero(np.isfinite(ranges_m))
    nearest_m = np.full(number, np.inf, np.float32)
    for side in (-0.5, 0.0, 0.5):
        azimuth = _azimuths(number)[found] + side * 2.0 * np.pi / number
        x = camera_xy_m[0] + ranges_m[found] * np.cos(azimuth)
        y = camera_xy_m[1] + ranges_m[found] * np.sin(azimuth)
        np.minimum.at(nearest_m, _bin(x, y, number), np.hypot(x, y).astype(np.float32))
    return nearest_m


def _azimuths(number: int) -> NDArray[np.float64]:
    return np.asarray(-np.pi + np.arange(number) * (2.0 * np.pi / number), np.float64)


def _bin(x: NDArray[Any], y: NDArray[Any], number: int) -> NDArray[np.int64]:
    turns = (np.arctan2(np.float32(y), np.float32(x)) + np.pi) * (number / (2.0 * np.pi))
    return np.rint(turns).astype(np.int64) % number
