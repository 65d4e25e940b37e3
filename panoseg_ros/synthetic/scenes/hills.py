"""Hills on the horizon and slopes beside the road.

Convention: hills are in world coordinates; a slope lies in a lot as in lots.py.
"""

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.chance import pick
from panoseg_ros.synthetic.mesh import Mesh, net
from panoseg_ros.synthetic.scenes.stock import Stock
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette, walls

_RADII_M = np.array([270.0, 315.0, 365.0, 430.0])  # of four rings of points
_RISE = np.array([-0.04, 0.42, 0.8, 1.0])  # their heights, shares of the ridge
_STEPS = 90  # around the horizon
Rng = np.random.Generator


def hills(rng: Rng, stock: Stock, ground_z: float) -> Mesh:
    """Return ridges around the scene, 2 to 12 degrees above the horizon at their highest.

    They are bare, grown over with grass or wooded: terrain or vegetation.
    """
    angle = np.linspace(0, 2 * np.pi, _STEPS + 1)
    ridge = sum(
        rng.uniform(0.2, 1.0) / k**0.8 * np.cos(k * angle + rng.uniform(0, 2 * np.pi))
        for k in (1, 2, 3, 5, 8, 13)
    )
    ridge = np.maximum(0.0, ridge - np.quantile(ridge, rng.uniform(0.0, 0.6)))
    top = _RADII_M[-1] * np.tan(np.deg2rad(rng.uniform(2.0, 12.0)))
    high = top * ridge / ridge.max() * _RISE[:, None]  # (4, steps)
    rough = rng.normal(1.0, 0.08, high.shape)
    rough[:, -1] = rough[:, 0]
    x, y = (_RADII_M[:, None] * np.cos(angle), _RADII_M[:, None] * np.sin(angle))
    points = np.stack([x, y, ground_z - 1.0 + high * rough], -1)
    return net(points, *_cover(rng, stock))


def _cover(rng: Rng, stock: Stock) -> tuple[int, int]:
    """Draw class and material of a far hill."""
    if rng.random() < 0.4:
        return ids.VEGETATION, pick(rng, stock.greens).shade
    first = palette.stone(rng) if rng.random() < 0.4 else palette.soil(rng)
    colors = [first, palette.near(rng, first, 0.3), palette.stone(rng)]
    return ids.TERRAIN, stock.materials.add(mat.GRASS, colors, [rng.uniform(8, 40), 0.45, 0.6])


def slope(rng: Rng, stock: Stock, wide: float, depth: float) -> Mesh:
    """Return a rocky or grassy bank over a lot of wide by depth metres; terrain."""
    nx, ny = max(2, round(wide / 1.6)), 9
    x, y = np.meshgrid(
        np.linspace(0, wide, nx + 1), 0.3 + np.linspace(0, 1, ny + 1) ** 1.5 * (depth - 0.3),
        indexing='ij',
    )  # fmt: skip
    high, foot = rng.uniform(1.5, 9.0), rng.uniform(0.0, 1.5)
    rise = np.clip((y - foot) / rng.uniform(2.0, 10.0), 0.0, 1.0)
    ends = np.clip(np.minimum(x, wide - x) / 3.0, 0.0, 1.0) ** 0.5
    rough = rng.normal(0, rng.uniform(0.02, 0.14), x.shape) * high
    z = np.maximum((high * rise + rough * (rise > 0)) * ends, 0.01)
    points = np.stack([x, y, z], -1)
    return net(points, ids.TERRAIN, _bank(rng, stock))


def _bank(rng: Rng, stock: Stock) -> int:
    if rng.random() < 0.4:
        return pick(rng, stock.grounds)
    stone = palette.stone(rng)
    colors = [stone, palette.near(rng, stone, 0.3), palette.soil(rng)]
    if rng.random() < 0.5:
        return stock.materials.add(mat.MASONRY, colors, [walls.PANEL, rng.uniform(0.3, 1.0), 0.0])
    return stock.materials.add(mat.GRASS, colors, [rng.uniform(0.8, 4.0), 0.5, 0.9])
