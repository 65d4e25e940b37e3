"""Lenses from the lists of numbers that calibration files hold.

`pinhole` numbers are fx, fy, cx, cy. Every function raises CameraError where the lens does.
"""

from collections.abc import Sequence

from panoseg_ros.cameras.lenses.double_sphere import DoubleSphere
from panoseg_ros.cameras.lenses.extended_unified import ExtendedUnified
from panoseg_ros.cameras.lenses.kannala_brandt import KannalaBrandt
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.lenses.mei import Mei
from panoseg_ros.cameras.lenses.pinhole import Pinhole
from panoseg_ros.cameras.lenses.unified import Unified

Size = tuple[int, int]
Numbers = Sequence[float]


def perspective(size: Size, pinhole: Numbers, distortion: Numbers = (0.0,) * 5) -> Lens:
    """Return a pinhole lens; k3 may be missing from k1 k2 p1 p2 k3."""
    fx, fy, cx, cy = pinhole
    padded = (*distortion, 0.0) if len(distortion) == 4 else tuple(distortion)
    return Pinhole(size, fx, fy, cx, cy, padded)


def equidistant(size: Size, pinhole: Numbers, k: Numbers) -> Lens:
    """Return a Kannala-Brandt lens with k1 k2 k3 k4."""
    fx, fy, cx, cy = pinhole
    k1, k2, k3, k4 = k
    return KannalaBrandt(size, fx, fy, cx, cy, (k1, k2, k3, k4))


def omnidirectional(
    size: Size, pinhole: Numbers, xi: float, distortion: Numbers = (0.0,) * 4
) -> Lens:
    """Return a Mei lens with k1 k2 p1 p2 and optionally k3."""
    fx, fy, cx, cy = pinhole
    return Mei(size, fx, fy, cx, cy, xi, tuple(distortion))


def double_sphere(size: Size, pinhole: Numbers, xi: float, alpha: float) -> Lens:
    """Return a double sphere lens."""
    fx, fy, cx, cy = pinhole
    return DoubleSphere(size, fx, fy, cx, cy, xi, alpha)


def unified(size: Size, pinhole: Numbers, alpha: float) -> Lens:
    """Return a unified lens."""
    fx, fy, cx, cy = pinhole
    return Unified(size, fx, fy, cx, cy, alpha)


def extended_unified(size: Size, pinhole: Numbers, alpha: float, beta: float) -> Lens:
    """Return an extended unified lens."""
    fx, fy, cx, cy = pinhole
    return ExtendedUnified(size, fx, fy, cx, cy, alpha, beta)
