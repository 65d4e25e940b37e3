"""Kalibr's camchain YAML, and the "extended camera info" of one camera with the same keys.

Source: the Kalibr wiki, "Supported models" and "YAML formats". Intrinsics come in the order
of the model: pinhole fu fv pu pv; omni xi fu fv pu pv; ds xi alpha fu fv pu pv; eucm alpha
beta fu fv pu pv. The centre of the first pixel is 0.0, as Kalibr detects its targets with
OpenCV's corner refinement. `T_cn_cnm1` maps points of the camera before to this one's frame.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files import build
from panoseg_ros.cameras.files.calibrated import CalibratedCamera, Calibration, Source, lens_name
from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.cameras.files.poses import first_looks_forward, inverse, read_transform
from panoseg_ros.cameras.lenses.lens import Lens
from panoseg_ros.errors import CameraError

_FIND = re.compile(r'\$\(find(?:-pkg-share)?\s+([A-Za-z0-9_]+)\)/?(.*)')
_Size = tuple[int, int]
_Numbers = tuple[float, ...]


def recognises_chain(source: Source) -> bool:
    """Return whether a mapping holds cameras by name, at the top or below `cameras`."""
    return source.fields is not None and _cameras(source.fields.raw) is not None


def recognises_single(source: Source) -> bool:
    """Return whether a mapping is itself one camera."""
    fields = source.fields
    return fields is not None and fields.has('camera_model') and fields.has('intrinsics')


def read_single(source: Source) -> Calibration:
    """Read one camera."""
    fields = source.mapping
    name = lens_name(fields.text('camera_name')) if fields.has('camera_name') else source.stem
    return Calibration((_camera(name, fields, source.path),))


def read_chain(source: Source) -> Calibration:
    """Read cameras, each with its transform from the one before.

    The first camera looks forward. A transform of its own is left out: it comes from a
    camera that is not in the file, as when a longer chain was cut.
    """
    fields = source.mapping
    below = fields.mapping('cameras') if fields.has('cameras') else fields
    entries = {name: below.mapping(name) for name in _cameras(fields.raw) or ()}
    cameras = tuple(
        _camera(lens_name(name), entry, source.path) for name, entry in entries.items()
    )
    mounts = first_looks_forward(_world_from_lenses(tuple(entries.values())))
    placed = tuple(
        camera._replace(pano_from_lens=mount)
        for camera, mount in zip(cameras, mounts or (None,) * len(cameras), strict=True)
    )
    return Calibration(placed, str(source.path) if any(m is not None for m in mounts) else '')


def _cameras(raw: dict[str, object]) -> tuple[str, ...] | None:
    """Return the names of the cameras in a chain, None if it is not one."""
    below = raw.get('cameras', raw)
    if not isinstance(below, dict):
        return None
    names = tuple(
        name
        for name, entry in below.items()
        if isinstance(name, str) and isinstance(entry, dict) and 'camera_model' in entry
    )
    if all(re.fullmatch(r'cam\d+', name) for name in names):  # the chain's order, not the file's
        names = tuple(sorted(names, key=lambda name: int(name[3:])))
    return names or None


def _world_from_lenses(entries: tuple[Fields, ...]) -> list[NDArray[np.float64]]:
    """Return where each lens is in one frame, nothing where a link of the chain is missing."""
    if all(entry.has('T_cn_cnm1') for entry in entries[1:]):
        mounts = [np.eye(4)]
        for entry in entries[1:]:
            mounts.append(mounts[-1] @ inverse(read_transform(entry, 'T_cn_cnm1')))
        return mounts
    if all(entry.has('T_cam_imu') for entry in entries):
        return [inverse(read_transform(entry, 'T_cam_imu')) for entry in entries]
    return []


def _camera(name: str, fields: Fields, path: Path) -> CalibratedCamera:
    topic = fields.text('rostopic') if fields.has('rostopic') else ''
    mask = None
    for key in ('mask', 'mask_path'):
        mask = _find(fields.text(key), path.parent) if fields.has(key) else mask
    return CalibratedCamera(name, _lens(fields), topic, mask=mask)


def _lens(fields: Fields) -> Lens:
    size = fields.sides('resolution')
    model = fields.text('camera_model'), fields.text('distortion_model', 'none')
    if model not in _MODELS:
        known = ', '.join(f'{camera}-{distortion}' for camera, distortion in _MODELS)
        rule = f'with distortion_model must be one of {known}'
        raise fields.error('camera_model', rule, '-'.join(model))
    intrinsic_count, distortion_count, make = _MODELS[model]
    intrinsics = fields.numbers('intrinsics', intrinsic_count)
    distortion = fields.numbers('distortion_coeffs', distortion_count, (0.0,) * distortion_count)
    try:
        return make(size, intrinsics, distortion)
    except CameraError as err:
        raise fields.error('', str(err)) from err


def _find(name: str, folder: Path) -> Path:
    """Return the path of a file, relative to the folder or below a ROS package.

    A package is looked for among the installed ones and among the folder's own parents.
    """
    found = _FIND.fullmatch(name)
    if found is None:
        return folder / name
    package, rest = found.groups()
    prefixes = filter(None, os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep))
    shares = [Path(prefix) / 'share' / package for prefix in prefixes]
    parents = [parent for parent in folder.resolve().parents if parent.name == package]
    candidates = [root / rest for root in (*parents, *shares)] + [folder / Path(rest).name]
    return next((path for path in candidates if path.is_file()), candidates[-1])


_MODELS: dict[tuple[str, str], tuple[int, int, Callable[[_Size, _Numbers, _Numbers], Lens]]] = {
    ('pinhole', 'radtan'): (4, 4, build.perspective),
    ('pinhole', 'equidistant'): (4, 4, build.equidistant),
    ('pinhole', 'none'): (4, 0, lambda size, i, _: build.perspective(size, i)),
    ('omni', 'radtan'): (5, 4, lambda size, i, d: build.omnidirectional(size, i[1:], i[0], d)),
    ('omni', 'none'): (5, 0, lambda size, i, _: build.omnidirectional(size, i[1:], i[0])),
    ('ds', 'none'): (6, 0, lambda size, i, _: build.double_sphere(size, i[2:], i[0], i[1])),
    ('eucm', 'none'): (6, 0, lambda size, i, _: build.extended_unified(size, i[2:], i[0], i[1])),
}
