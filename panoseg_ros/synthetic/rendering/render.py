"""Picture, exact labels and depth of a world, seen by any camera."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Lens
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import BODY_FROM_OPTICAL, PanoramaGeometry
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.rendering import hits, picture
from panoseg_ros.synthetic.rendering.casting import Caster
from panoseg_ros.synthetic.rendering.hits import BLIND
from panoseg_ros.synthetic.rendering.lamps import Lamps, gather_lamps, lit_materials
from panoseg_ros.synthetic.rendering.sky import Sky
from panoseg_ros.synthetic.surfaces.materials import MaterialTable

_AMBIENT_REACH_M = 6.0  # how far surroundings darken a point


class RayGrid(NamedTuple):
    """Unit viewing rays of a camera in its body frame (x forward, y left, z up).

    `centre` are the rays of the pixel centres, `fine` those of the centres of 2 x 2
    sub-pixels; NaN where the camera sees nothing.
    """

    centre: F32  # (H, W, 3)
    fine: F32  # (2 H, 2 W, 3)


class Truth(NamedTuple):
    """What the rays of the pixel centres meet."""

    labels: NDArray[np.uint8]  # (H, W), 255 = unlabelled or nothing seen
    depth: F32  # (H, W) metres along the ray, +inf in the sky, NaN where nothing is seen
    instances: NDArray[np.int32]  # (H, W) numbers of single objects, 0 = none


class View(NamedTuple):
    """What a camera sees; the last three as in `Truth`."""

    radiance: F32  # (H, W, 3) linear RGB, 0 where the camera sees nothing
    labels: NDArray[np.uint8]
    depth: F32
    instances: NDArray[np.int32]


class _Scene(NamedTuple):
    """What the compiled passes are told about a world."""

    mesh: Mesh
    table: MaterialTable
    sky: Sky
    lamps: Lamps
    strengths: NDArray[np.float32]  # (M,) of the lamps of every material


class Columns(NamedTuple):
    """Labels and instances (T + 1,) of a mesh's triangles; the last row is that of MISS."""

    labels: NDArray[np.uint8]
    instances: NDArray[np.int32]

    @classmethod
    def of(cls, mesh: Mesh, missed: int) -> 'Columns':
        """Return the columns of a mesh; rays that meet nothing have the label `missed`."""
        return cls(
            np.append(mesh.labels, np.uint8(missed)), np.append(mesh.instances, np.int32(0))
        )


def panorama_rays(geometry: PanoramaGeometry) -> RayGrid:
    """Return the rays of a panorama."""
    fine = PanoramaGeometry(
        2 * geometry.height, 2 * geometry.width, geometry.top_deg, geometry.bottom_deg
    )
    return RayGrid(geometry.rays(), fine.rays())


def lens_rays(lens: Lens, body_from_lens: NDArray[np.float64] = BODY_FROM_OPTICAL) -> RayGrid:
    """Return the rays of a lens, turned by (3, 3) from its optical frame to body axes."""
    width, height = lens.size

    def unprojected(step: float) -> F32:
        u, v = np.meshgrid(np.arange(step / 2, width, step), np.arange(step / 2, height, step))
        rays = lens.unproject(np.stack([u, v], -1)) @ body_from_lens.T
        return np.asarray(rays, np.float32)

    return RayGrid(unprojected(1.0), unprojected(0.5))


