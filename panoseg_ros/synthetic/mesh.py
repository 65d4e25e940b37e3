"""Triangle soups and the few primitives that every asset is made of.

Convention: metres, x forward, y left, z up. Faces are wound counter-clockwise seen
from outside, so the geometric normal points outwards.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

F32 = NDArray[np.float32]


class Mesh(NamedTuple):
    """Triangles with everything the shader asks about them.

    `uv` is in metres (or in the unit of its texture), `normals` are unit shading
    normals, `labels` class ids, `materials` rows of a material table, `instances` numbers
    of single objects in a scene from 1, 0 for what is not counted.
    """

    corners: F32  # (N, 3, 3)
    uv: F32  # (N, 3, 2)
    normals: F32  # (N, 3)
    labels: NDArray[np.uint8]  # (N,)
    materials: NDArray[np.int32]  # (N,)
    instances: NDArray[np.int32]  # (N,)


EMPTY = Mesh(
    np.zeros((0, 3, 3), np.float32),
    np.zeros((0, 3, 2), np.float32),
    np.zeros((0, 3), np.float32),
    np.zeros(0, np.uint8),
    np.zeros(0, np.int32),
    np.zeros(0, np.int32),
)


def join(meshes: Iterable[Mesh]) -> Mesh:
    """Return one mesh with the triangles of all, in order."""
    parts = list(meshes)
    if not parts:
        return EMPTY
    return Mesh(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def triangles(corners: ArrayLike, label: int, material: int, uv: ArrayLike | None = None) -> Mesh:
    """Return a mesh of corners (N, 3, 3); without `uv` the first two edges span it."""
    points = np.asarray(corners, np.float32).reshape(-1, 3, 3)
    ab, ac = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    across = cross(ab, ac)
    length = np.sqrt(np.add.reduce(across * across, axis=1, keepdims=True))
    normals = across / np.maximum(length, 1e-12)
    if uv is None:
        uv = np.stack([points[..., 0] + points[..., 1], points[..., 2] + points[..., 1]], -1)
    count = len(points)
    return Mesh(
        points,
        np.asarray(uv, np.float32).reshape(-1, 3, 2),
        normals.astype(np.float32),
        np.full(count, label, np.uint8),
        np.full(count, material, np.int32),
        np.zeros(count, np.int32),
    )


def cross(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """Return the cross products of (..., 3); np.cross takes ten times as long on few rows."""
    out = np.empty(np.broadcast_shapes(a.shape, b.shape), np.result_type(a, b))
    out[..., 0] = a[..., 1] * b[..., 2] - a[..., 2] * b[..., 1]
    out[..., 1] = a[..., 2] * b[..., 0] - a[..., 0] * b[..., 2]
    out[..., 2] = a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    return out


def quads(points: ArrayLike, label: int, material: int, uv: ArrayLike | None = None) -> Mesh:
    """Return quads of corners (N, 4, 3), two triangles each.

    Without `uv` (N, 4, 2), u runs along the first edge and v along the last, in metres.
    """
    p = np.asarray(points, np.float32).reshape(-1, 4, 3)
    if uv is None:
        across = np.linalg.norm(p[:, 1] - p[:, 0], axis=1)
        up = np.linalg.norm(p[:, 3] - p[:, 0], axis=1)
        uv4 = np.zeros((len(p), 4, 2), np.float32)
        uv4[:, 1:3, 0] = across[:, None]
        uv4[:, 2:4, 1] = up[:, None]
    else:
        uv4 = np.asarray(uv, np.float32).reshape(-1, 4, 2)
    order = [0, 1, 2, 0, 2, 3]
    return triangles(p[:, order], label, material, uv4[:, order])


# The four corners (6, 4, 3) of each side of a unit box standing on z = 0: front, back,
# left, right, top, bottom; the first edge runs along the horizontal.
UNIT_BOX = np.array(
    [
        [[0.5, -0.5, 0], [0.5, 0.5, 0], [0.5, 0.5, 1], [0.5, -0.5, 1]],
        [[-0.5, 0.5, 0], [-0.5, -0.5, 0], [-0.5, -0.5, 1], [-0.5, 0.5, 1]],
        [[0.5, 0.5, 0], [-0.5, 0.5, 0], [-0.5, 0.5, 1], [0.5, 0.5, 1]],
        [[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, -0.5, 1], [-0.5, -0.5, 1]],
        [[-0.5, -0.5, 1], [0.5, -0.5, 1], [0.5, 0.5, 1], [-0.5, 0.5, 1]],
        [[-0.5, 0.5, 0], [0.5, 0.5, 0], [0.5, -0.5, 0], [-0.5, -0.5, 0]],
    ],
    np.float32,
)


def boxes(sizes: ArrayLike, feet: ArrayLike, label: int, material: int) -> Mesh:
    """Return axis-aligned boxes of sizes (N, 3) standing on the points feet (N, 3)."""
    size = np.asarray(sizes, np.float32).reshape(-1, 1, 1, 3)
    foot = np.asarray(feet, np.float32).reshape(-1, 1, 1, 3)
    return quads(UNIT_BOX[None] * size + foot, label, material)


def box(size: ArrayLike, foot: ArrayLike, label: int, material: int) -> Mesh:
    """Return one axis-aligned box of size (3,) standing on the point foot (3,)."""
    return boxes(np.asarray(size)[None], np.asarray(foot)[None], label, material)


def points(x: ArrayLike, y: ArrayLike, z: ArrayLike) -> NDArray[np.float64]:
    """Return points (..., 3) from coordinates (...) that are broadcast against each other."""
    return np.stack(np.broadcast_arrays(x, y, z), -1).astype(np.float64)


def upright(
    start: tuple[float, float], end: tuple[float, float], low: float, high: float
) -> list[tuple[float, float, float]]:
    """Return the corners of a rectangle on edge over start to end (x, y).

    It spans the heights low to high and faces the right hand of who goes from start to end.
    """
    return [(*start, low), (*end, low), (*end, high), (*start, high)]


def net(grid: ArrayLike, label: int, material: int) -> Mesh:
    """Return the surface over a net of points (M, N, 3); its uv is (x, y).

    It faces up where x grows along the first axis and y along the second.
    """
    p = np.asarray(grid)
    cells = np.stack([p[:-1, :-1], p[1:, :-1], p[1:, 1:], p[:-1, 1:]], 2).reshape(-1, 4, 3)
    return quads(cells, label, material, cells[..., :2])


def lathe(
    profile: ArrayLike, sides: int, at: ArrayLike = (0.0, 0.0, 0.0), turn: float = 0.0
) -> NDArray[np.float64]:
    """Return the rings (K, sides, 3) of a body turned about an upright axis.

    `profile` holds rows (radius, height) from the foot up, `at` (3,) is the foot of the axis
    and `turn` (rad) the bearing of the first corner.
    """
    rows, foot = np.asarray(profile, np.float64), np.asarray(at, np.float64)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False) + turn
    radius, height = rows[:, :1], rows[:, 1:]
    return points(
        foot[0] + radius * np.cos(angle), foot[1] + radius * np.sin(angle), foot[2] + height
    )


def tube(
    start: ArrayLike,
    end: ArrayLike,
    radii: tuple[float, float],
    label: int,
    material: int,
    sides: int = 8,
) -> Mesh:
    """Return a closed frustum from start (3,) to end (3,) with a radius at each."""
    a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
    axis = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    helper = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    e1 = cross(helper, axis)
    e1 /= np.linalg.norm(e1)
    e2 = cross(axis, e1)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.cos(angle)[:, None] * e1 + np.sin(angle)[:, None] * e2  # (sides, 3)
    rings = np.stack([a + radii[0] * ring, b + radii[1] * ring])  # (2, sides, 3)
    return loft(rings, label, material)


def loft(rings: ArrayLike, label: int, material: int, caps: bool = True) -> Mesh:
    """Return the skin over rings (M, K, 3), counter-clockwise seen from the last ring."""
    r = np.asarray(rings, np.float32)
    here, after = r, np.roll(r, -1, axis=1)
    sides = np.stack([here[:-1], after[:-1], after[1:], here[1:]], 2).reshape(-1, 4, 3)
    edge = np.linalg.norm(after[0] - here[0], axis=1)  # (K,)
    u1 = np.tile(edge.cumsum(), len(r) - 1)
    u0 = u1 - np.tile(edge, len(r) - 1)
    along = np.linalg.norm((r[1:] - r[:-1]).mean(1), axis=1).cumsum()  # (M-1,)
    v1 = np.repeat(along, r.shape[1])
    v0 = np.repeat(np.concatenate([[0.0], along[:-1]]), r.shape[1])
    uv = np.stack(
        [
            np.stack([u0, v0], 1),
            np.stack([u1, v0], 1),
            np.stack([u1, v1], 1),
            np.stack([u0, v1], 1),
        ],
        1,
    )
    parts = [quads(sides, label, material, uv)]
    if caps:
        parts += [fan(r[0, ::-1], label, material), fan(r[-1], label, material)]
    return join(parts)


def fan(outline: ArrayLike, label: int, material: int) -> Mesh:
    """Return a filled outline (K, 3), star-shaped about its mean, counter-clockwise."""
    ring = np.asarray(outline, np.float32)
    middle = np.broadcast_to(ring.mean(0), ring.shape)
    return triangles(np.stack([middle, ring, np.roll(ring, -1, 0)], 1), label, material)


@lru_cache(maxsize=4)
def _unit_ball(subdivisions: int) -> F32:
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=subdivisions)
    corners = np.asarray(ball.vertices[ball.faces], np.float32)
    corners.setflags(write=False)
    return corners


def ball(
    centre: ArrayLike, radii: ArrayLike, label: int, material: int, subdivisions: int = 1
) -> Mesh:
    """Return an ellipsoid with semi-axes radii (3,) around centre (3,)."""
    corners = _unit_ball(subdivisions) * np.asarray(radii, np.float32)
    return triangles(corners + np.asarray(centre, np.float32), label, material)


def moved(
    mesh: Mesh, xyz: ArrayLike = (0.0, 0.0, 0.0), yaw: float = 0.0, scale: float = 1.0
) -> Mesh:
    """Return the mesh scaled, turned by yaw (rad, about z) and then moved by (3,)."""
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)
    corners = (mesh.corners * np.float32(scale)) @ turn.T + np.asarray(xyz, np.float32)
    return mesh._replace(corners=corners, normals=mesh.normals @ turn.T)


def mirrored(mesh: Mesh) -> Mesh:
    """Return the mesh mirrored in y, wound so that normals still point outwards."""
    flip = np.array([1, -1, 1], np.float32)
    return mesh._replace(
        corners=(mesh.corners * flip)[:, [0, 2, 1]],
        uv=mesh.uv[:, [0, 2, 1]],
        normals=mesh.normals * flip,
    )


def repainted(mesh: Mesh, old: int, new: int) -> Mesh:
    """Return the mesh with one material exchanged for another."""
    return mesh._replace(materials=np.where(mesh.materials == old, np.int32(new), mesh.materials))


def counted(mesh: Mesh, instance: int) -> Mesh:
    """Return the mesh as one object with this number."""
    return mesh._replace(instances=np.full(len(mesh.labels), instance, np.int32))
