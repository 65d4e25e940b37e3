"""A network run on panoramas that are turned upright first, its labels turned back."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Leveller
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg
from panoseg_ros.inference import Backend


class LevelledRuntime:
    """Segments in the level frame and answers in the frame of the camera.

    Args:
        runtime: the network.
        geometry: of its panoramas.
    """

    def __init__(self, runtime: Backend, geometry: PanoramaGeometry) -> None:
        self._runtime = runtime
        self._geometry = geometry
        self._leveller = Leveller(geometry)

    def segment(
        self, image: NDArray[np.uint8], roll_deg: float, pitch_deg: float
    ) -> NDArray[np.uint8]:
        """Return labels (H, W) of a panorama (H, W, 3) of a tilted camera.

        Rows that turning brings in from beyond a panorama's elevations are black to the network;
        pixels whose direction the level panorama does not hold get the label of the nearest row.

        Args:
            image: the panorama in the camera's frame.
            roll_deg: of the camera against gravity, REP-103.
            pitch_deg: of the camera against gravity, REP-103.
        """
        level_from_pano = rotation_from_rpy_deg(roll_deg, pitch_deg, 0.0)
        seen = np.ones(image.shape[:2], np.bool_)
        level, _ = self._leveller(image, seen, level_from_pano)
        return self._back(self._runtime.segment(level)[0], level_from_pano)

    def _back(
        self, labels: NDArray[np.uint8], level_from_pano: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        geometry = self._geometry
        rays = geometry.rays() @ level_from_pano.T  # (H, W, 3) in the level frame
        azimuth = np.arctan2(rays[..., 1], rays[..., 0])
        elevation_deg = np.rad2deg(np.arcsin(rays[..., 2].clip(-1.0, 1.0)))
        u = (0.5 - azimuth / (2.0 * np.pi)) * geometry.width
        per_deg = geometry.height / (geometry.top_deg - geometry.bottom_deg)
        v = (geometry.top_deg - elevation_deg) * per_deg
        columns = np.floor(u).astype(np.int64) % geometry.width
        rows = np.floor(v).astype(np.int64).clip(0, geometry.height - 1)
        return np.asarray(labels[rows, columns], np.uint8)
