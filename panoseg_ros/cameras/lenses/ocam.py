"""The polynomial camera of OCamCalib.

Source: D. Scaramuzza, A. Martinelli and R. Siegwart, "A Toolbox for Easily Calibrating
Omnidirectional Cameras", IROS 2006: the ray of a point at distance rho from the centre is
(x, y, a0 + a1 rho + a2 rho^2 + ...), and an affine map (c d; e 1) of that plane stands for
the sensor's misalignment. The toolbox adds a second polynomial for the way back: rho by
the angle from the image plane.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.polynomial import Polynomial
from numpy.polynomial.polynomial import polyder, polyval
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses import symmetric
from panoseg_ros.cameras.lenses.lens import (
    check_above,
    check_between,
    check_coefficients,
    check_intrinsics,
    check_size,
    pixel_array,
    pixels_from_plane,
    plane_from_pixels,
)
from panoseg_ros.cameras.lenses.monotone import Inverse, first_below
from panoseg_ros.errors import CameraError

TABLE = 1025
FIT_SHARE = 0.02  # of a radius that the fit `to_pixel` may be off by; good ones: 1e-5


@dataclass(frozen=True)
class OCam:
    """A fisheye or mirror; see `lens.Lens` for the conventions.

    Convention: column = c x + d y + cx and row = e x + y + cy, the first pixel's centre at
    0.0. (OCamCalib's own files say row first: see `from_rows`.) `to_ray` are a0, a1, ...
    in pixels, of either sign: OCamCalib's z points out of the lens' back. `to_pixel` gives
    rho in pixels by the angle from the image plane, negative in front, constant first.
    One of the two may be empty. Where both are given, `to_ray` is the lens, because it is
    what was calibrated; the other, a fit to its inverse, is kept and must not contradict.

    Rays are in the domain up to `limit_rad` from the optical axis: `max_angle_deg`, or
    less where the polynomial stops rising or leaves the circle around the image.

    Raises:
        CameraError: if a value is not finite or out of range.
    """

    size: tuple[int, int]  # width, height in pixels
    cx: float
    cy: float
    c: float = 1.0
    d: float = 0.0
    e: float = 0.0
    to_ray: tuple[float, ...] = ()
    to_pixel: tuple[float, ...] = ()
    max_angle_deg: float = 180.0
    limit_rad: float = field(init=False, repr=False, compare=False)
    _profile: '_ByRay | _ByAngle' = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the values and find the end of the domain."""
        check_size(self.size)
        check_intrinsics(1.0, 1.0, self.cx, self.cy)
        check_between('c', self.c, 0.5, 2.0)
        check_between('d', self.d, -0.5, 0.5)
        check_between('e', self.e, -0.5, 0.5)
        check_above('max_angle_deg', self.max_angle_deg, 0.0, 180.0)
        meaning = 'at most 30 numbers, constant first'
        check_coefficients('to_ray', meaning, self.to_ray, range(31))
        check_coefficients('to_pixel', meaning, self.to_pixel, range(31))
        if not (self.to_ray or self.to_pixel):
            raise CameraError('to_ray or to_pixel must be given')
        corner, widest = self._far_corner(), math.radians(self.max_angle_deg)
        profile: _ByRay | _ByAngle
        if self.to_ray:
            profile = _ByRay(self.to_ray, corner, widest)
            self._check_agreement(profile)
        else:
            profile = _ByAngle(self.to_pixel, corner, widest)
        object.__setattr__(self, '_profile', profile)
        object.__setattr__(self, 'limit_rad', profile.limit_rad)

    def _check_agreement(self, profile: '_ByRay') -> None:
        if not self.to_pixel:
            return
        radii = np.linspace(0.0, min(profile.furthest, min(self.size) / 2.0), 9)
        angles = profile.angle(radii)
        apart = np.abs(polyval(angles - 0.5 * math.pi, self.to_pixel) - radii)
        worst = int(apart.argmax())
        if not apart[worst] <= FIT_SHARE * radii[-1]:
            where = f'{apart[worst]:.1f} pixels {math.degrees(angles[worst]):.0f} degrees off axis'
            raise CameraError(f'to_pixel must be the way back of to_ray, differs by {where}')

    @classmethod
    def from_rows(
        cls,
        size: tuple[int, int],
        row: float,
        column: float,
        c: float,
        d: float,
        e: float,
        to_ray: tuple[float, ...],
        to_pixel: tuple[float, ...],
        max_angle_deg: float = 180.0,
    ) -> 'OCam':
        """Return the lens of a calib_results.txt, whose x runs down the rows.

        There row = c x + d y + centre row and column = e x + y + centre column. Turned to
        columns first, with the plane in units 1 / c as large, this is the same lens.

        Raises:
            CameraError: if a value is not finite or out of range.
        """
        check_between('c', c, 0.5, 2.0)
        ray = tuple(value * c ** (1 - i) for i, value in enumerate(to_ray))
        pixel = tuple(value * c for value in to_pixel)
        return cls(size, column, row, 1.0 / c, e / c, d / c, ray, pixel, max_angle_deg)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        sides, angles = symmetric.sides_and_angles(points, self.limit_rad)
        plane = sides * self._profile.radius(angles)[..., None]
        x, y = plane[..., 0], plane[..., 1]
        skewed = np.stack([self.c * x + self.d * y, self.e * x + y], -1)
        return pixels_from_plane(skewed, (1.0, 1.0), (self.cx, self.cy))

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        plane = self._plane(pixel_array(pixels))
        sides, radii = symmetric.sides_and_radii(plane, self._profile.furthest)
        return symmetric.rays(sides, self._profile.angle(radii))

    def _plane(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        skewed = plane_from_pixels(pixels, (1.0, 1.0), (self.cx, self.cy))
        column, row = skewed[..., 0], skewed[..., 1]
        det = self.c - self.d * self.e
        return np.stack(
            [(column - self.d * row) / det, (self.c * row - self.e * column) / det], -1
        )

    def _far_corner(self) -> float:
        width, height = self.size
        corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], dtype=np.float64)
        return float(np.linalg.norm(self._plane(corners), axis=-1).max())


