"""What every lens model offers, and the step between its plane and its pixels.

Convention: rays and points are in the lens' ROS optical frame (x right, y down,
z forward). Pixel centres lie at +0.5. Intrinsics are those of OpenCV and ROS
calibration files, where the centre of the first pixel is 0.0; the half pixel between
the two is added and taken away here and nowhere else.
"""

from collections.abc import Container, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.errors import CameraError

MAX_SIDE = 32767  # fixed-point remap tables address pixels with 16 signed bits
FIRST_PIXEL_CENTRE = 0.5
MIN_FOCAL, MAX_FOCAL = 1e-3, 1e7  # pixels
MAX_CENTRE = 1e6  # pixels
MAX_COEFFICIENT = 1e6


class Lens(Protocol):
    """Maps directions to pixels and back; the two agree to 1e-6 rad inside the domain.

    The domain is that of the model (field of view, side of the image plane), not the
    image rectangle: a pixel beyond the border has honest coordinates outside `size`.
    """

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels of the image that the intrinsics belong to."""
        ...

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the domain."""
        ...

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the domain."""
        ...


def pixels_from_plane(
    plane: NDArray[np.float64], focal: tuple[float, float], centre: tuple[float, float]
) -> NDArray[np.float64]:
    """Return pixels (..., 2) of normalised image-plane coordinates (..., 2)."""
    return np.asarray(plane * focal + centre + FIRST_PIXEL_CENTRE, dtype=np.float64)


def plane_from_pixels(
    pixels: NDArray[np.float64], focal: tuple[float, float], centre: tuple[float, float]
) -> NDArray[np.float64]:
    """Return normalised image-plane coordinates (..., 2) of pixels (..., 2)."""
    return np.asarray((pixels - FIRST_PIXEL_CENTRE - centre) / focal, dtype=np.float64)


def directions(points: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., 3) divided by their largest coordinate.

    Keeps squares of huge and tiny points finite; points that have no direction (zero,
    infinite or NaN) come back as NaN.

    Raises:
        ValueError: if the last axis is not 3.
    """
    xyz = np.asarray(points, dtype=np.float64)
    if xyz.ndim < 1 or xyz.shape[-1] != 3:
        raise ValueError(f'expected points of shape (..., 3), got {xyz.shape}')
    size = np.abs(xyz)
    largest = np.maximum(np.maximum(size[..., 0], size[..., 1]), size[..., 2])
    with np.errstate(invalid='ignore', divide='ignore', over='ignore'):
        return np.asarray(xyz / largest[..., None], dtype=np.float64)


def pixel_array(pixels: ArrayLike) -> NDArray[np.float64]:
    """Return pixels (..., 2) as float64, infinite ones as NaN.

    Raises:
        ValueError: if the last axis is not 2.
    """
    uv = np.asarray(pixels, dtype=np.float64)
    if uv.ndim < 1 or uv.shape[-1] != 2:
        raise ValueError(f'expected pixels of shape (..., 2), got {uv.shape}')
    return np.where(np.isfinite(uv), uv, np.nan)


def check_size(size: tuple[int, int]) -> None:
    """Refuse image sizes that are not two whole numbers of 1..32767 pixels.

    Raises:
        CameraError: naming the size.
    """
    if len(size) != 2 or not all(type(side) is int and 1 <= side <= MAX_SIDE for side in size):
        raise CameraError(f'size must be two whole numbers 1..{MAX_SIDE}, got {size!r}')


def check_intrinsics(fx: float, fy: float, cx: float, cy: float) -> None:
    """Refuse focal lengths that are not positive and centres that are not finite.

    The bounds are far beyond any camera; they keep the rounding of pixels below 1e-6 rad.

    Raises:
        CameraError: naming the value.
    """
    for name, value in (('fx', fx), ('fy', fy)):
        if not MIN_FOCAL <= value <= MAX_FOCAL:
            rule = f'a positive number of pixels ({MIN_FOCAL:g}..{MAX_FOCAL:g})'
            raise CameraError(f'{name} must be {rule}, got {value!r}')
    for name, value in (('cx', cx), ('cy', cy)):
        check_between(name, value, -MAX_CENTRE, MAX_CENTRE)


def check_between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value that is not a number of low..high.

    Raises:
        CameraError: naming the parameter, its range and the value.
    """
    if not low <= value <= high:
        raise CameraError(f'{name} must be in {low:g}..{high:g}, got {value!r}')


def check_above(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value that is not above low and at most high.

    Raises:
        CameraError: naming the parameter, its range and the value.
    """
    if not low < value <= high:
        raise CameraError(f'{name} must be in {low:g}..{high:g}, above {low:g}, got {value!r}')


def check_coefficients(
    name: str, meaning: str, values: Sequence[float], counts: Container[int]
) -> None:
    """Refuse coefficients of another count, or beyond +-1e6.

    Raises:
        CameraError: naming the parameter, what it means and the values.
    """
    if len(values) not in counts or not all(abs(value) <= MAX_COEFFICIENT for value in values):
        raise CameraError(f'{name} must be {meaning}, each within +-1e6, got {values!r}')


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return vectors (..., 3) divided by their length."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    length = np.sqrt(x * x + y * y + z * z)
    return np.asarray(vectors / length[..., None], dtype=np.float64)
