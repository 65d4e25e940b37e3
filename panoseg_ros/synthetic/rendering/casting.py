"""Rays against triangles: Embree without a wrapper between."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from panoseg_ros.errors import SyntheticError
from panoseg_ros.synthetic.mesh import F32, Mesh

MISS = -1


class Caster:
    """Finds which triangle of a mesh each ray meets first.

    Convention: starts and rays are contiguous (N, 3) float32; a ray need not be of unit
    length, reaches are in its lengths.

    Raises:
        SyntheticError: if embreex is not installed.
    """

    def __init__(self, mesh: Mesh) -> None:
        try:
            from embreex.mesh_construction import TriangleMesh
            from embreex.rtcore_scene import EmbreeScene
        except ImportError as err:
            raise SyntheticError(
                "rendering needs embreex and trimesh: pip install 'panoseg_ros[render]'; "
                'embreex is built for x86-64 only'
            ) from err
        scene = EmbreeScene()
        TriangleMesh(scene, np.ascontiguousarray(mesh.corners))
        self._run: Callable[..., NDArray[np.int32]] = scene.run

    def first_hits(self, starts: F32, rays: F32) -> NDArray[np.int32]:
        """Return the triangle (N,) that rays (N, 3) from starts (N, 3) meet, or MISS."""
        return self._run(starts, rays)

    def is_free(
        self, starts: F32, rays: F32, reach_m: float | F32 | None = None
    ) -> NDArray[np.bool_]:
        """Return whether rays (N, 3) meet nothing within their reach (one or N), shape (N,)."""
        reach = np.full(len(rays), reach_m, np.float32) if isinstance(reach_m, float) else reach_m
        return self._run(starts, rays, reach, query='OCCLUDED') == MISS
