"""Reported foot ranges against true ones.

- foot error: of every bearing whose true foot and reported range lie within reach, how far the
  report is off the true foot, the best within one pixel to either side: at an edge either side
  of it is right. `allowed` is the error over what is allowed at the true range.
- face error: the same against the first face at any height up to 2 m: a bumper, not its wheels.
- bearings missed: all of that window holds an obstacle within reach, and the map says +inf.
- bearings unknown: the same, and the map says that it does not know.
- bearings invented: ranges reported within reach where no bearing of the window has an obstacle.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.facts import F64, Facts
from panoseg_ros.evaluation.ground.methods import Answer
from panoseg_ros.evaluation.ground.shown import Region
from panoseg_ros.evaluation.ground.tally import Tally
from panoseg_ros.metrics.ground_maps import footprint_m

MEDIAN_ALLOWED = (1, 0.03, 0.6)  # cells, share of the range, footprints
P95_ALLOWED = (3, 0.08, 1.2)


def judged_feet(
    answer: Answer, facts: Facts, regions: Sequence[Region], camera: tuple[float, float, float]
) -> Tally:
    """Return the tally of the bearings of one map.

    Args:
        answer: its ranges.
        facts: of the moment.
        regions: what is counted apart.
        camera: height in metres, angle of a pixel in rad, side of a cell in metres.
    """
    tally = Tally(len(regions))
    index = window(len(facts.first_m), answer.azimuth_rad, camera[1])
    middle = index[:, index.shape[1] // 2]
    first, foot, told = facts.first_m[index], facts.foot_m[index], answer.ranges_m
    known = np.isnan(first).sum(1) == 0
    within_m = np.array([region.within_m for region in regions])
    flat_only = np.array([region.ground == 'flat' for region in regions])
    counts = known[:, None] & (facts.foot_flat[middle][:, None] | ~flat_only)  # (A, R)
    there = counts & (first.max(1)[:, None] <= within_m)
    inside = counts & np.isfinite(told)[:, None] & (told[:, None] <= within_m)
    nothing = np.isfinite(first).sum(1) == 0
    tally.add('bearings', there.sum(0))
    tally.add('bearings_missed', (there & np.isposinf(told)[:, None]).sum(0))
    tally.add('bearings_unknown', (there & np.isnan(told)[:, None]).sum(0))
    tally.add('bearings_told', inside.sum(0))
    tally.add('bearings_invented', (inside & nothing[:, None]).sum(0))
    bits = (counts << np.arange(len(regions))).astype(np.int32)
    for name, true in (('foot', foot), ('face', first)):
        reached = true[:, true.shape[1] // 2, None] <= within_m
        judged = np.where(reached & np.isfinite(told)[:, None], bits, 0).sum(1)
        which = judged > 0
        error, at = _best(true[which], told[which])
        tally.extend(f'{name}_m', error, judged[which])
        for share, allowed in (('median', MEDIAN_ALLOWED), ('p95', P95_ALLOWED)):
            over = error / allowed_m(at, allowed, camera)
            tally.extend(f'{name}_of_{share}', over, judged[which])
    return tally


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
