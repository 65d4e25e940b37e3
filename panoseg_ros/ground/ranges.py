"""The ring of foot ranges around the camera."""

import numpy as np
from numpy.typing import NDArray

# A ray that sees its first ground this much farther out than the median ray is
# covered by something (a mast, a lost lens), so it cannot vouch for free ground.
BLIND_SLACK_M = 1.0
HIDDEN = np.float32(1e30)  # orders hidden rays behind every foot and before free ones


def usual_blind(blind: NDArray[np.float32]) -> float:
    """Return where most of the rays that see anything begin to, 0 if none does, as `blind`."""
    seen = blind[np.isfinite(blind)]
    return float(np.median(seen)) if len(seen) else 0.0


def ring_of_ranges(
    foot_m: NDArray[np.float32],
    blind_m: NDArray[np.float32],
    azimuth_rad: NDArray[np.float64],
    bearings: int,
) -> NDArray[np.float32]:
    """Return the ranges (A,) at azimuths -pi + i 2 pi / A, counter-clockwise, read-only.

    A bearing gathers the rays whose pixels reach into its bin: the nearest foot if
    any has one, else NaN if any is hidden or unseen, else +inf.

    Args:
        foot_m: (K,) first foot of every ray, inf or NaN as in `GroundMap`.
        blind_m: (K,) where every ray first sees anything, inf if it never does.
        azimuth_rad: (K,) ascending azimuths of the rays, 2 pi / K apart.
        bearings: number of bearings A.
    """
    covered = blind_m > usual_blind(blind_m) + BLIND_SLACK_M
    foot = np.where(np.isinf(foot_m) & covered, np.nan, foot_m)
    key = np.where(np.isnan(foot), HIDDEN, foot)
    nearest = np.full(bearings, np.inf, np.float32)
    for bins in _bins(azimuth_rad, bearings):
        np.minimum.at(nearest, bins, key)
    ring = np.where(nearest == HIDDEN, np.float32(np.nan), nearest)
    ring.setflags(write=False)
    return ring


def _bins(azimuth_rad: NDArray[np.float64], bearings: int) -> list[NDArray[np.int64]]:
    """Return index arrays (K,) that together hold every bin that each ray reaches into."""
    per_bin = bearings / (2.0 * np.pi)
    half = np.pi / len(azimuth_rad)
    low = (azimuth_rad + np.pi - half) * per_bin + 0.5
    high = (azimuth_rad + np.pi + half) * per_bin + 0.5
    first = np.floor(low + 1e-9).astype(np.int64)
    last = np.ceil(high - 1e-9).astype(np.int64) - 1
    width = int((last - first).max()) + 1
    return [np.minimum(first + i, last) % bearings for i in range(width)]
