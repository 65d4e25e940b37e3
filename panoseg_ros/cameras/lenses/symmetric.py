"""Steps shared by lenses that are symmetrical around their optical axis.

A direction is split into its side (which way off the axis, a unit vector of the image
plane) and its angle from the axis; a point of the plane into its side and its radius.
Both ends of the domain are clamped by less than the slack, so that rounding never makes
a direction leave the domain on its way to a pixel and back.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.lens import directions

ANGLE_SLACK = 1e-9  # radians
RADIUS_SLACK = 1e-10  # relative
LEAST_SLOPE = 1e-4  # radius per radian, relative to focal length 1; below it no inverse is safe

_Polar = tuple[NDArray[np.float64], NDArray[np.float64]]


def sides_and_angles(points: ArrayLike, limit_rad: float) -> _Polar:
    """Return sides (..., 2) and angles from the axis (...) of points (..., 3).

    Angles beyond the limit come back as NaN, and so does the direction straight back,
    which has no side to lie on.
    """
    xyz = directions(points)
    across = np.hypot(xyz[..., 0], xyz[..., 1])
    angle = np.arctan2(across, xyz[..., 2])
    lost = (angle > limit_rad + ANGLE_SLACK) | ((across == 0.0) & (angle > 0.0))
    sides = xyz[..., :2] / np.where(across == 0.0, 1.0, across)[..., None]
    return sides, np.where(lost, np.nan, np.minimum(angle, limit_rad))


def sides_and_radii(plane: NDArray[np.float64], furthest: float) -> _Polar:
    """Return sides (..., 2) and radii (...) of plane points, radii beyond furthest as NaN."""
    radius = np.hypot(plane[..., 0], plane[..., 1])
    sides = plane / np.where(radius == 0.0, 1.0, radius)[..., None]
    kept = radius <= furthest * (1.0 + RADIUS_SLACK)
    return sides, np.where(kept, np.minimum(radius, furthest), np.nan)


def rays(sides: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit rays (..., 3) of sides (..., 2) and angles (...)."""
    return np.concatenate([sides * np.sin(angles)[..., None], np.cos(angles)[..., None]], -1)
