"""What a rig of cameras looks at, whatever stands in between."""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Rig

_DIRECTIONS = 20_000  # that tell whether a rig looks everywhere: 1.6 degrees apart
_FAR_M = 1e4


def looks_everywhere(rig: Rig) -> bool:
    """Return whether every direction is in some lens' view."""
    place = np.arange(_DIRECTIONS) + 0.5
    z = 1.0 - 2.0 * place / _DIRECTIONS
    turn = np.pi * (1.0 + 5.0**0.5) * place  # a spiral of the golden angle
    across = np.sqrt(1.0 - z * z)
    sphere = np.stack([across * np.cos(turn), across * np.sin(turn), z], -1)
    return bool(in_view(rig, np.eye(4), _FAR_M * sphere).all())


def in_view(
    rig: Rig, world_from_pano: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which world points (N, 3) fall on an unmasked pixel of some lens."""
    found = np.zeros(len(points), np.bool_)
    for one in rig.lenses:
        lens_from_world = np.linalg.inv(world_from_pano @ one.pano_from_lens)
        pixels = one.lens.project(points @ lens_from_world[:3, :3].T + lens_from_world[:3, 3])
        width, height = one.lens.size
        with np.errstate(invalid='ignore'):  # NaN where a lens has no pixel
            inside: NDArray[np.bool_] = np.all(
                (pixels > -0.5) & (pixels <= (width, height)), axis=1
            )
        if one.mask is not None:
            u, v = np.minimum(pixels[inside].round(), (width - 1, height - 1)).astype(int).T
            inside[inside] = one.mask[v, u]
        found |= inside
    return found
