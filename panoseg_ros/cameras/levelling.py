"""Turns a panorama upright, frame by frame.

Every output pixel's direction is turned into the seen panorama and sampled there. The
arithmetic is branch-free float32 over one row at a time, which compilers vectorise; the
sampling is bilinear in steps of 1/32 pixel, as in cv2.remap with fixed-point maps. No table
depends on the rotation, so no angle costs more or is less exact than another.
"""

import threading
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.lens import MAX_SIDE
from panoseg_ros.compiled import compiled
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry

SUBPIXELS = 32
SAME = 1e-7  # rotations closer to the identity than this move nothing by 1/32 pixel
BLOCK = 16  # rows that are located and sampled together
FIELD = 21  # bits per colour in a packed pixel; the top bit says that it is valid
F32 = np.float32
_PI, _HALF_PI, _TINY = F32(np.pi), F32(np.pi / 2), F32(1e-30)


class Directions(NamedTuple):
    """Where every pixel of a level panorama looks, in the seen panorama's axes.

    Convention: the direction of row v, column u is `rows[0, v] * columns[:, u] + rows[1, v] *
    axis`; `scale` turns its angles into places in 1/32 pixel of a picture with a border of one
    pixel, see `_locate`.
    """

    columns: NDArray[np.float32]  # (3, W) each column's horizontal direction
    rows: NDArray[np.float32]  # (2, H) cosine and sine of each row's elevation
    axis: NDArray[np.float32]  # (3,) the level zenith
    scale: NDArray[np.float32]  # (4,) u of azimuth 0, u per radian, v of elevation 0, v per radian


