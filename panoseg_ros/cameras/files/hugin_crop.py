"""Cuts the picture of a Panorama Tools lens without changing what it sees."""

import math
from collections.abc import Callable

import numpy as np

from panoseg_ros.cameras.lenses.panotools import PanoTools

Box = tuple[int, int, int, int]


def selected_box(lens: PanoTools) -> Box | None:
    """Return x, y, width, height of the pixels inside the lens' crop, None for all of them."""
    if lens.crop is None:
        return None
    left, right, top, bottom = lens.crop
    x, y = max(0, math.floor(left)), max(0, math.floor(top))
    width = min(lens.size[0], math.ceil(right)) - x
    height = min(lens.size[1], math.ceil(bottom)) - y
    whole = (x, y, width, height) == (0, 0, *lens.size)
    return None if whole or width < 1 or height < 1 else (x, y, width, height)


def cut(lens: PanoTools, box: Box) -> PanoTools | None:
    """Return the same lens for a part of its picture, None if it cannot be written so.

    Field of view, polynomial and centre belong to a picture's size. With radii in units of
    the new half side, k times the old, and focal length g f, the polynomial's coefficients
    become a k^3 / g^4, b k^2 / g^3 and c k / g^2, and 1 - a - b - c becomes that over g;
    they must add up to 1 again, which gives g.
    """
    x, y, width, height = box
    k = min(width, height) / min(lens.size)
    a, b, c = lens.a * k**3, lens.b * k**2, lens.c * k
    roots = np.roots([1.0, lens.a + lens.b + lens.c - 1.0, -c, -b, -a])
    real = roots[(np.abs(roots.imag) < 1e-12) & (roots.real > 0.0)].real
    if not real.size:
        return None
    g = float(real[np.abs(real - 1.0).argmin()])
    tangent, angle = _plane(lens.projection)
    half_deg = angle(tangent(lens.hfov_deg / 2.0) * width / lens.size[0] / g)
    d = lens.size[0] / 2.0 + lens.d - x - width / 2.0
    e = lens.size[1] / 2.0 + lens.e - y - height / 2.0
    crop = lens.crop
    if crop is not None:
        crop = crop[0] - x, crop[1] - x, crop[2] - y, crop[3] - y
    shape = a / g**4, b / g**3, c / g**2
    return PanoTools((width, height), lens.projection, 2.0 * half_deg, *shape, d, e, crop)


def _plane(projection: str) -> tuple[Callable[[float], float], Callable[[float], float]]:
    """Return the radius of an angle in degrees in some unit, and its inverse."""
    if projection == 'rectilinear':
        return lambda deg: math.tan(math.radians(deg)), lambda r: math.degrees(math.atan(r))
    return lambda deg: deg, lambda radius: radius