class Renderer:
    """A world that is ready to be seen from any place, under the sky `sky`."""

    def __init__(self, mesh: Mesh, table: MaterialTable, sky: Sky) -> None:
        self.sky = sky
        self._caster = Caster(mesh)
        self._columns = Columns.of(mesh, ids.SKY)
        strengths = lit_materials(table, sky.night)
        self._scene = _Scene(mesh, table, sky, gather_lamps(mesh, table, sky), strengths)

    def truth(self, grid: RayGrid, world_from_camera: NDArray[np.float64]) -> Truth:
        """Return what the rays of the pixel centres meet from a pose (4, 4)."""
        origin, rays, seen = world_rays(grid.centre, world_from_camera)
        prims = self._caster.first_hits(starts_of(origin, rays), rays)
        return self._truth(grid.centre.shape[:2], origin, rays, seen, prims)

    def view(self, grid: RayGrid, world_from_camera: NDArray[np.float64], jitter: int = 0) -> View:
        """Return picture, labels and depth from a pose (4, 4); `jitter` seeds soft shade."""
        shape = grid.centre.shape[:2]
        origin, rays, seen = world_rays(grid.centre, world_from_camera)
        prims = self._caster.first_hits(starts_of(origin, rays), rays)
        truth = self._truth(shape, origin, rays, seen, prims)
        prims[~seen] = BLIND
        states = np.empty(shape, np.uint8)
        mixed = hits.states(prims.reshape(shape), states)
        turn = np.ascontiguousarray(world_from_camera[:3, :3], np.float32)
        subs = np.empty((4 * mixed, 3), np.float32)
        hits.sub_rays(states, grid.fine, turn, subs)
        sub_prims = self._caster.first_hits(starts_of(origin, subs), subs)
        light = self._light(states, origin, (prims, rays), (sub_prims, subs), jitter)
        angle = _pixel_angle(seen)
        images = self._images(states, origin, prims, rays, angle)
        out = np.empty((len(rays), 3), np.float32)
        picture.develop_pixels(
            (states.reshape(-1), prims, rays, grid.fine, turn, origin),
            (sub_prims, subs),
            light,
            images,
            angle,
            self._scene,
            out,
        )
        return View(out.reshape(*shape, 3), *truth)

    def _truth(
        self,
        shape: tuple[int, ...],
        origin: F32,
        rays: F32,
        seen: NDArray[np.bool_],
        prims: NDArray[np.int32],
    ) -> Truth:
        depth = np.empty(len(rays), np.float32)
        hits.depths(prims, origin, rays, self._scene.mesh.corners, depth)
        return looked_up(self._columns, prims, depth, seen, shape)

    def _light(
        self,
        states: NDArray[np.uint8],
        origin: F32,
        centre: tuple[NDArray[np.int32], F32],
        subs: tuple[NDArray[np.int32], F32],
        jitter: int,
    ) -> tuple[F32, F32, F32, F32, F32]:
        """Return the shares of light that arrive.

        Of the sun, the lamps and the sky at the pixels, (N,) each; of the sun and the
        lamps at the samples of the mixed pixels, (4 M,) each.
        """
        prims, rays = centre
        even = np.flatnonzero(states.reshape(-1) == hits.EVEN)
        lit, lamplit = self._shadows(even, prims, origin, rays, jitter)
        lit[states.reshape(-1) == hits.MIXED] = -1.0  # nothing is known of these
        lamplit[states.reshape(-1) == hits.MIXED] = -1.0
        every = np.arange(len(subs[0]))
        sub_lit, sub_lamplit = self._shadows(every, subs[0], origin, subs[1], jitter + 1)
        square, materials = prims.reshape(states.shape), self._scene.mesh.materials
        open_sky = self._openness(states.shape, origin, prims, rays, jitter)
        smooth = []
        lamp_reach = 2 if len(self._scene.lamps.places) else 0  # one lamp in turn is tried
        for values, reach in ((lit, 1), (lamplit, lamp_reach), (open_sky, 1)):
            mean = np.empty(states.shape, np.float32)
            hits.smoothed(values.reshape(states.shape), square, materials, reach, mean)
            smooth.append(mean.reshape(-1))
        return smooth[0], smooth[1], smooth[2], sub_lit, sub_lamplit

    def _shadows(
        self,
        index: NDArray[np.int64],
        prims: NDArray[np.int32],
        origin: F32,
        rays: F32,
        jitter: int,
    ) -> tuple[F32, F32]:
        """Return what reaches the hit points `index` of the sun and of one lamp each."""
        lit, lamplit = np.ones(len(prims), np.float32), np.ones(len(prims), np.float32)
        room = len(index)
        sun = (_buffer(room), _buffer(room), np.empty(room, np.int32))
        lamp = (_buffer(room), _buffer(room), np.empty(room, np.int32), np.empty(room, np.float32))
        mesh, table, sky, lamps, _ = self._scene
        suns, count = hits.gather(
            index, prims, origin, rays, mesh, table, sky, lamps, jitter, (*sun, *lamp)
        )
        if suns:
            lit[sun[2][:suns]] = self._caster.is_free(sun[0][:suns], sun[1][:suns])
        if count:
            free = self._caster.is_free(lamp[0][:count], lamp[1][:count], lamp[3][:count])
            lamplit[lamp[2][:count]] = free
        return lit, lamplit

    def _openness(
        self, shape: tuple[int, ...], origin: F32, prims: NDArray[np.int32], rays: F32, jitter: int
    ) -> F32:
        """Return whether one diffuse ray from each pixel's hit meets nothing near, (N,)."""
        starts, around = _buffer(len(prims)), _buffer(len(prims))
        owner = np.empty(len(prims), np.int32)
        n = hits.around(
            prims.reshape(shape),
            origin,
            rays,
            self._scene.mesh.corners,
            jitter,
            starts,
            around,
            owner,
        )
        result = np.ones(len(prims), np.float32)
        if n:
            result[owner[:n]] = self._caster.is_free(starts[:n], around[:n], _AMBIENT_REACH_M)
        return result

    def _images(
        self,
        states: NDArray[np.uint8],
        origin: F32,
        prims: NDArray[np.int32],
        rays: F32,
        angle: float,
    ) -> F32:
        """Return what wet ground mirrors in every pixel, (N, 4): RGB and 1 where known."""
        if self.sky.wet == 0.0:
            return np.zeros((0, 4), np.float32)
        starts, out = _buffer(len(prims)), _buffer(len(prims))
        owner = np.empty(len(prims), np.int32)
        mesh, table = self._scene.mesh, self._scene.table
        flat = states.reshape(-1)
        n = picture.mirror_rays(flat, prims, origin, rays, mesh, table, starts, out, owner)
        images = np.zeros((len(prims), 4), np.float32)
        starts, out = starts[:n], out[:n]
        met = self._caster.first_hits(starts, out)
        picture.mirrored(met, starts, out, owner, angle, self._scene, images)
        return images