class Leveller:
    """Turns panoramas of one geometry; buffers are reused, results are new unless told.

    Works for any rotation. Columns wrap around, and at the poles of a panorama that
    reaches them the rows beyond are the first and last row half a turn further. Safe to
    call from several threads, one panorama at a time.

    Raises:
        CameraError: if the panorama has more than 32767 pixels a side.
    """

    def __init__(self, geometry: PanoramaGeometry) -> None:
        self.geometry = geometry
        height, width = geometry.height, geometry.width
        if max(height, width) > MAX_SIDE:
            raise CameraError(f'panorama is {width}x{height}, at most {MAX_SIDE} a side fit')
        azimuth, elevation = geometry.azimuth_rad(), geometry.elevation_rad()
        self._around = np.stack([np.cos(azimuth), np.sin(azimuth)])  # (2, W)
        self._rows = np.stack([np.cos(elevation), np.sin(elevation)]).astype(F32)  # (2, H)
        self._packed = np.zeros((height + 4, width + 2), np.uint64)  # the last two rows stay 0
        self._lock = threading.Lock()
        # Compiles before the first frame comes.
        blank = np.zeros((height, width, 3), np.uint8)
        self(blank, np.zeros((height, width), np.bool_), np.diag([-1.0, -1.0, 1.0]))

    def __call__(
        self,
        image: NDArray[np.uint8],
        valid: NDArray[np.bool_],
        level_from_pano: ArrayLike,
        out: tuple[NDArray[np.uint8], NDArray[np.bool_]] | None = None,
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return the panorama as a camera in the level frame would see it.

        Args:
            image: (H, W, 3) uint8.
            valid: (H, W) bool.
            level_from_pano: (3, 3) rotation from the seen panorama's axes to level ones.
            out: C-contiguous arrays like `image` and `valid`, but others, to write and return,
                so that what they held is gone; without them the results are new.

        Returns:
            The arguments themselves if there is nothing to turn, else an image and a `valid`,
            which is read-only if it is new. A pixel is valid if everything mixed into it is; it is
            black and not valid where the panorama does not reach.

        Raises:
            CameraError: if an array does not fit the geometry or the matrix is no rotation.
        """
        directions = self.directions(level_from_pano)
        self._check(image, valid)
        if directions is None:
            return image, valid
        turned, seen = out or (np.empty_like(image, order='C'), np.empty(valid.shape, np.bool_))
        assert turned.shape == image.shape and seen.shape == valid.shape
        with self._lock:
            self._pack(image, valid)
            _turn(self._packed, *directions, turned, seen)
        if out is None:
            seen.setflags(write=False)
        return turned, seen

    def sources(self, level_from_pano: ArrayLike) -> NDArray[np.float64]:
        """Return the pixel (H, W, 2) of the seen panorama that each output pixel is taken from.

        Convention: pixel centres lie at +0.5; NaN where the panorama does not reach.

        Raises:
            CameraError: if the matrix is no rotation.
        """
        height, width = self.geometry.height, self.geometry.width
        first, part = np.empty((height, width), np.int32), np.empty((height, width), np.uint16)
        directions = self._directions(checked_rotation(level_from_pano))
        _locate(*directions, height, first, part)
        v, u = np.divmod(first, width + 2)
        v_part, u_part = np.divmod(part, SUBPIXELS)
        pixels = np.stack([u + u_part / SUBPIXELS, v + v_part / SUBPIXELS], -1)
        # The packed picture has a border of one pixel.
        return np.where((v <= height)[..., None], pixels - 0.5, np.nan)

    def directions(self, level_from_pano: ArrayLike) -> Directions | None:
        """Return where to look, or None if there is nothing to turn.

        Raises:
            CameraError: if the matrix is no rotation.
        """
        rotation = checked_rotation(level_from_pano)
        if np.abs(rotation - np.eye(3)).max() < SAME:
            return None
        return self._directions(rotation)

    def _directions(self, rotation: NDArray[np.float64]) -> Directions:
        pano_from_level = rotation.T
        geometry = self.geometry
        per_u = geometry.width / (2.0 * np.pi)
        per_v = geometry.height / np.deg2rad(geometry.top_deg - geometry.bottom_deg)
        # In 1/32 pixel of the packed picture; + 0.5 because casts to integers cut off.
        u_ahead = (geometry.width / 2.0 + 0.5) * SUBPIXELS + 0.5
        v_level = (np.deg2rad(geometry.top_deg) * per_v + 0.5) * SUBPIXELS + 0.5
        scale = np.array([u_ahead, per_u * SUBPIXELS, v_level, per_v * SUBPIXELS], F32)
        columns = (pano_from_level[:, :2] @ self._around).astype(F32)  # (3, W)
        return Directions(columns, self._rows, pano_from_level[:, 2].astype(F32), scale)

    def _pack(self, image: NDArray[np.uint8], valid: NDArray[np.bool_]) -> None:
        """Write the picture and its border into the packed one."""
        height, width = valid.shape
        packed = self._packed
        _pack(image, valid, packed)
        half = width // 2
        for border, row, pole in (
            (0, 1, self.geometry.top_deg == 90.0),
            (height + 1, height, self.geometry.bottom_deg == -90.0),
        ):
            packed[border, 1:-1] = np.roll(packed[row, 1:-1], half) if pole else packed[row, 1:-1]
        packed[: height + 2, 0] = packed[: height + 2, width]
        packed[: height + 2, width + 1] = packed[: height + 2, 1]

    def _check(self, image: NDArray[np.uint8], valid: NDArray[np.bool_]) -> None:
        shape = (self.geometry.height, self.geometry.width)
        if image.shape != (*shape, 3) or image.dtype != np.uint8:
            raise CameraError(
                f'panorama must be uint8 of shape {(*shape, 3)}, '
                f'got {image.dtype} of shape {image.shape}'
            )
        if valid.shape != shape or valid.dtype != np.bool_:
            raise CameraError(
                f'valid must be bool of shape {shape}, got {valid.dtype} of shape {valid.shape}'
            )


def checked_rotation(matrix: ArrayLike) -> NDArray[np.float64]:
    """Return the matrix as (3, 3) float64.

    Raises:
        CameraError: if it is not a rotation to 1e-4.
    """
    rotation = np.asarray(matrix, dtype=np.float64)
    fits = rotation.shape == (3, 3) and bool((np.abs(rotation) <= 1.001).all())  # NaN is not
    if (
        not fits
        or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-4)
        or np.linalg.det(rotation) < 0.0
    ):
        raise CameraError(f'level_from_pano must be a (3, 3) rotation, got {rotation.tolist()}')
    return rotation


@compiled()
def _pack(image: NDArray[np.uint8], valid: NDArray[np.bool_], packed: NDArray[np.uint64]) -> None:
    """Write pixels as three fields of 21 bits and a top bit that says valid.

    Fields that wide hold a colour times 1024, so one multiplication weighs all three.
    """
    one, two, top = np.uint64(FIELD), np.uint64(2 * FIELD), np.uint64(63)
    for v in range(image.shape[0]):
        for u in range(image.shape[1]):
            colour = np.uint64(image[v, u, 0])
            colour |= np.uint64(image[v, u, 1]) << one
            colour |= np.uint64(image[v, u, 2]) << two
            packed[v + 1, u + 1] = colour | (np.uint64(valid[v, u]) << top)


@numba.njit(inline='always', fastmath=True, error_model='numpy')
def _arctan2(y: np.float32, x: np.float32) -> np.float32:
    """Return the angle to 1e-5 rad.

    Source: M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, formula 4.4.49.
    """
    across, along = abs(y), abs(x)
    steep = across > along
    t = (along if steep else across) / ((across if steep else along) + _TINY)
    s = t * t
    a = F32(0.1801410) + s * (F32(-0.0851330) + s * F32(0.0208351))
    a = t * (F32(0.9998660) + s * (F32(-0.3302995) + s * a))
    a = _HALF_PI - a if steep else a
    a = _PI - a if x < F32(0.0) else a
    return -a if y < F32(0.0) else a


@compiled(fastmath=True, error_model='numpy')
def _locate(
    columns: NDArray[np.float32],
    rows: NDArray[np.float32],
    axis: NDArray[np.float32],
    scale: NDArray[np.float32],
    height: int,
    first: NDArray[np.int32],
    part: NDArray[np.uint16],
) -> None:
    """Find the pixels of R output rows in the packed picture.

    Args:
        columns: (3, W) each column's horizontal direction, in the seen panorama's axes.
        rows: (2, R) cosine and sine of each row's elevation.
        axis: (3,) the level zenith in the seen panorama's axes.
        scale: u of azimuth 0, u per radian, v of elevation 0 and v per radian, 1/32 pixel.
        height: of the panorama.
        first: (R, W) gets the flat index of the upper left of four pixels to mix.
        part: (R, W) gets how far down (times 32) and right of it, in 1/32 pixel.
    """
    width = first.shape[1]
    u_ahead, per_u, v_level, per_v = scale[0], scale[1], scale[2], scale[3]
    # Rounding in float32 may leave a pole by a hair: half of 1/32 pixel is still inside.
    low, high = F32(SUBPIXELS / 2), F32((height + 0.5) * SUBPIXELS + 1.0)
    nowhere = F32((height + 2) * SUBPIXELS)
    for row in range(first.shape[0]):
        flat = rows[0, row]
        x_up, y_up, z_up = rows[1, row] * axis[0], rows[1, row] * axis[1], rows[1, row] * axis[2]
        for column in range(width):
            x = flat * columns[0, column] + x_up
            y = flat * columns[1, column] + y_up
            z = flat * columns[2, column] + z_up
            u = np.int32(u_ahead - per_u * _arctan2(y, x))
            down = v_level - per_v * _arctan2(z, np.sqrt(x * x + y * y))
            v = np.int32(down if (down >= low) & (down <= high) else nowhere)
            first[row, column] = (v >> 5) * np.int32(width + 2) + (u >> 5)
            part[row, column] = ((v & 31) << 5) | (u & 31)


@compiled()
def _sample(
    packed: NDArray[np.uint64],
    first: NDArray[np.int32],
    part: NDArray[np.uint16],
    image: NDArray[np.uint8],
    valid: NDArray[np.bool_],
) -> None:
    """Mix four pixels each into image (R, W, 3) and valid (R, W)."""
    pixels, wide = packed.ravel(), np.uint64(packed.shape[1])
    one, full, shift, byte = np.uint64(1), np.uint64(32), np.uint64(10), np.uint64(255)
    half = np.uint64(512) | (np.uint64(512) << np.uint64(FIELD))
    half |= np.uint64(512) << np.uint64(2 * FIELD)
    for v in range(first.shape[0]):
        for u in range(first.shape[1]):
            at = np.uint64(first[v, u])
            right, down = np.uint64(part[v, u]) & np.uint64(31), np.uint64(part[v, u] >> 5)
            a, b = pixels[at], pixels[at + one]
            c, d = pixels[at + wide], pixels[at + wide + one]
            # What the top bits say overflows and is cut off, so they harm no colour.
            mixed = (a * (full - right) + b * right) * (full - down)
            mixed += (c * (full - right) + d * right) * down + half
            image[v, u, 0] = (mixed >> shift) & byte
            image[v, u, 1] = (mixed >> (shift + np.uint64(FIELD))) & byte
            image[v, u, 2] = (mixed >> (shift + np.uint64(2 * FIELD))) & byte
            valid[v, u] = ((a & b & c & d) >> np.uint64(63)) == one


@compiled()
def _turn(
    packed: NDArray[np.uint64],
    columns: NDArray[np.float32],
    rows: NDArray[np.float32],
    axis: NDArray[np.float32],
    scale: NDArray[np.float32],
    image: NDArray[np.uint8],
    valid: NDArray[np.bool_],
) -> None:
    """Fill image (H, W, 3) and valid (H, W), so few rows at a time that they stay in cache."""
    height, width = valid.shape
    first, part = np.empty((BLOCK, width), np.int32), np.empty((BLOCK, width), np.uint16)
    for top in range(0, height, BLOCK):
        here = slice(top, min(top + BLOCK, height))
        size = here.stop - here.start
        _locate(columns, rows[:, here], axis, scale, height, first[:size], part[:size])
        _sample(packed, first[:size], part[:size], image[here], valid[here])
