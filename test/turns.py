"""Rotations as messages hold them."""

import numpy as np


def quaternion(roll=0.0, pitch=0.0, yaw=0.0):
    """Return Rz(yaw) Ry(pitch) Rx(roll), degrees, as a quaternion x, y, z, w."""
    (r, p, y) = np.deg2rad([roll, pitch, yaw]) / 2
    cr, sr, cp, sp, cy, sy = np.cos(r), np.sin(r), np.cos(p), np.sin(p), np.cos(y), np.sin(y)
    return (
        sr * cp * cy - cr * sp * sy,
        cr * sp * cy + sr * cp * sy,
        cr * cp * sy - sr * sp * cy,
        cr * cp * cy + sr * sp * sy,
    )
