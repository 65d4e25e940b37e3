"""Extrinsics as calibration files give them, in the frames of this package."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras.files.fields import Fields
from panoseg_ros.geometry import BODY_FROM_OPTICAL, rotation_from_quaternion, transform

ROUNDING = 1e-3  # files print their rotations with 4 digits and more


def read_transform(fields: Fields, key: str) -> NDArray[np.float64]:
    """Return a rigid (4, 4) transform, its rotation freed of rounding.

    Raises:
        CameraError: if the field is not such a matrix.
    """
    matrix = fields.matrix(key, 4, 4)
    rotation = matrix[:3, :3]
    with np.errstate(over='ignore', invalid='ignore'):
        off = np.abs(rotation @ rotation.T - np.eye(3)).max()
    rigid = off < ROUNDING and np.abs(matrix[3] - (0.0, 0.0, 0.0, 1.0)).max() < ROUNDING
    if not (rigid and np.linalg.det(rotation) > 0.0):
        raise fields.error(key, 'must be a rotation and a translation above 0 0 0 1')
    left, _, right = np.linalg.svd(rotation)
    return transform(left @ right, matrix[:3, 3])


def read_quaternion_pose(fields: Fields) -> NDArray[np.float64]:
    """Return the (4, 4) transform of a mapping with px py pz qx qy qz qw.

    Raises:
        CameraError: if a field is missing or the quaternion has no length.
    """
    x, y, z, qx, qy, qz, qw = (
        fields.number(key) for key in ('px', 'py', 'pz', 'qx', 'qy', 'qz', 'qw')
    )
    try:
        rotation = rotation_from_quaternion((qx, qy, qz, qw))
    except ValueError as err:
        raise fields.error('', str(err)) from err
    return transform(rotation, (x, y, z))


def first_looks_forward(
    world_from_lens: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.float64] | None, ...]:
    """Return `pano_from_lens` (4, 4) of lenses whose common frame says nothing about up.

    The first lens looks forward, upright, at the panorama's origin. A lens that is alone
    gets None: a frame of its own says nothing.
    """
    if len(world_from_lens) < 2:
        return (None,) * len(world_from_lens)
    pano_from_world = transform(BODY_FROM_OPTICAL, (0.0, 0.0, 0.0)) @ inverse(world_from_lens[0])
    return tuple(pano_from_world @ mount for mount in world_from_lens)


def inverse(rigid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inverse of a rigid (4, 4) transform."""
    back = rigid[:3, :3].T
    return transform(back, -back @ rigid[:3, 3])


def rpy_deg_from_rotation(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return roll, pitch, yaw in degrees; the inverse of `geometry.rotation_from_rpy_deg`.

    Straight up and straight down, where roll and yaw are one, yaw is 0.
    """
    across = np.hypot(rotation[0, 0], rotation[1, 0])
    yaw = np.arctan2(rotation[1, 0], rotation[0, 0]) if across > 1e-12 else 0.0
    # The roll is what remains once the yaw is undone: exact also close to straight up.
    left = np.cos(yaw) * rotation[1] - np.sin(yaw) * rotation[0]
    roll = np.arctan2(-left[2], left[1])
    pitch = np.arctan2(-rotation[2, 0], across)
    roll_deg, pitch_deg, yaw_deg = (float(angle) for angle in np.rad2deg([roll, pitch, yaw]))
    return roll_deg, pitch_deg, yaw_deg