def _buffer(count: int) -> F32:
    return np.empty((count, 3), np.float32)


def _pixel_angle(seen: NDArray[np.bool_]) -> float:
    """Return about the angle of half a pixel of a whole panorama, or of a fisheye's circle.

    That of a pinhole camera is smaller: its textures are filtered more widely than they need.
    """
    return float(np.sqrt(np.pi / max(int(seen.sum()), 1))) * (1.0 if seen.all() else 0.7)


def world_rays(
    rays: F32, world_from_camera: NDArray[np.float64]
) -> tuple[F32, F32, NDArray[np.bool_]]:
    """Return where rays (H, W, 3) of a camera start and lead to in the world.

    Returns:
        The common start (3,), the rays (H * W, 3), straight up where the camera sees
        nothing, and whether it sees anything (H * W,).
    """
    turned = rays.reshape(-1, 3) @ world_from_camera[:3, :3].T.astype(np.float32)
    seen = np.isfinite(turned[:, 0])
    turned[~seen] = (0.0, 0.0, 1.0)
    origin = world_from_camera[:3, 3].astype(np.float32)
    return origin, np.ascontiguousarray(turned, np.float32), seen


def starts_of(origin: F32, rays: F32) -> F32:
    """Return one point (3,) as often as there are rays (N, 3), contiguous."""
    return np.ascontiguousarray(np.broadcast_to(origin, rays.shape))


def looked_up(
    columns: Columns,
    prims: NDArray[np.int32],
    depth: F32,
    seen: NDArray[np.bool_],
    shape: tuple[int, ...],
) -> Truth:
    """Return the truth of a picture from the triangles (N,) that its rays meet.

    Args:
        columns: of the mesh.
        prims: triangle of every ray, MISS for none.
        depth: of every ray in metres; changed in place.
        seen: whether the camera sees anything along a ray.
        shape: (H, W) with N = H * W.
    """
    labels, instances = columns.labels[prims], columns.instances[prims]
    labels[~seen], depth[~seen], instances[~seen] = UNLABELLED, np.nan, 0
    return Truth(labels.reshape(shape), depth.reshape(shape), instances.reshape(shape))
