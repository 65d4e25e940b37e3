"""How far straight lines from the origin of the base frame go over ground that is seen."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.compiled import compiled
from panoseg_ros.ground.channels import BLIND
from panoseg_ros.ground.rays import LATTICE_STEP

SAME = 0.05  # a camera this close to the origin, in cells, is above it


def bearings(reach: float) -> NDArray[np.float64]:
    """Return azimuths (B,) so many that they are a lattice step apart at a range in cells."""
    number = int(np.ceil(2.0 * np.pi * reach / LATTICE_STEP))
    return np.asarray(-np.pi + (np.arange(number) + 0.5) * (2.0 * np.pi / number), np.float64)


@compiled()
def clear_ends(
    codes: NDArray[np.int16], ground: int, middle: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return up to where each ray (K,) sees ground without a gap, 0 where none, in cells.

    Beyond the centre of the last ground sample, what comes next may have begun already.
    """
    rays, samples = codes.shape
    clear = np.zeros(rays, np.float32)
    for k in range(rays):
        j = 0
        while j < samples and codes[k, j] == BLIND:
            j += 1
        first = j
        while j < samples and 0 <= codes[k, j] < ground:
            j += 1
        if j > first:
            clear[k] = middle[j - 1]
    return clear


@compiled()
def clear_reach(
    clear: NDArray[np.float32],
    first: NDArray[np.float32],
    blind: NDArray[np.float32],
    bearing_rad: NDArray[np.float64],
    azimuth_rad: NDArray[np.float64],
    camera: NDArray[np.float64],
    own: float,
    most: float,
) -> NDArray[np.float64]:
    """Return how far each bearing (B,) from the origin goes over clear ground, in cells.

    Args:
        clear: (K,) up to where each ray from the camera is clear.
        first: (K,) the first foot on it, inf or NaN without.
        blind: (K,) where each ray first sees anything.
        bearing_rad: (B,) azimuths from the origin.
        azimuth_rad: (K,) azimuths of the rays.
        camera: (2,) point below the camera, seen from the origin.
        own: how far beyond the camera the robot's own place reaches, where a bearing may begin
            in anything but a foot, and is not stopped by what no lens sees.
        most: how far to go.
    """
    offset = np.hypot(camera[0], camera[1])
    limit = offset + own
    reach = np.zeros(len(bearing_rad))
    for b in range(len(bearing_rad)):
        if offset < SAME:
            k = _ray(bearing_rad[b], azimuth_rad)
            reach[b] = clear[k] if blind[k] <= own else 0.0
            continue
        cosine, sine = np.cos(bearing_rad[b]), np.sin(bearing_rad[b])
        along = 0.5
        while along < most:
            x, y = along * cosine - camera[0], along * sine - camera[1]
            distance = np.hypot(x, y)
            k = _ray(np.arctan2(y, x), azimuth_rad)
            if blind[k] <= distance <= clear[k]:
                reach[b] = along
            elif (
                along > limit or distance >= first[k] or (reach[b] > 0.0 and distance >= blind[k])
            ):
                break
            along += 1.0
    return reach


@compiled(inline='always')
def _ray(bearing_rad: float, azimuth_rad: NDArray[np.float64]) -> int:
    """Return the nearest of the rays (K,) all around."""
    rays = len(azimuth_rad)
    steps = (bearing_rad - azimuth_rad[0]) * rays / (2.0 * np.pi)
    return int(np.floor(steps + 0.5)) % rays
