"""What a calibration file says about cameras, whatever its format."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.cameras.rig import Rig


class CalibratedCamera(NamedTuple):
    """One camera of a calibration file.

    Convention: `pano_from_lens` maps points of the lens' optical frame to the panorama
    frame; None where the file does not say how the camera is mounted. `crop` is x, y,
    width, height of the lens' part of an image of `source_size`, None for all of it.
    `mask` is where a file names one; whether it exists there is not checked.
    """

    name: str
    lens: Lens
    topic: str = ''
    pano_from_lens: NDArray[np.float64] | None = None  # (4, 4)
    mask: Path | None = None
    crop: tuple[int, int, int, int] | None = None
    source_size: tuple[int, int] | None = None


class Calibration(NamedTuple):
    """Everything that one file holds.

    `frame` names the frame that the extrinsics are given in, '' where there are none: those
    of two files belong together only if it is the same. `mounts` are extrinsics,
    `pano_from_lens`, of cameras whose lenses stand in other files. `rig` is what a rig file
    of ours says.
    """

    cameras: tuple[CalibratedCamera, ...] = ()
    frame: str = ''
    mounts: Mapping[str, NDArray[np.float64]] = MappingProxyType({})
    rig: Rig | None = None


class Source(NamedTuple):
    """A file to be recognised; `fields` is None where its text is not a mapping."""

    path: Path
    file: str  # names the file in errors
    text: str
    fields: Fields | None

    @property
    def mapping(self) -> Fields:
        """The mapping of a file that was recognised by it."""
        assert self.fields is not None
        return self.fields

    @property
    def stem(self) -> str:
        """The file's name as a lens name, for formats that do not name their camera."""
        return lens_name(self.path.stem)


def lens_name(text: str) -> str:
    """Return a name of letters, digits and _ only, as rig files want them."""
    name = re.sub(r'[^A-Za-z0-9_]+', '_', text).strip('_')
    return name if name[:1].isalpha() else f'camera_{name}'.rstrip('_')
