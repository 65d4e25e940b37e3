"""A camera that already delivers equirectangular pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from panoseg_ros.cameras.lenses.lens import check_size, directions, pixel_array
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import PanoramaGeometry

SLACK = 1e-9  # of the height: rounding never moves a border pixel's ray out of the picture


@dataclass(frozen=True)
class Equirectangular:
    """A full turn around, from `top_deg` down to `bottom_deg` of elevation.

    Convention: optical frame like every lens, so the image centre looks along +z and the
    zenith lies along -y. Rows and columns as in `geometry.PanoramaGeometry`. The first
    and last columns are neighbours; u lies in [0, width).

    Raises:
        CameraError: if the size or the elevations are impossible.
    """

    size: tuple[int, int]  # width, height in pixels
    top_deg: float = 90.0
    bottom_deg: float = -90.0

    def __post_init__(self) -> None:
        """Refuse impossible sizes and elevations."""
        check_size(self.size)
        try:
            self.geometry  # noqa: B018  (building it checks it)
        except ValueError as err:
            raise CameraError(str(err)) from err

    @property
    def geometry(self) -> PanoramaGeometry:
        """The same picture as panorama geometry, in body axes."""
        return PanoramaGeometry(self.size[1], self.size[0], self.top_deg, self.bottom_deg)

    def project(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the pixels (..., 2) of points (..., 3), NaN outside the elevations."""
        xyz = directions(points)
        right, down, forward = xyz[..., 0], xyz[..., 1], xyz[..., 2]
        width, height = self.size
        turn = 0.5 + 0.5 / np.pi * np.arctan2(right, forward)  # 0..1 from the left border
        elevation_deg = np.rad2deg(np.arctan2(-down, np.hypot(right, forward)))
        fall = (self.top_deg - elevation_deg) / (self.top_deg - self.bottom_deg)
        inside = (fall >= -SLACK) & (fall <= 1.0 + SLACK)
        u, v = np.mod(turn, 1.0) * width, np.clip(fall, 0.0, 1.0) * height
        return np.where(inside[..., None], np.stack([u, v], -1), np.nan)

    def unproject(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return the unit rays (..., 3) of pixels (..., 2), NaN outside the picture."""
        uv = pixel_array(pixels)
        width, height = self.size
        u, v = uv[..., 0], uv[..., 1]
        inside = (u >= 0.0) & (u <= width) & (v >= 0.0) & (v <= height)
        azimuth = np.where(inside, (1.0 - 2.0 * u / width) * np.pi, np.nan)
        elevation = np.deg2rad(self.top_deg - (self.top_deg - self.bottom_deg) * v / height)
        flat = np.cos(elevation)
        right, down, forward = -flat * np.sin(azimuth), -np.sin(elevation), flat * np.cos(azimuth)
        return np.stack([right, np.where(inside, down, np.nan), forward], -1)
