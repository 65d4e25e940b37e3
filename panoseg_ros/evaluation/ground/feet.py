"""Reported foot ranges against true ones.

- foot error: of every bearing whose true foot and reported range lie within reach, how far the
  report is off the true foot, the best within one pixel to either side: at an edge either side
  of it is right. `allowed` is the error over what is allowed at the true range.
- face error: the same against the first face at any height up to 2 m: a bumper, not its wheels.
- bearings missed: all of that window holds an obstacle within reach, and the map says +inf.
- bearings unknown: the same, and the map says that it does not know.
- bearings invented: ranges reported within reach where no bearing of the window has an obstacle.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import F64, Facts
from panoseg_ros.evaluation.ground.methods import Answer
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.metrics.ground_maps import footprint_m

MEDIAN_ALLOWED = (1, 0.03, 0.6)  # cells, share of the range, footprints
P95_ALLOWED = (3, 0.08, 1.2)


def add_feet(
    tally: Tally,
    answer: Answer,
    facts: Facts,
    within_m: float,
    flat_only: bool,
    camera: tuple[float, float, float],
) -> None:
    """Add the bearings of one map.

    Args:
        tally: what is added to.
        answer: its ranges.
        facts: of the moment.
        within_m: the reach.
        flat_only: whether only feet on flat ground count.
        camera: height in metres, angle of a pixel in rad, side of a cell in metres.
    """
    pixel_rad = camera[1]
    index = window(len(facts.first_m), answer.azimuth_rad, pixel_rad)
    first, foot, told = facts.first_m[index], facts.foot_m[index], answer.ranges_m
    counts = ~np.isnan(first).any(1)
    if flat_only:
        counts &= facts.foot_flat[index[:, index.shape[1] // 2]]
    there = counts & (first <= within_m).all(1)
    tally.add('bearings', there.sum())
    tally.add('bearings_missed', (there & np.isposinf(told)).sum())
    tally.add('bearings_unknown', (there & np.isnan(told)).sum())
    inside = counts & np.isfinite(told) & (told <= within_m)
    tally.add('bearings_told', inside.sum())
    tally.add('bearings_invented', (inside & ~np.isfinite(first).any(1)).sum())
    for name, true in (('foot', foot), ('face', first)):
        judged = counts & np.isfinite(told) & (true[:, true.shape[1] // 2] <= within_m)
        error, at = _best(true[judged], told[judged])
        tally.extend(f'{name}_m', error)
        tally.extend(f'{name}_of_median', error / allowed_m(at, MEDIAN_ALLOWED, camera))
        tally.extend(f'{name}_of_p95', error / allowed_m(at, P95_ALLOWED, camera))


def allowed_m(
    range_m: F64, allowed: tuple[float, float, float], camera: tuple[float, float, float]
) -> F64:
    """Return the largest of so many cells, a share of the range and so many footprints."""
    cells, share, footprints = allowed
    height_m, pixel_rad, cell_m = camera
    least = np.maximum(cells * cell_m, share * range_m)
    return np.maximum(least, footprints * footprint_m(range_m, height_m, pixel_rad))


def window(count: int, azimuth_rad: F64, half_rad: float) -> NDArray[np.int64]:
    """Return which of `count` true bearings lie within `half_rad` of azimuths (A,): (A, odd)."""
    per_rad = count / (2 * np.pi)
    most = int(np.ceil(half_rad * per_rad))
    index = np.rint((np.asarray(azimuth_rad) + np.pi) * per_rad).astype(np.int64)
    return (index[:, None] + np.arange(-most, most + 1)) % count


def _best(true: F64, told: F64) -> tuple[F64, F64]:
    """Return the smallest distance (A,) to one of true ranges (A, n), and that range."""
    off = np.abs(true - told[:, None])
    best = off.argmin(1)
    rows = np.arange(len(off))
    return off[rows, best], true[rows, best]
