"""Many thin prisms at once: bars, rails, wires, twigs."""

import numpy as np
from numpy.typing import ArrayLike

from panoseg_ros.synthetic.mesh import Mesh, quads


def rods(
    starts: ArrayLike,
    ends: ArrayLike,
    thick: ArrayLike,
    thin: ArrayLike,
    label: int,
    material: int,
    sides: int = 3,
) -> Mesh:
    """Return open tapered prisms from starts (N, 3) to ends (N, 3) with radii (N,) or one."""
    a, b = np.asarray(starts, np.float64), np.asarray(ends, np.float64)
    axis = (b - a) / (np.linalg.norm(b - a, axis=1, keepdims=True) + 1e-9)
    helper = np.where(np.abs(axis[:, 2:]) < 0.9, [[0.0, 0.0, 1.0]], [[1.0, 0.0, 0.0]])
    e1 = np.cross(helper, axis)
    e1 /= np.linalg.norm(e1, axis=1, keepdims=True) + 1e-9
    e2 = np.cross(axis, e1)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    ring = np.cos(angle)[:, None] * e1[:, None] + np.sin(angle)[:, None] * e2[:, None]
    r0 = np.broadcast_to(np.asarray(thick, np.float64), len(a))[:, None, None]
    r1 = np.broadcast_to(np.asarray(thin, np.float64), len(a))[:, None, None]
    low, high = a[:, None] + r0 * ring, b[:, None] + r1 * ring  # (N, sides + 1, 3)
    faces = np.stack([low[:, :-1], low[:, 1:], high[:, 1:], high[:, :-1]], 2)
    return quads(faces.reshape(-1, 4, 3), label, material)
