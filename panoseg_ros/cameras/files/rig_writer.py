"""Writes rig files; docs/rigs.md describes the format."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.models import lens_fields
from panoseg_ros.cameras.files.poses import rpy_deg_from_rotation
from panoseg_ros.cameras.files.rig_file import read_rig
from panoseg_ros.cameras.files.text import parse_mapping
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL


class _Dumper(yaml.SafeDumper):
    """Block mappings, lists of numbers in one line, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    list, lambda dumper, data: dumper.represent_sequence('tag:yaml.org,2002:seq', data, True)
)


def rig_yaml(rig: Rig) -> str:
    """Return the rig file of a rig; masks are named as `mask_name` says.

    Poses come back to 1e-12, everything else exactly.

    Raises:
        CameraError: if a lens is of a model that rig files do not know.
    """
    fields: dict[str, Any] = {'name': rig.name}
    if not rig.photometric_gain:
        fields['photometric_gain'] = False
    fields |= {
        'base_from_pano': _pose(rig.base_from_pano),
        'lenses': {entry.name: _entry(rig, entry) for entry in rig.lenses},
    }
    return yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=99)


def write_rig(rig: Rig, path: Path) -> None:
    """Write the rig file and, beside it, the masks of its lenses.

    Raises:
        CameraError: if a file cannot be written, or the rig could not be loaded from it,
            as with a lens' name or topic that rig files do not allow; nothing is written then.
    """
    text = rig_yaml(rig)
    bare = tuple(replace(entry, mask=None) for entry in rig.lenses)
    unmasked = rig_yaml(replace(rig, lenses=bare))
    read_rig(Fields(parse_mapping(unmasked, str(path)), f'rig {path}'), path)
    try:
        for entry in rig.lenses:
            if entry.mask is not None:
                png = cv2.imencode('.png', entry.mask.astype(np.uint8) * 255)[1]
                (path.parent / mask_name(rig, entry)).write_bytes(png.tobytes())
        path.write_text(text, encoding='utf-8')
    except OSError as err:
        raise CameraError(f'rig {path}: cannot be written: {err.strerror or err}') from err


def mask_name(rig: Rig, entry: RigLens) -> str:
    """Return the file name of a lens' mask, beside the rig file."""
    return f'{rig.name}_{entry.name}_mask.png'


def _entry(rig: Rig, entry: RigLens) -> dict[str, Any]:
    mount = entry.pano_from_lens.copy()
    mount[:3, :3] = mount[:3, :3] @ BODY_FROM_OPTICAL.T
    fields: dict[str, Any] = {'topic': entry.topic, 'source_size': list(entry.source_size)}
    if entry.crop is not None:
        fields['crop'] = list(entry.crop)
    fields['pano_from_lens'] = _pose(mount)
    if entry.mask is not None:
        fields['mask'] = mask_name(rig, entry)
    return {**fields, 'lens': lens_fields(entry.lens)}


def _pose(matrix: NDArray[np.float64]) -> dict[str, list[float]]:
    rpy_deg = rpy_deg_from_rotation(matrix[:3, :3])
    # adding 0.0 turns -0.0 into 0.0
    return {
        'translation_m': [float(value) + 0.0 for value in matrix[:3, 3]],
        'rpy_deg': [angle + 0.0 for angle in rpy_deg],
    }
