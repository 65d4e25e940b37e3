"""A lens as Hugin and the other Panorama Tools describe it.

Source: the Panorama Tools wiki, "Lens correction model" and "Lens Correction in
PanoTools", and the manual of Panotools::Script for the `i` line of project files. With r
the ideal radius in units of half the shorter image side, the real radius is
r (a r^3 + b r^2 + c r + 1 - a - b - c). The field of view belongs to the whole image's
width, also where a selection (`S`) uses only a part of it. d and e move the centre to the
right and down, in pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.polynomial.polynomial import polyder, polyval
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses import symmetric
from panoseg_ros.cameras.lenses.lens import (
    MAX_CENTRE,
    check_between,
    check_coefficients,
    check_size,
    pixel_array,
)
from panoseg_ros.cameras.lenses.monotone import Inverse, first_below
from panoseg_ros.cameras.lenses.projections import PROJECTIONS, Projection
from panoseg_ros.errors import CameraError

FORMULAS = {
    'fisheye': 'equidistant',  # type 2, whose selection is a circle
    'fullframe_fisheye': 'equidistant',  # type 3, whose selection is a rectangle
    'rectilinear': 'rectilinear',  # type 0
}
MIN_HFOV_DEG, MAX_HFOV_DEG = (
    0.1,
    1440.0,
)  # of the whole image: two fisheyes side by side have about 400
TABLE = 1025


@dataclass(frozen=True)
class PanoTools:
    """A lens of a Hugin project; see `lens.Lens` for the conventions.

    Convention: `crop` is left, right, top, bottom of the selection in pixels from the
    image's upper left corner, as in the project file; for `fisheye` the circle in its
    middle, for the others the rectangle. Outside of it nothing is seen. Rays are in the
    domain up to `limit_rad`, where the formula ends or the polynomial stops rising.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels of the whole image
    projection: str  # one of FORMULAS
    hfov_deg: float  # across the image's width
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0  # pixels to the right
    e: float = 0.0  # pixels down
    crop: tuple[float, float, float, float] | None = None
    limit_rad: float = field(init=False, repr=False, compare=False)
    _focal: float = field(init=False, repr=False, compare=False)  # pixels
    _radius: Inverse = field(init=False, repr=False, compare=False)  # ideal from real

    def __post_init__(self) -> None:
        """Check the values and find where the polynomial stops rising."""
        check_size(self.size)
        if self.projection not in FORMULAS:
            known = ', '.join(FORMULAS)
            raise CameraError(f'projection must be one of {known}, got {self.projection!r}')
        widest = 178.0 if self.projection == 'rectilinear' else MAX_HFOV_DEG
        check_between('hfov_deg', self.hfov_deg, MIN_HFOV_DEG, widest)
        for name in ('a', 'b', 'c'):
            check_between(name, getattr(self, name), -100.0, 100.0)
        for name in ('d', 'e'):
            check_between(name, getattr(self, name), -MAX_CENTRE, MAX_CENTRE)
        self._check_crop()
        half_width = float(self._profile.radius(np.float64(math.radians(self.hfov_deg / 2.0))))
        object.__setattr__(self, '_focal', self.size[0] / 2.0 / half_width)
        self._find_domain()

    def _check_crop(self) -> None:
        if self.crop is None:
            return
        meaning = 'left, right, top, bottom'
        check_coefficients('crop', meaning, self.crop, (4,))
        left, right, top, bottom = self.crop
        if not (left < right and top < bottom):
            rule = 'with left < right and top < bottom'
            raise CameraError(f'crop must be {meaning} {rule}, got {self.crop!r}')

    def _find_domain(self) -> None:
        per_radius = self._focal / self._unit_px
        furthest = float(self._profile.radius(np.float64(math.radians(self._profile.sharp_deg))))
        terms, rise = self._terms, [float(term) for term in polyder(self._terms)]
        limit = first_below(rise, symmetric.LEAST_SLOPE, furthest * per_radius)
        if limit <= 0.0:
            raise CameraError(f'a + b + c must be below 1, got {self.a + self.b + self.c!r}')
        grid = per_radius * self._profile.radius(
            np.linspace(0.0, float(self._profile.angle(np.float64(limit / per_radius))), TABLE)
        )
        inverse = Inverse(partial(_polynomial, terms), partial(_polynomial, rise), grid)
        limit_rad = float(self._profile.angle(np.float64(inverse.end / per_radius)))
        object.__setattr__(self, '_radius', inverse)
        object.__setattr__(self, 'limit_rad', limit_rad)

    @property
    def _profile(self) -> Projection:
        return PROJECTIONS[FORMULAS[self.projection]]

    @property
    def _terms(self) -> tuple[float, ...]:
        return (0.0, 1.0 - self.a - self.b - self.c, self.c, self.b, self.a)

    @property
    def _unit_px(self) -> float:
        return min(self.size) / 2.0

    @property
    def _centre(self) -> tuple[float, float]:
        return self.size[0] / 2.0 + self.d, self.size[1] / 2.0 + self.e

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        sides, angles = symmetric.sides_and_angles(points, self.limit_rad)
        ideal = self._profile.radius(angles) * (self._focal / self._unit_px)
        real = _polynomial(self._terms, np.minimum(ideal, self._radius.end))
        return self._selected(sides * (self._unit_px * real)[..., None] + self._centre)

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        uv = self._selected(pixel_array(pixels))
        plane = (uv - self._centre) / self._unit_px
        sides, real = symmetric.sides_and_radii(plane, self._radius.furthest)
        ideal = self._radius(real) * (self._unit_px / self._focal)
        return symmetric.rays(sides, self._profile.angle(ideal))

    def _selected(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.crop is None:
            return pixels
        left, right, top, bottom = self.crop
        across = pixels[..., 0] - (left + right) / 2.0
        down = pixels[..., 1] - (top + bottom) / 2.0
        half_width, half_height = (right - left) / 2.0, (bottom - top) / 2.0
        if self.projection == 'fisheye':
            inside = np.hypot(across, down) <= min(half_width, half_height) + 1e-9
        else:
            inside = (np.abs(across) <= half_width + 1e-9) & (np.abs(down) <= half_height + 1e-9)
        return np.where(inside[..., None], pixels, np.nan)


def _polynomial(terms: Sequence[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(polyval(x, terms), dtype=np.float64)
