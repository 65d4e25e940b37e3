"""A rig some of whose calibration comes from the running system instead of from its file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.lenses.uncalibrated import Uncalibrated
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError

_UNKNOWN_SIZE = (2, 2)


@dataclass(frozen=True, eq=False)
class LensTemplate:
    """One lens of a rig file; what is None or empty is as in `RigLens` or comes later."""

    name: str
    topic: str
    source_size: tuple[int, int] | None  # None: that of the camera_info
    crop: tuple[int, int, int, int] | None
    lens: Lens | None  # None: from camera_info
    pano_from_lens: NDArray[np.float64] | None  # (4, 4); None: from TF
    mask: NDArray[np.bool_] | None = None
    camera_info_topic: str = ''  # empty: `camera_info` beside the image
    frame_id: str = ''  # the lens' optical frame in TF

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the lens' own picture, None where only camera_info says it."""
        return self.crop[2:] if self.crop else self.source_size

    def complete(self, lens: Lens | None, pano_from_lens: NDArray[np.float64] | None) -> RigLens:
        """Return the lens with what its file leaves open.

        Raises:
            CameraError: if something is still open, or the lens has another size.
        """
        lens, mount = self.lens or lens, self.pano_from_lens
        mount = pano_from_lens if mount is None else mount
        if lens is None:
            raise CameraError(f'lens {self.name}: its calibration is that of {self.info_topic}')
        if mount is None:
            raise CameraError(f'lens {self.name}: its pose is that of TF frame {self.frame_id}')
        if self.size is not None and self.size != lens.size:
            expected, found = ('x'.join(map(str, size)) for size in (self.size, lens.size))
            raise CameraError(f'lens {self.name} must be one of {expected} pixels, got {found}')
        mount = np.array(mount, np.float64)
        mount.setflags(write=False)
        source = self.source_size or lens.size
        origin = 'rig' if self.source_size else f'camera_info on {self.info_topic}'
        return RigLens(self.name, lens, self.topic, source, self.crop, mount, self.mask, origin)

    @property
    def info_topic(self) -> str:
        """The topic of the camera_info, before namespaces and remappings."""
        beside = self.topic.rpartition('/')[0]
        return self.camera_info_topic or (f'{beside}/camera_info' if beside else 'camera_info')


@dataclass(frozen=True, eq=False)
class RigTemplate:
    """A rig file as it stands; `complete` makes a rig of it."""

    name: str
    lenses: tuple[LensTemplate, ...]
    base_from_pano: NDArray[np.float64]  # (4, 4)
    photometric_gain: bool = True
    panorama_yaw_deg: float = 0.0  # how far the panorama's centre looks to the left

    @property
    def needs_camera_info(self) -> dict[str, str]:
        """Lens name to the topic of its camera_info, for lenses without a model in the file."""
        return {entry.name: entry.info_topic for entry in self.lenses if entry.lens is None}

    @property
    def needs_tf(self) -> dict[str, str]:
        """Lens name to its TF frame, for lenses without a pose in the file."""
        return {e.name: e.frame_id for e in self.lenses if e.pano_from_lens is None}

    def complete(
        self,
        lenses: Mapping[str, Lens] | None = None,
        poses: Mapping[str, NDArray[np.float64]] | None = None,
    ) -> Rig:
        """Return the rig with the lenses and poses that its file leaves open.

        Args:
            lenses: of the names in `needs_camera_info`.
            poses: pano_from_lens (4, 4), from the optical frame, of the names in `needs_tf`.

        Raises:
            CameraError: naming rig and lens, if one is missing or does not fit.
        """
        try:
            entries = tuple(
                entry.complete((lenses or {}).get(entry.name), (poses or {}).get(entry.name))
                for entry in self.lenses
            )
        except CameraError as err:
            raise CameraError(f'rig {self.name}: {err}') from err
        rig = Rig(self.name, entries, self.base_from_pano, self.photometric_gain)
        return rig.turned(self.panorama_yaw_deg) if self.panorama_yaw_deg else rig

    def blind(self) -> Rig:
        """Return the rig with lenses that see nothing in place of those left open."""
        stand_ins = {e.name: Uncalibrated(e.size or _UNKNOWN_SIZE) for e in self.lenses}
        unposed = {name: np.eye(4) for name in self.needs_tf}
        entries = [replace(e, lens=None) if e.name in unposed else e for e in self.lenses]
        return replace(self, lenses=tuple(entries)).complete(stand_ins, unposed)
