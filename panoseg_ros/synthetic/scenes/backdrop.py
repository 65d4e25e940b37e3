"""Far buildings, trees and ground that close the horizon.

Convention: world coordinates; the far ground follows the road's height beside it.
"""

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.plants import tree_line
from panoseg_ros.synthetic.chance import any_yaw, pick
from panoseg_ros.synthetic.mesh import Mesh, moved, net
from panoseg_ros.synthetic.scenes.bend import Bend
from panoseg_ros.synthetic.scenes.hills import hills
from panoseg_ros.synthetic.scenes.lots import edging, house
from panoseg_ros.synthetic.scenes.plan import Plan
from panoseg_ros.synthetic.scenes.stock import Stock
from panoseg_ros.synthetic.surfaces import materials as mat
from panoseg_ros.synthetic.surfaces import palette

_SIZE_M, _CELL_M = 440.0, 40.0  # half the edge of the far ground, and of its cells
_DEPTH_M = 0.8  # how far it lies below the road


def backdrop(rng: np.random.Generator, stock: Stock, bend: Bend, plan: Plan) -> list[Mesh]:
    """Return the surroundings of a scene; those of country roads may be empty to the horizon."""
    rural = plan.kind in ('country', 'dirt')
    empty = rural and rng.random() < 0.45
    far = stock.materials.add(mat.GRASS, [palette.soil(rng), palette.soil(rng)], [9.0, 0.3, 0.4])
    urban = rng.uniform(0.0, 0.3) if rural else rng.random()
    count = int(rng.integers(2, 16) if empty else rng.integers(35, 100))
    angle, reach = rng.uniform(0, 2 * np.pi, count), rng.uniform(115, 260, count)
    at = np.stack([reach * np.cos(angle), reach * np.sin(angle)], 1)
    clear = np.abs(_across(at, bend)) > 25.0  # not on the road
    feet = np.concatenate([at, _height(at, bend)[:, None]], 1)[clear]
    parts = [_far_ground(bend, far), *(_thing(rng, stock, foot, urban) for foot in feet)]
    if rng.random() < (0.65 if rural else 0.25 if plan.district == 'suburb' else 0.1):
        parts.append(hills(rng, stock, float(bend.at(0.0).z)))
    return parts + _low_rows(rng, stock, bend) if rural else parts


def _low_rows(rng: np.random.Generator, stock: Stock, bend: Bend) -> list[Mesh]:
    """Return low walls, fences and bushes across the fields, 50 to 150 m from the middle."""
    parts: list[Mesh] = []
    for _ in range(int(rng.integers(2, 10))):
        angle, reach, yaw = any_yaw(rng), rng.uniform(50, 150), any_yaw(rng)
        at = np.array([[reach * np.cos(angle), reach * np.sin(angle)]])
        length = rng.uniform(10, 45)
        if _across(at, bend)[0] < 48.0 + 0.5 * length:
            continue
        foot = np.array([*at[0], float(_height(at, bend)[0])])
        green = pick(rng, stock.greens)
        kind = str(rng.choice(['bushes', 'wall', 'fence']))
        row = (
            [tree_line(rng, green, length, rng.uniform(1.2, 3.5))]
            if kind == 'bushes'
            else edging(rng, stock, kind)(length)
        )
        parts += [moved(moved(part, (-0.5 * length, 0, 0.3)), foot, yaw) for part in row]
    return parts


def _height(xy: NDArray[np.float64], bend: Bend) -> NDArray[np.float64]:
    out: NDArray[np.float64] = bend.at(bend.nearest_s(xy)).z - _DEPTH_M
    return out


def _across(xy: NDArray[np.float64], bend: Bend) -> NDArray[np.float64]:
    line = bend.at(bend.nearest_s(xy))
    return np.hypot(xy[:, 0] - line.x, xy[:, 1] - line.y)


def _far_ground(bend: Bend, material: int) -> Mesh:
    axis = np.arange(-_SIZE_M, _SIZE_M + 1.0, _CELL_M)
    x, y = np.meshgrid(axis, axis, indexing='ij')
    z = _height(np.stack([x.ravel(), y.ravel()], 1), bend).reshape(x.shape)
    # Sampled coarsely, so lower where the near ground, cut finer, could come out below.
    return net(np.stack([x, y, z + 0.1], -1), ids.TERRAIN, material)


def _thing(
    rng: np.random.Generator, stock: Stock, foot: NDArray[np.float64], urban: float
) -> Mesh:
    if rng.random() < urban:
        tall = rng.uniform(6, 40)
        size = (rng.uniform(12, 40), 14.0, tall)
        return moved(house(rng, stock, size, (0, 0), tall < 12, False), foot, any_yaw(rng))
    if rng.random() < 0.75:
        green = pick(rng, stock.greens)
        long = rng.uniform(15, 40)  # less than twice the clear strip beside the road
        row = moved(tree_line(rng, green, long, rng.uniform(7, 22)), (-0.5 * long, 0.0, 0.0))
        return moved(row, foot, any_yaw(rng))
    return moved(stock.tree(rng, True), foot, any_yaw(rng), rng.uniform(1.0, 2.2))
