"""Panorama geometry and the rigid transforms that everyone shares.

Convention: lens frames are ROS optical frames (x right, y down, z forward).
Panorama and base frames are body frames (x forward, y left, z up, REP-103).
Transforms are (4, 4) float64 named by both ends: `base_from_pano` maps panorama
coordinates to base coordinates. Pixel centres lie at +0.5, so the pixel in row v
and column u has its centre at coordinates (u + 0.5, v + 0.5).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Columns are the optical axes in body coordinates: right = -y, down = -z, forward = +x.
BODY_FROM_OPTICAL: NDArray[np.float64] = np.array(
    [[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]
)
BODY_FROM_OPTICAL.setflags(write=False)


@dataclass(frozen=True)
class PanoramaGeometry:
    """Which direction each pixel of an equirectangular panorama looks into.

    Convention: azimuth(u) = 180 (1 - 2 (u + 0.5) / width) degrees, positive to the
    left, so the image centre looks along +x and columns 0 and width - 1 are
    neighbours; elevation(v) = top - (top - bottom) (v + 0.5) / height degrees.

    Raises:
        ValueError: if a size is not positive or the elevations are not
            90 >= top > bottom >= -90.
    """

    height: int
    width: int
    top_deg: float = 90.0
    bottom_deg: float = -90.0

    def __post_init__(self) -> None:
        """Refuse impossible sizes and elevations."""
        if self.height < 1 or self.width < 1:
            raise ValueError(f'panorama size must be positive, got {self.width}x{self.height}')
        if not 90.0 >= self.top_deg > self.bottom_deg >= -90.0:
            raise ValueError(
                f'panorama elevations must satisfy 90 >= top > bottom >= -90, '
                f'got top {self.top_deg} and bottom {self.bottom_deg}'
            )

    def azimuth_rad(self) -> NDArray[np.float64]:
        """Return the azimuth of every column centre, shape (width,), descending."""
        return (1.0 - 2.0 * (np.arange(self.width) + 0.5) / self.width) * np.pi

    def elevation_rad(self) -> NDArray[np.float64]:
        """Return the elevation of every row centre, shape (height,), descending."""
        step_deg = (self.top_deg - self.bottom_deg) / self.height
        elevation_deg = self.top_deg - step_deg * (np.arange(self.height) + 0.5)
        return np.asarray(np.deg2rad(elevation_deg), dtype=np.float64)

    def rays(self) -> NDArray[np.float32]:
        """Return unit rays (height, width, 3) in the panorama frame, read-only."""
        return _rays(self)

    def pixels(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixel coordinates (..., 2) of points (..., 3) in the panorama frame.

        Pixels outside the elevation range come back as NaN; u lies in [0, width).
        """
        xyz = np.asarray(points, dtype=np.float64)
        azimuth = np.arctan2(xyz[..., 1], xyz[..., 0])
        elevation_deg = np.rad2deg(np.arctan2(xyz[..., 2], np.hypot(xyz[..., 0], xyz[..., 1])))
        u = np.mod((1.0 - azimuth / np.pi) * 0.5 * self.width, self.width)
        v = (self.top_deg - elevation_deg) * self.height / (self.top_deg - self.bottom_deg)
        inside = (v >= 0.0) & (v <= self.height)
        return np.where(inside[..., None], np.stack([u, v], -1), np.nan)


@lru_cache(maxsize=8)
def _rays(geometry: PanoramaGeometry) -> NDArray[np.float32]:
    azimuth, elevation = np.meshgrid(geometry.azimuth_rad(), geometry.elevation_rad())  # (H, W)
    flat = np.cos(elevation)
    rays = np.stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)], -1)
    rays32 = rays.astype(np.float32)  # (H, W, 3)
    rays32.setflags(write=False)
    return rays32


def rotation_from_rpy_deg(roll: float, pitch: float, yaw: float) -> NDArray[np.float64]:
    """Return the (3, 3) rotation Rz(yaw) Ry(pitch) Rx(roll) (REP-103, fixed axes X-Y-Z)."""
    r, p, y = np.deg2rad([roll, pitch, yaw])
    cr, sr, cp, sp, cy, sy = np.cos(r), np.sin(r), np.cos(p), np.sin(p), np.cos(y), np.sin(y)
    return np.array(
        [
            [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
            [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
            [-sp, cp * sr, cp * cr],
        ]
    )


def rotation_from_quaternion(xyzw: ArrayLike) -> NDArray[np.float64]:
    """Return the (3, 3) rotation of a quaternion (x, y, z, w), normalised here.

    Raises:
        ValueError: if the quaternion is not finite or has no length.
    """
    q = np.asarray(xyzw, dtype=np.float64)
    norm = float(np.linalg.norm(q))
    if not np.isfinite(norm) or norm < 1e-9:
        raise ValueError(f'quaternion {q.tolist()} is not a rotation')
    x, y, z, w = q / norm
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_from_rotation(rotation: ArrayLike) -> tuple[float, float, float, float]:
    """Return a unit quaternion x, y, z, w of a (3, 3) rotation; w may be negative.

    Source: S. W. Shepperd, "Quaternion from rotation matrix", 1978.
    """
    r = np.asarray(rotation, dtype=np.float64)
    squares = np.array([*np.diag(r), np.trace(r)])
    largest = int(squares.argmax())
    if largest == 3:
        q = np.array([r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], 1 + np.trace(r)])
    else:
        i, j, k = largest, (largest + 1) % 3, (largest + 2) % 3
        q = np.empty(4)
        q[i], q[3] = 1 + r[i, i] - r[j, j] - r[k, k], r[k, j] - r[j, k]
        q[j], q[k] = r[j, i] + r[i, j], r[k, i] + r[i, k]
    x, y, z, w = q / np.linalg.norm(q)
    return float(x), float(y), float(z), float(w)


def without_heading(rotation: ArrayLike) -> NDArray[np.float64]:
    """Return roll and pitch of a (3, 3) rotation: the same turn, but its x axis keeps y = 0.

    With Rz(yaw) Ry(pitch) Rx(roll) that is Ry(pitch) Rx(roll).
    """
    matrix = np.asarray(rotation, dtype=np.float64)
    yaw_deg = float(np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0])))
    return rotation_from_rpy_deg(0.0, 0.0, -yaw_deg) @ matrix


def transform(rotation: ArrayLike, translation_m: ArrayLike) -> NDArray[np.float64]:
    """Return the (4, 4) transform that rotates by (3, 3) and then moves by (3,) metres."""
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = translation_m
    return matrix
