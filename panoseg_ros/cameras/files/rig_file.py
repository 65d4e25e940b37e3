"""Reads rig files; docs/rigs.md describes the format."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.fields import Fields, read_yaml
from panoseg_ros.cameras.files.masks import read_mask
from panoseg_ros.cameras.files.models import read_lens
from panoseg_ros.cameras.lenses.lens import MAX_SIDE
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_template import LensTemplate, RigTemplate
from panoseg_ros.errors import CameraError, SettingsError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform
from panoseg_ros.resources import find_resource

_TOPIC = re.compile(r'(~?/)?[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*')
_FRAME = re.compile(r'[^\s/][^\s]*')
_LENS_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]*')


def load_rig(name_or_path: str | Path) -> Rig:
    """Load a rig from a YAML file or by the name of a shipped one.

    Raises:
        CameraError: in one line naming the file and the field that is wrong, or the lens
            whose calibration is not in the file.
    """
    path = _find(name_or_path)
    return read_rig(read_yaml(path, 'rig'), path)


def load_rig_template(name_or_path: str | Path) -> RigTemplate:
    """Load a rig whose calibration may come from camera_info and TF.

    Raises:
        CameraError: in one line naming the file and the field that is wrong.
    """
    path = _find(name_or_path)
    return read_template(read_yaml(path, 'rig'), path)


def _find(name_or_path: str | Path) -> Path:
    try:
        return find_resource(str(name_or_path), 'config/rigs', '.yaml')
    except (SettingsError, OSError, ValueError, RuntimeError) as err:  # RuntimeError: ~nobody/
        raise CameraError(f'rig: {err}') from err


def read_rig(fields: Fields, path: Path) -> Rig:
    """Return the rig that a file's fields describe; `path` finds the masks beside it.

    Raises:
        CameraError: naming file and field, or the lens that is not described completely.
    """
    template = read_template(fields, path)
    live = dict.fromkeys(template.needs_tf, 'pano_from_lens')
    live |= dict.fromkeys(template.needs_camera_info, 'calibration')
    for name, field in live.items():
        rule = 'comes from the running system, so only the node can use this rig'
        raise fields.error(f'lenses.{name}.{field}', rule)
    return template.complete()


def read_template(fields: Fields, path: Path) -> RigTemplate:
    """Return the rig that a file's fields describe, as far as they do.

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
    gain = fields.flag('photometric_gain', True)
    yaw_deg = fields.number('panorama_yaw_deg', 0.0)
    fields.close()
    _check_shared_topics(lenses, entries)
    base_from_pano.setflags(write=False)
    return RigTemplate(name, lenses, base_from_pano, gain, yaw_deg)


def _read_lens_entry(entries: Fields, name: str, path: Path) -> LensTemplate:
    if not _LENS_NAME.fullmatch(name):
        raise entries.error(name, 'must be named with letters, digits and _ only')
    fields = entries.mapping(name)
    topic = _read_topic(fields, 'topic')
    live = fields.has('calibration')
    source_size, crop = _read_sizes(fields, live)
    size = crop[2:] if crop else source_size
    lens, info_topic = None, ''
    if live:
        info_topic = _read_live(fields)
    elif size:
        lens = read_lens(fields.mapping('lens'), size)
    mount, frame_id = _read_mount(fields.mapping('pano_from_lens'))
    mask = _read_mask(fields, path.parent, size) if size and fields.has('mask') else None
    fields.close()
    return LensTemplate(name, topic, source_size, crop, lens, mount, mask, info_topic, frame_id)


def _read_topic(fields: Fields, key: str) -> str:
    topic = fields.text(key)
    if not _TOPIC.fullmatch(topic):
        raise fields.error(key, 'must be a ROS topic name such as camera/image', topic)
    return topic


def _read_live(fields: Fields) -> str:
    """Return the camera_info topic that a lens names, empty for the one beside its image."""
    calibration = fields.text('calibration')
    if calibration != 'camera_info':
        raise fields.error('calibration', 'must be camera_info, or left out', calibration)
    if fields.has('lens'):
        raise fields.error('lens', 'must be left out, because calibration is camera_info')
    known = fields.has('camera_info_topic')
    return _read_topic(fields, 'camera_info_topic') if known else ''


def _read_sizes(
    fields: Fields, live: bool
) -> tuple[tuple[int, int] | None, tuple[int, int, int, int] | None]:
    """Return the size of the topic's image and the lens' part of it, None for all."""
    if live and not any(fields.has(key) for key in ('source_size', 'crop', 'mask')):
        return None, None
    width, height = fields.whole('source_size', 2, 1, MAX_SIDE)
    return (width, height), _read_crop(fields, width, height)


def _read_mount(fields: Fields) -> tuple[NDArray[np.float64] | None, str]:
    """Return the pose of the optical frame in the panorama, or the TF frame that has it."""
    if fields.has('frame_id'):
        frame_id = fields.text('frame_id')
        if not _FRAME.fullmatch(frame_id):
            raise fields.error('frame_id', 'must be a TF frame such as camera_optical', frame_id)
        fields.close()
        return None, frame_id
    mount = _read_pose(fields)
    mount[:3, :3] = mount[:3, :3] @ BODY_FROM_OPTICAL
    mount.setflags(write=False)
    return mount, ''


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


def _read_mask(fields: Fields, folder: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
    path = folder / fields.text('mask')
    try:
        return read_mask(path, size)
    except CameraError as err:
        raise fields.error('mask', str(err)) from err


def _check_shared_topics(lenses: tuple[LensTemplate, ...], entries: Fields) -> None:
    sizes: dict[str, tuple[int, int] | None] = {}
    for lens in lenses:
        expected = sizes.setdefault(lens.topic, lens.source_size)
        if lens.source_size != expected:
            like, found = (
                list(size) if size else 'left out' for size in (expected, lens.source_size)
            )
            rule = f'must be {like} like the other lens of topic {lens.topic}'
            raise entries.error(f'{lens.name}.source_size', rule, found)
