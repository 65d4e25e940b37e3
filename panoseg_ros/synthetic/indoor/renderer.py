"""Picture, exact labels and depth of a room, seen by any camera.

A room is lit by its light sources, the sun, and what its surfaces throw back: the light
of every triangle is gathered once (`_exchange`), and each ray adds one bounce to it.
Glass is a surface of its own in the truth; light and pictures pass it.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic.indoor import gathering
from panoseg_ros.synthetic.indoor.lighting import Daylight, measured
from panoseg_ros.synthetic.indoor.surfaces import PANE
from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.rendering.casting import MISS, Caster
from panoseg_ros.synthetic.rendering.render import RayGrid, Truth, View
from panoseg_ros.synthetic.surfaces.materials import MaterialTable

_SAMPLES = 8  # rays that measure the light of a triangle
_BRIGHTEST = 4.0  # of what diffuse rays bring back, times the mean of all triangles
_GLOSSY = 0.02  # weaker reflections are not traced


def _cached(sources: int) -> tuple[Callable[..., None], ...]:
    """Return the kernels, compiled once per machine and state of the sources.

    Numba looks for changes only in the file of a cached function, not in those of the
    functions that it calls; but variables of an enclosing scope belong to its key.
    """

    @njit(cache=True, nogil=True)
    def meet(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:  # always; names the variable
            gathering.meet(*args)

    @njit(cache=True, nogil=True)
    def aim(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            gathering.aim(*args)

    @njit(cache=True, nogil=True)
    def smooth(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            gathering.smooth(*args)

    @njit(cache=True, nogil=True)
    def finish(*args):  # type: ignore[no-untyped-def]
        if sources >= 0:
            gathering.finish(*args)

    return meet, aim, smooth, finish


def _sources_hash() -> int:
    room = Path(__file__).parent
    files = [*sorted(room.glob('*.py')), room.parent / 'surfaces' / 'noise.py']
    return zlib.crc32(b''.join(file.read_bytes() for file in files))


_meet, _aim, _smooth, _finish = _cached(_sources_hash())


class RoomRenderer:
    """A furnished room that is ready to be seen from any place."""

    def __init__(self, mesh: Mesh, table: MaterialTable, sky: Daylight) -> None:
        glass = table.kinds[mesh.materials] == PANE
        order = np.argsort(glass, kind='stable')  # solid triangles first: one numbering
        self._mesh = _rows(mesh, order)
        self._table, self.sky = table, sky
        self._sources = measured(sky.sources)
        solid = _rows(self._mesh, np.arange(int((~glass).sum())))
        self._all = Caster(self._mesh)
        self._solid = Caster(solid) if glass.any() else self._all
        self._glow = self._exchange(solid)

    def truth(self, grid: RayGrid, world_from_camera: NDArray[np.float64]) -> Truth:
        """Return what the rays of the pixel centres meet from a pose (4, 4)."""
        shape = grid.centre.shape[:2]
        starts, rays, seen = _world_rays(grid.centre, world_from_camera)
        prims = self._first(starts, rays)
        hit = prims != MISS
        labels = np.where(hit, self._mesh.labels[prims], np.uint8(UNLABELLED))
        instances = np.where(hit, self._mesh.instances[prims], np.int32(0))
        depth = self._met(prims, starts, rays, 0)[0]
        labels[~seen], depth[~seen], instances[~seen] = UNLABELLED, np.nan, 0
        return Truth(labels.reshape(shape), depth.reshape(shape), instances.reshape(shape))

    def view(self, grid: RayGrid, world_from_camera: NDArray[np.float64], jitter: int = 0) -> View:
        """Return picture, labels and depth from a pose (4, 4); `jitter` seeds soft shade."""
        truth = self.truth(grid, world_from_camera)
        height, width = truth.labels.shape
        starts, rays, seen = _world_rays(grid.fine, world_from_camera)
        panes = self._first(starts, rays)
        prims = panes.copy()
        glass = (panes != MISS) & (self._table.kinds[self._mesh.materials[panes]] == PANE)
        prims[glass] = self._solid.first_hits(starts[glass], rays[glass])
        depth, points, normals, around, facing = self._met(prims, starts, rays, jitter)
        direct, sun = self._direct(prims, points, normals, jitter + 1)
        bounced = self._bounced(prims, points, around)
        plane = (prims, points, normals, 2 * height, 2 * width)
        light = _smoothed(direct, plane, (1, 3)) + _smoothed(bounced, plane, (2, 5, 9))
        mirror, through = self._mirrored(panes, rays, starts)
        angle = float(np.sqrt(4 * np.pi / max(int(seen.sum()), 1)))
        out = np.zeros_like(rays)
        sky = (self.sky.colors, self.sky.view, self.sky.sun_direction, self.sky.sun)
        hits = (prims, panes, starts, rays, depth, facing)
        lights = (light, sun, mirror, through)
        _finish(hits, lights, angle, self._mesh, self._table, sky, out)
        out[~seen] = 0.0
        blocks = out.reshape(height, 2, width, 2, 3)
        return View(blocks.mean((1, 3), dtype=np.float32), *truth)

    def _first(self, starts: F32, rays: F32) -> NDArray[np.int32]:
        """Return the triangles that rays meet; one that slips through a seam tries again."""
        prims = self._all.first_hits(starts, rays)
        lost = np.flatnonzero(prims == MISS)
        if len(lost):
            beside = rays[lost] + np.float32(2e-4) * np.roll(rays[lost], 1, axis=1)
            prims[lost] = self._all.first_hits(starts[lost], np.ascontiguousarray(beside))
        return prims

    def _met(
        self, prims: NDArray[np.int32], starts: F32, rays: F32, jitter: int
    ) -> tuple[F32, F32, F32, F32, F32]:
        """Return depth, lifted hit points, normals, a diffuse direction, cosines."""
        depth, facing = np.empty(len(rays), np.float32), np.empty(len(rays), np.float32)
        points, normals, around = (np.empty_like(rays) for _ in range(3))
        mesh = self._mesh
        _meet(prims, starts, rays, mesh, jitter, depth, points, normals, around, facing)
        return depth, points, normals, around, facing

    def _direct(
        self, prims: NDArray[np.int32], points: F32, normals: F32, jitter: int
    ) -> tuple[F32, F32]:
        """Return the irradiance (N, 3) from the sources and the sun's share (N,)."""
        light, towards = np.empty_like(points), np.empty_like(points)
        sunny = np.empty(len(points), np.float32)
        _aim(prims, points, normals, self._sources, self.sky.sun_direction,
             jitter, light, towards, sunny)  # fmt: skip
        some = np.flatnonzero(light.sum(1) > 0.0)
        light[some] *= self._solid.is_free(points[some], towards[some], 1.0)[:, None]
        if self.sky.sun.max() <= 0.0:
            return light, np.zeros_like(sunny)
        some = np.flatnonzero(sunny > 0.0)
        beam = np.ascontiguousarray(np.broadcast_to(self.sky.sun_direction, (len(some), 3)))
        sunny[some] *= self._solid.is_free(points[some], beam)
        return light, sunny

    def _bounced(self, prims: NDArray[np.int32], points: F32, around: F32) -> F32:
        """Return the radiance (N, 3) that comes back from where diffuse rays end."""
        light = np.zeros_like(points)
        some = np.flatnonzero(prims != MISS)
        ends = self._solid.first_hits(points[some], around[some])
        light[some] = np.where((ends != MISS)[:, None], self._soft[ends], 0.0)
        return light

    def _mirrored(
        self, panes: NDArray[np.int32], rays: F32, starts: F32
    ) -> tuple[F32, NDArray[np.bool_]]:
        """Return what glossy surfaces mirror (N, 3) and whether the mirror ray gets out (N,)."""
        out, free = np.zeros_like(rays), np.zeros(len(rays), np.bool_)
        gloss = self._table.params[:, gathering.GLOSS][self._mesh.materials[panes]]
        some = np.flatnonzero((panes != MISS) & (gloss > _GLOSSY))
        _, points, normals, _, _ = self._met(panes[some], starts[some], rays[some], 0)
        turned = rays[some] - 2.0 * (rays[some] * normals).sum(1, keepdims=True) * normals
        ends = self._solid.first_hits(points, np.ascontiguousarray(turned))
        out[some] = np.where((ends != MISS)[:, None], self._glow[ends] + self._lamps[ends], 0.0)
        free[some] = ends == MISS
        return out, free

    def _exchange(self, solid: Mesh) -> F32:
        """Return the radiance (N, 3) of every solid triangle after two bounces."""
        rng = np.random.default_rng(1)
        count = len(solid.labels)
        weights = rng.dirichlet((1.0, 1.0, 1.0), (count, _SAMPLES)).astype(np.float32)
        at = np.einsum('nsk,nkd->nsd', weights, solid.corners).reshape(-1, 3)
        prims = np.repeat(np.arange(count, dtype=np.int32), _SAMPLES)
        ways = np.repeat(solid.normals, _SAMPLES, axis=0)
        # each triangle is looked at along its normal from a hand's breadth away
        starts = np.ascontiguousarray(at + 0.1 * ways)
        _, points, normals, around, _ = self._met(prims, starts, -ways, 17)
        light, sun = self._direct(prims, points, normals, 23)
        light += sun[:, None] * self.sky.sun
        kinds = self._table.kinds[solid.materials]
        albedo = self._table.colors[solid.materials, :2].mean(1)
        albedo[kinds == gathering.LAMP] = 0.0
        shine = self._table.colors[:, 0] * self._table.params[:, :1]
        self._lamps = np.where((kinds == gathering.LAMP)[:, None], shine[solid.materials], 0.0)
        first = light.reshape(count, _SAMPLES, 3).mean(1)
        glow = albedo * first
        for _ in range(2):
            # a few rays would meet a small bright patch of sun by chance: bounds the noise
            self._soft = np.minimum(glow, _BRIGHTEST * glow.mean(0)).astype(np.float32)
            back = self._bounced(prims, points, around).reshape(count, _SAMPLES, 3).mean(1)
            glow = albedo * (first + back)
        self._soft = np.minimum(glow, _BRIGHTEST * glow.mean(0)).astype(np.float32)
        return np.ascontiguousarray(glow, np.float32)


def _smoothed(light: F32, plane: tuple[Any, ...], steps: tuple[int, ...]) -> F32:
    """Return the light averaged along surfaces; later passes reach farther."""
    for step in steps:
        fresh = np.empty_like(light)
        _smooth(light, *plane, step, fresh)
        light = fresh
    return light


def _rows(mesh: Mesh, rows: NDArray[np.intp]) -> Mesh:
    columns: list[Any] = [np.ascontiguousarray(column[rows]) for column in mesh]
    return Mesh(*columns)


def _world_rays(
    rays: F32, world_from_camera: NDArray[np.float64]
) -> tuple[F32, F32, NDArray[np.bool_]]:
    turned = rays.reshape(-1, 3) @ world_from_camera[:3, :3].T.astype(np.float32)
    seen = np.isfinite(turned[:, 0])
    turned[~seen] = (0.0, 0.0, 1.0)
    origin = world_from_camera[:3, 3].astype(np.float32)
    starts = np.ascontiguousarray(np.broadcast_to(origin, turned.shape))
    return starts, np.ascontiguousarray(turned, np.float32), seen
