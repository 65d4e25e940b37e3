"""Radius of a direction by its angle from the axis, for lenses of focal length 1."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.lenses.symmetric import LEAST_SLOPE

_Function = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Projection(NamedTuple):
    """One formula and its inverse."""

    radius: _Function  # of the angle in radians
    angle: _Function  # of the radius
    widest_deg: float  # where the formula ends
    sharp_deg: float  # where an inverse is still safe


def _equisolid(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2.0 * np.sin(0.5 * angle)


def _equisolid_angle(radius: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2.0 * np.arcsin(0.5 * radius)


def _stereographic(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2.0 * np.tan(0.5 * angle)


def _stereographic_angle(radius: NDArray[np.float64]) -> NDArray[np.float64]:
    return 2.0 * np.arctan(0.5 * radius)


_STILL_DEG = math.degrees(LEAST_SLOPE)

PROJECTIONS = {
    'equidistant': Projection(np.positive, np.positive, 180.0, 180.0),
    'equisolid': Projection(_equisolid, _equisolid_angle, 180.0, 180.0 - 2.0 * _STILL_DEG),
    'stereographic': Projection(_stereographic, _stereographic_angle, 179.0, 179.0),
    'orthographic': Projection(np.sin, np.arcsin, 90.0, 90.0 - _STILL_DEG),
    'rectilinear': Projection(np.tan, np.arctan, 89.0, 89.0),
}