class _ByRay:
    """Angle by radius from `to_ray`, radius by angle through its inverse."""

    def __init__(self, to_ray: tuple[float, ...], corner: float, widest: float) -> None:
        if abs(to_ray[0]) < 1e-3:
            raise CameraError(f'to_ray must start with a0 of at least 1e-3, got {to_ray!r}')
        sign = math.copysign(1.0, to_ray[0])
        # radii in units of the far corner keep the polynomial's roots well conditioned
        self._unit = corner
        self._terms = [sign * a * corner ** (i - 1) for i, a in enumerate(to_ray)]
        self._rise = polyder(self._terms) if len(self._terms) > 1 else np.zeros(1)
        # the angle atan2(r, z) rises while z - r dz/dr > 0
        rising = [(1 - i) * a for i, a in enumerate(self._terms)]
        end = first_below(rising, symmetric.LEAST_SLOPE, 1.0)
        if end <= 0.0:
            raise CameraError(f'to_ray must see rays in front of the lens, got {to_ray!r}')
        self._radius = Inverse(self._angle, self._slope, np.linspace(0.0, end, TABLE))
        self.limit_rad = min(widest, self._radius.furthest)
        self.furthest = float(self._radius(np.array(self.limit_rad))) * self._unit

    def radius(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._radius(angle) * self._unit

    def angle(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._angle(radius / self._unit)

    def _angle(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.arctan2(radius, polyval(radius, self._terms)), dtype=np.float64)

    def _slope(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        forward = polyval(radius, self._terms)
        top = forward - radius * polyval(radius, self._rise)
        return np.asarray(top / (radius * radius + forward * forward), dtype=np.float64)


class _ByAngle:
    """Radius by angle from `to_pixel`, angle by radius through its inverse.

    A fit misses the centre by some thousandths of a pixel. Left as it is, rays near the
    axis would change sides; a term linear in the angle takes that away, which is zero at
    the image plane.
    """

    def __init__(self, to_pixel: tuple[float, ...], corner: float, widest: float) -> None:
        missed = float(polyval(-0.5 * math.pi, to_pixel))
        if not abs(missed) <= FIT_SHARE * to_pixel[0]:
            rule = 'must vanish straight ahead, at -pi/2, and be positive at 0'
            raise CameraError(f'to_pixel {rule}, got {missed:g} and {to_pixel[0]:g} pixels')
        self._terms = np.array([*to_pixel, 0.0, 0.0])[: max(2, len(to_pixel))]
        self._terms[1] += missed * 2.0 / math.pi
        self._rise = polyder(self._terms)
        rise = Polynomial(self._rise)(Polynomial([-0.5 * math.pi, 1.0]))  # of the angle
        least = symmetric.LEAST_SLOPE * to_pixel[0]
        end = first_below([float(term) for term in rise.coef], least, widest)
        if end <= 0.0:
            raise CameraError(f'to_pixel must rise from the centre, got {to_pixel!r}')
        self._angle = Inverse(self.radius, self._slope, np.linspace(0.0, end, TABLE))
        inside = np.array(min(corner, self._angle.furthest))
        self.limit_rad = float(self._angle(inside))
        self.furthest = float(self.radius(np.array(self.limit_rad)))

    def radius(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(polyval(angle - 0.5 * math.pi, self._terms), dtype=np.float64)

    def angle(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        return self._angle(radius)

    def _slope(self, angle: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(polyval(angle - 0.5 * math.pi, self._rise), dtype=np.float64)
