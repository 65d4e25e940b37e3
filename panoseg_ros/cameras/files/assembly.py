"""Makes a rig of calibrated cameras."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.calibrated import CalibratedCamera
from panoseg_ros.cameras.files.masks import read_mask
from panoseg_ros.cameras.lenses.lens import MAX_SIDE
from panoseg_ros.cameras.rig import Rig
from panoseg_ros.cameras.rig_lens import RigLens
from panoseg_ros.errors import CameraError
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_rpy_deg, transform

LAYOUTS = ('side-by-side', 'over-under')


def assemble(
    name: str,
    cameras: Sequence[CalibratedCamera],
    base_from_pano: NDArray[np.float64],
    back_to_back: bool = False,
) -> Rig:
    """Return the rig of cameras that have extrinsics, or need none.

    A single camera without extrinsics looks forward. Cameras without a topic get `image`
    if there is one camera, else `<name>/image`.

    Args:
        name: of the rig.
        cameras: as calibration files describe them.
        base_from_pano: (4, 4), where the panorama's centre is on the robot.
        back_to_back: the first of two cameras without extrinsics looks forward, the second
            one backward, both upright.

    Raises:
        CameraError: if extrinsics are missing or a mask cannot be read.
    """
    if not cameras:
        raise CameraError('a rig needs at least one camera')
    mounts = _mounts(cameras, back_to_back)
    alone = len(cameras) == 1
    entries = tuple(
        _entry(camera, mount, 'image' if alone else f'{camera.name}/image')
        for camera, mount in zip(cameras, mounts, strict=True)
    )
    base = base_from_pano.copy()
    base.setflags(write=False)
    return Rig(name, entries, base)


def share_picture(
    cameras: Sequence[CalibratedCamera], layout: str, topic: str = 'image'
) -> tuple[CalibratedCamera, ...]:
    """Return cameras whose pictures come as one picture on one topic.

    Args:
        cameras: of one picture size, in the order left to right or top to bottom.
        layout: side-by-side or over-under.
        topic: of the shared picture.

    Raises:
        CameraError: if the sizes differ or together are too large.
    """
    width, height = cameras[0].lens.size
    across = layout == 'side-by-side'
    if any(camera.lens.size != (width, height) or camera.crop for camera in cameras):
        raise CameraError(f'{layout} needs cameras of one size that do not share a picture yet')
    step = (width, 0) if across else (0, height)
    count = len(cameras)
    whole = (width * count, height) if across else (width, height * count)
    if max(whole) > MAX_SIDE:
        raise CameraError(f'{layout}: {whole[0]}x{whole[1]} is larger than {MAX_SIDE} pixels')
    return tuple(
        camera._replace(
            topic=topic, source_size=whole, crop=(i * step[0], i * step[1], width, height)
        )
        for i, camera in enumerate(cameras)
    )


def limit_angle(camera: CalibratedCamera, max_angle_deg: float) -> CalibratedCamera:
    """Return the camera, its lens seeing at most so far from its axis.

    Raises:
        CameraError: if the angle is out of range or the model has no such limit.
    """
    lens: Any = camera.lens
    if not hasattr(lens, 'max_angle_deg'):
        raise CameraError(f'{camera.name}: {type(lens).__name__} lenses have no max_angle_deg')
    limit = min(lens.max_angle_deg, max_angle_deg)
    return camera._replace(lens=replace(lens, max_angle_deg=limit))


def _mounts(
    cameras: Sequence[CalibratedCamera], back_to_back: bool
) -> tuple[NDArray[np.float64], ...]:
    known = tuple(camera.pano_from_lens for camera in cameras if camera.pano_from_lens is not None)
    if back_to_back:
        if known or len(cameras) != 2:
            raise CameraError('back to back goes with two cameras that have no extrinsics')
        return _looking(0.0), _looking(180.0)
    if len(known) == len(cameras):
        return known
    if len(cameras) == 1:
        return (_looking(0.0),)
    missing = [camera.name for camera in cameras if camera.pano_from_lens is None]
    raise CameraError(
        f'{", ".join(missing)}: no extrinsics; give the file that has them'
        + (', or say that the two are mounted back to back' if len(cameras) == 2 else '')
    )


def _looking(yaw_deg: float) -> NDArray[np.float64]:
    rotation = rotation_from_rpy_deg(0.0, 0.0, yaw_deg) @ BODY_FROM_OPTICAL
    return transform(rotation, (0.0, 0.0, 0.0))


def _entry(camera: CalibratedCamera, mount: NDArray[np.float64], topic: str) -> RigLens:
    mask = None
    if camera.mask is not None:
        try:
            mask = read_mask(camera.mask, camera.lens.size)
        except CameraError as err:
            raise CameraError(f'{camera.name}: mask {err}') from err
    fixed = mount.copy()
    fixed.setflags(write=False)
    source_size = camera.source_size or camera.lens.size
    return RigLens(
        camera.name, camera.lens, camera.topic or topic, source_size, camera.crop, fixed, mask
    )
