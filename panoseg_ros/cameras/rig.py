"""Several lenses that are mounted together and make one panorama."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.mapper import PanoramaMapper
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.frames import PANORAMA_FRAME, Panorama
from panoseg_ros.geometry import PanoramaGeometry, rotation_from_rpy_deg, transform

DEFAULT_WIDTH = 1024


@dataclass(frozen=True, eq=False)
class Rig:
    """All lenses of one camera.

    Convention: `base_from_pano` says where the camera is mounted. `photometric_gain` says
    whether panoramas even out how bright the lenses are, see `gains.Gains`.
    """

    name: str
    lenses: tuple[RigLens, ...]
    base_from_pano: NDArray[np.float64]  # (4, 4)
    photometric_gain: bool = True

    @property
    def topics(self) -> tuple[str, ...]:
        """The distinct image topics, in the order of the lenses."""
        return tuple(dict.fromkeys(lens.topic for lens in self.lenses))

    def turned(self, yaw_deg: float) -> 'Rig':
        """Return the same rig with a panorama whose centre looks further to the left.

        The lenses stay where they are on the robot: `base_from_pano` turns the other way.

        Args:
            yaw_deg: by how much, about the panorama's z axis; negative to the right.
        """
        turn = transform(rotation_from_rpy_deg(0.0, 0.0, yaw_deg), [0.0, 0.0, 0.0])
        back = turn.T  # the inverse of a rotation
        lenses = tuple(
            replace(lens, pano_from_lens=_fixed(back @ lens.pano_from_lens))
            for lens in self.lenses
        )
        return replace(self, lenses=lenses, base_from_pano=_fixed(self.base_from_pano @ turn))

    def split(self, topic: str, image: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
        """Return the view of every lens that the image of a topic holds, without copying.

        An image of another size but the same aspect ratio is cut in proportion.

        Args:
            topic: one of `topics`.
            image: (H, W, 3) uint8.

        Raises:
            CameraError: naming expected and actual topic, shape or aspect ratio.
        """
        lenses = [lens for lens in self.lenses if lens.topic == topic]
        if not lenses:
            known = ', '.join(self.topics)
            raise CameraError(f'rig {self.name} has no topic {topic!r}, only {known}')
        if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise CameraError(f'topic {topic}: expected shape (H, W, 3), got {image.shape}')
        return {lens.name: _view(lens, image) for lens in lenses}

    def panorama(
        self,
        images: Mapping[str, NDArray[np.uint8]],
        width: int | None = None,
        *,
        geometry: PanoramaGeometry | None = None,
        stamp_ns: int = 0,
        frame_id: str = PANORAMA_FRAME,
    ) -> Panorama:
        """Return the panorama of one moment; its tables are kept for the next, nothing else.

        Args:
            images: lens name to (h, w, 3) uint8 RGB. Lenses may be left out: the panorama
                is that of the others.
            width: of a full panorama, twice its height; 1024 where nothing is given.
            geometry: size and elevations, instead of `width`.
            stamp_ns: time of acquisition.
            frame_id: frame of the panorama.

        Raises:
            CameraError: if there is no picture, or one of an unknown lens, or one that does
                not fit its lens, or no panorama has that width.
        """
        if geometry is None:
            columns = DEFAULT_WIDTH if width is None else width
            if columns < 2:
                raise CameraError(f'width must be 2 or more, got {width}')
            geometry = PanoramaGeometry(columns // 2, columns)
        image, valid = _mapper(self, geometry)(images, alone=True)
        return Panorama(stamp_ns, frame_id, image, valid)


@lru_cache(maxsize=4)
def _mapper(rig: Rig, geometry: PanoramaGeometry) -> PanoramaMapper:
    return PanoramaMapper(rig, geometry)


def _fixed(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix.setflags(write=False)
    return matrix


def _view(lens: RigLens, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    source_width, source_height = lens.source_size
    scale = width / source_width
    if abs(height - scale * source_height) > 1.0:
        raise CameraError(
            f'topic {lens.topic} brought an image of {width}x{height}, {lens.origin} expects the '
            f'aspect ratio of {source_width}x{source_height}'
        )
    if lens.crop is None:
        return image
    x, y, w, h = lens.crop
    left, top = round(x * scale), round(y * scale)
    return image[top : round((y + h) * scale), left : round((x + w) * scale)]
