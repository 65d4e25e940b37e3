"""A scene under construction: what stands where, what is numbered, what follows the road.

Convention: street coordinates (see bend.py) until `Site.mesh` turns them into the world.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import Mesh, join, moved
from panoseg_ros.synthetic.scenes.bend import Bend
from panoseg_ros.synthetic.scenes.plan import Plan
from panoseg_ros.synthetic.scenes.stock import Stock

# Classes whose objects are told apart (single things that can be counted).
COUNTED = np.isin(
    np.arange(256),
    [
        ids.POLE,
        ids.LIGHT,
        ids.SIGN,
        ids.PERSON,
        ids.RIDER,
        ids.CAR,
        ids.TRUCK,
        ids.BUS,
        ids.TRAIN,
        ids.MOTORCYCLE,
        ids.BICYCLE,
    ],
)


class Site:
    """What is known about a scene while things are placed in it."""

    def __init__(self, plan: Plan, stock: Stock, rng: np.random.Generator) -> None:
        self.plan, self.stock, self.rng = plan, stock, rng
        self.count = 0  # of the objects numbered so far
        self._parts: list[Mesh] = []
        self._solids: list[tuple[Mesh, tuple[float, float]]] = []
        self._taken = np.zeros((64, 3))  # s, d, radius
        self._used = 0
        self._covers: list[tuple[float, float, float, float, float]] = []
        self.people: list[tuple[float, float, float]] = []  # s, d, z of those who are alone

    def add(self, mesh: Mesh) -> None:
        """Add a mesh that is in its place.

        Its triangles of one counted class and one number of their own are one object.
        """
        self._parts.append(self._numbered(mesh))

    def add_lot(self, part: Mesh, s: float, d: float, yaw: float) -> None:
        """Add a part of a lot; buildings keep their shape, all else follows the ground."""
        mesh = moved(part, (s, d, 0.0), yaw)
        if mesh.labels[0] != ids.BUILDING:
            self.add(mesh)
            return
        low, high = mesh.corners.min((0, 1)), mesh.corners.max((0, 1))
        middle = 0.5 * (low + high)
        self._solids.append((self._numbered(mesh), (float(middle[0]), float(middle[1]))))

    def put(
        self,
        mesh: Mesh,
        s: float,
        d: float,
        z: float,
        yaw: float,
        radius: float,
        half_length: float = 0.0,
    ) -> bool:
        """Place a mesh unless something stands there; return whether it was placed.

        It takes a disc of `radius`, or a row of them `half_length` to front and rear.
        """
        discs = self._discs(s, d, yaw, radius, half_length)
        if not self.is_free(discs) or not self._fits_below(mesh, s, d, z):
            return False
        self.take(discs)
        self.add(moved(mesh, (s, d, z), yaw))
        return True

    def block(self, s: float, d: float, radius: float) -> None:
        """Keep a disc free of other things."""
        self.take(np.array([[s, d, radius]]))

    def cover(self, s: tuple[float, float], d: tuple[float, float], z: float) -> None:
        """Keep things that are taller out of the place under a roof at height z."""
        self._covers.append((*s, *d, z))

    def _fits_below(self, mesh: Mesh, s: float, d: float, z: float) -> bool:
        if not self._covers:
            return True
        reach = min(3.0, 0.5 * float(np.ptp(mesh.corners[..., 0])))
        top = z + float(mesh.corners[..., 2].max())
        return all(
            top < high or not (s0 - reach < s < s1 + reach and d0 - reach < d < d1 + reach)
            for s0, s1, d0, d1, high in self._covers
        )

    def is_free(self, discs: NDArray[np.float64]) -> bool:
        """Return whether none of discs (N, 3), rows of s, d, radius, touches another."""
        taken = self._taken[: self._used]
        gap = (discs[:, None, :2] - taken[:, :2]) ** 2
        return not bool((gap.sum(-1) < (discs[:, None, 2] + taken[:, 2]) ** 2).any())

    def take(self, discs: NDArray[np.float64]) -> None:
        """Note discs (N, 3) as taken."""
        while self._used + len(discs) > len(self._taken):
            self._taken = np.concatenate([self._taken, np.zeros_like(self._taken)])
        self._taken[self._used : self._used + len(discs)] = discs
        self._used += len(discs)

    @staticmethod
    def _discs(
        s: float, d: float, yaw: float, radius: float, half_length: float
    ) -> NDArray[np.float64]:
        count = 1 + 2 * int(np.ceil(max(0.0, half_length - radius) / (1.6 * radius)))
        along = np.linspace(-1, 1, count) * max(0.0, half_length - radius) if count > 1 else [0.0]
        away = np.asarray(along)
        at = [s + away * np.cos(yaw), d + away * np.sin(yaw), np.full(count, radius)]
        return np.stack(at, 1)

    def _numbered(self, mesh: Mesh) -> Mesh:
        numbers = np.zeros(len(mesh.labels), np.int32)
        counted = COUNTED[mesh.labels]
        keys = mesh.labels[counted] + 256 * mesh.instances[counted]
        if len(keys):
            found, index = np.unique(keys, return_inverse=True)
            numbers[counted] = self.count + 1 + index
            self.count += len(found)
        return mesh._replace(instances=numbers)

    def mesh(self, bend: Bend, far: Iterable[Mesh] = ()) -> Mesh:
        """Return everything in world coordinates, with far things that are there already."""
        parts = [_bent(join(self._parts), bend)]
        if self._solids:
            parts.append(_stood(self._solids, bend))
        return join([*parts, *(self._numbered(mesh) for mesh in far)])


def _bent(mesh: Mesh, bend: Bend) -> Mesh:
    """Return a mesh that follows the road corner by corner."""
    corners = bend.points(mesh.corners).astype(np.float32)
    here = bend.at(mesh.corners[:, 0, 0])
    grade = here.grade.astype(np.float32)
    n = mesh.normals.copy()
    n[:, 0] -= grade * n[:, 2]  # inverse transpose of the shear z += grade * s
    n /= np.maximum(np.sqrt(np.add.reduce(n * n, axis=1, keepdims=True)), 1e-9)
    return mesh._replace(corners=corners, normals=_turned(n, here.heading))


def _stood(solids: list[tuple[Mesh, tuple[float, float]]], bend: Bend) -> Mesh:
    """Return meshes that stand level, each turned as the road is at its anchor (s, d)."""
    mesh = join(part for part, _ in solids)
    counts = [len(part.labels) for part, _ in solids]
    anchor = np.repeat(np.array([at for _, at in solids]), counts, axis=0)  # (N, 2)
    foot = np.concatenate([anchor, np.zeros((len(anchor), 1))], 1)
    heading = bend.at(anchor[:, 0]).heading
    local = mesh.corners - foot[:, None].astype(np.float32)
    world = _turned(local, heading[:, None]) + bend.points(foot)[:, None]
    return mesh._replace(corners=world.astype(np.float32), normals=_turned(mesh.normals, heading))


def _turned(vectors: NDArray[np.float32], heading: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return vectors (..., 3) turned about z by heading in rad."""
    c, s = np.cos(heading).astype(np.float32), np.sin(heading).astype(np.float32)
    out = vectors.copy()
    out[..., 0] = c * vectors[..., 0] - s * vectors[..., 1]
    out[..., 1] = s * vectors[..., 0] + c * vectors[..., 1]
    return out
