"""Picture, exact labels and depth of a room, seen by any camera.

A room is lit by its light sources, the sun, and what its surfaces throw back: the light
of every triangle is gathered once (`_exchange`), and each ray adds one bounce to it.
Glass is a surface of its own in the truth; light and pictures pass it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.frames import UNLABELLED
from panoseg_ros.synthetic.indoor import gathering
from panoseg_ros.synthetic.indoor.lighting import Daylight, measured
from panoseg_ros.synthetic.indoor.surfaces import GLOSS, LAMP, PANE
from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.rendering.casting import MISS, Caster
from panoseg_ros.synthetic.rendering.compiling import kernel, sources
from panoseg_ros.synthetic.rendering.render import (
    Columns,
    RayGrid,
    Truth,
    View,
    looked_up,
    starts_of,
    world_rays,
)
from panoseg_ros.synthetic.surfaces.materials import MaterialTable

_SAMPLES = 8  # rays that measure the light of a triangle
_SAMPLE_M = 0.1  # from how far away they look at it, along its normal
_BRIGHTEST = 4.0  # of what diffuse rays bring back, times the mean of all triangles
_GLOSSY = 0.02  # weaker reflections are not traced


def _cached(state: int) -> tuple[Callable[..., Any], ...]:
    """Return the passes, compiled once per machine and state of the sources."""

    @kernel(cache=True)
    def reach(*args):  # type: ignore[no-untyped-def]
        if state >= 0:  # always; names the variable
            gathering.reach(*args)

    @kernel(cache=True)
    def meet(*args):  # type: ignore[no-untyped-def]
        if state >= 0:
            gathering.meet(*args)

    @kernel(cache=True)
    def aim(*args):  # type: ignore[no-untyped-def]
        return gathering.aim(*args) if state >= 0 else 0

    @kernel(cache=True)
    def face_sun(*args):  # type: ignore[no-untyped-def]
        return gathering.face_sun(*args) if state >= 0 else 0

    @kernel(cache=True)
    def smooth(*args):  # type: ignore[no-untyped-def]
        if state >= 0:
            gathering.smooth(*args)

    @kernel(cache=True)
    def finish(*args):  # type: ignore[no-untyped-def]
        if state >= 0:
            gathering.finish(*args)

    return reach, meet, aim, face_sun, smooth, finish


_reach, _meet, _aim, _face_sun, _smooth, _finish = _cached(
    sources('indoor', 'rendering', 'surfaces')
)


class _Hits(NamedTuple):
    """What is known of the places that rays meet."""

    depth: F32  # (N,) metres, +inf where nothing is met
    points: F32  # (N, 3) lifted off the surface
    normals: F32  # (N, 3) towards the viewer
    around: F32  # (N, 3) one diffuse direction each, (0, 3) where none was wanted
    facing: F32  # (N,) cosine between normal and viewer


class _Given(NamedTuple):
    """Radiance (T + 1, 3) of every solid triangle; the last row, that of MISS, is black."""

    bounced: F32  # what diffuse rays bring back of it
    mirrored: F32  # what a mirror shows of it


class RoomRenderer:
    """A furnished room that is ready to be seen from any place, in the light `sky`.

    Raises:
        SyntheticError: if embreex is not installed.
    """

    def __init__(self, mesh: Mesh, table: MaterialTable, sky: Daylight) -> None:
        glass = table.kinds[mesh.materials] == PANE
        order = np.argsort(glass, kind='stable')  # solid triangles first: one numbering
        self._mesh = _rows(mesh, order)
        self._table, self.sky = table, sky
        self._sources = measured(sky.sources)
        self._columns = Columns.of(self._mesh, UNLABELLED)
        self._gloss = np.append(table.params[self._mesh.materials, GLOSS], np.float32(0.0))
        self._first_pane = int((~glass).sum())
        solid = _rows(self._mesh, np.arange(self._first_pane))
        self._all = Caster(self._mesh)
        self._solid = Caster(solid) if glass.any() else self._all
        self._given = self._exchange(solid)

    def truth(self, grid: RayGrid, world_from_camera: NDArray[np.float64]) -> Truth:
        """Return what the rays of the pixel centres meet from a pose (4, 4)."""
        origin, rays, seen = world_rays(grid.centre, world_from_camera)
        starts = starts_of(origin, rays)
        prims = self._first(starts, rays)
        depth = np.empty(len(rays), np.float32)
        _reach(prims, starts, rays, self._mesh.corners, depth)
        return looked_up(self._columns, prims, depth, seen, grid.centre.shape[:2])

    def view(self, grid: RayGrid, world_from_camera: NDArray[np.float64], jitter: int = 0) -> View:
        """Return picture, labels and depth from a pose (4, 4); `jitter` seeds soft shade."""
        truth = self.truth(grid, world_from_camera)
        origin, rays, seen = world_rays(grid.fine, world_from_camera)
        starts = starts_of(origin, rays)
        panes = self._first(starts, rays)
        prims = panes.copy()
        glass = panes >= self._first_pane
        prims[glass] = self._solid.first_hits(starts[glass], rays[glass])
        hits = self._met(prims, starts, rays, jitter, diffuse=True)
        light, sun = self._lit(prims, hits, grid.fine.shape[:2], jitter + 1)
        mirror, through = self._mirrored(panes, rays, starts)
        angle = float(np.sqrt(4 * np.pi / max(int(seen.sum()), 1)))
        out = np.empty((*truth.labels.shape, 3), np.float32)
        sky = (self.sky.colors, self.sky.view, self.sky.sun_direction, self.sky.sun)
        met = (prims, panes, starts, rays, hits.depth, hits.facing)
        lights = (light, sun, mirror, through)
        _finish(met, lights, seen, angle, self._mesh, self._table, sky, out)
        return View(out, *truth)

    def _first(self, starts: F32, rays: F32) -> NDArray[np.int32]:
        """Return the triangles that rays meet; one that slips through a seam tries again."""
        prims = self._all.first_hits(starts, rays)
        lost = np.flatnonzero(prims == MISS)
        if len(lost):
            beside = rays[lost] + np.float32(2e-4) * np.roll(rays[lost], 1, axis=1)
            prims[lost] = self._all.first_hits(starts[lost], np.ascontiguousarray(beside))
        return prims

    def _met(
        self, prims: NDArray[np.int32], starts: F32, rays: F32, jitter: int, diffuse: bool
    ) -> _Hits:
        """Return what is known of hits, with a `diffuse` direction each or without."""
        depth, facing = np.empty(len(rays), np.float32), np.empty(len(rays), np.float32)
        points, normals = np.empty_like(rays), np.empty_like(rays)
        around = np.empty((len(rays) if diffuse else 0, 3), np.float32)
        corners = self._mesh.corners
        _meet(prims, starts, rays, corners, jitter, depth, points, normals, around, facing)
        return _Hits(depth, points, normals, around, facing)

    def _lit(
        self, prims: NDArray[np.int32], hits: _Hits, shape: tuple[int, ...], jitter: int
    ) -> tuple[F32, F32]:
        """Return the light (N, 3) at the hits of a picture's rays, and the sun's cosine (N,)."""
        direct, sun = self._direct(prims, hits.points, hits.normals, jitter)
        bounced = self._bounced(hits.points, hits.around, self._given.bounced)
        bounced[prims == MISS] = 0.0
        plane = (prims, hits.points, hits.normals, *shape)
        light = _smoothed(direct, plane, (1, 3))
        light += _smoothed(bounced, plane, (2, 5, 9))
        return light, sun

    def _direct(
        self, prims: NDArray[np.int32], points: F32, normals: F32, jitter: int
    ) -> tuple[F32, F32]:
        """Return the irradiance (N, 3) from the sources and the sun's cosine (N,)."""
        light, starts, towards = (np.empty_like(points) for _ in range(3))
        owners, weights = np.empty(len(points), np.int32), np.empty(len(self._sources))
        n = _aim(prims, points, normals, self._sources, jitter, weights,
                 light, starts, towards, owners)  # fmt: skip
        light[owners[:n][~self._solid.is_free(starts[:n], towards[:n], 1.0)]] = 0.0
        sunny = np.zeros(len(points), np.float32)
        if self.sky.sun.max() > 0.0:
            n = _face_sun(prims, points, normals, self.sky.sun_direction, sunny, starts, owners)
            beams = starts_of(self.sky.sun_direction, starts[:n])
            sunny[owners[:n][~self._solid.is_free(starts[:n], beams)]] = 0.0
        return light, sunny

    def _bounced(self, points: F32, around: F32, given: F32) -> F32:
        """Return the radiance (N, 3) of where diffuse rays end, of `given` for each triangle."""
        return np.asarray(given[self._solid.first_hits(points, around)])

    def _mirrored(
        self, panes: NDArray[np.int32], rays: F32, starts: F32
    ) -> tuple[F32, NDArray[np.bool_]]:
        """Return what glossy surfaces mirror (N, 3) and whether the mirror ray gets out (N,)."""
        out, free = np.zeros_like(rays), np.zeros(len(rays), np.bool_)
        some = np.flatnonzero(self._gloss[panes] > _GLOSSY)
        way = rays[some]
        hits = self._met(panes[some], starts[some], way, 0, diffuse=False)
        turned = way - 2.0 * (way * hits.normals).sum(1, keepdims=True) * hits.normals
        ends = self._solid.first_hits(hits.points, np.ascontiguousarray(turned))
        out[some] = self._given.mirrored[ends]
        free[some] = ends == MISS
        return out, free

    def _exchange(self, solid: Mesh) -> _Given:
        """Return what the solid triangles give off after two bounces between them."""
        prims, hits = self._sampled(solid)
        light, sun = self._direct(prims, hits.points, hits.normals, 23)
        light += sun[:, None] * self.sky.sun
        kinds = self._table.kinds[solid.materials]
        albedo = self._table.colors[solid.materials, :2].mean(1)
        albedo[kinds == LAMP] = 0.0
        first = light.reshape(-1, _SAMPLES, 3).mean(1)
        glow = albedo * first
        for _ in range(2):
            back = self._bounced(hits.points, hits.around, _bounded(glow))
            glow = albedo * (first + back.reshape(-1, _SAMPLES, 3).mean(1))
        shine = self._table.colors[:, 0] * self._table.params[:, :1]
        lamps = np.where((kinds == LAMP)[:, None], shine[solid.materials], np.float32(0.0))
        return _Given(_bounded(glow), _with_miss(glow + lamps))

    def _sampled(self, solid: Mesh) -> tuple[NDArray[np.int32], _Hits]:
        """Return `_SAMPLES` points of every triangle, seen along its normal from close by."""
        rng = np.random.default_rng(1)
        count = len(solid.labels)
        weights = rng.dirichlet((1.0, 1.0, 1.0), (count, _SAMPLES)).astype(np.float32)
        at = np.einsum('nsk,nkd->nsd', weights, solid.corners).reshape(-1, 3)
        prims = np.repeat(np.arange(count, dtype=np.int32), _SAMPLES)
        ways = np.repeat(solid.normals, _SAMPLES, axis=0)
        starts = np.ascontiguousarray(at + _SAMPLE_M * ways)
        return prims, self._met(prims, starts, -ways, 17, diffuse=True)


def _bounded(glow: F32) -> F32:
    """Return what diffuse rays bring back of a glow (T, 3), (T + 1, 3).

    A few rays would meet a small bright patch of sun by chance; the bound keeps that noise low.
    """
    return _with_miss(np.minimum(glow, _BRIGHTEST * glow.mean(0)))


def _with_miss(radiance: F32) -> F32:
    """Return radiances (T, 3) with a black row (T + 1, 3) for rays that meet nothing."""
    return np.append(radiance, np.zeros((1, 3), np.float32), axis=0).astype(np.float32)


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
