"""The line of a road: curves in plan, crests and sags in profile.

Convention: street coordinates (s, d, z): s along the middle of the road, d to the left
of it, z upwards from the road's surface, metres. World z is vertical, so things that
stand upright in street coordinates stand upright in the world.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.geometry import rotation_from_rpy_deg, transform

REACH_M = 100.0  # the street is built from -REACH_M to REACH_M
END_M = 320.0  # so far its line is told; beyond, the last point stands for all
MAX_GRADE = 0.05
_STEP_M = 0.5
Knots = tuple[tuple[float, float], ...]
LEVEL: Knots = ((0.0, 0.0),)


class Line(NamedTuple):
    """A bend tabulated every _STEP_M of s, columns of equal length."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    heading: NDArray[np.float64]  # rad
    grade: NDArray[np.float64]  # dz / ds


class Bend(NamedTuple):
    """A road whose curvature and grade run smoothly between knots (s, value).

    Curvature is in 1/m, positive to the left; grade is dz/ds, positive upwards. The road
    passes the world's origin at s = 0, heading along +x.
    """

    curvatures: Knots = LEVEL
    grades: Knots = LEVEL

    def points(self, street: ArrayLike) -> NDArray[np.float64]:
        """Return world points (..., 3) of street points (..., 3)."""
        p = np.asarray(street, np.float64)
        x, y, z, heading, _ = self.at(p[..., 0])
        d = p[..., 1]
        return np.stack([x - d * np.sin(heading), y + d * np.cos(heading), p[..., 2] + z], -1)

    def at(self, s: ArrayLike) -> Line:
        """Return the middle of the road, its heading and its grade at s (...)."""
        table = _line(self)
        place = (np.clip(np.asarray(s, np.float64), -END_M, END_M) + END_M) / _STEP_M
        index = np.minimum(place.astype(np.int64), len(table.x) - 2)
        share = place - index
        return Line(*(c[index] + share * (c[index + 1] - c[index]) for c in table))

    def pose(self, at: ArrayLike, rpy_deg: tuple[float, float, float]) -> NDArray[np.float64]:
        """Return world_from_camera (4, 4) at a street point with roll, pitch, yaw there.

        The angles are those against a vehicle that stands on the slope, facing along s.
        """
        point = np.asarray(at, np.float64)
        here = self.at(point[0])
        slope_deg = float(np.rad2deg(np.arctan(here.grade)))
        road = rotation_from_rpy_deg(0.0, -slope_deg, float(np.rad2deg(here.heading)))
        return transform(road @ rotation_from_rpy_deg(*rpy_deg), self.points(point))

    def nearest_s(self, world_xy: ArrayLike) -> NDArray[np.float64]:
        """Return the s of the road's middle nearest to world points (N, 2), to 4 m."""
        table, every = _line(self), int(4 / _STEP_M)
        middle = np.stack([table.x[::every], table.y[::every]], -1)
        gap = np.asarray(world_xy, np.float64)[:, None] - middle
        return np.argmin((gap**2).sum(-1), 1) * every * _STEP_M - END_M


@lru_cache(maxsize=16)
def _line(bend: Bend) -> Line:
    s = np.arange(-END_M, END_M + 0.5 * _STEP_M, _STEP_M)
    middle = len(s) // 2
    curvature, grade = _smooth(s, bend.curvatures), _smooth(s, bend.grades)
    heading = _integral(curvature, middle)
    half = 0.5 * (heading[1:] + heading[:-1])
    x = np.concatenate([[0.0], np.cumsum(np.cos(half))]) * _STEP_M
    y = np.concatenate([[0.0], np.cumsum(np.sin(half))]) * _STEP_M
    return Line(x - x[middle], y - y[middle], _integral(grade, middle), heading, grade)


def _smooth(s: NDArray[np.float64], knots: Knots) -> NDArray[np.float64]:
    """Return values between knots, with cosine ramps; constant beyond the last."""
    at, values = (np.array(column) for column in zip(*knots, strict=True))
    if len(at) == 1:
        return np.full(len(s), values[0])
    place = np.interp(s, at, np.arange(len(at), dtype=float))
    index = np.minimum(place.astype(np.int64), len(at) - 2)
    ramp = 0.5 - 0.5 * np.cos(np.pi * (place - index))
    out: NDArray[np.float64] = values[index] + ramp * (values[index + 1] - values[index])
    return out


def _integral(values: NDArray[np.float64], zero: int) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(0.5 * (values[1:] + values[:-1]))]) * _STEP_M
    out: NDArray[np.float64] = total - total[zero]
    return out


def random_bend(rng: np.random.Generator, limit: float, hilly: bool = True) -> Bend:
    """Draw a straight road, an arc or an S-curve; half of the roads are nearly level.

    Args:
        rng: Source of chance.
        limit: Largest curvature in 1/m.
        hilly: Whether grades beyond 0.5 % may occur.
    """
    return Bend(_curves(rng, limit), _hills(rng, hilly))


def _curves(rng: np.random.Generator, limit: float) -> Knots:
    kind = rng.choice(['straight', 'arc', 'sweep', 'esse'], p=[0.38, 0.22, 0.2, 0.2])
    first = float(rng.uniform(0.15, 1.0) * limit * rng.choice([-1, 1]))
    if kind == 'straight':
        return LEVEL
    ends = ((-REACH_M - 40.0, 0.0), (REACH_M + 40.0, 0.0))
    if kind == 'arc':
        return (ends[0], (-REACH_M, first), (REACH_M, first), ends[1])
    middle = float(rng.uniform(-30, 30))
    if kind == 'sweep':  # straight, then a curve
        inner = (middle, 0.0), (middle + 35.0, first), (REACH_M, first)
        knots = (ends[0], *inner, ends[1])
        return knots if rng.random() < 0.5 else tuple((-s, k) for s, k in reversed(knots))
    second = float(-np.sign(first) * rng.uniform(0.15, 1.0) * limit)
    return (ends[0], (-70.0, first), (middle - 12, first), (middle + 12, second), (80.0, second),
            ends[1])  # fmt: skip


def _hills(rng: np.random.Generator, hilly: bool) -> Knots:
    """Draw grades at knots 60 m apart or more, so crests stay gentle; level far outside."""
    steep = MAX_GRADE if hilly and rng.random() < 0.5 else 0.005
    at = np.array([-70.0, 0.0, 70.0]) + rng.uniform(-5, 5, 3)
    values = rng.uniform(-steep, steep, 3)
    if rng.random() < 0.4:  # one steady slope
        values[:] = values[0]
    # Strips of ground are 4 m long; at this change they leave the profile by 3 mm at most.
    values = values[1] + np.clip(values - values[1], -0.06, 0.06)
    inner = tuple((float(s), float(g)) for s, g in zip(at, values, strict=True))
    return ((-200.0, 0.0), *inner, (200.0, 0.0))
