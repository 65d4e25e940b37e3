"""Low plants and far ones: flower beds, tall grass, a line of trees.

Convention: standing on z = 0; everything is vegetation.
"""

import numpy as np

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.assets.crowns import cards, heart
from panoseg_ros.synthetic.assets.vegetation import Greenery, bush
from panoseg_ros.synthetic.mesh import Mesh, join, triangles

Rng = np.random.Generator


def flower_bed(rng: Rng, green: Greenery, wide: float, deep: float) -> Mesh:
    """Return a bed of wide (x) by deep (y) metres around the origin."""
    count = int(min(260, 60 * wide * deep + 30))
    tall = rng.uniform(0.12, 0.5)
    at = rng.uniform((-0.5, -0.5, 0.1), (0.5, 0.5, 1.0), (count, 3)) * [wide, deep, tall]
    up = np.tile([0.0, 0.0, 1.0], (count, 1))
    blooms = rng.random(count) < rng.uniform(0.2, 0.7)
    rows = at[:, 1] * 4.0 % 1.0 < 0.5 if rng.random() < 0.4 else np.ones(count, bool)
    at[blooms, 2] = tall * rng.uniform(0.9, 1.15, int(blooms.sum()))
    flowers, leaves = blooms & rows, ~(blooms & rows)
    return join(
        [
            cards(rng, at[leaves], up[leaves], 0.14, green.leaves),
            cards(rng, at[flowers], up[flowers], 0.07, green.blossoms),
        ]
    )


def tall_grass(rng: Rng, green: Greenery, size_m: float) -> Mesh:
    """Return a clump of blades about `size_m` wide and up to 1.6 m high."""
    count, tall = int(min(200, 70 * size_m + 30)), rng.uniform(0.3, 1.4)
    foot = np.column_stack([rng.normal(0, 0.25 * size_m, (count, 2)), np.zeros(count)])
    lean = rng.normal(0, 0.3, (count, 2)) * tall
    tip = foot + np.column_stack([lean, tall * rng.uniform(0.6, 1.15, count)])
    angle = rng.uniform(0, 2 * np.pi, count)
    half = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(count)])
    half *= rng.uniform(0.008, 0.03, (count, 1))
    mesh = triangles(np.stack([foot - half, foot + half, tip], 1), ids.VEGETATION, green.leaves)
    normals = np.column_stack([lean / tall, np.full(count, 0.8)])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return mesh._replace(normals=normals.astype(np.float32))


def tree_line(rng: Rng, green: Greenery, length: float, height: float) -> Mesh:
    """Return a row of far trees along x from the origin, grown together."""
    count = max(3, round(length / (0.45 * height)))
    x = np.linspace(0, length, count) + rng.normal(0, 0.1 * height, count)
    tall = height * rng.uniform(0.6, 1.1, count)
    blobs = np.column_stack(
        [x, rng.normal(0, 0.3 * height, count), 0.5 * tall, 0.42 * tall, 0.42 * tall, 0.52 * tall]
    )
    return heart(rng, blobs, 1.0, green.leaves)


def low_plant(rng: Rng, green: Greenery, size_m: float) -> Mesh:
    """Return a bush, a flower bed or a clump of tall grass about `size_m` wide."""
    kind = rng.random()
    if kind < 0.74:
        return bush(rng, green, size_m)
    if kind < 0.87:
        return flower_bed(rng, green, size_m * float(rng.uniform(1.0, 2.0)), size_m)
    return tall_grass(rng, green, size_m)
