"""A world without depth: its colour is a smooth function of the direction alone."""

import numpy as np

from panoseg_ros.cameras import Rig


def colour(rays):
    """Return RGB (..., 3) float of directions (..., 3) in body axes; black where NaN."""
    x, y, z = np.moveaxis(np.asarray(rays, np.float64), -1, 0)
    red = 128 + 90 * np.sin(5 * x + 2 * y)
    green = 128 + 60 * np.cos(4 * y - 3 * z) + 40 * y  # greener to the left
    blue = 128 + 100 * z  # bluer towards the sky
    return np.nan_to_num(np.stack([red, green, blue], -1))


def pictures(rig: Rig, scale: float = 1.0):
    """Return what every lens of a rig sees of that world, uint8, as if far away."""
    seen = {}
    for entry in rig.lenses:
        width, height = (round(side * scale) for side in entry.lens.size)
        u, v = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        rays = entry.lens.unproject(np.stack([u, v], -1) / scale)
        seen[entry.name] = np.rint(colour(rays @ entry.pano_from_lens[:3, :3].T)).astype(np.uint8)
    return seen
