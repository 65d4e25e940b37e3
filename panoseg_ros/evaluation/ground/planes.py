"""The plane that the ground around a robot lies in: given to ways, and what flat ground is.

Convention: heights are those of the true grid, above the ground under the robot.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.evaluation.ground.contacts import ground_heights
from panoseg_ros.evaluation.ground.studio import Moment

WITHIN_M = 4.0  # of the robot: what a plane is fitted to
OUTLIER_M = 0.05  # kerbs are left out of the second fit

F64 = NDArray[np.float64]


class Plane(NamedTuple):
    """z = height + slope_x x + slope_y y, x and y along odom from base_footprint."""

    height_m: float = 0.0
    slope_x: float = 0.0
    slope_y: float = 0.0


def fit_plane(moment: Moment) -> Plane:
    """Return the plane of the true ground near the robot, the least squares without kerbs."""
    x, y = cells_from_base(moment)
    z = moment.truth.ground_z_m.astype(np.float64)
    near = np.isfinite(z) & (np.hypot(x, y) < WITHIN_M)
    if near.sum() < 3:
        return Plane()
    plane: F64 = np.zeros(3)
    columns = np.stack([np.ones_like(x[near]), x[near], y[near]], 1)
    for limit_m in (np.inf, OUTLIER_M):
        fits = np.abs(columns @ plane - z[near]) < limit_m
        if fits.sum() > 3:
            plane = np.asarray(np.linalg.lstsq(columns[fits], z[near][fits], rcond=None)[0])
    return Plane(*plane.tolist())


def off_plane_m(moment: Moment, plane: Plane) -> F64:
    """Return how far the ground of every cell (N, N) lies from a plane."""
    x, y = cells_from_base(moment)
    height = plane.height_m + plane.slope_x * x + plane.slope_y * y
    return np.asarray(np.abs(ground_heights(moment.truth) - height), np.float64)


def plane_from_level(moment: Moment, plane: Plane) -> F64:
    """Return the pose (4, 4) of the level frame of the base in one whose ground is z = 0."""
    turn = moment.odom_from_base[:2, :2].T  # base axes from odom axes
    normal = np.array([*(turn @ [-plane.slope_x, -plane.slope_y]), 1.0])
    normal /= np.linalg.norm(normal)
    axis = np.cross(normal, [0.0, 0.0, 1.0])
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    pose = np.eye(4)  # rotation of one unit vector onto another
    pose[:3, :3] += cross + cross @ cross / (1.0 + normal[2])
    pose[:3, 3] = pose[:3, :3] @ [0.0, 0.0, -plane.height_m]
    return pose


def cells_from_base(moment: Moment) -> tuple[F64, F64]:
    """Return x and y (N, N) of the cells' centres from base_footprint, along odom."""
    step, along = moment.truth.resolution_m, np.arange(len(moment.truth.ground)) + 0.5
    x = (moment.origin_cell[0] + along) * step - moment.odom_from_base[0, 3]
    y = (moment.origin_cell[1] + along) * step - moment.odom_from_base[1, 3]
    columns, rows = np.meshgrid(x, y)
    return columns, rows
