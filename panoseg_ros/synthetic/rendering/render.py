"""Picture, exact labels and depth of a world, seen by any camera."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.cameras import Lens
from panoseg_ros.frames import UNLABELLED
from panoseg_ros.geometry import BODY_FROM_OPTICAL, PanoramaGeometry
from panoseg_ros.synthetic import ids
from panoseg_ros.synthetic.mesh import F32, Mesh
from panoseg_ros.synthetic.rendering.casting import MISS, Caster
from panoseg_ros.synthetic.rendering.shading import secondary_rays, shade
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
    """A world that is ready to be seen from any place."""

    def __init__(self, mesh: Mesh, table: MaterialTable, sky: Sky) -> None:
        self._mesh, self._table, self._sky = mesh, table, sky
        self._caster = Caster(mesh)

    def truth(self, grid: RayGrid, world_from_camera: NDArray[np.float64]) -> Truth:
        """Return what the rays of the pixel centres meet from a pose (4, 4)."""
        shape = grid.centre.shape[:2]
        origin, rays, seen = _world_rays(grid.centre, world_from_camera)
        prims = self._caster.first_hits(_starts(origin, rays), rays)
        labels = np.where(prims == MISS, ids.SKY, self._mesh.labels[prims])
        _, _, depth = secondary_rays(prims, origin, rays, self._mesh, 0)
        instances = np.where(prims == MISS, 0, self._mesh.instances[prims])
        labels[~seen], depth[~seen], instances[~seen] = UNLABELLED, np.nan, 0
        return Truth(
            labels.astype(np.uint8).reshape(shape),
            depth.reshape(shape),
            instances.astype(np.int32).reshape(shape),
        )

    def view(self, grid: RayGrid, world_from_camera: NDArray[np.float64], jitter: int = 0) -> View:
        """Return picture, labels and depth from a pose (4, 4); `jitter` seeds soft shade."""
        truth = self.truth(grid, world_from_camera)
        height, width = truth.labels.shape
        origin, rays, seen = _world_rays(grid.fine, world_from_camera)
        prims = self._caster.first_hits(_starts(origin, rays), rays)
        starts, around, far = secondary_rays(prims, origin, rays, self._mesh, jitter)
        hit = prims != MISS
        lit, open_sky = np.ones(len(rays), np.float32), np.ones(len(rays), np.float32)
        points = starts[hit]
        sun = np.broadcast_to(self._sky.sun_direction, points.shape)
        lit[hit] = self._caster.is_free(points, np.ascontiguousarray(sun))
        open_sky[hit] = self._caster.is_free(points, around[hit], _AMBIENT_REACH_M)
        angle = float(np.sqrt(4 * np.pi / max(int(seen.sum()), 1))) * (1.0 if seen.all() else 0.7)
        rgb = shade(
            prims, origin, rays, far, lit, open_sky, angle, self._mesh, self._table, self._sky
        )
        rgb[~seen] = 0.0
        blocks = rgb.reshape(height, 2, width, 2, 3)
        return View(blocks.mean((1, 3), dtype=np.float32), *truth)


def _world_rays(
    rays: F32, world_from_camera: NDArray[np.float64]
) -> tuple[F32, F32, NDArray[np.bool_]]:
    turned = rays.reshape(-1, 3) @ world_from_camera[:3, :3].T.astype(np.float32)
    seen = np.isfinite(turned[:, 0])
    turned[~seen] = (0.0, 0.0, 1.0)
    origin = world_from_camera[:3, 3].astype(np.float32)
    return origin, np.ascontiguousarray(turned, np.float32), seen


def _starts(origin: F32, rays: F32) -> F32:
    return np.ascontiguousarray(np.broadcast_to(origin, rays.shape))
