"""Reads rig files; docs/rigs.md describes the format."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.fields import Fields, read_yaml
from panoseg_ros.cameras.files.masks import read_mask
from panoseg_ros.cameras.files.models import read_lens
from panoseg_ros.cameras.lenses.lens import MAX_SIDE, Lens
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError, SettingsError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform
from panoseg_ros.resources import find_resource

_TOPIC = re.compile(r'(~?/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*')
_LENS_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')


def load_rig(name_or_path: str | Path) -> Rig:
    """Load a rig from a YAML file or by the name of a shipped one.

    Raises:
        CameraError: in one line naming the file and the field that is wrong.
    """
    try:
        path = find_resource(str(name_or_path), 'config/rigs', '.yaml')
    except (SettingsError, OSError, ValueError, RuntimeError) as err:  # RuntimeError: ~nobody/
        raise CameraError(f'rig: {err}') from err
    return read_rig(read_yaml(path, 'rig'), path)


def read_rig(fields: Fields, path: Path) -> Rig:
    """Return the rig that a file's fields describe; `path` finds the masks beside it.

    Raises:
        CameraError: naming file and field.
    """
    name = fields.text('name')
    base_from_pano = _read_pose(fields.mapping('base_from_pano'))
    entries = fields.mapping('lenses')
    names = entries.keys()
    if not names:
        raise fields.error('lenses', 'must name at least one lens')
    lenses = tuple(_read_lens_entry(entries, key, path) for key in names)
    fields.close()
    _check_shared_topics(lenses, entries)
    base_from_pano.setflags(write=False)
    return Rig(name, lenses, base_from_pano)


def _read_lens_entry(entries: Fields, name: str, path: Path) -> RigLens:
    if not _LENS_NAME.fullmatch(name):
        raise entries.error(name, 'must be named with letters, digits and _ only')
    fields = entries.mapping(name)
    topic = fields.text('topic')
    if not _TOPIC.fullmatch(topic):
        raise fields.error('topic', 'must be a ROS topic name such as camera/image', topic)
    width, height = fields.whole('source_size', 2, 1, MAX_SIDE)
    crop = _read_crop(fields, width, height)
    lens = read_lens(fields.mapping('lens'), crop[2:] if crop else (width, height))
    mount = _read_pose(fields.mapping('pano_from_lens'))
    mount[:3, :3] = mount[:3, :3] @ BODY_FROM_OPTICAL
    mount.setflags(write=False)
    mask = _read_mask(fields, path.parent, lens) if fields.has('mask') else None
    fields.close()
    return RigLens(name, lens, topic, (width, height), crop, mount, mask)


def _read_crop(fields: Fields, width: int, height: int) -> tuple[int, int, int, int] | None:
    if not fields.has('crop'):
        return None
    x, y, w, h = fields.whole('crop', 4, 0, MAX_SIDE)
    if w < 1 or h < 1 or x + w > width or y + h > height:
        rule = f'must be x, y, width, height inside {width}x{height}'
        raise fields.error('crop', rule, [x, y, w, h])
    return x, y, w, h


def _read_pose(fields: Fields) -> NDArray[np.float64]:
    translation_m = fields.numbers('translation_m', 3, (0.0, 0.0, 0.0))
    roll, pitch, yaw = fields.numbers('rpy_deg', 3, (0.0, 0.0, 0.0))
    fields.close()
    return transform(rotation_from_rpy_deg(roll, pitch, yaw), translation_m)


def _read_mask(fields: Fields, folder: Path, lens: Lens) -> NDArray[np.bool_]:
    path = folder / fields.text('mask')
    try:
        return read_mask(path, lens.size)
    except CameraError as err:
        raise fields.error('mask', str(err)) from err


def _check_shared_topics(lenses: tuple[RigLens, ...], entries: Fields) -> None:
    sizes: dict[str, tuple[int, int]] = {}
    for lens in lenses:
        expected = sizes.setdefault(lens.topic, lens.source_size)
        if lens.source_size != expected:
            rule = f'must be {list(expected)} like the other lens of topic {lens.topic}'
            raise entries.error(f'{lens.name}.source_size', rule, list(lens.source_size))
